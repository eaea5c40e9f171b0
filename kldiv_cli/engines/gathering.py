"""The parts of one operand, put together in their order; and read once more where a column changed its type."""

from __future__ import annotations

import os
from threading import Condition
from typing import TYPE_CHECKING

from kldiv_cli.core.model import Note
from kldiv_cli.errors import KldivError, TypeBreak

if TYPE_CHECKING:
    from kldiv_cli.core.groups import GroupedProfile
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines.part_tally import PartTally
    from kldiv_cli.sources.spec import SourceSpec

_AHEAD = 16
"""Parts that may be read before one that is still missing."""


class Gathering:
    """The parts of one operand, put together in their order whoever is ready first.

    Parameters
    ----------
    spec : SourceSpec
    required : bool
        Whether nothing is told of the others where this one cannot be read.
    """

    def __init__(self, spec: SourceSpec, *, required: bool = True) -> None:
        self.spec = spec
        self.required = required
        self._asked = spec.options
        self._notes: tuple[Note, ...] = ()
        self._begin()

    def _begin(self) -> None:
        self.parts = self.spec.parts or (self.spec,)
        self._ready: dict[int, PartTally] = {}
        self._next = 0
        self._whole: PartTally | None = None
        self._fault: tuple[int, Exception] | None = None
        self._lock = Condition()

    def take(self, number: int, tally: PartTally) -> None:
        """Take the tally of a part."""
        with self._lock:
            self._ready[number] = tally
            while self._next in self._ready:
                part, self._next = self._ready.pop(self._next), self._next + 1
                try:
                    self._absorb(part)
                except KldivError as fault:
                    self._failed(self._next - 1, fault)
            self._lock.notify_all()

    def await_turn(self, number: int) -> None:
        """Wait until not too many parts before this one are missing: those that are ready wait in memory."""
        with self._lock:
            while number >= self._next + _AHEAD and self._fault is None:
                self._lock.wait()

    def take_whole(self, tally: PartTally) -> None:
        """Take the tally of all parts together."""
        self._whole = tally

    def failed(self, number: int, fault: Exception) -> None:
        """Take note that a part could not be read."""
        with self._lock:
            self._failed(number, fault)

    @property
    def fault(self) -> tuple[int, Exception] | None:
        """The first part that could not be taken, and why."""
        return self._fault

    @property
    def is_complete(self) -> bool:
        """Whether all parts were taken."""
        return self._next == len(self.parts)

    @property
    def is_lost(self) -> bool:
        """Whether it is certain which fault will be told of this operand."""
        return self._fault is not None and self._next >= self._fault[0] and not self._is_mendable(self._fault[1])

    def begins_again(self) -> bool:
        """Whether the operand is to be read once more, with the columns as labels that broke their type.

        Raises
        ------
        KldivError
            If it cannot be read, and is required.
        """
        if self._fault is None:
            return False
        _, fault = self._fault
        if not isinstance(fault, TypeBreak) or not self._is_mendable(fault):
            if self.required or not isinstance(fault, KldivError):
                raise fault
            return False
        first, *others = fault.columns
        texts = [f"{fault.message}; the column was read as labels."]
        texts += [f"{self.spec.label}: column {column} was read as labels too, after {first}." for column in others]
        self._notes += tuple(Note("read-as-labels", text) for text in texts)
        self.spec = self.spec.reread_as_text(fault.columns)
        self._begin()
        return True

    def profile(self) -> Profile | GroupedProfile:
        """Summaries of all parts together, of every group where rows are grouped.

        Raises
        ------
        KldivError
            If it is not required, and could not be read.
        """
        if self._fault is not None:
            raise self._fault[1]
        assert self._whole is not None, "every part was read"
        profile = self._whole.profile(self._asked, self.spec.label)
        return profile._replace(notes=(*profile.notes, *self._notes))

    def _absorb(self, part: PartTally) -> None:
        if self._whole is None:
            self._whole = part
        else:
            self._whole.absorb(part)  # type: ignore[arg-type]  # parts of one operand are of one type

    def _failed(self, number: int, fault: Exception) -> None:
        if self._fault is None or number < self._fault[0]:
            self._fault = (number, fault)
        self._lock.notify_all()

    def _is_mendable(self, fault: Exception) -> bool:
        """Whether the operand is to be read again with the columns as labels that the fault names."""
        if not isinstance(fault, TypeBreak) or set(fault.columns) <= set(self.spec.options.categorical):
            return False
        return self._can_be_read_again()

    def _can_be_read_again(self) -> bool:
        """Whether all of it are regular files: a pipe or a process substitution gives its rows once."""
        return all(
            part.place == "url" or (part.place == "file" and os.path.isfile(part.location)) for part in self.parts
        )
