"""Lines of words for pipes: ``sort``, ``awk`` and ``head`` read them as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kldiv_cli.renderers.escape import plain
from kldiv_cli.renderers.flat import rows_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report


def render(report: Report, _name: str, style: Style, stream: TextIO) -> None:
    """Write one line an estimate, then terms and a plot where they were asked for."""
    _block(*rows_of(report, plain), stream, header=style.header)
    if style.terms or style.top is not None:
        stream.write("\n")
        _block(*terms_of(report, style, plain), stream)
    if style.plot:
        from kldiv_cli.renderers.pictures import bars

        for comparison in report.comparisons:
            stream.write("\n" + "".join(f"{line.text}\n" for line in bars(comparison, style.width)))


def _block(columns: tuple[str, ...], rows: Iterable[list[str]], stream: TextIO, *, header: bool = True) -> None:
    if header:
        stream.write(" ".join(columns) + "\n")
    for row in rows:
        stream.write(" ".join(row) + "\n")
