"""How long a command takes beside the imports it cannot do without, bytecode compiled."""

import compileall
import shutil
import sys
from pathlib import Path

from timing import ratio

ROOT = Path(__file__).parents[2]
FLIGHTS = ROOT / "sample_data" / "flights"
CLICK = "import click"
NUMPY = "import click, numpy"
RICH = "import click, numpy, rich.console, rich.table"
PAIR = ["0.5,0.3,0.2", "0.1,0.4,0.5"]
TABLES = [str(FLIGHTS / "2013-01.csv"), str(FLIGHTS / "2013-07.csv")]
CASES = (
    ("--version", ["--version"], CLICK, 1.4, False),
    ("--help", ["--help"], CLICK, 1.4, False),
    ("inline pair in a pipe", PAIR, NUMPY, 1.25, False),
    ("two CSVs of 1,000 rows x 8", TABLES, NUMPY, 1.6, False),
    ("inline pair on a terminal", PAIR, RICH, 1.3, True),
)


def main() -> None:
    import kldiv_cli

    compileall.compile_dir(str(Path(kldiv_cli.__file__).parent), quiet=1)
    kldiv = shutil.which("kldiv", path=str(Path(sys.executable).parent)) or shutil.which("kldiv")
    if kldiv is None:
        sys.exit("kldiv is not installed beside this Python")
    print(f"  {'case':<30}{'kldiv ms':>10}{'floor ms':>10}{'ratio':>8}{'wanted':>8}   floor")
    for name, args, floor, wanted, terminal in CASES:
        ours, theirs, found = ratio([kldiv, *args], [sys.executable, "-c", floor], terminal=terminal)
        print(f"  {name:<30}{1e3 * ours:>10.1f}{1e3 * theirs:>10.1f}{found:>8.2f}{wanted:>8.2f}   {floor}")


if __name__ == "__main__":
    main()
