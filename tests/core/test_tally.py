"""Tallies: rows in any blocks, parts absorbed in any order and nesting; exact while they can be, and true beyond."""

from __future__ import annotations

import pickle
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core import tally as module
from kldiv_cli.core.summary import numeric_summary
from kldiv_cli.core.tally import LEAF, MOST_LABELS, POINTS, LabelTally, NumericTally
from tests.core.ranks import greatest_rank_error, mean_and_deviation, split
from tests.strategies import samples

quick = settings(deadline=None, max_examples=80, derandomize=True)
BOUND = 1e-5
"""The share of its rows that a rank may be off, at most."""
ROUNDING = 1e-12
seeds = st.integers(0, 10_000)
few_places = st.lists(st.integers(0, 60), max_size=5)


def state(summary):
    """Everything a summary holds, comparable bit by bit."""
    return tuple(value.tobytes() if isinstance(value, np.ndarray) else value for value in summary)


def tally_of(values, weights=None, *, blocks=(), **options):
    """A tally that was given rows in blocks that end at these places."""
    tally = NumericTally(**options)
    values = np.asarray(values, dtype=np.float64)
    for low, high in pairwise([0, *sorted(place % (values.size + 1) for place in blocks), values.size]):
        tally.add(values[low:high], None if weights is None else weights[low:high])
    return tally


def absorbed(tallies, generator):
    """One tally of all: any two are put together, in either order, until one is left."""
    tallies = list(tallies)
    while len(tallies) > 1:
        one = tallies.pop(generator.integers(len(tallies)))
        other = tallies.pop(generator.integers(len(tallies)))
        if generator.integers(4) == 0:  # as if it came from another process
            other = pickle.loads(pickle.dumps(other))
        one.absorb(other)
        tallies.append(one)
    return tallies[0]


@contextmanager
def small(**constants):
    """Trees grow deep on few rows."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in constants.items():
            patch.setattr(module, name, value)
        yield


class TestExactNumbers:
    """While nothing is cut, a tally is the summary of its rows."""

    @quick
    @given(rows=samples(), places=few_places, blocks=few_places, seed=seeds)
    def test_any_split_order_and_nesting_gives_the_same_summary(self, rows, places, blocks, seed):
        parts = [tally_of(part, blocks=blocks) for part in split(rows, places)]
        summary = absorbed(parts, np.random.default_rng(seed)).summary()
        assert state(summary) == state(numeric_summary(rows))
        assert summary.rank_error == 0.0

    @quick
    @given(rows=samples(), places=few_places, seed=seeds)
    def test_weighted_rows_too(self, rows, places, seed):
        """Whole weights add without rounding; rows without weights weigh 1."""
        generator = np.random.default_rng(seed)
        weights = generator.integers(1, 9, rows.size).astype(np.float64)
        pieces = list(zip(split(rows, places), split(weights, places), strict=True))
        plain = generator.integers(2, size=len(pieces)).astype(bool)
        parts = [tally_of(part, None if bare else weight) for (part, weight), bare in zip(pieces, plain, strict=True)]
        used = [np.ones(weight.size) if bare else weight for (_, weight), bare in zip(pieces, plain, strict=True)]
        summary = absorbed(parts, generator).summary()
        assert state(summary) == state(numeric_summary(rows, np.concatenate(used)))

    @quick
    @given(rows=st.integers(1, 400), distinct=st.integers(1, 8), parts=st.integers(1, 12), seed=seeds)
    def test_few_distinct_values_are_exact_however_many_rows(self, rows, distinct, parts, seed):
        generator = np.random.default_rng(seed)
        values = generator.integers(0, distinct, rows).astype(np.float64)
        with small(LEAF=16, POINTS=8):
            pieces = [tally_of(part) for part in split(values, generator.integers(0, rows + 1, parts))]
            assert state(absorbed(pieces, generator).summary()) == state(numeric_summary(values))

    @pytest.mark.parametrize("parts", [1, 2, 9])
    def test_millions_of_rows_with_a_hundred_thousand_values_are_exact(self, parts):
        generator = np.random.default_rng(parts)
        rows = generator.integers(0, 100_000, 3_000_000) / 8.0
        pieces = [tally_of(part) for part in split(rows, generator.integers(0, rows.size, parts - 1))]
        summary = absorbed(pieces, generator).summary()
        assert state(summary) == state(numeric_summary(rows))
        assert summary.mean_and_deviation() == numeric_summary(rows).mean_and_deviation()

    @pytest.mark.parametrize("parts", [1, 3])
    def test_as_many_rows_as_a_leaf_holds_are_exact_all_different(self, parts):
        generator = np.random.default_rng(parts)
        rows = generator.normal(size=LEAF)
        pieces = [tally_of(part) for part in split(rows, generator.integers(0, rows.size, parts - 1))]
        assert state(absorbed(pieces, generator).summary()) == state(numeric_summary(rows))

    def test_one_row_more_is_not(self):
        summary = tally_of(np.arange(LEAF + 1.0)).summary()
        assert 0.0 < summary.rank_error <= BOUND
        assert summary.values.size <= 2 * POINTS + 2

    @quick
    @given(rows=st.integers(1, 500), parts=st.integers(1, 12), weighted=st.booleans(), seed=seeds)
    def test_a_tally_that_was_asked_to_be_exact_never_cuts(self, rows, parts, weighted, seed):
        generator = np.random.default_rng(seed)
        values = generator.integers(0, 1_000, rows).astype(np.float64)
        weights = generator.integers(1, 9, rows).astype(np.float64) if weighted else None
        places = generator.integers(0, rows + 1, parts - 1)
        with small(LEAF=16, POINTS=2):
            pieces = split(weights, places) if weighted else [None] * parts
            tallies = [tally_of(*piece, exact=True) for piece in zip(split(values, places), pieces, strict=True)]
            assert state(absorbed(tallies, generator).summary()) == state(numeric_summary(values, weights))

    def test_an_empty_tally_has_no_rows_and_absorbs_all(self):
        tally = NumericTally()
        assert tally.is_empty
        assert state(tally.summary()) == state(numeric_summary(np.empty(0)))
        tally.add(np.array([np.nan]))
        tally.add_missing(2.5)
        assert tally.is_empty
        assert tally.missing == 3.5
        tally.absorb(tally_of([1.0, np.inf]))
        assert not tally.is_empty
        assert (tally.summary().missing, tally.summary().non_finite) == (3.5, 1.0)
        assert not tally_of([np.inf]).is_empty

    def test_dates_are_dates_after_a_part_without_any(self):
        tally = NumericTally()
        tally.absorb(tally_of([5.0], instants=True))
        assert tally.summary().instants

    def test_the_rows_that_were_given_are_left_alone(self):
        rows = np.array([3.0, -0.0, 1.0])
        with small(LEAF=2, POINTS=1):
            tally = tally_of(rows)
            tally.summary()
        assert rows.tolist() == [3.0, 0.0, 1.0]
        assert np.signbit(rows).tolist() == [False, True, False]

    def test_looking_at_a_tally_does_not_change_it(self):
        with small(LEAF=16, POINTS=4):
            looked_at, left_alone = NumericTally(), NumericTally()
            for block in np.random.default_rng(1).normal(size=(30, 7)):
                looked_at.add(block)
                left_alone.add(block)
                looked_at.summary()
            assert state(looked_at.summary()) == state(left_alone.summary())


MILLIONS = {
    "normal": lambda generator, n: generator.normal(size=n),
    "normal, rounded": lambda generator, n: generator.normal(size=n).round(6),
    "normal, far from zero": lambda generator, n: generator.normal(1e9, 1.0, n),
    "half of them zero": lambda generator, n: np.where(generator.random(n) < 0.5, 0.0, generator.normal(size=n)),
    "a heavy least value": lambda generator, n: np.maximum(generator.normal(size=n), 0.0),
    "over sixty magnitudes": lambda generator, n: 10.0 ** generator.uniform(-30, 30, n),
    "lognormal": lambda generator, n: generator.lognormal(0.0, 3.0, n),
    "sorted": lambda generator, n: np.sort(generator.normal(size=n)),
    "sorted backwards": lambda generator, n: np.sort(generator.exponential(size=n))[::-1],
    "constant, then continuous": lambda generator, n: np.where(np.arange(n) < n // 2, 7.0, generator.random(n)),
    "whole numbers": lambda generator, n: generator.integers(0, 300_000, n).astype(np.float64),
    "with gaps": lambda generator, n: np.where(generator.random(n) < 0.1, np.nan, generator.normal(size=n)),
}


def assert_true(summary, rows, weights=None, bound=BOUND):
    """What holds of every summary, exact or cut: held against the rows."""
    finite = np.isfinite(rows)
    kept = rows[finite]
    kept_weights = None if weights is None else weights[finite]
    rounding = ROUNDING if weights is not None else ROUNDING * summary.rank_error
    assert greatest_rank_error(summary, kept, kept_weights) <= summary.rank_error + rounding
    assert summary.rank_error <= bound
    assert (summary.counts > 0).all()
    assert (summary.values[0], summary.values[-1]) == (kept.min(), kept.max())
    origin, moved, deviation = mean_and_deviation(kept, kept_weights)
    mean, spread = summary.mean_and_deviation()
    assert abs(spread - deviation) <= 1e-12 * deviation
    assert abs((mean - origin) - moved) <= 1e-12 * deviation + 2.0**-52 * abs(mean)
    if weights is None:
        assert summary.counts.sum() == kept.size
        assert (summary.counts == np.floor(summary.counts)).all()
        assert summary.missing == np.isnan(rows).sum()
        assert summary.n == kept.size
    else:
        assert summary.mass == pytest.approx(float(kept_weights.sum()), rel=1e-12)
        assert summary.weight_squares == pytest.approx(float((kept_weights**2).sum()), rel=1e-12)


class TestManyNumbers:
    """Beyond: what is told of the ranks is true, and little."""

    @pytest.mark.parametrize("name", MILLIONS)
    @pytest.mark.one_in(3)
    def test_no_rank_is_off_by_more_than_is_told_in_one_piece(self, name):
        rows = MILLIONS[name](np.random.default_rng(1), 2_300_003)
        summary = tally_of(rows).summary()
        assert_true(summary, rows)
        assert summary.rank_error > 0.0
        assert summary.values.size <= 2 * POINTS + 2

    @pytest.mark.parametrize("name", MILLIONS)
    @pytest.mark.one_in(3)
    def test_no_rank_is_off_by_more_than_is_told_in_any_nesting(self, name):
        generator = np.random.default_rng(2)
        rows = MILLIONS[name](generator, 1_500_000)
        parts = generator.integers(2, 12)
        tallies = [tally_of(part) for part in split(rows, generator.integers(0, rows.size, parts))]
        assert_true(absorbed(tallies, generator).summary(), rows)

    @pytest.mark.parametrize("parts", [1, 5])
    @pytest.mark.parametrize("sizes", ["lognormal", "whole"])
    @pytest.mark.one_in(3)
    def test_no_rank_of_weighted_rows_is_off_by_more_than_is_told(self, sizes, parts):
        generator = np.random.default_rng(3)
        rows = generator.normal(size=1_500_000).round(6)
        weights = generator.lognormal(0.0, 2.0, rows.size)
        weights = np.ceil(weights) if sizes == "whole" else weights
        places = generator.integers(0, rows.size, parts - 1)
        pieces = zip(split(rows, places), split(weights, places), strict=True)
        assert_true(absorbed([tally_of(*piece) for piece in pieces], generator).summary(), rows, weights)

    @pytest.mark.parametrize("name", ["normal", "whole numbers", "half of them zero"])
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.one_in(4)
    def test_the_same_rows_in_other_blocks_give_the_same_summary(self, name, weighted):
        generator = np.random.default_rng(4)
        rows = MILLIONS[name](generator, 2_200_000)
        weights = generator.lognormal(size=rows.size) if weighted else None
        whole = state(tally_of(rows, weights).summary())
        for number in (1, 40, 1_000):
            blocks = generator.integers(0, rows.size, number).tolist()
            assert state(tally_of(rows, weights, blocks=blocks).summary()) == whole

    @pytest.mark.parametrize("name", ["normal", "whole numbers"])
    def test_a_tally_in_another_process_and_one_that_is_settled_say_the_same(self, name):
        rows = MILLIONS[name](np.random.default_rng(5), 1_500_000)
        tally = tally_of(rows)
        summary = state(tally.summary())
        assert state(pickle.loads(pickle.dumps(tally)).summary()) == summary
        tally.settle()
        assert state(tally.summary()) == summary
        settled = pickle.dumps(tally)
        assert state(pickle.loads(settled).summary()) == summary
        assert len(settled) < 20 * 2 * POINTS, "the buffer travels too"

    def test_a_tally_that_came_from_another_process_takes_more(self):
        rows = np.random.default_rng(6).normal(size=1_300_000)
        tally = tally_of(rows[:700_000])
        travelled = pickle.loads(pickle.dumps(tally))
        for one in (tally, travelled):
            one.add(rows[700_000:])
        assert state(tally.summary()) == state(travelled.summary()) == state(tally_of(rows).summary())

    def test_a_constant_and_then_an_odd_number_of_rows(self):
        """The last leaf is not full: its last step is a broken one."""
        rows = np.concatenate([np.zeros(LEAF), np.arange(1.0, 1_000_004.0)])
        assert_true(tally_of(rows).summary(), rows)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", MILLIONS)
    def test_twenty_million_rows_are_within_the_same_bound(self, name):
        generator = np.random.default_rng(7)
        rows = MILLIONS[name](generator, 20_000_003)
        summary = tally_of(rows, blocks=range(0, rows.size, 300_000)).summary()
        assert_true(summary, rows)
        tallies = [tally_of(part) for part in split(rows, generator.integers(0, rows.size, 24))]
        assert_true(absorbed(tallies, generator).summary(), rows)

    @pytest.mark.slow
    def test_eighty_million_rows_are_within_the_same_bound(self):
        rows = np.random.default_rng(8).normal(1e9, 1.0, 80_000_000)
        assert_true(tally_of(rows, blocks=range(0, rows.size, 1_000_000)).summary(), rows)


SHAPES = ["continuous", "ties", "sorted", "one heavy value", "magnitudes"]


def few_rows(shape, generator, n):
    if shape == "ties":
        return generator.integers(0, 40, n).astype(np.float64)
    if shape == "sorted":
        return np.sort(generator.normal(size=n))
    if shape == "one heavy value":
        return np.where(generator.random(n) < 0.6, 0.0, generator.normal(size=n))
    return 10.0 ** generator.uniform(-30, 30, n) if shape == "magnitudes" else generator.normal(size=n)


class TestDeepTrees:
    """The same laws where leaves are small, so that few rows make many levels."""

    @quick
    @given(shape=st.sampled_from(SHAPES), rows=st.integers(1, 4_000), parts=st.integers(1, 20), weighted=st.booleans(),
           leaf=st.sampled_from([(16, 2), (64, 8), (64, 16)]), seed=seeds)  # fmt: skip
    def test_no_rank_is_off_by_more_than_is_told_whatever_the_nesting(self, shape, rows, parts, weighted, leaf, seed):
        generator = np.random.default_rng(seed)
        values = few_rows(shape, generator, rows)
        weights = generator.lognormal(0.0, 2.0, rows) if weighted else None
        places = generator.integers(0, rows + 1, parts - 1)
        pieces = split(weights, places) if weighted else [None] * parts
        with small(LEAF=leaf[0], POINTS=leaf[1]):
            tallies = [tally_of(*piece) for piece in zip(split(values, places), pieces, strict=True)]
            assert_true(absorbed(tallies, generator).summary(), values, weights, bound=1.0)

    @quick
    @given(rows=st.integers(1, 4_000), parts=st.integers(1, 10), weighted=st.booleans(), seed=seeds)
    def test_no_rank_is_off_by_more_than_is_told_of_summaries_of_summaries(self, rows, parts, weighted, seed):
        """Profiles of parts, put together and kept as a profile again."""
        generator = np.random.default_rng(seed)
        values = generator.normal(size=rows)
        weights = generator.lognormal(size=rows) if weighted else None
        places = generator.integers(0, rows + 1, parts - 1)
        pieces = split(weights, places) if weighted else [None] * parts
        with small(LEAF=32, POINTS=4):
            whole = NumericTally()
            for piece in zip(split(values, places), pieces, strict=True):
                tally = tally_of(*piece)
                again = NumericTally()
                again.add_summary(tally.summary())
                if generator.integers(2):
                    again.settle()
                whole.absorb(again)
                if generator.integers(4) == 0:
                    whole.settle()
            assert_true(whole.summary(), values, weights, bound=1.0)

    @quick
    @given(rows=st.integers(1, 60_000), parts=st.integers(1, 20), seed=seeds)
    def test_the_bound_does_not_grow_with_the_tree(self, rows, parts, seed):
        """The published one, 1e-5 with 2^17 points, by the same proportion."""
        generator = np.random.default_rng(seed)
        values = generator.normal(size=rows)
        with small(LEAF=256, POINTS=32):
            places = generator.integers(0, rows + 1, parts - 1)
            tallies = [tally_of(part) for part in split(values, places)]
            assert_true(absorbed(tallies, generator).summary(), values, bound=BOUND * POINTS / 32)

    @quick
    @given(rows=st.integers(1, 3_000), weighted=st.booleans(), number=st.integers(0, 30), seed=seeds)
    def test_the_same_rows_in_other_blocks_give_the_same_summary(self, rows, weighted, number, seed):
        generator = np.random.default_rng(seed)
        blocks = generator.integers(0, rows, number)
        values = generator.integers(0, 500, rows).astype(np.float64)
        weights = generator.lognormal(size=rows) if weighted else None
        with small(LEAF=64, POINTS=8):
            summary = tally_of(values, weights).summary()
            assert state(tally_of(values, weights, blocks=blocks).summary()) == state(summary)

    @quick
    @given(rows=st.integers(0, 3_000), parts=st.integers(1, 5), seed=seeds)
    def test_a_tally_in_another_process_and_one_that_is_settled_say_the_same(self, rows, parts, seed):
        generator = np.random.default_rng(seed)
        values = generator.normal(size=rows)
        with small(LEAF=64, POINTS=8):
            tallies = [tally_of(part) for part in split(values, generator.integers(0, rows + 1, parts - 1))]
            tally = absorbed(tallies, generator)
            summary = state(tally.summary())
            assert state(pickle.loads(pickle.dumps(tally)).summary()) == summary
            tally.settle()
            assert state(tally.summary()) == summary
            assert state(pickle.loads(pickle.dumps(tally)).summary()) == summary

    @quick
    @given(missing=st.integers(0, 5), infinite=st.integers(0, 5), parts=st.integers(1, 5), seed=seeds)
    def test_missing_and_infinite_rows_are_counted_once(self, missing, infinite, parts, seed):
        generator = np.random.default_rng(seed)
        rows = np.concatenate([generator.normal(size=300), np.full(missing, np.nan), np.full(infinite, -np.inf)])
        generator.shuffle(rows)
        with small(LEAF=16, POINTS=4):
            tallies = [tally_of(part) for part in split(rows, generator.integers(0, rows.size, parts - 1))]
            tally = absorbed(tallies, generator)
            tally.add_missing(2.0)
            tally.settle()
            summary = tally.summary()
        assert (summary.missing, summary.non_finite, summary.mass) == (missing + 2.0, infinite, 300.0)


def labels_of(letters, *, blocks=(), weights=None, **options):
    """A tally of labels given in blocks, each with its own codes."""
    tally = LabelTally(**options)
    for low, high in pairwise([0, *sorted(place % (len(letters) + 1) for place in blocks), len(letters)]):
        part = letters[low:high]
        names = sorted(set(part) - {"?"}, reverse=True)
        codes = np.array([names.index(letter) if letter != "?" else -1 for letter in part], dtype=np.intp)
        tally.add(codes, names, None if weights is None else weights[low:high])
    return tally


texts = st.text(alphabet="abcdefghijklmnop?", max_size=60)


class TestLabels:
    """Exact up to so many labels; beyond, the heaviest are kept and the others told."""

    @quick
    @given(text=texts, places=few_places, blocks=few_places, seed=seeds)
    def test_any_split_order_and_nesting_gives_the_same_summary(self, text, places, blocks, seed):
        parts = [labels_of(part, blocks=blocks) for part in split(text, places)]
        summary = absorbed(parts, np.random.default_rng(seed)).summary()
        counted = Counter(text.replace("?", ""))
        assert summary.labels == tuple(sorted(counted))
        assert summary.counts.tolist() == [counted[label] for label in summary.labels]
        assert (summary.missing, summary.n) == (text.count("?"), len(text) - text.count("?"))
        assert (summary.pooled, summary.pooled_labels, summary.lacking) == (0.0, 0.0, 0.0)
        assert summary.distinct == len(counted)

    @quick
    @given(text=texts, places=few_places, seed=seeds)
    def test_weighted_labels_too(self, text, places, seed):
        generator = np.random.default_rng(seed)
        weights = generator.integers(1, 9, len(text)).astype(np.float64)
        pieces = zip(split(text, places), split(weights, places), strict=True)
        summary = absorbed([labels_of(part, weights=weight) for part, weight in pieces], generator).summary()
        assert state(summary) == state(labels_of(text, weights=weights).summary())
        assert summary.mass + summary.missing == weights.sum()
        shown = weights[[letter != "?" for letter in text]]
        assert summary.weight_squares == (shown**2).sum()

    @quick
    @given(texts=st.lists(texts, min_size=1, max_size=12), most=st.integers(1, 6), blocks=few_places,
           ordered=st.booleans(), seed=seeds)  # fmt: skip
    def test_what_is_told_of_the_kept_labels_is_true(self, texts, most, blocks, ordered, seed):
        with small(MOST_LABELS=most):
            tallies = [labels_of(text, blocks=blocks, keep_order=ordered) for text in texts]
            assert_labels(absorbed(tallies, np.random.default_rng(seed)).summary(), Counter("".join(texts)), most)

    @quick
    @given(texts=st.lists(texts, min_size=1, max_size=8), most=st.integers(1, 6), seed=seeds)
    def test_the_same_parts_in_the_same_order_give_the_same_summary(self, texts, most, seed):
        with small(MOST_LABELS=most):
            one, other = (absorbed(map(labels_of, texts), np.random.default_rng(seed)).summary() for _ in range(2))
        assert state(one) == state(other)

    @quick
    @given(texts=st.lists(texts, min_size=1, max_size=8), most=st.integers(1, 3), seed=seeds)
    def test_a_tally_that_was_asked_to_be_exact_never_pools(self, texts, most, seed):
        with small(MOST_LABELS=most):
            tallies = [labels_of(text, exact=True) for text in texts]
            summary = absorbed(tallies, np.random.default_rng(seed)).summary()
        counted = Counter("".join(texts).replace("?", ""))
        assert dict(zip(summary.labels, summary.counts.tolist(), strict=True)) == counted
        assert summary.pooled == summary.lacking == 0.0

    @quick
    @given(texts=st.lists(texts, min_size=1, max_size=8), most=st.integers(1, 6))
    def test_a_tally_in_another_process_says_the_same(self, texts, most):
        with small(MOST_LABELS=most):
            tally = absorbed(map(labels_of, texts), np.random.default_rng(1))
            assert state(pickle.loads(pickle.dumps(tally)).summary()) == state(tally.summary())

    def test_more_labels_than_are_kept_leave_the_heaviest(self):
        """Every label once, in two halves, and some of them often."""
        often = [f"often{number}" for number in range(1_000)]
        names = [f"once{number:07}" for number in range(300_000)]
        tally = LabelTally()
        for half in (names[:150_000], names[150_000:]):
            tally.add(np.arange(len(half)), half)
            tally.add(np.repeat(np.arange(1_000), 5), often)
        summary = tally.summary()
        assert len(summary.labels) == MOST_LABELS
        counted = dict(zip(summary.labels, summary.counts.tolist(), strict=True))
        assert {counted[name] for name in often} == {10.0}
        assert summary.mass == summary.n == 310_000
        assert summary.distinct == 301_000
        assert summary.lacking >= 1.0

    def test_as_many_labels_as_are_kept_are_exact(self):
        tally = LabelTally()
        tally.add(np.arange(MOST_LABELS), [f"l{number}" for number in range(MOST_LABELS)])
        summary = tally.summary()
        assert (len(summary.labels), summary.pooled, summary.lacking) == (MOST_LABELS, 0.0, 0.0)

    def test_an_empty_tally_has_no_labels(self):
        tally = LabelTally()
        assert tally.is_empty
        tally.add_missing(2.0)
        tally.add(np.array([-1], dtype=np.intp), [])
        assert tally.is_empty
        assert tally.missing == tally.summary().missing == 3.0
        assert tally.summary().labels == ()
        tally.absorb(labels_of("a"))
        assert not tally.is_empty


def assert_labels(summary, letters, most):
    """What holds of every summary of labels, held against their true number."""
    missing = letters.pop("?", 0)
    assert summary.mass + summary.missing == letters.total() + missing
    assert summary.missing == missing
    assert len(summary.labels) == len(set(summary.labels)) <= most
    for label, count in zip(summary.labels, summary.counts.tolist(), strict=True):
        assert letters[label] - summary.lacking <= count <= letters[label]
    for label in set(letters) - set(summary.labels):
        assert letters[label] <= summary.lacking
    assert summary.pooled == letters.total() - summary.counts.sum()
    assert summary.distinct >= len(letters)
    assert summary.weight_squares == letters.total()
