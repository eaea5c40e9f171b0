"""W1 and KS of two samples from memory, together, against scipy.stats' two functions. Size as the first argument."""

import statistics
import sys
import time

import numpy as np


def main(size: int = 10_000_000, runs: int = 3) -> None:
    from scipy import stats

    from kldiv_cli import compare

    rng = np.random.default_rng(0)
    x, y = rng.normal(0.0, 1.0, size), rng.normal(0.05, 1.0, size)
    ratios = []
    for run in range(runs + 1):
        start = time.perf_counter()
        w1, ks = (estimate.value for estimate in compare(x, y, measures="w1,ks").comparisons[0].estimates)
        ours = time.perf_counter() - start
        start = time.perf_counter()
        expected = stats.wasserstein_distance(x, y), stats.ks_2samp(x, y).statistic
        theirs = time.perf_counter() - start
        if run == 0:
            continue  # the first pass pays for the machine's fresh memory, whoever comes first
        ratios.append(theirs / ours)
        errors = [abs(found - right) / right for found, right in zip((w1, ks), expected, strict=True)]
        print(f"  {size:,} a side: kldiv {ours:.2f} s, scipy {theirs:.2f} s, ratio {theirs / ours:.1f} (wanted 5)")
        print(f"    relative difference: W1 {errors[0]:.1e}, KS {errors[1]:.1e} (wanted 1e-12)")
    print(f"  median ratio {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
