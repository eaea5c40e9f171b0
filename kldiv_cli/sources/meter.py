"""How much has been read so far: for whoever watches, and for whoever wants it to stop."""

from __future__ import annotations

from threading import Lock


class Stopped(Exception):
    """Reading was asked to end before its end."""


class Meter:
    """Bytes and rows read by all threads together."""

    def __init__(self) -> None:
        self.bytes = self.rows = 0
        self.bytes_known: int | None = None
        """Size of all that is read; None where a pipe is among it."""
        self.parts = 0
        self.parts_known: int | None = None
        """How many candidates there are, where each is compared and let go."""
        self.label = ""
        """The candidate that came last."""
        self.is_reading = True
        """Whether anything is still to be read: what is computed after that has no measure."""
        self._lock = Lock()
        self._stopped = False

    def add_bytes(self, number: int) -> None:
        """Count bytes as they lie in the place: compressed ones as they are."""
        with self._lock:
            self.bytes += number

    def add_rows(self, number: int) -> None:
        """Count rows that were summarised.

        Raises
        ------
        Stopped
            If reading is to end.
        """
        with self._lock:
            self.rows += number
        if self._stopped:
            raise Stopped

    def begin_parts(self, number: int) -> None:
        """Count candidates from now on."""
        self.parts_known = number

    def end_part(self, number: int, label: str) -> None:
        """Take note that so many candidates are done, and which came last."""
        self.parts, self.label = number, label

    def stop(self) -> None:
        """Let every reader end after the block at hand."""
        self._stopped = True
