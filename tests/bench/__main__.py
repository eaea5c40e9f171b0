"""Every benchmark, as ratios within one run: ``python tests/bench``; ``python tests/bench startup`` runs one.

``python tests/bench tables 10000000 30000000`` hands the sizes on. ``python tests/bench gates`` times nothing: it
simulates what gates say where nothing has changed, takes more than an hour, and is run only where it is named.

No figure here is asserted: machines are noisy, so read the ratios, and run it twice.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import estimators
import floors
import gates
import joint
import many
import samples
import startup
import tables

BENCHMARKS = {
    "startup": startup.main,
    "samples": samples.main,
    "tables": tables.main,
    "floors": floors.main,
    "many": many.main,
    "estimators": estimators.main,
    "joint": joint.main,
    "gates": gates.main,
}
TAKE_ARGUMENTS = ("tables", "gates")


def main() -> None:
    named = [name for name in sys.argv[1:] if name in BENCHMARKS]
    rest = [argument for argument in sys.argv[1:] if argument not in BENCHMARKS]
    for name in named or [name for name in BENCHMARKS if name != "gates"]:
        print(f"\n{name}")
        BENCHMARKS[name](*rest if name in TAKE_ARGUMENTS else ())


main()
