"""How a report is to look; nothing here changes a number."""

from __future__ import annotations

from kldiv_cli.record import NamedTuple


class Style(NamedTuple):
    """What the person asked to see, and what the stream can show."""

    precision: int = 4
    """Significant digits of what people read; machine formats carry every digit."""
    terms: bool = False
    """Every outcome with its terms."""
    top: int | None = None
    """The outcomes that contribute most, this many."""
    plot: bool = False
    verbose: bool = False
    quiet: bool = False
    """No notes."""
    color: bool = False
    width: int = 100
    header: bool = True
    """Whether lines have a header: not where others were written before."""
