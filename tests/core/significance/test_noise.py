"""Floors and p values of every measure: what they are made of, and that they hold their level."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from kldiv_cli import compare
from kldiv_cli.core.distribution import DistributionPair, MassPair, Support, normalised
from kldiv_cli.core.measures import MEASURES, View
from kldiv_cli.core.significance.counts import permutation, reference_bins
from kldiv_cli.core.significance.gaps import (
    drawn_ranks,
    extremes_of_ranks,
    gaps_of_bridges,
    gaps_of_ranks,
    gaps_of_tails,
    has_heavy_tails,
    pool_of,
    w2_of_ranks,
)
from kldiv_cli.core.significance.gaps import normals as normal_numbers

if TYPE_CHECKING:
    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Null

of_outcomes = [row for row in MEASURES if row.of_many is not None]
of_curves = [row for row in MEASURES if row.of_gaps is not None]
ORDERS = (0.0, 0.3, 0.5, 1.0, 2.0, 5.0, math.inf)
by_key = pytest.mark.parametrize


def nulls(p: object, q: object, **options: object) -> dict[tuple[str, str | None], Null | None]:
    found = compare(p, q, **options).comparisons[0].estimates
    return {(estimate.measure, estimate.direction): estimate.null for estimate in found}


def computed(row: Measure, pair: DistributionPair, order: float) -> float:
    return row.compute(pair, order) if row.takes_order else row.compute(pair)


class TestFormsForManyDraws:
    @by_key(
        ("row", "order"),
        [(row, order) for row in of_outcomes for order in (ORDERS if row.takes_order else (2.0,))],
        ids=lambda value: getattr(value, "key", str(value)),
    )
    def test_many_pairs_at_once_are_what_each_is_alone(self, row: Measure, order: float) -> None:
        rng = np.random.default_rng(3)
        c, d = rng.integers(0, 9, (50, 6)).astype(float), rng.integers(0, 9, (50, 6)).astype(float)
        d[:5] = c[:5]
        support = Support("nominal", 6, labels=tuple("abcdef"))
        pairs = [normalised(MassPair(support, one, other)) for one, other in zip(c, d, strict=True)]
        p, q, difference = (np.stack([getattr(pair, name) for pair in pairs]) for name in ("p", "q", "difference"))
        found = row.of_many(p, q, difference, *([order] if row.takes_order else []))
        expected = [computed(row, pair, order) for pair in pairs]
        assert found.tolist() == pytest.approx(expected, rel=1e-10, abs=1e-14)

    @by_key("row", of_curves, ids=lambda row: row.key)
    def test_gaps_of_drawn_ranks_are_those_of_the_samples_that_have_them(self, row: Measure) -> None:
        rng = np.random.default_rng(4)
        values = np.round(rng.normal(size=60), 1)  # with ties
        x, counts = np.unique(values, return_counts=True)
        support = Support("values", x.size, positions=x)
        pool = pool_of(MassPair(support, counts.astype(float), np.zeros(x.size)))
        ranks = drawn_ranks(pool, 20, rng, 30)
        gaps = extremes_of_ranks(pool, ranks) if row.key in ("ks", "kuiper") else gaps_of_ranks(pool, ranks)
        for found, drawn in zip(row.of_gaps(gaps), ranks.astype(int), strict=True):
            p = np.bincount(np.searchsorted(np.cumsum(counts), drawn, side="right"), minlength=x.size).astype(float)
            pair = normalised(MassPair(support, p, counts - p))
            wanted = row.compute(pair)
            if row.key == "w1-scaled":  # its noise is that of W1; the yardstick is P's
                wanted = next(other for other in MEASURES if other.key == "w1").compute(pair)
            assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12)

    @by_key("sizes", [(20, 40), (12, 33), (30, 30), (7, 90)], ids=str)
    def test_w2_of_drawn_ranks_is_that_of_the_samples_that_have_them(self, sizes: tuple[int, int]) -> None:
        """To the last digits: among few distinct values a draw often equals the value that is asked about."""
        rng = np.random.default_rng(4)
        values = np.round(rng.normal(size=sum(sizes)), 1)
        x, counts = np.unique(values, return_counts=True)
        support = Support("values", x.size, positions=x)
        pool = pool_of(MassPair(support, counts.astype(float), np.zeros(x.size)))
        ranks = drawn_ranks(pool, sizes[0], rng, 20)
        w2 = next(row for row in MEASURES if row.key == "w2")
        for found, drawn in zip(w2_of_ranks(pool, x, ranks), ranks.astype(int), strict=True):
            p = np.bincount(np.searchsorted(np.cumsum(counts), drawn, side="right"), minlength=x.size).astype(float)
            assert found == pytest.approx(w2.compute(normalised(MassPair(support, p, counts - p))), rel=1e-12)

    def test_levels_of_many_values_give_what_all_values_give(self) -> None:
        rng = np.random.default_rng(5)
        x = np.sort(rng.standard_t(2, 20_000))
        masses = MassPair(Support("values", x.size, positions=x), np.ones(x.size), np.ones(x.size))
        pool = pool_of(masses)
        assert pool.cumulated.size < 640
        gaps = gaps_of_ranks(pool, drawn_ranks(pool, 300, rng, 20))
        rng = np.random.default_rng(5)
        rng.standard_t(2, 20_000)
        ranks = drawn_ranks(pool, 300, rng, 20).astype(int)
        w1 = next(row for row in MEASURES if row.key == "w1")
        expected = []
        for drawn in ranks:
            p = np.zeros(x.size)
            np.add.at(p, drawn // 2, 1.0)
            expected.append(w1.compute(normalised(MassPair(masses.support, p, 2.0 - p))))
        assert w1.of_gaps(gaps) == pytest.approx(expected, rel=0.15)
        assert w1.of_gaps(gaps).mean() == pytest.approx(np.mean(expected), rel=0.015)


class TestLaws:
    def test_a_permutation_moves_rows_and_makes_none(self) -> None:
        c, d = np.array([5.0, 0.0, 3.0]), np.array([1.0, 2.0, 4.0])
        p, q, difference = permutation(c, d).draw(np.random.default_rng(0), 100)
        assert p * 8 + q * 7 == pytest.approx(np.tile(c + d, (100, 1)))
        assert difference == pytest.approx(p - q, abs=1e-15)

    def test_bins_of_the_reference_keep_its_counts(self) -> None:
        c = np.array([10.0, 10.0, 10.0])
        p, q, _ = reference_bins(c, c / 30, 30.0, 12.0).draw(np.random.default_rng(0), 400)
        assert (p == 1 / 3).all()
        assert q.sum(axis=1) == pytest.approx(np.ones(400))
        # Dirichlet (10, 10, 11): the last, open bin covers one spacing more
        assert q.mean(axis=0) == pytest.approx([10 / 31, 10 / 31, 11 / 31], abs=0.03)

    @by_key("permuted", [True, False])
    @by_key("sizes", [(600.0, 900.0), (900.0, 3_000.0), (3_000.0, 700.0)], ids=str)
    def test_tails_have_the_mean_and_the_variance_of_the_gap(self, sizes: tuple[float, float], permuted: bool) -> None:
        mass = sum(sizes)
        x = np.sort(np.random.default_rng(2).standard_cauchy(int(mass)))
        pool = pool_of(MassPair(Support("values", x.size, positions=x), np.ones(x.size), np.zeros(x.size)), (1.0, 1.0))
        assert has_heavy_tails(pool, min(sizes))
        rng = np.random.default_rng(5)
        gap = gaps_of_tails(pool, sizes, rng, normal_numbers(0, 7, 4000), permuted=permuted).gap
        shares = pool.cumulated / pool.mass
        wanted = np.sqrt(shares * (1.0 - shares) * (1.0 / sizes[0] + 1.0 / sizes[1]))
        inner = wanted > 0.0
        assert gap.shape == (4000, shares.size)
        assert gap.std(axis=0)[inner] == pytest.approx(wanted[inner], rel=0.1)
        assert np.abs(gap.mean(axis=0)) == pytest.approx(0.0, abs=5.0 * wanted.max() / math.sqrt(4000))
        assert np.abs(gap[:, ~inner]).max() < 1e-12
        in_the_middle = int(np.argmin(np.abs(shares - 0.3))), int(np.argmin(np.abs(shares - 0.7)))
        one, other = (gap[:, place] for place in in_the_middle)
        covariance = 0.3 * 0.3 * (1.0 / sizes[0] + 1.0 / sizes[1])
        assert float(np.mean(one * other)) == pytest.approx(covariance, rel=0.15)

    def test_tails_are_heavy_where_few_rows_hold_much_of_the_noise(self) -> None:
        rng = np.random.default_rng(6)
        for draw, heavy in (
            (rng.standard_cauchy, True),
            (lambda size: rng.lognormal(0.0, 2.0, size), True),
            (rng.standard_normal, False),
            (rng.random, False),
            (rng.standard_exponential, False),
        ):
            x = np.sort(draw(4_000))
            pool = pool_of(MassPair(Support("values", x.size, positions=x), np.ones(x.size), np.zeros(x.size)))
            assert has_heavy_tails(pool, 2_000.0) == heavy

    @by_key("rows", [300, 1_000, 20_000])
    def test_a_step_in_a_tail_weighs_as_much_as_it_does_value_by_value(self, rows: int) -> None:
        """The gap after the last row but one stands over all of the last step, not over half of it."""
        x = np.sort(np.random.default_rng(9).standard_cauchy(rows))
        pool = pool_of(MassPair(Support("values", rows, positions=x), np.ones(rows), np.zeros(rows)))
        assert pool.gaps_at.sum() == pytest.approx(x[-1] - x[0], rel=1e-12)
        assert pool.gaps_at[-1] == 0.0
        assert pool.gaps_at[-2] == pytest.approx(x[-1] - x[-2], rel=0.01)
        triangle = np.minimum(np.arange(1, rows + 1), rows - np.arange(1, rows + 1)) / rows
        exact = float((triangle[:-1] * np.diff(x)).sum())
        shares = pool.cumulated / rows
        assert float(np.minimum(shares, 1.0 - shares) @ pool.gaps_at) == pytest.approx(exact, rel=0.02)

    def test_bridges_have_the_variance_of_the_gap(self) -> None:
        x = np.arange(9.0)
        pool = pool_of(MassPair(Support("values", 9, positions=x), np.ones(9), np.ones(9)))
        gaps = gaps_of_bridges(pool, 50.0, normal_numbers(0, 7, 4000))
        shares = pool.cumulated / pool.mass
        assert gaps.gap.var(axis=0) == pytest.approx(shares * (1 - shares) / 50, abs=5e-4)
        assert np.abs(gaps.gap[:, -1]).max() < 1e-12


class TestNulls:
    @by_key("row", MEASURES, ids=lambda row: row.key)
    def test_every_measure_of_samples_has_a_null_but_those_of_one_side(self, row: Measure) -> None:
        rng = np.random.default_rng(0)
        found = nulls(rng.normal(size=80), rng.normal(size=90), measures=row.key)
        for null in found.values():
            if row.key in ("entropy", "cross-entropy"):
                assert null is None
            else:
                assert 0.0 < null.p_value <= 1.0
                assert null.floor_infinite or null.floor >= 0.0

    def test_equal_samples_are_as_near_as_can_be(self) -> None:
        x = np.random.default_rng(0).normal(size=500)
        assert {null.p_value for null in nulls(x, x, measures="kl,js,tv,overlap,w1,energy,ks").values()} == {1.0}

    def test_on_two_values_every_distance_has_the_p_value_of_fisher(self) -> None:
        x, y = [1.0] * 20 + [0.0] * 13, [1.0] * 30 + [0.0] * 47
        found = nulls(x, y, measures="w1,w2,ks,energy,cvm")
        exact = stats.fisher_exact([[20, 13], [30, 47]])[1]
        assert [null.p_value for null in found.values()] == pytest.approx([exact] * 5, abs=0.03)

    def test_far_samples_are_beyond_every_draw(self) -> None:
        rng = np.random.default_rng(0)
        for null in nulls(rng.normal(size=300), rng.normal(3, size=300), measures="kl,js,tv,overlap,w1,ks").values():
            assert null.p_value <= 1 / 501

    def test_bare_probabilities_have_none(self) -> None:
        assert set(nulls("0.5,0.5", "0.4,0.6").values()) == {None}

    def test_counts_against_probabilities_are_drawn_from_the_known_side(self) -> None:
        null = nulls("a:6,b:4", "a:0.5,b:0.5", measures="js")["js", None]
        assert null.method == "multinomial"
        # six or more, or four or fewer, heads of ten: 0.7539
        assert null.p_value == pytest.approx(0.7539, abs=0.05)

    def test_many_rows_in_every_outcome_need_no_draws(self) -> None:
        null = nulls("a:5000,b:5000", "a:5010,b:4990", measures="kl")["kl", "p:q"]
        assert null.method == "chi-square"
        assert null.p_value == pytest.approx(math.erfc(math.sqrt(0.5 * 0.02)), rel=1e-3)
        assert null.floor == pytest.approx(0.4549364 / 2 / 5000, rel=1e-5)

    def test_quantile_bins_have_the_law_of_their_reference_and_labels_that_of_the_pool(self) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=30), rng.normal(size=30)
        assert nulls(x, y, measures="js")["js", None].method == "dirichlet-multinomial"
        assert nulls(x, y, measures="js", bins="0,1")["js", None].method == "permutation"
        assert nulls(list("aabbccab"), list("abcabcaa"), measures="js")["js", None].method == "permutation"

    def test_a_floor_is_infinite_where_most_draws_leave_an_outcome_empty(self) -> None:
        labels = [f"l{i}" for i in range(400)]
        null = nulls(labels[:300] * 2, labels[100:] * 2, measures="kl", categorical=("1",))["kl", "p:q"]
        assert null.floor_infinite
        assert null.floor is None

    def test_weights_and_dependent_rows_count_for_fewer(self) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=400), rng.normal(0.3, size=400)
        full = nulls(x, y, measures="js,w1,ks,missing")
        few = nulls(x, y, measures="js,w1,ks,missing", n_eff="40")
        for key in (("js", None), ("w1", None), ("ks", None)):
            assert few[key].p_value > full[key].p_value
            assert few[key].floor > 2 * full[key].floor
        assert few["w1", None].method == "brownian-bridge"

    def test_more_effective_rows_than_rows_are_as_many_as_there_are(self) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=60), rng.normal(size=50)
        assert nulls(x, y, n_eff="1000") == nulls(x, y)
        assert nulls(x, y, n_eff="50%,10%") != nulls(x, y)

    def test_the_seed_decides_the_draws_and_nothing_else(self) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=60), rng.normal(size=50)
        first, again, other = (compare(x, y, measures="all", seed=seed).comparisons[0] for seed in (1, 1, 2))
        assert first.estimates == again.estimates
        assert first.estimates != other.estimates
        assert [e.value for e in first.estimates] == [e.value for e in other.estimates]

    def test_smoothing_smooths_the_draws_as_well(self) -> None:
        found = nulls("a:3,b:5,c:2", "b:1,c:4,d:5", measures="kl", smoothing="laplace")
        assert all(not null.floor_infinite and null.method == "permutation" for null in found.values())
        for how in ("add:2", "jeffreys", "perks", "mix:0.1", "mix:0.1:pooled", "shrink", "eps:1e-4"):
            null = nulls("a:30,b:50,c:20", "a:30,b:50,c:20", measures="kl", smoothing=how)["kl", "p:q"]
            assert null.p_value == 1.0, how
            assert null.floor > 0.0 or how == "shrink", how


class TestLevel:
    """With nothing changed, p values are uniform: 100 pairs, at 1 in 20; the long simulations are marked slow."""

    @by_key("sizes", [(30, 30), (20, 200), (200, 20), (700, 900)], ids=str)
    @by_key("keys", ["js,w1,ks,tv"])
    def test_no_more_than_the_level_is_called_different(self, sizes: tuple[int, int], keys: str) -> None:
        rng = np.random.default_rng(8)
        found = [
            [
                null.p_value
                for null in nulls(
                    rng.exponential(size=sizes[0]), rng.exponential(size=sizes[1]), measures=keys, seed=run
                ).values()
            ]
            for run in range(100)
        ]
        rates = (np.array(found) <= 0.05).mean(axis=0)
        assert (rates <= 0.05 + 3.3 * math.sqrt(0.05 * 0.95 / 100)).all(), rates
        assert (rates > 0.0).all(), "power is not wasted either"

    def test_every_view_of_the_table_is_covered(self) -> None:
        assert {row.view for row in of_outcomes} == {View.SMOOTHED, View.DECILES}
        assert {row.view for row in of_curves} == {View.EMPIRICAL}
