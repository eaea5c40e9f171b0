"""How often gates fail where nothing has changed, whether p values hold their level, and what changes are caught.

``python tests/bench gates [RUNS] [PART ...]``: 500 runs a cell if no number is given; the parts are ``columns``
(false alarms on single columns), ``tables`` (on 50 columns), ``p-values`` and ``power``. Tables are printed as Markdown.

Seeds are those of the run: a cell gives the same figures whatever else is run. A rate is marked where a one-sided
binomial test at 0.001 says that it is above the nominal one; a marked cell is run again with other seeds, twice as
often, and stays marked only where the test says so again, for among thousands of cells some are above by chance.
"""

import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count, islice
from pathlib import Path
from zlib import crc32

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.core.significance.simulation import (
    CHANGES,
    FIXED,
    HARD_KINDS,
    KINDS,
    ON_LABELS,
    ON_NUMBERS,
    TABLE,
    Cell,
    changed,
    is_above,
    over_fixed,
    p_values,
    tiny_shift,
    twins,
    verdict,
)

RUNS = 500
ALPHA = 0.01
LEVELS = (0.01, 0.05, 0.1)
CELLS = (
    *(Cell(n, n) for n in (20, 50, 200, 2_000, 100_000)),
    *(Cell(20, 200), Cell(200, 20), Cell(50, 2_000), Cell(2_000, 50), Cell(2_000, 100_000), Cell(100_000, 2_000)),
)
_SMALL = (Cell(20, 20), Cell(20, 200), Cell(200, 20), Cell(200, 200), Cell(50, 2_000), Cell(2_000, 50))
_NUMBERS = ("normal", "rounded", "Poisson(4)", "0..99", "30 % missing", "half zeros", "log-normal(2)")
_LABELS = ("Zipf 5", "Zipf 30", "Zipf 500")
P_CELLS: tuple[tuple[Cell, tuple[str, ...]], ...] = (
    (Cell(700, 900), (*_NUMBERS, "exponential", "t(2)", "Cauchy", "0..9,999", *_LABELS, "Zipf 5,000")),
    (Cell(600, 20_000), ("normal", "t(2)", "Cauchy", "log-normal(2)")),
    (Cell(20_000, 600), ("normal", "t(2)", "Cauchy", "log-normal(2)")),
    *((cell, (*_NUMBERS, *_LABELS)) for cell in _SMALL),
    (Cell(100_000, 100_000), ("normal", "rounded", "0..99", "0..9,999", "Zipf 30", "log-normal(2)")),
)
"""Curves are drawn by ranks up to 500 rows of the smaller side, beyond by Brownian bridge, where tails are dear."""
_LARGE = 10_000
"""Rows from which a cell is dear: a fifth of the runs for tables and for p values."""


def main(*arguments: str) -> None:
    numbers = [int(text) for text in arguments if text.isdigit()]
    parts = [text for text in arguments if text in PARTS] or PARTS
    runs = numbers[0] if numbers else RUNS
    for part in parts:
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            PARTS[part](runs)
        print(f"\n{part}: {time.perf_counter() - start:,.0f} s\n", flush=True)


def columns(runs: int) -> None:
    """False alarms on single columns, every kind by itself and all together."""
    rates: dict[tuple[str, Cell], tuple[int, int]] = {}
    _head("rows", "runs", "kldiv check", *FIXED)
    for cell in CELLS:
        alarms, fixed, done = 0, Counter[str](), 0
        for kind in KINDS:
            found = _alarms([kind], cell, runs, draws=1)
            rates[kind, cell] = found[0], runs
            alarms, done = alarms + found[0], done + runs
            fixed.update(found[1])
        _row(str(cell), f"{done:,}", _rate(alarms, done, ALPHA), *(_percent(fixed[rule], done) for rule in FIXED))
    print("\nkldiv check, every kind by itself:\n")
    _head("rows", *KINDS)
    for cell in CELLS:
        _row(str(cell), *(_rate(*rates[kind, cell], ALPHA) for kind in KINDS))


def tables(runs: int) -> None:
    """False alarms on tables of 50 columns; the floor of 100 draws is the only thing that is not the default."""
    _head("rows", "runs", "kldiv check", *FIXED)
    for cell in CELLS:
        number = runs // 5 if max(cell) > _LARGE else runs
        alarms, fixed = _alarms(TABLE, cell, number, draws=100)
        _row(
            str(cell), f"{number:,}", _rate(alarms, number, ALPHA), *(_percent(fixed[rule], number) for rule in FIXED)
        )


def _alarms(kinds: Sequence[str], cell: Cell, runs: int, draws: int, first: int = 0) -> tuple[int, Counter[str]]:
    """Runs in which the gate says drift, and in which each fixed limit does."""
    alarms, fixed = 0, Counter[str]()
    for rng in _generators(cell, kinds, runs, first):
        p, q = twins(rng, kinds, cell)
        alarms += verdict(p, q, draws=draws) == "drift"
        fixed.update(rule for rule, over in over_fixed(p, q).items() if over)
    if first == 0 and is_above(alarms, runs, ALPHA):
        again, _ = _alarms(kinds, cell, 2 * runs, draws, first=runs)
        print(f"<!-- {kinds[0]} x {len(kinds)}, {cell}: {alarms} of {runs}, then {again} of {2 * runs} -->", flush=True)
    return alarms, fixed


def p_value_rates(runs: int) -> None:
    """Rates of p values at or below the levels, on floor draws and on draws for a rule."""
    _head("rows", "kind", "measure", "draws", "runs", *(f"p ≤ {level}" for level in LEVELS))
    for cell, kind in ((cell, kind) for cell, kinds in P_CELLS for kind in kinds):
        number = runs // 5 if max(cell) > 2 * _LARGE or kind == "Zipf 5,000" else runs
        found = _p_values(cell, kind, number)
        for (measure, way), values in found.items():
            reached = [sum(value <= level for value in values) for level in LEVELS]
            over = any(is_above(hits, len(values), level) for hits, level in zip(reached, LEVELS, strict=True))
            _row(
                str(cell),
                kind,
                measure,
                way,
                f"{len(values):,}",
                *(_rate(hits, len(values), level) for hits, level in zip(reached, LEVELS, strict=True)),
            )
            if over:
                again = _p_values(cell, kind, 2 * number, first=number)[measure, way]
                hits_again = [sum(value <= level for value in again) for level in LEVELS]
                shown = (_rate(hits, len(again), level) for hits, level in zip(hits_again, LEVELS, strict=True))
                _row(str(cell), kind, measure, f"{way}, again", f"{len(again):,}", *shown)


def _p_values(cell: Cell, kind: str, runs: int, first: int = 0) -> dict[tuple[str, str], list[float]]:
    keys = ON_LABELS if kind.startswith("Zipf") else ON_NUMBERS
    keys = (*keys, "missing") if kind == "30 % missing" else keys
    found: dict[tuple[str, str], list[float]] = {}
    for run, rng in enumerate(_generators(cell, [kind, "p"], runs, first), start=first):
        p, q = twins(rng, [kind], cell)
        for key, value in p_values(p.columns["c0"], q.columns["c0"], keys, seed=run).items():
            if value == value:  # noqa: PLR0124  no p value is no alarm
                found.setdefault(key, []).append(value)
            else:
                found.setdefault(key, []).append(1.0)
    return found


def power(runs: int) -> None:
    """What is caught, alone and as one of 50 columns; a shift of 0.02 sd of 1,000,000 rows is not to be."""
    _head("change", "rows", "columns", "runs", "drift")
    for name, change in CHANGES.items():
        for others in (0, 49):
            number = runs if others == 0 else max(runs // 2, 1)
            caught = sum(
                verdict(*changed(rng, change, others), draws=100) == "drift"
                for rng in _generators(change.cell, [name, str(others)], number)
            )
            _row(name, str(change.cell), str(1 + others), f"{number:,}", _percent(caught, number))
    number = max(runs // 10, 1)
    found = [tiny_shift(rng) for rng in _generators(Cell(1_000_000, 1_000_000), ["tiny"], number)]
    drifted = sum(said == "drift" for said, _ in found)
    significant = sum(p_value < ALPHA for _, p_value in found)
    name = f"normal shifted by 0.02 sd (p < 0.01 in {_percent(significant, number)})"
    _row(name, "1,000,000", "1", f"{number:,}", _percent(drifted, number))


def _generators(cell: Cell, purpose: Iterable[str], runs: int, first: int = 0) -> Iterable[np.random.Generator]:
    code = crc32("\0".join((str(cell), *purpose)).encode())
    return (np.random.default_rng([code, run]) for run in islice(count(first), runs))


def _head(*titles: str) -> None:
    _row(*titles)
    _row(*("---",) * len(titles))


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def _percent(hits: int, runs: int) -> str:
    return f"{100 * hits / runs:.{1 if runs < 5_000 else 2}f} %"


def _rate(hits: int, runs: int, nominal: float) -> str:
    return _percent(hits, runs) + (" **above**" if is_above(hits, runs, nominal) else "")


PARTS = {"columns": columns, "tables": tables, "p-values": p_value_rates, "power": power}
