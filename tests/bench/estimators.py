"""Bias and spread of estimates of KL from samples whose truth is known, beside a histogram with an epsilon.

``python tests/bench estimators`` prints the table of the README as Markdown.
"""

from collections.abc import Callable

import numpy as np

from kldiv_cli import compare
from kldiv_cli.core.estimators.neighbours import bias_reduced_on_the_line, kl_on_the_line

Draw = Callable[[np.random.Generator, int], np.ndarray]
TRUTHS: dict[str, tuple[Draw, Draw, float]] = {
    "N(0,1) ‖ N(1,2)": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(1, 2, n), 0.4431471805599453),
    "N(0,1) ‖ N(0,1)": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(size=n), 0.0),
    "Exp(1) ‖ Exp(½)": (lambda r, n: r.exponential(1, n), lambda r, n: r.exponential(2, n), np.log(2) - 0.5),
    "U(0,1) ‖ U(0,2)": (lambda r, n: r.uniform(0, 1, n), lambda r, n: r.uniform(0, 2, n), np.log(2)),
    "t₃ ‖ N(0,1)": (lambda r, n: r.standard_t(3, n), lambda r, n: r.normal(size=n), 0.6454609613413819),
}
SIZES = ((100, 200), (1_000, 100), (10_000, 20), (100_000, 5))


def _histogram(x: np.ndarray, y: np.ndarray) -> float:
    """What is often written: fifty equal bins over both, and an epsilon in the empty ones."""
    edges = np.linspace(min(x.min(), y.min()), max(x.max(), y.max()), 51)
    p, q = (np.histogram(side, edges)[0] / side.size + 1e-6 for side in (x, y))
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def _binned(x: np.ndarray, y: np.ndarray) -> float:
    found = compare(x, y, measures="kl", smoothing="jeffreys", draws=1).comparisons[0]
    value = found.estimate("kl", "p:q").value
    return np.nan if value is None else value


def main() -> None:
    """Print the table."""
    methods: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "`kl-knn`, k 5": lambda x, y: kl_on_the_line(x, y, 5),
        "`kl-knn-br`": bias_reduced_on_the_line,
        "`kl -s jeffreys`": _binned,
        "50 bins, ε 1e-6": _histogram,
    }
    print(f"| truth | n = m | {' | '.join(methods)} |")
    print("|---|---:|" + "---:|" * len(methods))
    for name, (of_p, of_q, truth) in TRUTHS.items():
        for n, runs in SIZES:
            found = []
            for seed in range(runs):
                rng = np.random.default_rng(seed)
                x, y = np.sort(of_p(rng, n)), np.sort(of_q(rng, n))
                found.append([method(x, y) for method in methods.values()])
            cells = [f"{values.mean() - truth:+.3f} ± {values.std():.3f}" for values in np.array(found).T]
            print(f"| {name} = {truth:.4f} | {n:,} | {' | '.join(cells)} |")
