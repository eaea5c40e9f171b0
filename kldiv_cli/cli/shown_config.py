"""Configurations as text: the one in force with where each value comes from, and a first one for a reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kldiv_cli.cli.options import listed
from kldiv_cli.config import KEYS
from kldiv_cli.core.describe import described
from kldiv_cli.core.rules import UNNAMED, default_limits
from kldiv_cli.core.schema import FAULTS
from kldiv_cli.renderers.escape import visible
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from kldiv_cli.config import Configuration
    from kldiv_cli.core.describe import ColumnFacts
    from kldiv_cli.core.summary import Profile


def shown(values: dict[str, Any], typed: Collection[str], found: Configuration | None) -> str:
    """All settings as TOML, each with where it comes from."""
    lines = []
    origins = {} if found is None else {key: item.origin for key, item in found.values.items()}
    for key in KEYS:
        value = values.get(key.parameter)
        origin = f"--{key.name}" if key.parameter in typed else origins.get(key.parameter, "default")
        if key.parameter == "max_" and not (value or values.get("warn_max")):
            if values.get("preset"):
                lines.append(("# max: as the preset has it, and missing=0.05", origin))
                continue
            value = tuple(limit.text for limit in default_limits())
        if value is None or value == ():
            continue
        lines.append((f"{key.name} = {_toml(listed(value) if key.takes == 'names' else value)}", origin))
    schema = {} if found is None else found.schema
    width = max(len(text) for text, _ in lines)
    told = [f"{text:<{width}}  # {origin}" for text, origin in lines]
    told += ["", "[schema]"]
    for fault in FAULTS:
        own = schema.get(fault.key)
        verdict, origin = (own.value, own.origin) if own else (fault.default, "default")
        told.append(f"{f'{fault.key} = {_toml(verdict)}':<{width}}  # {origin}")
    return "\n".join(told) + "\n"


def initial(profile: Profile) -> str:
    """A configuration for a reference, with its columns; all that it sets is what holds without it."""
    return "\n".join(_initial(profile)) + "\n"


def _initial(profile: Profile) -> Iterator[str]:
    yield f"# Limits for kldiv check, made for {visible(profile.label)} by kldiv {__version__}: the default ones."
    yield '# A limit is a number, a share of the maximum ("10%") or a multiple of the floor of noise ("3floor").'
    yield ""
    yield "alpha = 0.01            # how sure a failure has to be"
    yield 'correction = "bh"       # over all tests of a run: bh, holm, none'
    yield 'on-undecided = "pass"   # over a limit, yet it may be noise: pass, warn, fail'
    yield 'max-drifted = "0%"      # share of the columns that may drift before the run does'
    yield ""
    yield "[max]                   # fails above; kldiv explain lists the measures"
    yield 'js-distance = "10%"'
    yield "missing = 0.05"
    yield ""
    yield "[warn-max]              # warns above"
    yield "# psi = 0.1"
    yield ""
    yield "[schema]                # pass, warn or drift"
    for fault in FAULTS:
        told = "   # a few first ones warn, a share that moved by 5 points is drift" if fault.by_size else ""
        yield f'{fault.key} = "{fault.default}"{told}'
    yield ""
    yield '# The columns: limits of their own, kind = "numeric" or "categorical", order = ["low", "high"], skip = true'
    for column in described(profile):
        yield ""
        name = _toml(column.name or UNNAMED)
        if name.isprintable() or name.encode("utf-8", "replace").decode() == name:
            yield f"[columns.{name}]  # {visible(_told(column, profile))}"
            yield from _hints(column)
        else:
            yield f"# TOML has no name for the column {visible(name)}"


def _hints(column: ColumnFacts) -> Iterator[str]:
    if column.kind == "numbers":
        yield '# max = { js-distance = "10%", w1-scaled = 0.2 }'
    elif column.kind == "dates":
        yield "# dates move by nature: their values are held to a rule only where one names the column"
        yield '# max = { js-distance = "10%" }'
    elif column.kind == "identifier":
        yield "# the values of an identifier are never held to a rule"
    else:
        yield '# max = { js-distance = "10%", missing = 0.01 }'


def _told(column: ColumnFacts, profile: Profile) -> str:
    missing = f", {100 * column.missing / profile.rows:.3g} % missing" if column.missing and profile.rows else ""
    what = {"numbers": "numbers", "dates": "dates"}.get(
        column.kind, f"{column.distinct:,.0f} {column.kind}s".replace("labelss", "labels")
    )
    return f"{what}{missing}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
