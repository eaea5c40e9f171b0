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

    def stop(self) -> None:
        """Let every reader end after the block at hand."""
        self._stopped = True
