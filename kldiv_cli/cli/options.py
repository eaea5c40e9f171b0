"""Shared option groups, each handed over as one object."""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kldiv_cli.cli.parsing import GroupedOption
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kldiv_cli.core.model import Settings
    from kldiv_cli.engines import Running
    from kldiv_cli.sources.spec import ReadOptions

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_DATA, _METHOD = "Data", "Method"


def grouped_option(*names: str, group: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an option that the help shows in a group."""
    return click.option(*names, cls=GroupedOption, group=group, **attributes)


_DATA_OPTIONS = (
    grouped_option(
        "-c",
        "--column",
        "columns",
        group=_DATA,
        multiple=True,
        metavar="NAME[,..]",
        help="Columns to compare, by name or number (1 is the first).",
    ),
    grouped_option("--exclude", group=_DATA, multiple=True, metavar="NAME[,..]", help="Columns to leave out."),
    grouped_option(
        "--numeric",
        group=_DATA,
        multiple=True,
        metavar="NAME[,..]",
        help="Columns that hold numbers; any other cell is an error.",
    ),
    grouped_option(
        "--categorical", group=_DATA, multiple=True, metavar="NAME[,..]", help="Columns to compare as labels."
    ),
    grouped_option(
        "--order",
        group=_DATA,
        multiple=True,
        metavar="[NAME=]LOW,..,HIGH",
        help="Order of the labels of a column.",
    ),
    grouped_option(
        "-i",
        "--input-format",
        group=_DATA,
        default="auto",
        metavar="FMT",
        help="csv, tsv, blank, uniq, json, ndjson, npy, parquet or arrow; the content decides if not given.",
    ),
    grouped_option("-d", "--delimiter", group=_DATA, metavar="C", help="Delimiter of the cells."),
    grouped_option("--decimal", group=_DATA, default=".", metavar="C", help="Decimal mark: . or ,"),
    grouped_option("--no-header", group=_DATA, is_flag=True, help="Line 1 is data."),
    grouped_option("--encoding", group=_DATA, metavar="NAME", help="Encoding of text; UTF-8 if not given."),
    grouped_option(
        "--na-values",
        group=_DATA,
        multiple=True,
        metavar="WORD[,..]",
        help="Cells that mean missing, beside empty, NA, NaN, nan, null, None.",
    ),
    grouped_option(
        "--as",
        "as_",
        group=_DATA,
        default="auto",
        metavar="WHAT",
        help="Read numbers as samples, counts or probs.",
    ),
    grouped_option("--weights", group=_DATA, metavar="COLUMN", help="Column of weights, or of masses."),
    grouped_option("--labels", group=_DATA, metavar="COLUMN", help="Column of the outcomes of masses."),
    grouped_option(
        "--exact",
        group=_DATA,
        is_flag=True,
        help="Keep every value and label, however many.",
    ),
    grouped_option(
        "--jobs",
        group=_DATA,
        type=click.IntRange(1),
        metavar="N",
        help="Files to read at once; as many as processors if not given.",
    ),
    grouped_option("--engine", group=_DATA, default="local", metavar="NAME", help="local, or dask: a cluster."),
    grouped_option(
        "--scheduler", group=_DATA, metavar="ADDRESS", help="Of a Dask cluster; one on this machine if not given."
    ),
)

_GROUP_OPTIONS = (
    grouped_option(
        "--by",
        group=_DATA,
        multiple=True,
        metavar="NAME[,..]",
        help="Columns whose values split rows into groups.",
    ),
    grouped_option(
        "--every",
        group=_DATA,
        metavar="PERIOD",
        help="Periods of the column of --by: hour, day, week, month, quarter, year, or a width such as 10.",
    ),
    grouped_option(
        "--base-group",
        "base_group",
        group=_DATA,
        metavar="NAME",
        help="The group that is P for all others; if not given, P is the rest.",
    ),
)

_PAIR_OPTIONS = (
    grouped_option(
        "--ref",
        "reference",
        group=_DATA,
        type=click.Path(),
        metavar="REF",
        help="The reference P; then every operand is a Q.",
    ),
    grouped_option(
        "--n-p",
        group=_DATA,
        metavar="N",
        help="Observations behind P's bare probabilities.",
    ),
    grouped_option(
        "--n-q",
        group=_DATA,
        metavar="N",
        help="Observations behind Q's bare probabilities.",
    ),
)

_METHOD_OPTIONS = (
    grouped_option(
        "-m",
        "--measure",
        "measures",
        group=_METHOD,
        multiple=True,
        metavar="NAME[,..]",
        help="Measures, or all; kldiv explain lists them.",
    ),
    grouped_option(
        "-b",
        "--bins",
        group=_METHOD,
        default="auto",
        metavar="BINS",
        help="N or quantile:N (equal-frequency on P), width:N, or edges 0,10,60.",
    ),
    grouped_option(
        "-s",
        "--smooth",
        group=_METHOD,
        default="none",
        metavar="HOW",
        help="none, add:A, laplace, jeffreys, perks, mix:L[:pooled], shrink, eps:E.",
    ),
    grouped_option(
        "--base",
        group=_METHOD,
        default="e",
        metavar="B",
        help="Base of the logarithms: e (nats), 2 (bits), 10, ...",
    ),
    grouped_option(
        "--alpha-order",
        group=_METHOD,
        default="2",
        metavar="A",
        help="Order of the Rényi and Tsallis divergences.",
    ),
    grouped_option(
        "--na",
        group=_METHOD,
        default="drop",
        metavar="HOW",
        help="Missing values: drop, or category: an outcome of their own.",
    ),
    grouped_option(
        "--n-eff",
        group=_METHOD,
        metavar="N",
        help="Independent rows, where rows depend on each other: 500, 10%, or 500,80 for P and Q.",
    ),
    grouped_option(
        "--preset",
        group=_METHOD,
        metavar="NAME",
        help="Numbers as another tool has them: evidently or psi-banking.",
    ),
    grouped_option(
        "--floor/--no-floor",
        "floors",
        group=_METHOD,
        default=None,
        help="What the values would be if nothing had changed; not by default where there are many to compare.",
    ),
    grouped_option(
        "--seed", group=_METHOD, type=int, default=0, metavar="N", help="Of the draws behind floors and p values."
    ),
    grouped_option(
        "--draws", group=_METHOD, type=int, default=500, metavar="N", help="Draws behind floors and p values (500)."
    ),
)


class DataOptions:
    """How operands are read, as typed; `read()` checks it."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._typed = typed
        self.sizes = (_size("--n-p", typed.get("n_p")), _size("--n-q", typed.get("n_q")))
        self.reference: str | None = typed.get("reference")
        self.by = listed(typed.get("by", ()))
        self.base_group: str | None = typed.get("base_group")
        if self.base_group is not None and not self.by:
            raise UsageError("--base-group is one of the groups of --by", remedy="--by species --base-group Adelie")

    def settled(self, values: Mapping[str, Any]) -> DataOptions:
        """The same with values from elsewhere in place of those that were not typed."""
        return DataOptions({**self._typed, **{key: value for key, value in values.items() if key in self._typed}})

    def read(self) -> ReadOptions:
        """Options for the sources."""
        from kldiv_cli.sources.spec import ReadOptions, checked_options

        typed = self._typed
        return checked_options(
            ReadOptions(
                format=typed["input_format"],
                delimiter=_escaped(typed["delimiter"]),
                decimal=typed["decimal"],
                header=not typed["no_header"],
                encoding=typed["encoding"],
                na_values=listed(typed["na_values"]),
                as_=typed["as_"],
                columns=listed(typed["columns"]),
                exclude=listed(typed["exclude"]),
                weights=typed["weights"],
                labels=typed["labels"],
                numeric=listed(typed["numeric"]),
                categorical=listed(typed["categorical"]),
                order=tuple(_order(text) for text in typed["order"]),
                exact=typed["exact"],
                by=self.by,
                every=typed.get("every"),
            )
        )

    def running(self) -> Running:
        """Where operands are read."""
        from kldiv_cli.engines import Running, checked_running

        return checked_running(Running(self._typed["engine"], self._typed["jobs"], self._typed["scheduler"]))


class MethodOptions:
    """What decides the numbers, as typed."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._typed = typed

    def settled(self, values: Mapping[str, Any]) -> MethodOptions:
        """The same with values from elsewhere in place of those that were not typed."""
        return MethodOptions({**self._typed, **{key: value for key, value in values.items() if key in self._typed}})

    def settings(self, *, floors: bool = True) -> Settings:
        """Checked settings of the core; ``floors`` is what holds if nothing was typed."""
        from kldiv_cli.core.settings import settings_from

        typed = self._typed
        return settings_from(
            listed(typed["measures"]),
            typed["base"],
            typed["smooth"],
            typed["bins"],
            typed["alpha_order"],
            na=typed["na"],
            seed=typed["seed"],
            draws=typed["draws"],
            n_eff=typed["n_eff"],
            preset=typed["preset"],
            floors=floors if typed["floors"] is None else typed["floors"],
        )


def listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names given one by one or with commas."""
    if not values:
        return ()
    from kldiv_cli.sources.names import split_names

    return tuple(name for value in values for name in split_names(value) if name)


def data_options(command: _Command) -> _Command:
    """Add the options of the group Data, handed over as ``data``."""
    return handed_over(command, _DATA_OPTIONS, "data", DataOptions)


def pair_options(command: _Command) -> _Command:
    """Add the options of the group Data with those that tell P from Q, handed over as ``data``."""
    return handed_over(command, (*_PAIR_OPTIONS, *_GROUP_OPTIONS, *_DATA_OPTIONS), "data", DataOptions)


def method_options(command: _Command) -> _Command:
    """Add the options of the group Method, handed over as ``method``."""
    return handed_over(command, _METHOD_OPTIONS, "method", MethodOptions)


def handed_over(
    command: _Command,
    options: tuple[Callable[[Any], Any], ...],
    name: str,
    build: Callable[[dict[str, Any]], object],
) -> _Command:
    """Add options to a command, which gets them as one object under a name."""
    added: list[str] = []

    @wraps(command)
    def wrapped(**values: Any) -> Any:
        typed = {key: values.pop(key) for key in added if key in values}
        return command(**values, **{name: build(typed)})

    decorated: Any = wrapped
    before = {param.name for param in getattr(decorated, "__click_params__", [])}
    for option in reversed(options):
        decorated = option(decorated)
    added.extend(str(param.name) for param in decorated.__click_params__ if param.name not in before)
    return decorated  # type: ignore[no-any-return]


def _size(option: str, text: str | None) -> float | None:
    """Number of observations, finite and above 0."""
    if text is None:
        return None
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0.0 < size < math.inf:
        raise UsageError(f"{option} {text!r} is no number of observations", remedy=f"{option} 1000")
    return size


def _escaped(delimiter: str | None) -> str | None:
    return None if delimiter is None else {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)


def _order(text: str) -> tuple[str | None, tuple[str, ...]]:
    from kldiv_cli.sources.names import split_assignment, split_names

    name, labels = split_assignment(text)
    found = split_names(labels)
    if len(found) < 2 or len(set(found)) != len(found):
        raise UsageError(f"the order {text!r} needs two or more different labels", remedy="--order size=low,mid,high")
    return name or None, found
