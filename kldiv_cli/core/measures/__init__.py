"""The measure table: every way kldiv tells two distributions apart, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.measures import information, overlap, power, transport
from kldiv_cli.core.measures.row import Measure, Unit, View
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DEFAULT_FOR_PAIR",
    "DEFAULT_FOR_TABLE",
    "MEASURES",
    "Measure",
    "Unit",
    "View",
    "chosen",
    "measure_named",
]

MEASURES: tuple[Measure, ...] = (*information.MEASURES, *power.MEASURES, *overlap.MEASURES, *transport.MEASURES)
DEFAULT_FOR_PAIR = ("kl", "js", "js-distance", "tv", "w1", "ks")
DEFAULT_FOR_TABLE = ("kl", "js", "w1-scaled", "missing")


def by_name(measures: Iterable[Measure]) -> dict[str, Measure]:
    """Lookup by key and alias; refuses a name used twice."""
    index: dict[str, Measure] = {}
    for measure in measures:
        for name in (measure.key, *measure.aliases):
            if index.setdefault(name, measure) is not measure:
                raise ValueError(f"two measures are called {name!r}")
    return index


_BY_NAME = by_name(MEASURES)


def measure_named(name: str) -> Measure:
    """Row called ``name``, by key or alias.

    Raises
    ------
    UsageError
        If there is none; it tells the nearest name.
    """
    found = _BY_NAME.get(name.lower().replace("_", "-"))
    if found is None:
        import difflib

        nearest = difflib.get_close_matches(name, _BY_NAME, n=1)
        hint = f"{nearest[0]!r}? " if nearest else ""
        raise UsageError(
            f"there is no measure {name!r}",
            remedy=f"{hint}One of {' '.join(measure.key for measure in MEASURES)}, or all; of samples kl-knn",
        )
    return found


def chosen(names: Iterable[str], default: Iterable[str]) -> tuple[Measure, ...]:
    """Rows asked for by name, each once, in the order asked; ``all`` is every row."""
    wanted: list[Measure] = []
    for name in tuple(names) or tuple(default):
        wanted.extend(MEASURES if name == "all" else (measure_named(name),))
    return tuple(dict.fromkeys(wanted))
