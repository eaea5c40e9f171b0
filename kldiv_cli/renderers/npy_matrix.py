"""A matrix as a file of NumPy's, with its labels in a text beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.errors import UsageError
from kldiv_cli.renderers.escape import visible

if TYPE_CHECKING:
    from typing import BinaryIO, TextIO

    from kldiv_cli.report import Report


def require_one(report: Report) -> None:
    """Refuse what is more than one matrix.

    Raises
    ------
    UsageError
        If there are several columns or measures, or no matrix at all.
    """
    if not report.matrices:
        raise UsageError("npy holds a matrix of all pairs", remedy="kldiv matrix FILE... -o js.npy")
    if len(report.matrices) > 1:
        names = [f"{one.column or ''} {one.measure}".strip() for one in report.matrices]
        raise UsageError(
            f"npy holds one matrix, and there are {len(names)}: {', '.join(names[:6])}",
            remedy="one column (-c) and one measure (-m)",
        )


def write_matrix(report: Report, stream: BinaryIO) -> None:
    """Write the one matrix, float64 of shape (n, n)."""
    import numpy as np

    np.save(stream, report.matrices[0].values, allow_pickle=False)


def write_labels(report: Report, stream: TextIO) -> None:
    """Write one label a line, in the order of the rows."""
    stream.writelines(f"{visible(label)}\n" for label in report.matrices[0].labels)
