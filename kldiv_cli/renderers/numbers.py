"""Numbers as people read them."""

from __future__ import annotations

import math

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
    """A share as a percentage: 14.2 %, 0.04 %, 99.9 %; 0 % and 100 % are said of nothing else."""
    if value in {0.0, 1.0}:
        return f"{100 * value:.0f} %"
    if 0.9995 <= value < 1.0:
        shown = f"{100 * value:.4g}"
        return f"{shown if shown != '100' else '99.9999'} %"
    if abs(value) < 1e-5:
        return f"{100 * value:.0e} %"
    return f"{100 * value:.3g} %" if abs(value) >= 0.0995 else f"{100 * value:.2g} %"


def unit(name: str | None) -> str:
    """A unit as people write it: √nats for sqrt(nats)."""
    if name is None:
        return ""
    if name.startswith("sqrt(base"):
        return f"√{name[5:-1]}"
    return _UNITS.get(name, name)
