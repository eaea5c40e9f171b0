"""Whole processes timed in pairs, A B A B ..., so that a ratio survives a machine whose speed drifts."""

import os
import pty
import statistics
import subprocess
import sys
import time


def seconds(command: list[str], *, terminal: bool = False) -> float:
    """Wall time of one run; its output is read and thrown away, through a pipe or a terminal."""
    start = time.perf_counter()
    if terminal:
        pid, master = pty.fork()
        if pid == 0:
            os.execv(command[0], command)
        try:
            while os.read(master, 65536):
                pass
        except OSError:
            pass  # a terminal whose last program has left
        _, status = os.waitpid(pid, 0)
        os.close(master)
        code = os.waitstatus_to_exitcode(status)
    else:
        code = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).returncode
    if code:
        sys.exit(f"{' '.join(command)} ended with status {code}")
    return time.perf_counter() - start


def ratio(
    command: list[str], floor: list[str], *, runs: int = 30, terminal: bool = False
) -> tuple[float, float, float]:
    """Median seconds of a command and of its floor, and the median of their ratios, pair by pair."""
    for _ in range(3):
        seconds(command, terminal=terminal)
        seconds(floor)
    pairs = [(seconds(command, terminal=terminal), seconds(floor)) for _ in range(runs)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )
