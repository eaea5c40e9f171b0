"""Units of values: the base of logarithms is applied here, and seconds become days."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from kldiv_cli.core.measures.row import Unit

if TYPE_CHECKING:
    from kldiv_cli.core.estimators import Estimator
    from kldiv_cli.core.measures import Measure

_DAY = 86_400.0


def unit_of(row: Measure | Estimator, base: float, *, instants: bool) -> tuple[float, str | None]:
    """What a value of the core is divided by, and the name of the unit it then has."""
    return _named(row.unit, base, instants)


@cache
def _named(unit: Unit, base: float, instants: bool) -> tuple[float, str | None]:
    if unit is Unit.INFORMATION:
        return math.log(base), name_of_base(base)
    if unit is Unit.ROOT_INFORMATION:
        return math.sqrt(math.log(base)), f"sqrt({name_of_base(base)})"
    if unit is Unit.POSITION:
        return (_DAY, "days") if instants else (1.0, "data")
    if unit is Unit.ROOT_POSITION:
        return (math.sqrt(_DAY), "sqrt(days)") if instants else (1.0, "sqrt(data)")
    if unit is Unit.SQUARED_POSITION:
        return (_DAY**2, "days^2") if instants else (1.0, "data^2")
    return 1.0, None


def name_of_base(base: float) -> str:
    """``nats``, ``bits`` or ``base-N``."""
    names = {math.e: "nats", 2.0: "bits"}
    return names.get(base) or f"base-{base:g}"
