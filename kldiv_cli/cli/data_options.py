"""Options that say what is read and how, and what of it is P and Q."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kldiv_cli.cli.options import grouped_option, handed_over, listed
from kldiv_cli.cli.parsing import FilePath
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kldiv_cli.engines import Running
    from kldiv_cli.sources.spec import ReadOptions

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_DATA = "Data"

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
        help="Read numbers as samples, counts or probs; with --rows as logprobs or logits too.",
    ),
    grouped_option("--weights", group=_DATA, metavar="COLUMN", help="Column of weights, or of masses."),
    grouped_option("--labels", group=_DATA, metavar="COLUMN", help="Column of the outcomes of masses."),
    grouped_option(
        "--exact",
        group=_DATA,
        is_flag=True,
        help="Keep every value and label, however many; with --joint look at all pairs of rows.",
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

_ROW_OPTIONS = (
    grouped_option(
        "--rows",
        group=_DATA,
        is_flag=True,
        help="Every row of a wide table is a distribution; --as probs, counts, logprobs or logits.",
    ),
)

_JOINT_OPTIONS = (
    grouped_option(
        "--joint",
        group=_DATA,
        is_flag=True,
        help="All columns at once: sliced Wasserstein, energy, MMD, Frechet, KL by neighbours.",
    ),
)

_PERIOD_OPTIONS = (
    *_GROUP_OPTIONS[:2],
    grouped_option(
        "--against",
        group=_DATA,
        multiple=True,
        metavar="WHAT[,..]",
        help="What each period is compared with: first, previous, or N: the N before. first,previous if not given.",
    ),
)

_PAIR_OPTIONS = (
    grouped_option(
        "--ref",
        "reference",
        group=_DATA,
        type=FilePath(),
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


class DataOptions:
    """How operands are read, as typed; `read()` checks it."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._typed = typed
        self.sizes = (_size("--n-p", typed.get("n_p")), _size("--n-q", typed.get("n_q")))
        self.reference: str | None = typed.get("reference")
        self.by = listed(typed.get("by", ()))
        self.rows: bool = typed.get("rows", False)
        self.joint: bool = typed.get("joint", False)
        self.exact: bool = typed["exact"]
        self.against = listed(typed.get("against", ()))
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
                rows=self.rows,
            )
        )

    def running(self) -> Running:
        """Where operands are read."""
        from kldiv_cli.engines import Running, checked_running

        return checked_running(Running(self._typed["engine"], self._typed["jobs"], self._typed["scheduler"]))


def data_options(command: _Command) -> _Command:
    """Add the options of the group Data, handed over as ``data``."""
    return handed_over(command, _DATA_OPTIONS, "data", DataOptions)


def pair_options(command: _Command) -> _Command:
    """Add the options of the group Data with those that tell P from Q, handed over as ``data``."""
    options = (*_ROW_OPTIONS, *_JOINT_OPTIONS, *_PAIR_OPTIONS, *_GROUP_OPTIONS, *_DATA_OPTIONS)
    return handed_over(command, options, "data", DataOptions)


def gate_data_options(command: _Command) -> _Command:
    """Add the options of the group Data with all that tells P from Q, handed over as ``data``."""
    options = (*_ROW_OPTIONS, *_JOINT_OPTIONS, *_PAIR_OPTIONS, *_GROUP_OPTIONS, _PERIOD_OPTIONS[-1], *_DATA_OPTIONS)
    return handed_over(command, options, "data", DataOptions)


def matrix_data_options(command: _Command) -> _Command:
    """Add the options of the group Data with what makes pairs, handed over as ``data``."""
    reference = grouped_option(
        "--ref",
        "reference",
        group=_DATA,
        type=FilePath(),
        metavar="REF",
        help="Whose bins all pairs have; those of all operands together if not given.",
    )
    options = (*_ROW_OPTIONS, *_GROUP_OPTIONS[:2], reference, *_DATA_OPTIONS)
    return handed_over(command, options, "data", DataOptions)


def period_options(command: _Command) -> _Command:
    """Add the options of the group Data with those that make periods, handed over as ``data``."""
    return handed_over(command, (*_PERIOD_OPTIONS, *_DATA_OPTIONS), "data", DataOptions)


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
