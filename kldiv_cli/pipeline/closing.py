"""What is said at the end of many comparisons: how many, the furthest and the closest, what failed."""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.table_remarks import apartness, apartness_in_words
from kldiv_cli.errors import InputError
from kldiv_cli.pipeline.readable import and_more

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Comparison
    from kldiv_cli.report import Failure

_NAMED = 3


class Closing:
    """A summary that grows with every candidate, group or period, and keeps none of them.

    Parameters
    ----------
    noun : str
        What is compared: ``candidate``, ``group``, ``pair``.
    measure : str, optional
        Key of the measure that says how far apart they are; JS if none was asked for.
    """

    def __init__(self, noun: str = "candidate", measure: str | None = None) -> None:
        self.failed: list[Failure] = []
        self._noun = noun
        self._measure = measure
        self._compared = 0
        self._are_equal = True
        self._furthest: tuple[float, str, str] = (-math.inf, "", "")
        self._closest: tuple[float, str, str] = (math.inf, "", "")

    def add(self, comparisons: Sequence[Comparison], failed: Sequence[Failure] = (), *, is_table: bool) -> None:
        """Take the comparisons of one of them."""
        self.failed += failed
        if not comparisons:
            return
        self._compared += 1
        self._are_equal = self._are_equal and not any(one.js for one in comparisons)
        found = [
            (apartness(one, self._measure), one)
            for one in comparisons
            if one.js is not None or self._measure is not None
        ]
        most, worst = max(found, key=itemgetter(0), default=(-math.inf, comparisons[0]))
        if most == -math.inf or self._closest[0] <= most <= self._furthest[0]:
            return
        told = most, apartness_in_words(worst, self._measure), _called(worst, is_table=is_table)
        if not self._furthest[-1] or most < self._closest[0]:
            self._closest = told
        if most > self._furthest[0]:
            self._furthest = told

    def require_any(self) -> None:
        """Refuse a run of which nothing came.

        Raises
        ------
        InputError
            If not one of them could be compared.
        """
        if not self._compared and self.failed:
            first = self.failed[0]
            told = f"nothing could be compared: {first.message}{and_more(self.failed)}"
            raise InputError(told, remedy=first.remedy)

    def notes(self) -> Iterator[Note]:
        """The summary."""
        count = f"{self._compared:,} {self._noun}{'s' * (self._compared != 1)} compared"
        most, told, furthest = self._furthest
        text = f"{count}."
        if most == 0.0 and self._closest[0] == 0.0 and self._are_equal:
            text = f"{count}: all are equal to P."
        elif furthest:
            text = f"{count}. Furthest: {furthest} ({told})"
            _, least, closest = self._closest
            if self._compared > 1 and closest != furthest:
                text += f"; closest: {closest} ({least.removeprefix('JS ').removesuffix(' of its maximum')})"
            text += "."
        yield Note("closing", text)
        yield from told_of_failed(self.failed)


def told_of_failed(failed: Sequence[Failure]) -> Iterator[Note]:
    """How many operands are not in the report, and the first of them."""
    if failed:
        names = [failure.label for failure in failed]
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED + 1 else ""
        told = ", ".join(names[:_NAMED]) + more if more else listed(names)
        yield Note("failed", f"{len(names):,} could not be compared: {told}.")


def _called(comparison: Comparison, *, is_table: bool) -> str:
    column = f", {comparison.column}" if is_table and comparison.column else ""
    return f"{comparison.called}{column}"
