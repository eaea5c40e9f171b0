"""``kldiv.toml``, ``[tool.kldiv]`` in ``pyproject.toml``, and ``KLDIV_*``: what a gate is set to, and where from.

The nearest file that has settings is read, and no other: the same gate runs from any folder of a project. What is typed
comes before the environment, the environment before the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal

from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.names import joined_names, quoted_name, split_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Takes = Literal["text", "number", "whole", "switch", "names", "orders", "limits"]
_FILE, _PYPROJECT, _TABLE = "kldiv.toml", "pyproject.toml", ("tool", "kldiv")


class Key(NamedTuple):
    """One setting."""

    name: str
    """As in the file, and as the long option is called."""
    parameter: str
    """What the command line calls its value."""
    takes: Takes


KEYS: tuple[Key, ...] = (
    Key("max", "max_", "limits"),
    Key("warn-max", "warn_max", "limits"),
    Key("min", "min_", "limits"),
    Key("alpha", "alpha", "number"),
    Key("correction", "correction", "text"),
    Key("on-undecided", "on_undecided", "text"),
    Key("max-drifted", "max_drifted", "text"),
    Key("preset", "preset", "text"),
    Key("measure", "measures", "names"),
    Key("bins", "bins", "text"),
    Key("smooth", "smooth", "text"),
    Key("base", "base", "text"),
    Key("alpha-order", "alpha_order", "text"),
    Key("na", "na", "text"),
    Key("n-eff", "n_eff", "text"),
    Key("seed", "seed", "whole"),
    Key("draws", "draws", "whole"),
    Key("column", "columns", "names"),
    Key("exclude", "exclude", "names"),
    Key("numeric", "numeric", "names"),
    Key("categorical", "categorical", "names"),
    Key("order", "order", "orders"),
    Key("input-format", "input_format", "text"),
    Key("delimiter", "delimiter", "text"),
    Key("decimal", "decimal", "text"),
    Key("no-header", "no_header", "switch"),
    Key("encoding", "encoding", "text"),
    Key("na-values", "na_values", "names"),
    Key("as", "as_", "text"),
    Key("weights", "weights", "text"),
    Key("labels", "labels", "text"),
    Key("exact", "exact", "switch"),
    Key("jobs", "jobs", "whole"),
)
_BY_NAME = {key.name: key for key in KEYS}
_OF_COLUMN = ("max", "warn-max", "min", "skip", "kind", "order")


class Value(NamedTuple):
    """A setting and where it comes from."""

    value: Any
    origin: str


class Configuration(NamedTuple):
    """What file and environment say."""

    values: dict[str, Value]
    """By parameter of the command line."""
    schema: dict[str, Value]
    """Verdict by fault of the schema."""
    notes: tuple[str, ...] = ()


class _Source(NamedTuple):
    """A file under the eyes: its text tells the lines of faults."""

    path: str
    text: str
    prefix: tuple[str, ...]

    def place(self, *path: str) -> str:
        line = _line_of(self.text, (*self.prefix, *path))
        return self.path if line is None else f"{self.path}:{line}"

    def fault(self, message: str, *path: str, remedy: str) -> InputError:
        return InputError(f"{self.place(*path)}: {message}", remedy=remedy)


def configuration(path: str | None, environment: Mapping[str, str], folder: str = ".") -> Configuration:
    """Settings of a file, the nearest one unless it is named, and of the environment, which comes before it.

    Raises
    ------
    KldivError
        If the file cannot be read, or says what is unknown or cannot be.
    """
    values: dict[str, Value] = {}
    schema: dict[str, Value] = {}
    found = _nearest(folder) if path is None else _named(path)
    if found is not None:
        source, table = found
        _take_file(source, table, values, schema)
    notes = tuple(_take_environment(environment, values))
    return Configuration(values, schema, notes)


def _nearest(folder: str) -> tuple[_Source, dict[str, Any]] | None:
    here = os.path.abspath(folder)
    while True:
        for name, prefix in ((_FILE, ()), (_PYPROJECT, _TABLE)):
            place = os.path.join(here, name)
            if os.path.isfile(place):
                source, table = _read(place, prefix)
                if table is not None:
                    return source, table
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def _named(path: str) -> tuple[_Source, dict[str, Any]]:
    prefix = _TABLE if os.path.basename(path) == _PYPROJECT else ()
    source, table = _read(path, prefix)
    if table is None:
        raise InputError(f"{path} has no table [tool.kldiv]", remedy="add one, or --config kldiv.toml")
    return source, table


def _read(path: str, prefix: tuple[str, ...]) -> tuple[_Source, dict[str, Any] | None]:
    shown = os.path.relpath(path)
    shown = path if shown.startswith("..") else shown
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        table: Any = tomllib.loads(text)
    except OSError as fault:
        raise InputError(f"cannot read {shown}: {fault.strerror}", remedy="--config FILE, or --isolated") from None
    except ValueError as fault:
        raise InputError(f"{shown} is no TOML: {fault}", remedy="mend the line, or --isolated") from None
    for name in prefix:
        table = table.get(name)
        if not isinstance(table, dict):
            return _Source(shown, text, prefix), None
    return _Source(shown, text, prefix), table


def _take_file(source: _Source, table: dict[str, Any], values: dict[str, Value], schema: dict[str, Value]) -> None:
    for name, value in table.items():
        if name == "schema":
            _take_schema(source, value, schema)
        elif name in _BY_NAME:
            key = _BY_NAME[name]
            read = _limits(source, value, (name,)) if key.takes == "limits" else _as_typed(source, key, value)
            values[key.parameter] = Value(read, source.place(name))
        elif name != "columns":
            raise _unknown(source, name, (*_BY_NAME, "schema", "columns"), (name,))
    if "columns" in table:
        _take_columns(source, table["columns"], values)


def _take_schema(source: _Source, table: Any, schema: dict[str, Value]) -> None:
    from kldiv_cli.core.schema import FAULTS

    if not isinstance(table, dict):
        raise source.fault("schema is a table", "schema", remedy='[schema], then missing-column = "warn"')
    known = tuple(fault.key for fault in FAULTS)
    for name, verdict in table.items():
        if name not in known:
            raise _unknown(source, name, known, ("schema", name))
        if verdict not in next(fault for fault in FAULTS if fault.key == name).verdicts:
            raise source.fault(f"{name} cannot be {verdict!r}", "schema", name, remedy='"pass", "warn" or "drift"')
        schema[name] = Value(verdict, source.place("schema", name))


def _take_columns(source: _Source, table: Any, values: dict[str, Value]) -> None:
    """Limits, kinds and orders of single columns, as the options that say the same."""
    if not isinstance(table, dict):
        raise source.fault("columns holds a table a column", "columns", remedy="[columns.dep_delay]")
    for column, own in table.items():
        if not isinstance(own, dict):
            raise source.fault("columns holds a table a column", "columns", column, remedy="[columns.dep_delay]")
        _take_column(source, column, own, values)


def _take_column(source: _Source, column: str, own: dict[str, Any], values: dict[str, Value]) -> None:
    for name, value in own.items():
        path = ("columns", column, name)
        if name not in _OF_COLUMN:
            raise _unknown(source, name, _OF_COLUMN, path)
        if name in ("max", "warn-max", "min"):
            _append(values, _BY_NAME[name].parameter, _limits(source, value, path, column), source.place(*path))
        elif name == "skip":
            if not isinstance(value, bool):
                raise source.fault("skip is true or false", *path, remedy="skip = true")
            _append(values, "exclude", (quoted_name(column),) if value else (), source.place(*path))
        elif name == "kind":
            if value not in ("numeric", "categorical"):
                raise source.fault(f"kind cannot be {value!r}", *path, remedy='"numeric" or "categorical"')
            _append(values, value, (quoted_name(column),), source.place(*path))
        else:
            words = _list_of_names(source, value, path)
            asked = (f"{quoted_name(column, also='=')}={joined_names(words)}",)
            _append(values, "order", asked, source.place(*path))


def _append(values: dict[str, Value], parameter: str, more: tuple[str, ...], origin: str) -> None:
    before = values.get(parameter)
    if more:
        values[parameter] = Value((*before.value, *more) if before else more, before.origin if before else origin)


def _limits(source: _Source, value: Any, path: tuple[str, ...], column: str | None = None) -> tuple[str, ...]:
    """``{js-distance = "10%"}`` or ``["js-distance=10%"]`` as options are typed."""
    from kldiv_cli.core.rules import limit_from

    texts: dict[str, str] = {}
    if isinstance(value, dict):
        for name, amount in value.items():
            if isinstance(amount, bool) or not isinstance(amount, (int, float, str)):
                raise source.fault(f"{name} takes a number or a text", *path, name, remedy='0.1, "10%" or "3floor"')
            texts[f"{name}={amount}"] = name
    else:
        texts = {text: text.rpartition("=")[0] for text in _list_of_names(source, value, path)}
    whole = {text if column is None else f"{column}:{text}": name for text, name in texts.items()}
    for text, name in whole.items():
        try:
            limit_from(text, path[-1])  # type: ignore[arg-type]
        except UsageError as fault:
            raise source.fault(fault.message, *path, name, remedy=fault.remedy) from None
    return tuple(whole)


def _as_typed(source: _Source, key: Key, value: Any) -> Any:
    """A value of the file as the command line would give it."""
    path = (key.name,)
    if key.takes == "names":
        names = _list_of_names(source, value, path)
        return names if isinstance(value, str) else tuple(map(quoted_name, names))
    if key.takes == "orders":
        return _list_of_names(source, value, path)
    if key.takes == "switch":
        fits = isinstance(value, bool)
    elif key.takes == "whole":
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif key.takes == "number":
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        fits = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        value = str(value)
    if not fits:
        wanted = {"switch": "true or false", "whole": "a whole number", "number": "a number"}.get(key.takes, "a text")
        raise source.fault(f"{key.name} takes {wanted}, not {value!r}", *path, remedy="see kldiv check -h")
    return value


def _list_of_names(source: _Source, value: Any, path: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in value):
        return tuple(map(str, value))
    raise source.fault(f"{path[-1]} takes a list of names", *path, remedy=f'{path[-1]} = ["first", "second"]')


def _take_environment(environment: Mapping[str, str], values: dict[str, Value]) -> Iterator[str]:
    """Settings of ``KLDIV_*``; of what is none a note, for other programs may have variables of that name."""
    known = {f"KLDIV_{key.name.upper().replace('-', '_')}": key for key in KEYS}
    for name in sorted(environment):
        if not name.startswith("KLDIV_") or not environment[name]:
            continue
        key = known.get(name)
        if key is None:
            import difflib

            nearest = difflib.get_close_matches(name, known, n=1)
            yield f"{name} is no setting{f': {nearest[0]}?' if nearest else '.'}"
        else:
            values[key.parameter] = Value(_from_text(name, key, environment[name]), name)


def _from_text(name: str, key: Key, text: str) -> Any:
    try:
        if key.takes in ("names", "limits"):
            names = filter(None, split_names(text))
            return tuple(names if key.takes == "limits" else map(quoted_name, names))
        if key.takes == "orders":
            return tuple(part.strip() for part in text.split(";") if part.strip())
        if key.takes == "switch":
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        if key.takes == "whole":
            return int(text)
        return float(text) if key.takes == "number" else text
    except (ValueError, KeyError):
        wanted = {"switch": "1 or 0", "whole": "a whole number"}.get(key.takes, "a number")
        raise UsageError(f"{name}={text!r} is not {wanted}", remedy=f"unset {name}, or --isolated") from None


def _unknown(source: _Source, name: str, known: tuple[str, ...], path: tuple[str, ...]) -> InputError:
    import difflib

    nearest = difflib.get_close_matches(name, known, n=1)
    remedy = f"{nearest[0]!r}?" if nearest else f"one of {', '.join(known)}"
    return source.fault(f"there is no setting {name!r}", *path, remedy=remedy)


_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_PART = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_KEY = re.compile(
    r"\s*((?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="
)


def _line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Number of the line that sets a key, or of the nearest table above it."""
    best: tuple[int, int] | None = None
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _parts(header[1])
        here = table if header else (*table, *_parts(key[1])) if key else None
        if here and here == path[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(double or single or bare for double, single, bare in _PART.findall(dotted))
