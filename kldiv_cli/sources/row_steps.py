"""Two wide tables in step: the same rows of both, block by block, as distributions on the same outcomes."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.row_pairs import LEAST, PairedRows, agreement, rows_of_logs, rows_of_masses
from kldiv_cli.errors import InputError
from kldiv_cli.record import NamedTuple
from kldiv_cli.sources.rows_as_masses import as_masses, require_logs
from kldiv_cli.sources.wide_rows import DenseRows, SparseRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.spec import SourceSpec
    from kldiv_cli.sources.wide_rows import RowBlock, WideTable

_ONE = 1e-6
"""How far the masses of a row may be from 1 for the row to be whole."""


class Step(NamedTuple):
    """The same rows of both tables."""

    first: int
    """Number of the first of them, from 1."""
    p: RowBlock
    q: RowBlock


class Prepared(NamedTuple):
    """Rows as distributions."""

    rows: PairedRows
    partial: int
    """Rows of which one side names a part of its outcomes only: what it does not name is one outcome more."""
    agree: int
    """Rows whose most probable outcome is the same on both sides; the rest of a row is none."""
    apart: int = 0
    """Rows of which a part is named, and that name no outcome in common."""
    uneven: tuple[int, int] = (0, 0)
    """Rows of P and of Q that do not sum to 1, and are no counts."""


def in_step(p: WideTable, q: WideTable) -> Iterator[Step]:
    """Rows of both tables, as many of each at a time.

    Raises
    ------
    InputError
        If one has more rows than the other, or other outcomes.
    """
    order = _order(p, q)
    here, there = iter(p.blocks), iter(q.blocks)
    left: RowBlock | None = None
    right: RowBlock | None = None
    first = 1
    while True:
        left = left if left is not None and _size(left) else next(here, None)
        right = right if right is not None and _size(right) else next(there, None)
        if left is None or right is None:
            if left is not right:
                longer, shorter = (p, q) if right is None else (q, p)
                raise InputError(
                    f"{longer.label} has more rows than the {first - 1:,} of {shorter.label}", remedy="row meets row"
                )
            return
        size = min(_size(left), _size(right))
        if size:
            yield Step(first, _part(left, 0, size), _in_order(_part(right, 0, size), order))
        left, right = _part(left, size, _size(left)), _part(right, size, _size(right))
        first += size


def prepared(step: Step, specs: tuple[SourceSpec, SourceSpec]) -> Prepared:
    """Rows of a step as distributions.

    Raises
    ------
    InputError
        If a row is no distribution, or the two sides are of two kinds; it names the row.
    """
    if isinstance(step.p, SparseRows) and isinstance(step.q, SparseRows):
        return _of_named(step.first, step.p, step.q, specs)
    if not isinstance(step.p, DenseRows) or not isinstance(step.q, DenseRows):
        raise InputError(
            f"{specs[0].label} and {specs[1].label}: rows name their outcomes on one side only", remedy="both alike"
        )
    sizes = [side.values.shape[1] for side in (step.p, step.q)]
    if sizes[0] != sizes[1]:
        raise InputError(
            f"{specs[0].label} has {sizes[0]:,} outcomes a row, {specs[1].label} {sizes[1]:,}", remedy="both alike"
        )
    if specs[0].options.as_ in ("logprobs", "logits"):
        for side, spec in zip((step.p, step.q), specs, strict=True):
            require_logs(side.values, spec, step.first, side.names)
        rows = rows_of_logs(step.p.values, step.q.values)
        return Prepared(rows, 0, int(agreement(rows).sum()))
    (c, uneven_p), (d, uneven_q) = (
        as_masses(side.values, spec, step.first, side.names) for side, spec in zip((step.p, step.q), specs, strict=True)
    )
    rows = rows_of_masses(c, d)
    return Prepared(rows, 0, int(agreement(rows).sum()), uneven=(uneven_p, uneven_q))


def _order(p: WideTable, q: WideTable) -> Sequence[int] | None:
    """Places of P's outcomes among Q's, where both have names in another order."""
    if p.outcomes is None or q.outcomes is None or p.outcomes == q.outcomes:
        return None
    in_p = frozenset(p.outcomes)
    places = {name: place for place, name in enumerate(q.outcomes)}
    lacking = [name for name in p.outcomes if name not in places] + [name for name in q.outcomes if name not in in_p]
    if lacking:
        raise InputError(f"{p.label} and {q.label} have not the same outcomes: {lacking[0]}", remedy="-c names columns")
    return [places[name] for name in p.outcomes]


def _in_order(block: RowBlock, order: Sequence[int] | None) -> RowBlock:
    if order is None or isinstance(block, SparseRows):
        return block
    return block._replace(values=block.values[:, order])


def _size(block: RowBlock) -> int:
    return len(block.values) if isinstance(block, DenseRows) else len(block.rows)


def _part(block: RowBlock, start: int, end: int) -> RowBlock:
    names = None if block.names is None else block.names[start:end]
    if isinstance(block, DenseRows):
        return DenseRows(block.values[start:end], names)
    return SparseRows(block.rows[start:end], names)


def _of_named(first: int, p: SparseRows, q: SparseRows, specs: tuple[SourceSpec, SourceSpec]) -> Prepared:
    """Rows that name their outcomes; an outcome that a partial row does not name is in its rest."""
    pairs = []
    partial = agree = apart = 0
    for place, (here, there) in enumerate(zip(p.rows, q.rows, strict=True)):
        masses = [_whole_row(row, spec, first + place) for row, spec in zip((here, there), specs, strict=True)]
        if specs[0].options.as_ == "logits" and here.keys() != there.keys():
            raise InputError(
                f"row {first + place:,} names other outcomes in {specs[0].label} than in {specs[1].label}, and logits "
                "do not tell how probable the others are",
                remedy="--as logprobs, with log-probabilities of the whole",
            )
        pair, is_partial = _met(*masses)
        pairs.append(pair)
        partial += is_partial
        agree += _top(masses[0]) == _top(masses[1])
        apart += is_partial and not masses[0].logs.keys() & masses[1].logs.keys()
    width = max(map(len, pairs))
    rows = np.zeros((4, len(pairs), width))
    for place, pair in enumerate(pairs):
        rows[:, place, : len(pair)] = np.array(pair).T
    return Prepared(PairedRows(*rows), partial, agree, apart, (_uneven(p, specs[0]), _uneven(q, specs[1])))


def _uneven(block: SparseRows, spec: SourceSpec) -> int:
    """Rows that were divided by their sums, did not sum to 1 and are no counts."""
    if spec.options.as_ != "auto":
        return 0
    rows = (list(row.values()) for row in block.rows)
    return sum(abs(math.fsum(row) - 1.0) > _ONE and any(value % 1.0 for value in row) for row in rows)


class NamedRow(NamedTuple):
    """One row: outcomes with the logarithms of their probabilities."""

    logs: dict[str, float]
    rest: float
    """Probability of all that is not named; 0 where the row is whole."""


def _top(row: NamedRow) -> str:
    """The most probable outcome that is named; the first of equals."""
    return max(row.logs, key=row.logs.__getitem__)


def _whole_row(row: dict[str, float], spec: SourceSpec, number: int) -> NamedRow:
    """A row by logarithms, normalised where it is whole."""
    as_ = spec.options.as_
    where = f"{spec.label}: row {number:,}"
    logs = row
    if as_ not in ("logprobs", "logits"):
        if not all(0.0 <= mass < math.inf for mass in row.values()):
            raise InputError(f"{where} holds a mass that is negative or no number", remedy="logarithms? --as logprobs")
        logs = {key: math.log(mass) if mass else -math.inf for key, mass in row.items()}
    top = max(logs.values())
    if not math.isfinite(top) or any(math.isnan(log) for log in logs.values()):
        raise InputError(f"{where} holds no mass, or NaN", remedy="mend or drop that row")
    scale = 0.0 if as_ in ("logprobs", "probs") else top
    total = math.fsum(math.exp(log - scale) for log in logs.values())
    if as_ in ("logprobs", "probs"):
        if total > 1.0 + _ONE:
            raise InputError(f"{where} sums to {total:.6g}, more than 1", remedy="--as logits or counts normalises")
        if total < 1.0 - _ONE:
            return NamedRow(logs, math.fsum((1.0, -total)))
    elif as_ == "auto" and total * math.exp(scale) < 1.0 - _ONE:
        told = f"{where} sums to {total * math.exp(scale):.6g}"
        raise InputError(told, remedy="--as probs: the rest is one outcome more; --as counts: it is normalised")
    shift = scale + math.log(total)
    return NamedRow({key: log - shift for key, log in logs.items()} if shift else logs, 0.0)


def _met(p: NamedRow, q: NamedRow) -> tuple[list[tuple[float, ...]], bool]:
    """p, q, p - q and log(p / q) of the outcomes that both sides know of, and the rest; whether there is one."""
    rests = [[math.log(side.rest)] if side.rest else [] for side in (p, q)]
    found = []
    for key in chain(p.logs, (key for key in q.logs if key not in p.logs)):
        a, b = p.logs.get(key, -math.inf), q.logs.get(key, -math.inf)
        if key not in q.logs and q.rest:
            rests[0].append(a)
        elif key not in p.logs and p.rest:
            rests[1].append(b)
        else:
            found.append(_meeting(a, b))
    is_partial = bool(p.rest or q.rest)
    if is_partial:
        here, there, _, ratio = _meeting(*map(_log_of_sum, rests))
        found.append((here, there, -math.fsum(one[2] for one in found), ratio))
    return found, is_partial


def _log_of_sum(logs: list[float]) -> float:
    """Logarithm of a sum of masses, of which the logarithms may be below every float's."""
    top = max(logs, default=-math.inf)
    return top if math.isinf(top) else top + math.log(math.fsum(math.exp(log - top) for log in logs))


def _meeting(a: float, b: float) -> tuple[float, ...]:
    """Probabilities of two logarithms, their difference before rounding, and the logarithm of their ratio."""
    p, q = (max(math.exp(log), LEAST) if log > -math.inf else 0.0 for log in (a, b))
    if not (p and q):
        return p, q, p - q, 0.0
    return p, q, -p * math.expm1(b - a) if abs(b - a) < 1.0 else p - q, a - b
