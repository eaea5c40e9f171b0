"""Report -> text: one file a format, one row each in the table below."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TextIO

from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

FORMATS: dict[str, str] = {
    "table": "terminal",
    "plain": "plain",
    "csv": "delimited",
    "tsv": "delimited",
    "json": "json_document",
    "jsonl": "json_document",
    "markdown": "markdown",
}
"""Output formats and the module that renders each; a module is imported when its format is asked for."""
OF_GATES: dict[str, str] = {"github": "github", "junit": "junit"}
"""Formats that tell of rules, and of nothing else."""
OF_MATRICES: dict[str, str] = {"npy": "npy_matrix"}
"""Formats of bytes that hold one matrix of all pairs."""
SELF_CONTAINED = frozenset({"table", "json", "markdown", "github", "junit"})
"""Formats that hold every note; with the others the notes go to stderr."""
OF_FAULTS = frozenset({"json", "markdown", "github", "junit"})
"""Formats that tell why a gate came to no verdict, so that no report of an earlier run is taken for one of this."""
STREAMED = frozenset({"plain", "csv", "tsv", "jsonl"})
"""Formats of lines, which can be written as results come."""


def render(report: Report, name: str, style: Style, stream: TextIO) -> None:
    """Write a report in a format.

    Raises
    ------
    UsageError
        If there is no such format.
    """
    require_format(name, gate=report.command == "check")
    import_module(f"kldiv_cli.renderers.{(FORMATS | OF_GATES)[name]}").render(report, name, style, stream)


def require_format(name: str, *, gate: bool = False, matrix: bool = False) -> None:
    """Refuse a format that does not exist, or that tells of rules or of all pairs where there are none."""
    known = FORMATS | OF_GATES if gate else FORMATS | OF_MATRICES if matrix else FORMATS
    if name in OF_MATRICES and not matrix:
        raise UsageError(f"{name} holds a matrix of all pairs", remedy="kldiv matrix FILE... -o js.npy")
    if name in OF_GATES and not gate:
        raise UsageError(f"{name} tells of rules, and nothing is held to any", remedy=f"kldiv check REF NEW -f {name}")
    if name not in known:
        import difflib

        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"{nearest[0]!r}? " if nearest else ""
        raise UsageError(f"there is no output format {name!r}", remedy=f"{hint}-f {' | '.join(known)}")
