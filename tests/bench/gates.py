"""How often gates fail where nothing has changed, whether p values hold their level, and what changes are caught.

``python tests/bench gates [RUNS] [PART ...]``: 500 runs a cell if no number is given. The parts are ``columns`` (false
alarms on single columns), ``fifty`` (on tables of so many), ``p-values`` and ``power``; what they print is Markdown.

Seeds are those of the run: a cell gives the same figures whatever else is run. A rate is marked where a one-sided
binomial test at 0.001 says that it is above the nominal one; a marked cell is run again with other seeds, twice as
often, and stays marked only where the test says so again, for among thousands of cells some are above by chance.
"""

import math
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
GATE = "kldiv check"
ALPHA = 0.01
LEVELS = (0.01, 0.05, 0.1)
CELLS = (
    *(Cell(n, n) for n in (20, 50, 200, 2_000)),
    *(Cell(20, 200), Cell(200, 20), Cell(50, 2_000), Cell(2_000, 50)),
    *(Cell(100_000, 100_000), Cell(2_000, 100_000), Cell(100_000, 2_000)),
)
_SMALL = (Cell(20, 20), Cell(30, 70), Cell(20, 200), Cell(200, 20), Cell(200, 200), Cell(50, 2_000), Cell(2_000, 50))
_NUMBERS = ("normal", "rounded", "Poisson(4)", "0..99", "30 % missing", "half zeros", "log-normal(2)", "0 or 1")
_LABELS = ("Zipf 5", "Zipf 30", "Zipf 500")
P_CELLS: tuple[tuple[Cell, tuple[str, ...]], ...] = (
    (Cell(700, 900), (*_NUMBERS, "exponential", "t(2)", "Cauchy", "0..9,999", *_LABELS, "Zipf 5,000")),
    (Cell(600, 20_000), ("normal", "t(2)", "Cauchy", "log-normal(2)")),
    (Cell(20_000, 600), ("normal", "t(2)", "Cauchy", "log-normal(2)")),
    *((cell, (*_NUMBERS, *_LABELS)) for cell in _SMALL),
    (Cell(100_000, 100_000), ("normal", "rounded", "0..99", "0..9,999", "Zipf 30", "log-normal(2)")),
)
"""Curves are drawn by ranks up to 500 rows of the smaller side, beyond by Brownian bridge, where tails are dear."""
_NAMES = ("kl", "kl q:p", "js", "psi", "tv", "hellinger", "chi2", "chi2 q:p", "renyi", "renyi q:p", *ON_NUMBERS[7:])
_NAMES = (*_NAMES, "missing")
_LARGE = 10_000
"""Rows from which a cell is dear: a fifth of the runs for tables and for p values."""
_DEAR = ("Zipf 500", "Zipf 5,000")
"""Kinds of which p values are dear: likewise."""


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
    """False alarms on single columns, of all kinds together and of every kind by itself."""
    rates = Counter[tuple[str, Cell, str]]()
    _head("rows", "runs", GATE, *FIXED)
    for cell in CELLS:
        for kind in KINDS:
            alarms, fixed = _alarms([kind], cell, runs, draws=1)
            rates.update({(kind, cell, rule): hits for rule, hits in {GATE: alarms, **fixed}.items()})
        done = runs * len(KINDS)
        together = {rule: sum(rates[kind, cell, rule] for kind in KINDS) for rule in (GATE, *FIXED)}
        fixed_rates = (_percent(together[rule], done) for rule in FIXED)
        _row(str(cell), f"{done:,}", _rate(together[GATE], done, ALPHA), *fixed_rates)
    for rule in (GATE, *FIXED):
        print(f"\n{rule}, every kind by itself, {runs:,} runs each:\n")
        _head("rows", *KINDS)
        for cell in CELLS:
            said = _rate if rule == GATE else lambda hits, runs, _: _percent(hits, runs)
            _row(str(cell), *(said(rates[kind, cell, rule], runs, ALPHA) for kind in KINDS))


def fifty(runs: int) -> None:
    """False alarms on tables of 50 columns; the floor of 100 draws is the only thing that is not the default."""
    _head("rows", "runs", GATE, *FIXED)
    for cell in CELLS:
        number = max(runs // 5, 1) if max(cell) > _LARGE else runs
        alarms, fixed = _alarms(TABLE, cell, number, draws=100)
        _row(str(cell), f"{number:,}", _rate(alarms, number, ALPHA), *(_percent(fixed[rule], number) for rule in FIXED))


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
    """Percent of the p values at or below each level, on floor draws and on draws for a rule."""
    levels = ", ".join(map(str, LEVELS))
    print(f"Percent of p values at or below {levels}; in bold where that is too many, again with other seeds.\n")
    _head("rows", "kind", "draws", "runs", *_NAMES)
    for cell, kind in ((cell, kind) for cell, kinds in P_CELLS for kind in kinds):
        number = max(runs // 5, 1) if max(cell) > 2 * _LARGE or kind in _DEAR else runs
        found = _p_values(cell, kind, number)
        flagged = {key for key, values in found.items() if "**" in _levels(values)}
        _p_rows(cell, kind, found)
        if flagged:
            again = _p_values(cell, kind, 2 * number, first=number)
            _p_rows(cell, f"{kind}, again", {key: values for key, values in again.items() if key in flagged})


def _p_rows(cell: Cell, kind: str, found: dict[tuple[str, str], list[float]]) -> None:
    for way in ("floor", "rule"):
        runs = {len(values) for (_, one), values in found.items() if one == way}
        if runs:
            shown = (_levels(found.get((name, way), [])) for name in _NAMES)
            _row(str(cell), kind, way, f"{runs.pop():,}", *shown)


def _levels(values: Sequence[float]) -> str:
    """Percent at or below every level."""
    shown = []
    for level in LEVELS if values else ():
        hits = sum(value <= level for value in values)
        percent = f"{100 * hits / len(values):.1f}"
        shown.append(f"**{percent}**" if is_above(hits, len(values), level) else percent)
    return " ".join(shown)


def _p_values(cell: Cell, kind: str, runs: int, first: int = 0) -> dict[tuple[str, str], list[float]]:
    keys = ON_LABELS if kind.startswith("Zipf") else ON_NUMBERS
    keys = (*keys, "missing") if kind == "30 % missing" else keys
    found: dict[tuple[str, str], list[float]] = {}
    for run, rng in enumerate(_generators(cell, [kind, "p"], runs, first), start=first):
        p, q = twins(rng, [kind], cell)
        for key, value in p_values(p, q, keys, seed=run).items():
            found.setdefault(key, []).append(1.0 if math.isnan(value) else value)  # no p value is no alarm
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


PARTS = {"columns": columns, "fifty": fifty, "p-values": p_value_rates, "power": power}
