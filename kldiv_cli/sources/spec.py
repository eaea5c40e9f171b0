"""What is to be read, and how: an operand after parsing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from kldiv_cli.sources.data_sets import Constant

FORMATS = ("csv", "tsv", "blank", "uniq", "json", "ndjson", "jsonl", "npy", "parquet", "arrow", "feather")
"""Input formats by the name that ``-i`` takes."""
As: TypeAlias = Literal["auto", "samples", "counts", "probs", "logprobs", "logits"]


class ReadOptions(NamedTuple):
    """How places are read; the same for every operand of a run."""

    format: str = "auto"
    delimiter: str | None = None
    decimal: str = "."
    header: bool = True
    encoding: str | None = None
    na_values: tuple[str, ...] = ()
    as_: As = "auto"
    columns: tuple[str, ...] = ()
    """Names or numbers (1 is the first) of the columns to compare; empty is all."""
    exclude: tuple[str, ...] = ()
    weights: str | None = None
    labels: str | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    order: tuple[tuple[str | None, tuple[str, ...]], ...] = ()
    """Pairs (column, labels in their order); the column is None where only labels were given."""
    exact: bool = False
    """Whether every distinct value and label is kept, however many."""
    by: tuple[str, ...] = ()
    """Columns that rows are grouped by; empty is no groups."""
    every: str | None = None
    """Period that the values of the one column of ``by`` are put into."""
    rows: bool = False
    """Whether every row is a distribution by itself."""
    may_lack: bool = False
    """Whether a column that was asked for may be absent: to a gate that is a finding."""

    def columns_named(self) -> tuple[str, ...]:
        """Columns that options name and that need not be in every operand."""
        return (*self.exclude, *self.numeric, *self.categorical, *(name for name, _ in self.order if name is not None))


class SourceSpec(NamedTuple):
    """One operand: a place, and what of it is wanted."""

    label: str
    place: Literal["file", "url", "stdin", "inline", "uniform", "set", "density"]
    location: str
    """Path, URL, or the inline text; what was typed for a set."""
    column: str | None = None
    n: float | None = None
    """Observations behind bare probabilities (``--n-p``, ``--n-q``)."""
    options: ReadOptions = ReadOptions()
    parts: tuple[SourceSpec, ...] = ()
    """The files of a set, in their order."""
    constants: tuple[Constant, ...] = ()
    """Columns that the path of the file gives, as ``day=2024-01-01`` does."""

    def may_lack(self) -> SourceSpec:
        """The same operand, of which columns that are asked for may be absent."""
        parts = tuple(part.may_lack() for part in self.parts)
        return self._replace(options=self.options._replace(may_lack=True), parts=parts)

    def reread_as_text(self, columns: tuple[str, ...]) -> SourceSpec:
        """The same operand with some columns taken as labels."""
        options = self.options._replace(categorical=(*self.options.categorical, *columns))
        parts = tuple(part.reread_as_text(columns) for part in self.parts)
        return self._replace(options=options, parts=parts)


def is_pattern(text: str) -> bool:
    """Whether a path holds a wildcard."""
    return any(char in text for char in "*?[")


def fixed_part(pattern: str) -> str:
    """The folders before the first wildcard."""
    first = min((pattern.find(char) for char in "*?[" if char in pattern), default=len(pattern))
    return pattern[: pattern.rfind("/", 0, first) + 1]


def checked_options(options: ReadOptions) -> ReadOptions:
    """Return the options, if they can be met.

    Raises
    ------
    UsageError
        If a value is out of its range, or two contradict each other.
    """
    if options.as_ not in get_args(As):
        remedy = "--as auto, samples, counts or probs; of --rows logprobs or logits"
        raise UsageError(f"operands cannot be read as {options.as_!r}", remedy=remedy)
    if options.as_ in ("logprobs", "logits") and not options.rows:
        raise UsageError(f"--as {options.as_} is for rows that are distributions", remedy="--rows, or --as probs")
    if options.format != "auto" and options.format not in FORMATS:
        raise UsageError(f"there is no input format {options.format!r}", remedy=f"-i {' | '.join(FORMATS)}")
    if options.encoding is not None:
        _require_encoding(options.encoding)
    if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\n\r'):
        raise UsageError(f"the delimiter {options.delimiter!r} is not one character", remedy=r"-d ';' or -d $'\t'")
    if len(options.decimal) != 1 or options.decimal not in ".,":
        raise UsageError(f"the decimal mark {options.decimal!r} is neither point nor comma", remedy="--decimal ,")
    if options.decimal == options.delimiter:
        raise UsageError("the decimal mark and the delimiter are the same", remedy="--decimal , with -d ';'")
    if options.every is not None:
        _require_period(options)
    both = set(options.numeric) & set(options.categorical)
    if both:
        raise UsageError(f"column {min(both)} is asked to be numeric and categorical", remedy="name it once")
    return options


def _require_period(options: ReadOptions) -> None:
    from kldiv_cli.sources.grouping import width_of

    width_of(options.every or "")
    if len(options.by) != 1:
        raise UsageError("--every makes periods of one column", remedy=f"--by COLUMN --every {options.every}")


def _require_encoding(name: str) -> None:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        remedy = "utf-8, utf-16, cp1252, latin-1, gb18030, ..."
        raise UsageError(f"there is no encoding {name!r} of text", remedy=remedy) from None
