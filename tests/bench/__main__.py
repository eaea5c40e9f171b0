"""Every benchmark, as ratios within one run: ``python tests/bench``; ``python tests/bench startup`` runs one.

``python tests/bench tables 10000000 30000000`` hands the sizes on.

No figure here is asserted: machines are noisy, so read the ratios, and run it twice.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import samples
import startup
import tables

BENCHMARKS = {"startup": startup.main, "samples": samples.main, "tables": tables.main}


def main() -> None:
    named = [name for name in sys.argv[1:] if name in BENCHMARKS]
    rest = [argument for argument in sys.argv[1:] if argument not in BENCHMARKS]
    for name in named or BENCHMARKS:
        print(f"\n{name}")
        BENCHMARKS[name](*rest if name == "tables" else ())


main()
