"""Every benchmark, as ratios within one run: ``python tests/bench``; ``python tests/bench startup`` runs one.

No figure here is asserted: machines are noisy, so read the ratios, and run it twice.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import samples
import startup

BENCHMARKS = {"startup": startup.main, "samples": samples.main}


def main() -> None:
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n{name}")
        BENCHMARKS[name]()


main()
