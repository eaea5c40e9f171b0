"""Options for many operands at once: where their names come from, and what a bad one does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from kldiv_cli.cli.options import grouped_option, handed_over
from kldiv_cli.cli.parsing import FilePath
from kldiv_cli.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_MANY = "Many"
_MANY_OPTIONS = (
    grouped_option(
        "--files-from",
        "files_from",
        group=_MANY,
        type=FilePath(),
        metavar="FILE",
        help="Further operands, one a line; - is stdin.",
    ),
    grouped_option("-0", "--null", "null", group=_MANY, is_flag=True, help="They end in NUL, not in a line's end."),
    grouped_option("--fail-fast", group=_MANY, is_flag=True, help="Stop at the first bad operand."),
)


class ManyOptions:
    """Options for many operands, as typed."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._path: str | None = typed["files_from"]
        self._separator = b"\0" if typed["null"] else b"\n"
        self.fail_fast: bool = typed["fail_fast"]
        if typed["null"] and self._path is None:
            raise UsageError(
                "-0 is how names end in --files-from", remedy="find . -print0 | kldiv ref.csv --files-from - -0"
            )

    def listed_paths(self, operands: Sequence[str]) -> tuple[str, ...]:
        """Operands that stand in the file, in its order.

        Raises
        ------
        KldivError
            If it cannot be read, or stdin is asked to be two things.
        """
        if self._path is None:
            return ()
        import os

        if self._path == "-" and "-" in operands:
            raise UsageError("stdin can be read once: it is --files-from and an operand", remedy="--files-from FILE")
        try:
            if self._path == "-":
                content = sys.stdin.buffer.read()
            else:
                with open(self._path, "rb") as file:
                    content = file.read()
        except OSError as fault:
            raise InputError(f"cannot read {self._path}: {fault.strerror}", remedy="check the path") from None
        if self._separator == b"\n" and b"\0" in content:
            raise InputError(f"the names in {self._path} end in NUL", remedy=f"--files-from {self._path} -0")
        if self._separator == b"\0" and b"\0" not in content and b"\n" in content.strip():
            raise InputError(f"the names in {self._path} end in line ends, not in NUL", remedy="leave out -0")
        names = [name.rstrip(b"\r") for name in content.split(self._separator)]
        if not any(names):
            raise InputError(f"{self._path} names no operand", remedy="check the command that made it")
        return tuple(os.fsdecode(name) for name in names if name)


def many_options(command: _Command) -> _Command:
    """Add the options of the group Many, handed over as ``many``."""
    return handed_over(command, _MANY_OPTIONS, "many", ManyOptions)
