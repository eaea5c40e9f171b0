"""Many at once against what others take for it: whole processes, A B A B, and the memory of ours.

The matrix of all pairs of 2,000 rows against scipy's pdist, dense and with 5 % of the outcomes, the files in memory;
100,000 paired rows of 1,000 outcomes against numpy that reads both and takes a logarithm of each; 1,000 files of 1,000
rows and 8 columns against the csv module on as many cores, and against a loop that starts kldiv once a file.
``python tests/bench many``
"""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import timing

KLDIV = str(Path(sys.executable).with_name("kldiv"))
SCIPY = """
import sys, numpy
from scipy.spatial.distance import pdist
numpy.save(sys.argv[2], pdist(numpy.load(sys.argv[1]), "jensenshannon"))
"""
LOGARITHMS = """
import sys, numpy
for path in sys.argv[1:]:
    numpy.log(numpy.load(path)).sum()
"""
UNCOMPUTED = """
import sys, click, numpy
rows = numpy.load(sys.argv[1])
numpy.save(sys.argv[2], numpy.zeros((len(rows), len(rows))))
"""
CONVERTED = """
import csv, sys
from multiprocessing import Pool

def converted(path):
    with open(path, newline="") as file:
        rows = csv.reader(file)
        next(rows)
        columns = list(zip(*rows))
    return sum(sorted(map(float, column))[0] for place, column in enumerate(columns) if place not in (4, 5))

if __name__ == "__main__":
    with Pool() as pool:
        print(sum(pool.map(converted, sys.argv[1:], chunksize=20)))
"""
PARSED = """
import csv, sys
from multiprocessing import Pool

def parsed(path):
    with open(path, newline="") as file:
        return sum(1 for _ in csv.reader(file))

if __name__ == "__main__":
    with Pool() as pool:
        print(sum(pool.map(parsed, sys.argv[1:], chunksize=20)))
"""
FILES, LOOPED = 1_000, 20
MEMORY, MATRICES = "/dev/shm", 90 << 20
"""Where the matrices lie, if there is room: on a disk that writes back, kldiv writes for 8 to 60 ms of its 250."""


def main() -> None:
    import kldiv_cli

    compileall.compile_dir(str(Path(kldiv_cli.__file__).parent), quiet=1)
    has_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * MATRICES
    with tempfile.TemporaryDirectory(prefix="kldiv-bench-", dir=MEMORY if has_memory else None) as folder:
        _matrix(Path(folder))
    with tempfile.TemporaryDirectory(prefix="kldiv-bench-") as folder:
        _paired(Path(folder))
        _files(Path(folder))


def _matrix(folder: Path) -> None:
    rng = np.random.default_rng(0)
    dense = rng.dirichlet(np.full(500, 0.3), 2_000)
    sparse = np.where(rng.random(dense.shape) < 0.05, dense, 0.0)
    assert sparse.any(axis=1).all(), "scipy gives NaN for a row without mass"
    shared = sparse.copy()
    shared[:, 0] += 1e-6  # every pair meets in it
    for name, masses, wanted in (
        ("dense", dense, "at least 6"),
        ("5 % of the outcomes", sparse, "at least 20"),
        ("5 %, and one that all rows share", shared, "nothing"),
    ):
        path, target = str(folder / "rows.npy"), str(folder / "js.npy")
        np.save(path, masses)
        ours = [KLDIV, "matrix", path, "--rows", "-m", "js", "-o", target]
        theirs = [sys.executable, "-c", SCIPY, path, str(folder / "scipy.npy")]
        found, floor, ratios = _paired_runs(theirs, ours, 3 if masses is dense else 15)
        print(f"  matrix, 2,000 x 500, {name}: scipy {found:.2f} s, kldiv {floor:.2f} s, {ratios} times")
        print(f"    (wanted {wanted}); {_memory(ours)} MB of {3 * (masses.nbytes + 8 * 2_000**2) >> 20} allowed")
        least = timing.seconds([sys.executable, "-c", UNCOMPUTED, path, str(folder / "least.npy")])
        print(f"    to import, read and write alone: {least:.2f} s, {found / least:.1f} times")


def _paired(folder: Path) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0.0, 3.0, (100_000, 1_000))
    paths = []
    for name, noise in (("p", 0.0), ("q", 0.02)):
        masses = np.exp(logits + noise * rng.normal(size=logits.shape))
        masses /= masses.sum(axis=1, keepdims=True)
        paths.append(str(folder / f"{name}.npy"))
        np.save(paths[-1], masses)
    del logits, masses
    ours = [KLDIV, *paths, "--rows", "-f", "table"]
    found, floor, ratios = _paired_runs(ours, [sys.executable, "-c", LOGARITHMS, *paths], 3)
    print(f"  paired rows, 100,000 x 1,000: kldiv {found:.2f} s, numpy {floor:.2f} s, {ratios} times")
    print(f"    (wanted at most 4); {_memory(ours)} MB of 1,000 allowed for ten times the rows")
    for path in paths:
        os.unlink(path)


def _files(folder: Path) -> None:
    rng = np.random.default_rng(2)
    paths = [_table(folder / f"{number:04}.csv", rng) for number in range(FILES + 1)]
    (folder / "parsed.py").write_text(PARSED)
    ours = [KLDIV, *paths, "-f", "csv"]
    found, floor, ratios = _paired_runs(ours, [sys.executable, str(folder / "parsed.py"), *paths], 9)
    print(f"  {FILES:,} files of 1,000 x 8: kldiv {found:.2f} s, csv module {floor:.2f} s, {ratios} times")
    print("    (wanted at most 6)")
    (folder / "converted.py").write_text(CONVERTED)
    least = timing.seconds([sys.executable, str(folder / "converted.py"), *paths])
    print(f"    to make numbers of the cells and sort them, in Python: {least:.2f} s, {least / floor:.1f} times")
    loop = f'for x in "${{@:2}}"; do {KLDIV} "$1" "$x" --no-floor -f csv; done'
    once = timing.seconds(["/bin/bash", "-c", loop, "loop", *paths[: LOOPED + 1]]) * FILES / LOOPED
    print(f"    a loop over them, by {LOOPED} of them: {once:.0f} s, {once / found:.0f} times (wanted at least 20)")


def _table(path: Path, rng: np.random.Generator) -> str:
    columns = [
        rng.normal(size=1_000).round(4),
        rng.exponential(2.0, 1_000).round(3),
        rng.integers(0, 50, 1_000),
        rng.integers(0, 1_000_000, 1_000),
        rng.choice(["AA", "BB", "CC", "DD"], 1_000),
        rng.choice([f"L{i}" for i in range(40)], 1_000),
        rng.normal(100.0, 15.0, 1_000).round(1),
        rng.uniform(size=1_000),
    ]
    lines = ["a,b,c,d,e,f,g,h", *(",".join(map(str, row)) for row in zip(*columns, strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def _paired_runs(command: list[str], floor: list[str], runs: int) -> tuple[float, float, str]:
    """Median seconds of both, and their ratio pair by pair: the median, the least and the greatest."""
    pairs = [(timing.seconds(command), timing.seconds(floor)) for _ in range(runs)]
    ratios = [a / b for a, b in pairs]
    told = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), told


def _memory(command: list[str]) -> int:
    """Largest resident memory of one run, in megabytes; started by a small process, for a fork counts its parent's."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    told = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True).stdout
    return int(told) >> 10
