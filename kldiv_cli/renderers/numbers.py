"""Numbers as people read them."""

from __future__ import annotations

import math

from kldiv_cli.core.phrases import percent

INFINITY = "∞"
_UNITS = {
    "sqrt(nats)": "√nats",
    "sqrt(bits)": "√bits",
    "data": "of data",
    "sqrt(data)": "√data",
    "sqrt(days)": "√days",
}


def significant(value: float, digits: int) -> str:
    """A number with so many significant digits, ``∞`` for infinity: 0.0613, 11.02, 1.2e-09."""
    if math.isinf(value):
        return INFINITY if value > 0 else f"-{INFINITY}"
    if value == 0.0:
        return "0"
    rounded = f"{value:.{digits - 1}e}"
    exponent = int(rounded.partition("e")[2])
    if -4 <= exponent < max(digits, 6):
        return f"{value:.{max(digits - 1 - exponent, 0)}f}"
    return rounded


def exact(value: float | None) -> str:
    """A number with every digit, ``inf`` for infinity, ``-`` for none."""
    if value is None:
        return "-"
    return repr(float(value))


def whole(value: float) -> str:
    """A count: without decimals where it has none."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def share(value: float) -> str:
    """A share as a percentage in a table: 14.2 %, 4.9 %, 0.04 %."""
    return percent(value, 3 if abs(value) >= 0.0995 else 2)


def unit(name: str | None) -> str:
    """A unit as people write it: √nats for sqrt(nats)."""
    if name is None:
        return ""
    if name.startswith("sqrt(base"):
        return f"√{name[5:-1]}"
    return _UNITS.get(name, name)
