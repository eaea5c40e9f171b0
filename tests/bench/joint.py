"""Joint samples: KL by neighbours against the two queries it needs, and time and memory of 100,000 x 10.

``python tests/bench joint``
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RUNS = 5


def main() -> None:
    _neighbours()
    _large()


def _neighbours() -> None:
    from scipy.spatial import cKDTree

    from kldiv_cli.core.estimators.in_space import kl_in_space

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100_000, 5)), rng.normal(0.2, 1.0, size=(100_000, 5))

    def queries() -> None:
        cKDTree(x).query(x, 6, workers=-1)
        cKDTree(y).query(x, 5, workers=-1)

    def ours() -> None:
        kl_in_space(x, y, 5)

    pairs = [(_seconds(ours), _seconds(queries)) for _ in range(RUNS)]
    a, b = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"  KL by neighbours, 100,000 x 5: {a:.2f} s, the two cKDTree queries {b:.2f} s, ratio {ratio:.2f}")
    print("    (wanted at most 2)")


def _large() -> None:
    kldiv = Path(sys.executable).with_name("kldiv")
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, shift in (("p", 0.0), ("q", 0.01)):
            paths.append(f"{folder}/{name}.npy")
            np.save(paths[-1], rng.normal(shift, 1.0, (100_000, 10)))
        for measures in ("sliced-w1", "energy", "mmd", "frechet", "kl-knn", "sliced-w1,energy,mmd,frechet,kl-knn"):
            script = (
                "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            )
            line = [str(kldiv), *paths, "--joint", "-m", measures]
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", script, *line], check=True, capture_output=True, text=True)
            seconds = time.perf_counter() - start
            print(f"  100,000 x 10 rows a side, {measures}: {seconds:.1f} s, peak {int(done.stdout) / 1024:.0f} MB")
    print("    (wanted at most 1,024 MB)")


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
