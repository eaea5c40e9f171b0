"""Smoothing: the formulas in fractions, both sides alike, every digit of the difference kept."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kldiv_cli.core.distribution import MassPair, Support
from kldiv_cli.core.measures.information import kl_divergence
from kldiv_cli.core.smoothing import SMOOTHINGS, by_name, smoothed, smoothing_from
from kldiv_cli.errors import UsageError

quick = settings(deadline=None, max_examples=60, derandomize=True)
ADDITIVE = {"laplace": Fraction(1), "jeffreys": Fraction(1, 2), "kt": Fraction(1, 2), "add:0.25": Fraction(1, 4)}
TEXTS = (*ADDITIVE, "lidstone:2", "perks", "shrink", "mix:0.125", "mix:0.125:pooled", "eps:1e-6")
counts = st.lists(st.integers(0, 10**6), min_size=5, max_size=5).filter(any)


def pair_and_notes(p, q, text, *, counted=True):
    p, q = np.array(p, dtype=np.float64), np.array(q, dtype=np.float64)
    support = Support("nominal", p.size, labels=tuple(f"o{i}" for i in range(p.size)))
    sizes = (math.fsum(p), math.fsum(q)) if counted else (None, None)
    return smoothed(MassPair(support, p, q), smoothing_from(text), sizes)


def shares(side):
    return [Fraction(count) / sum(map(Fraction, side)) for count in side]


def by_definition(p, q, text):
    """Both smoothed sides in fractions, straight from the formulas of NUMERICS.md, section 2."""
    sides, k = (list(map(Fraction, p)), list(map(Fraction, q))), len(p)
    n, m = map(sum, sides)
    uniform = [Fraction(1, k)] * k
    if text in ADDITIVE or text in ("lidstone:2", "perks"):
        a = ADDITIVE.get(text, Fraction(2) if text == "lidstone:2" else Fraction(1, k))
        return [[(c + a) / (sum(side) + k * a) for c in side] for side in sides]
    if text == "shrink":
        return [mixture(shares(side), uniform, james_stein(side)) for side in sides]
    if text.startswith("mix"):
        pooled = [(c + d) / (n + m) for c, d in zip(*sides, strict=True)]
        return [mixture(shares(side), pooled if text.endswith("pooled") else uniform, Fraction(1, 8)) for side in sides]
    assert text == "eps:1e-6"
    raised = [[max(share, Fraction(1e-6)) for share in shares(side)] for side in sides]
    return [[share / sum(side) for share in side] for side in raised]


def mixture(side, base, weight):
    return [(1 - weight) * share + weight * b for share, b in zip(side, base, strict=True)]


def james_stein(side):
    n, k, pmf = sum(side), len(side), shares(side)
    spread = (n - 1) * sum((Fraction(1, k) - share) ** 2 for share in pmf)
    return min(Fraction(1), (1 - sum(share**2 for share in pmf)) / spread) if spread > 0 else Fraction(1)


@pytest.mark.parametrize("text", TEXTS)
@quick
@given(p=counts, q=counts)
def test_every_smoothing_follows_its_formula(text, p, q):
    """Lambda of James-Stein is 1 where n = 1 or the counts are uniform; probabilities to a few ulp."""
    pair, _ = pair_and_notes(p, q, text)
    wanted_p, wanted_q = by_definition(p, q, text)
    assert pair.p == pytest.approx([float(share) for share in wanted_p], rel=4e-15)
    assert pair.q == pytest.approx([float(share) for share in wanted_q], rel=4e-15)


@pytest.mark.parametrize("text", TEXTS)
@quick
@given(p=counts, q=counts)
def test_smoothed_sides_sum_to_one_and_have_no_zero(text, p, q):
    pair, _ = pair_and_notes(p, q, text)
    assert math.fsum(pair.p) == pytest.approx(1.0, abs=1e-15)
    assert math.fsum(pair.q) == pytest.approx(1.0, abs=1e-15)
    assert math.fsum(pair.difference) == pytest.approx(0.0, abs=1e-15)
    if text != "mix:0.125:pooled":
        assert pair.p.min() > 0
        assert math.isfinite(kl_divergence(pair))
    assert kl_divergence(pair) >= 0


@pytest.mark.parametrize("text", TEXTS)
@quick
@given(p=counts, q=counts)
def test_both_sides_are_treated_alike(text, p, q):
    there, _ = pair_and_notes(p, q, text)
    back, _ = pair_and_notes(q, p, text)
    assert (there.p.tolist(), there.q.tolist()) == (back.q.tolist(), back.p.tolist())


@pytest.mark.parametrize("text", TEXTS)
@quick
@given(p=counts, q=counts)
def test_equal_sides_stay_equal_to_the_last_bit(text, p, q):
    pair, _ = pair_and_notes(p, p, text)
    assert not pair.difference.any()
    assert kl_divergence(pair) == 0.0


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("p", "q"),
    [
        pytest.param([50, 30, 20], [60, 40, 0], id="zero"),
        pytest.param([10, 0, 0, 3], [0, 700, 5, 1], id="far"),
        pytest.param([10**8, 10**8, 10**8], [10**8 + 1, 10**8 - 1, 10**8], id="counts-near-1e8-of-equal-size"),
        pytest.param([10**8, 2 * 10**8, 7], [10**8 + 1, 2 * 10**8 - 1, 7], id="one-row-moved"),
        pytest.param([10**8, 3 * 10**8, 7], [10**8 + 1, 3 * 10**8 + 1, 7], id="counts-near-1e8-of-other-size"),
    ],
)
def test_the_difference_keeps_its_digits(text, p, q):
    """To 1e-15 relative to the largest difference, where p - q of rounded shares has lost up to nine digits."""
    pair, _ = pair_and_notes(p, q, text)
    wanted = [one - other for one, other in zip(*by_definition(p, q, text), strict=True)]
    largest = max(map(abs, wanted))
    if not largest:
        assert not pair.difference.any()
        return
    errors = [abs(Fraction(got) - want) / largest for got, want in zip(pair.difference.tolist(), wanted, strict=True)]
    assert float(max(errors)) <= 1e-15


def test_no_smoothing_leaves_zeros_and_says_nothing():
    pair, notes = pair_and_notes([5, 0], [0, 5], "none")
    assert (pair.p.tolist(), pair.q.tolist()) == ([1.0, 0.0], [0.0, 1.0])
    assert notes == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("laplace", "pseudo-count 1 added"),
        ("add:0.25", "pseudo-count 0.25 added"),
        ("jeffreys", "pseudo-count 0.5 added"),
        ("perks", "pseudo-count 1/k added"),
        ("mix:0.125", "0.125 of the uniform distribution in both sides"),
        ("mix:0.125:pooled", "0.125 of the pooled distribution in both sides"),
        ("shrink", "of the uniform distribution in P"),
        ("eps:1e-6", "1e-06, then renormalised"),
    ],
)
def test_what_was_done_is_said_with_its_amount(text, told):
    _, notes = pair_and_notes([5, 0, 0, 3], [1, 1, 0, 0], text)
    (note,) = notes
    assert note.code == "smoothed"
    assert told in note.text
    assert "2 of 4 outcomes were empty on one side" in note.text


@pytest.mark.parametrize("row", [row for row in SMOOTHINGS if row.needs_counts], ids=lambda row: row.key)
@pytest.mark.parametrize(("sizes", "named"), [((None, None), "P and Q"), ((8.0, None), "Q"), ((None, 8.0), "P")])
def test_what_needs_counts_refuses_bare_probabilities(row, sizes, named):
    masses = MassPair(Support("nominal", 2, labels=("a", "b")), np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    text = f"{row.key}:0.5" if row.takes_amount else row.key
    with pytest.raises(UsageError, match=f"needs counts, and {named} hold") as refusal:
        smoothed(masses, smoothing_from(text), sizes)
    assert "mix:0.01" in refusal.value.remedy


@pytest.mark.parametrize(
    "row", [row for row in SMOOTHINGS if not row.needs_counts and row.takes_amount], ids=lambda row: row.key
)
def test_what_needs_no_counts_takes_probabilities(row):
    pair, _ = pair_and_notes([0.5, 0.5, 0.0], [0.2, 0.4, 0.4], f"{row.key}:0.125", counted=False)
    assert pair.p.min() > 0


def test_pooled_mixing_of_probabilities_weighs_both_alike():
    pair, _ = pair_and_notes([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], "mix:0.5:pooled", counted=False)
    assert pair.p.tolist() == [0.375, 0.5, 0.125]
    assert pair.q.tolist() == [0.125, 0.5, 0.375]


def test_pooled_mixing_bounds_kl():
    """KL <= ln((n + m) / (lambda n)): NUMERICS.md, section 2."""
    pair, _ = pair_and_notes([100, 0], [0, 300], "mix:0.1:pooled")
    assert kl_divergence(pair) <= math.log(400 / (0.1 * 100))


@pytest.mark.parametrize(("p", "weight"), [([1, 0, 0, 0], 1.0), ([3, 3, 3, 3], 1.0), ([1000, 0, 0, 0], 0.0)])
def test_james_stein_at_its_ends(p, weight):
    """All uniform at n = 1 and where the counts are uniform; nothing where one outcome has everything."""
    pair, _ = pair_and_notes(p, [1, 2, 3, 4], "shrink")
    assert pair.p == pytest.approx([(1 - weight) * c / sum(p) + weight / 4 for c in p], abs=1e-16)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("laplac", "there is no smoothing 'laplac'"),
        ("add", "add takes an amount, as in add:0.5"),
        ("laplace:1", "laplace takes no amount"),
        ("add:0", "the amount must be above 0"),
        ("add:-1", "the amount must be above 0"),
        ("add:inf", "the amount must be above 0"),
        ("add:nan", "the amount must be above 0"),
        ("add:x", "'x' is not a number"),
        ("mix:1", "above 0 and below 1"),
        ("mix:0.1:uniform", "mix takes an amount"),
        ("eps:1.5", "above 0 and below 1"),
        ("none:1", "none takes no amount"),
    ],
)
def test_a_smoothing_that_cannot_be_is_refused(text, fault):
    with pytest.raises(UsageError, match=fault):
        smoothing_from(text)


def test_a_name_used_twice_is_refused():
    clash = SMOOTHINGS[1]
    again = type(clash)("other", "another", None, needs_counts=False, aliases=("add",))
    with pytest.raises(ValueError, match="two smoothings are called 'add'"):
        by_name((*SMOOTHINGS, again))
