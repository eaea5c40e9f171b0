"""Two large tables of the same shape: ``python tests/bench/big_tables.py FOLDER ROWS`` writes ref.csv and cur.csv.

x is shifted by 0.05 standard deviations, y is equal, k holds whole numbers, c five labels. With --parquet, ref.parquet
and cur.parquet hold the same rows.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

BLOCK = 1_000_000
LABELS = np.array(["alpha", "beta", "gamma", "delta", "eps"])


def make(folder: Path, rows: int, *, parquet: bool = False) -> tuple[Path, Path]:
    """Write the two tables unless they are there already; the paths of the CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in (("ref", 0), ("cur", 1)):
        path = folder / f"{name}.csv"
        if not path.exists():
            _write(path, rows, seed)
        if parquet and not path.with_suffix(".parquet").exists():
            _convert(path)
    return folder / "ref.csv", folder / "cur.csv"


def _write(path: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with path.open("w") as out:
        for start in range(0, rows, BLOCK):
            n = min(BLOCK, rows - start)
            block = pd.DataFrame(
                {
                    "x": rng.normal(0.05 * seed, 1, n),
                    "y": rng.exponential(1, n),
                    "k": rng.integers(0, 1000, n),
                    "c": LABELS[rng.integers(0, len(LABELS), n)],
                }
            )
            block.to_csv(out, index=False, header=start == 0, float_format="%.6f")


def _convert(path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), path.with_suffix(".parquet"))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), parquet="--parquet" in sys.argv)
