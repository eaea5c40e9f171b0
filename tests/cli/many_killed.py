"""What a process of the tests calls, and dies of."""

from __future__ import annotations

import os
import signal
import sys


def square(context: int, argument: int) -> int:
    """Square of an argument and the context; 3 and every fiftieth after it are deadly for a process of ours."""
    if argument % 50 == 3 and "kldiv_cli.engines.worker" in sys.modules:
        os.kill(os.getpid(), signal.SIGKILL)
    return argument * argument + context


def same(_context: int, argument: bytes) -> bytes:
    """The argument."""
    return argument


def failed(_argument: int, _fault: Exception) -> str:
    """What stands for a result that never came."""
    return "killed"
