"""What floors and p values cost: the same comparisons with and without them, A B A B.

The flights from files, as whole commands and in one process that has started already, and 50 columns of 100,000 numbers
a side from memory, reading not counted. ``python tests/bench floors``
"""

import contextlib
import io
import statistics
import sys
import time
from pathlib import Path

import numpy as np

FLIGHTS = Path(__file__).parents[2] / "sample_data" / "flights"
RUNS = 15


def main() -> None:
    _commands()
    _files()
    _columns(50, 100_000)


def _commands() -> None:
    from timing import ratio

    kldiv = Path(sys.executable).with_name("kldiv")
    line = [str(kldiv), str(FLIGHTS / "2013-01.csv"), str(FLIGHTS / "2013-07.csv")]
    found, bare, times = ratio(line, [*line, "--no-floor"])
    print(f"  flights, whole commands: {1e3 * found:.0f} ms with floors, {1e3 * bare:.0f} without, ratio {times:.2f}")
    print("    (wanted at most 2)")


def _files() -> None:
    from kldiv_cli.cli import run

    args = [str(FLIGHTS / "2013-01.csv"), str(FLIGHTS / "2013-07.csv")]

    def compare() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(args)

    found, bare = _pairs(compare, RUNS)
    print(
        f"  flights, one process: {1e3 * found:.1f} ms with floors, {1e3 * bare:.1f} without, ratio {found / bare:.2f}"
    )
    print("    (of a process that has started; no figure was asked for)")


def _columns(number: int, rows: int) -> None:
    from kldiv_cli.core.settings import settings_from
    from kldiv_cli.core.summary import Profile, numeric_summary
    from kldiv_cli.pipeline.compare import report_on

    rng = np.random.default_rng(0)
    sides = [
        Profile(label, "samples", {f"c{i}": numeric_summary(rng.normal(size=rows)) for i in range(number)}, rows)
        for label in ("P", "Q")
    ]
    settings = settings_from((), "e", "none", "auto", 2.0)
    found, bare = _pairs(lambda: report_on(sides[0], sides[1], settings), 5)
    print(
        f"  {number} columns x {rows:,} rows: {found:.2f} s with floors, {bare:.2f} without: {found - bare:.2f} s more"
    )
    print("    (wanted at most 0.3)")


def _pairs(work, runs: int) -> tuple[float, float]:
    """Median seconds with floors and without."""
    from kldiv_cli.core import compare

    noise, times = compare._noise, {True: [], False: []}
    for number in range(2 * runs + 2):
        with_floors = number % 2 == 0
        compare._noise = noise if with_floors else lambda *_: None
        start = time.perf_counter()
        work()
        if number >= 2:
            times[with_floors].append(time.perf_counter() - start)
    compare._noise = noise
    return statistics.median(times[True]), statistics.median(times[False])


if __name__ == "__main__":
    main()
