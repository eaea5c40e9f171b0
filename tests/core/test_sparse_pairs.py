"""Sparse rows: all pairs by the outcomes they share, whatever the pieces that are computed at once."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kldiv_cli.core import sparse_pairs
from kldiv_cli.core.distribution import MassPair, Support, normalised
from kldiv_cli.core.many import Rows, all_pairs
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.measures.information import js_divergence
from kldiv_cli.core.sparse_pairs import sparse_blocks

DENSITIES = {
    "alike": np.full(60, 0.1),
    "one outcome of all rows": np.append(np.full(59, 0.05), 1.0),
    "some of most rows": np.concatenate([np.full(50, 0.05), np.full(10, 0.6)]),
    "only such": np.full(60, 0.24),
}


def sparse(density: np.ndarray, n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(8)
    masses = rng.dirichlet(np.full(density.size, 0.4), n) * (rng.random((n, density.size)) < density)
    masses[np.arange(n), rng.integers(0, density.size, n)] += 1e-3
    masses[5] = masses[4]
    return masses / masses.sum(axis=1, keepdims=True)


def upper(shares: np.ndarray) -> np.ndarray:
    found = np.zeros((len(shares),) * 2)
    for piece in sparse_blocks(shares, found):
        piece()
    return found[np.triu_indices(len(shares), 1)]


@pytest.mark.parametrize("density", DENSITIES.values(), ids=DENSITIES.keys())
@pytest.mark.parametrize("piece", [1, 50, 1 << 17])
def test_every_pair_has_the_divergence_it_has_alone(
    density: np.ndarray, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparse_pairs, "_PIECE", piece)
    shares = sparse(density)
    support = Support("nominal", density.size, tuple(map(str, range(density.size))))
    n = len(shares)
    expected = [
        js_divergence(normalised(MassPair(support, shares[i], shares[j]))) for i in range(n) for j in range(i + 1, n)
    ]
    assert upper(shares) == pytest.approx(expected, rel=0.0, abs=1e-15 * density.size)


def test_rows_that_share_nothing_are_at_the_maximum() -> None:
    assert (upper(np.eye(7)) == math.log(2.0)).all()


def test_equal_rows_are_next_to_nothing_apart_and_never_below() -> None:
    found = upper(np.tile(sparse(DENSITIES["alike"])[:1], (9, 1)))
    assert (found >= 0.0).all()
    assert found.max() < 1e-15


def test_threads_change_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse_pairs, "_PIECE", 50)
    shares = sparse(DENSITIES["one outcome of all rows"])
    assert len(sparse_blocks(shares, np.zeros((40, 40)))) > 3
    rows = Rows(Support("nominal", 60, tuple(map(str, range(60)))), shares)
    one, three = (all_pairs(rows, measure_named("js"), 2.0, jobs=jobs) for jobs in (1, 3))
    assert np.array_equal(one, three)
    assert np.array_equal(one, one.T)


def test_pieces_are_bounded_where_all_rows_share_one_outcome_alone() -> None:
    shares = np.column_stack([np.full(3_000, 0.5), np.full(3_000, 0.5)])
    pieces = sparse_blocks(shares, np.zeros((3_000, 3_000)))
    assert len(pieces) > 3_000**2 / 2 / sparse_pairs._CELLS


def test_half_of_the_least_float_is_no_mass() -> None:
    masses = np.zeros((3, 40))
    masses[:, 0], masses[2, 5] = 1.0, 1.0
    masses[0, 3] = masses[1, 7] = 5e-324
    one_sided = [0.5 * (math.log(4.0 / 3.0) + 0.5 * math.log(2.0 / 3.0) + 0.5 * math.log(2.0))] * 2
    assert upper(masses) == pytest.approx([0.0, *one_sided], abs=1e-15)


def test_two_rows() -> None:
    assert upper(np.array([[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]])) == pytest.approx(
        [0.5 * (math.log(4.0 / 3.0) + 0.5 * math.log(2.0 / 3.0) + 0.5 * math.log(2.0))], abs=1e-15
    )
