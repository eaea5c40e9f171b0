"""Large tables: wall time and memory beside parsing alone, the script a user writes, pyarrow, and another drift tool.

``python tests/bench tables [ROWS ...] [--folder F]``: 1,000,000 and 3,000,000 rows if none are given; those of the
README are 10,000,000 and 30,000,000. Every command is timed beside its floor, A B A B. Memory is the
largest sum over all processes of a command. Evidently 0.7 needs an older pandas: EVIDENTLY_PYTHON names a Python that
has both.
"""

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import psutil
from big_tables import make

HERE = Path(__file__).parent
RUNS = 5
_LONG = 20.0
"""Seconds from which one run is enough."""


def main(*arguments: str) -> None:
    kept = "--folder" in arguments
    folder = Path(arguments[arguments.index("--folder") + 1]) if kept else Path(tempfile.mkdtemp(prefix="kldiv-bench-"))
    sizes = [int(text) for text in arguments if text.isdigit()] or [1_000_000, 3_000_000]
    kldiv = shutil.which("kldiv", path=str(Path(sys.executable).parent)) or shutil.which("kldiv")
    if kldiv is None:
        sys.exit("kldiv is not installed beside this Python")
    try:
        times = {rows: _of_size(kldiv, folder / str(rows), rows) for rows in sizes}
    finally:
        if not kept:
            shutil.rmtree(folder)
    for (fewer, before), (more, after) in pairwise(sorted(times.items())):
        each = (after - before) / (more - fewer) * 1e6
        print(f"  from {fewer:,} to {more:,} rows: {each:.3f} s a million rows more")


def _of_size(kldiv: str, folder: Path, rows: int) -> float:
    with_parquet = importlib.util.find_spec("pyarrow") is not None
    ref, cur = make(folder, rows, parquet=with_parquet)
    print(f"  {rows:,} rows x 4 columns, twice ({ref.stat().st_size / 1e6:,.0f} MB each)")
    ours = [kldiv, str(ref), str(cur)]
    seconds = _pair("CSV, parsed by pandas in two threads", ours, _peer("parse", ref, cur), wanted="<= 2.2")
    _pair("CSV, the script a user writes", _peer("script", ref, cur), ours, wanted=">= 7")
    elsewhere = os.environ.get("EVIDENTLY_PYTHON")
    if elsewhere or importlib.util.find_spec("evidently") is not None:
        other = [elsewhere or sys.executable, *_peer("evidently", ref, cur)[1:]]
        _pair("CSV, Evidently's drift preset", other, ours, wanted=">= 15")
    if with_parquet:
        tables = [ref.with_suffix(".parquet"), cur.with_suffix(".parquet")]
        _pair("Parquet, read by pyarrow", [kldiv, *map(str, tables)], _peer("arrow", *tables), wanted="<= 2.5")
        baseline = folder / "baseline.json"
        subprocess.run([kldiv, "profile", str(ref), "-o", str(baseline), "-q"], check=True)
        print(f"    profile: {baseline.stat().st_size / 1e3:,.0f} kB")
    return seconds


def _peer(name: str, *paths: Path) -> list[str]:
    return [sys.executable, str(HERE / "peers.py"), name, *map(str, paths)]


def _pair(title: str, command: list[str], floor: list[str], *, wanted: str) -> float:
    """Time a command and its floor in turns; the median seconds of the command."""
    most_a, most_b = (_most_memory(one) for one in (command, floor))
    pairs: list[tuple[float, float]] = []
    while len(pairs) < RUNS and sum(map(sum, pairs)) < 2 * _LONG:
        pairs.append((_seconds(command), _seconds(floor)))
    a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"    {title:<38} {a:7.2f} s {most_a:6.0f} MB | {b:7.2f} s {most_b:6.0f} MB | {ratio:6.2f} (wanted {wanted})")
    return a


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def _most_memory(command: list[str]) -> float:
    """Largest memory of a process and its children together, in MB; to look slows them, so they are not timed."""
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, _memory(process))
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    return most / 1e6


def _memory(process: psutil.Popen) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss  # pages that processes share count once
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return total
    return total


if __name__ == "__main__":
    main(*sys.argv[1:])
