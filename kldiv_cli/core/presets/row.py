"""What a preset is: the convention of another tool, number for number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kldiv_cli.core.model import Direction
    from kldiv_cli.core.summary import Summary


class Figure(NamedTuple):
    """How a tool computes one measure."""

    compute: Callable[[Summary, Summary], float | None]
    """Value of reference and candidate; None where the tool has none for such columns."""
    direction: Direction | None = None
    unit: str | None = None
    maximum: float | None = None


class Preset(NamedTuple):
    """The convention of one tool. It is exempt from the rules that hold for kldiv's own numbers."""

    name: str
    figures: Mapping[str, Figure]
    """By key of the measure that is meant."""
    limits: Callable[[Summary, Summary], tuple[tuple[str, str], ...]]
    """Pairs (kind, limit) that the tool holds such columns to."""
    convention: str
    """What it does, in words."""
    reference: str
    """The tool and the version whose figures are reproduced."""

    def require(self, measures: Iterable[str], what: str = "-m") -> None:
        """Refuse a measure that the tool lacks; the missing rate is kldiv's own. ``what`` asked for it.

        Raises
        ------
        UsageError
            If it has none of that key.
        """
        for key in measures:
            if key not in self.figures and key != "missing":
                raise UsageError(
                    f"the preset {self.name} has no {key}, which {what} asks for",
                    remedy=f"{what} {' or '.join(self.figures)}, or no --preset",
                )
