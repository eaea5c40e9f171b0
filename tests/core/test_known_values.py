"""Values from books, from NUMERICS.md and from scipy where scipy is right - each with its source."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from kldiv_cli.core.distribution import MassPair, Support
from kldiv_cli.core.measures import MEASURES, measure_named
from kldiv_cli.core.measures.information import (
    cross_entropy,
    entropy,
    jeffreys_divergence,
    js_distance,
    js_divergence,
    kl_divergence,
    skew_kl_divergence,
)
from kldiv_cli.core.measures.overlap import (
    bhattacharyya_distance,
    chi_square_divergence,
    hellinger_distance,
    overlap_coefficient,
    total_variation,
)
from kldiv_cli.core.measures.power import renyi_divergence, tsallis_divergence
from kldiv_cli.core.measures.transport import (
    cramer_von_mises,
    energy_distance,
    kolmogorov_smirnov,
    kuiper,
    scaled_wasserstein_1,
    wasserstein_1,
    wasserstein_2,
)
from kldiv_cli.core.smoothing import smoothed, smoothing_from
from kldiv_cli.core.summary import numeric_summary
from kldiv_cli.core.support import by_value
from kldiv_cli.errors import UsageError
from tests.core.reference import pair_of

CARD = pair_of([0.5, 0.3, 0.2], [0.1, 0.4, 0.5])
DIT = pair_of([0.2, 0.3, 0.5], [0.3, 0.1, 0.6])
COINS = pair_of([0.5, 0.5], [0.9, 0.1])
NUMERICS_ZERO = ([0.5, 0.3, 0.2], [0.6, 0.4, 0.0])
"""The pair of NUMERICS.md, section 2.2."""
JAMES_STEIN_COUNTS = (4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1)
"""The example of R's entropy package, ?entropy.shrink."""
LN2 = math.log(2)


def smoothed_pair(p, q, text, sizes=(None, None)):
    support = Support("nominal", len(p), labels=tuple(map(str, range(len(p)))))
    masses = MassPair(support, np.array(p, dtype=np.float64), np.array(q, dtype=np.float64))
    return smoothed(masses, smoothing_from(text), sizes)


@pytest.mark.parametrize(
    ("function", "pair", "wanted", "source"),
    [
        (kl_divergence, CARD, 0.535156, "scipy.stats.entropy"),
        (kl_divergence, CARD.swapped(), 0.412274, "scipy.stats.entropy"),
        (kl_divergence, DIT, 0.2270 * LN2, "dit, in bits: NUMERICS.md 1.4"),
        (kl_divergence, DIT.swapped(), 0.1212, "NUMERICS.md 1.4"),
        (kl_divergence, COINS, math.log(5 / 3), "by hand: ln(1 / (2 sqrt 0.09))"),
        (cross_entropy, COINS, -0.5 * math.log(0.09), "by hand"),
        (entropy, COINS, LN2, "a fair coin"),
        (total_variation, COINS, 0.4, "by hand"),
        (overlap_coefficient, COINS, 0.6, "by hand"),
        (chi_square_divergence, COINS, 16 / 9, "by hand: 0.16 / 0.9 + 0.16 / 0.1"),
        (bhattacharyya_distance, COINS, -math.log(math.sqrt(0.45) + math.sqrt(0.05)), "by hand"),
        (hellinger_distance, COINS, math.sqrt(1 - math.sqrt(0.45) - math.sqrt(0.05)), "by hand"),
        (jeffreys_divergence, COINS, 0.4 * math.log(9), "by hand: 0.4 ln(5 / (5 / 9))"),
        (skew_kl_divergence, COINS, -0.5 * math.log(4 * 0.896 * 0.104), "by hand: mixture (0.896, 0.104)"),
        (js_divergence, COINS, 0.5 * (math.log(0.5 / 0.7) + math.log(0.5 / 0.3)) / 2
         + (0.9 * math.log(0.9 / 0.7) + 0.1 * math.log(0.1 / 0.3)) / 2, "by hand: M = (0.7, 0.3)"),
    ],
)  # fmt: skip
def test_values_of_the_textbook(function, pair, wanted, source):
    """To the digits that the source prints."""
    tolerance = 5e-5 if "NUMERICS" in source else 5e-7 if "scipy" in source else 1e-15
    assert function(pair) == pytest.approx(wanted, rel=1e-14 if tolerance == 1e-15 else 0, abs=tolerance), source


@pytest.mark.parametrize(
    ("order", "renyi", "tsallis"),
    [
        (0.0, 0.0, 0.0),
        (0.5, -2 * math.log(math.sqrt(0.45) + math.sqrt(0.05)), 2 - 2 * math.sqrt(0.45) - 2 * math.sqrt(0.05)),
        (1.0, math.log(5 / 3), math.log(5 / 3)),
        (2.0, math.log(25 / 9), 16 / 9),
        (3.0, 0.5 * math.log(0.125 / 0.81 + 0.125 / 0.01), 0.5 * (0.125 / 0.81 + 0.125 / 0.01 - 1)),
        (math.inf, math.log(5), math.inf),
    ],
)
def test_renyi_and_tsallis_of_two_coins(order, renyi, tsallis):
    """By hand, from van Erven & Harremoes (2014), table of simple orders."""
    assert renyi_divergence(COINS, order) == pytest.approx(renyi, rel=1e-14)
    assert tsallis_divergence(COINS, order) == pytest.approx(tsallis, rel=1e-14)


@pytest.mark.parametrize(
    ("epsilon", "kl", "psi"),
    [
        ("1e-3", 0.8832, 1.1011),
        ("1e-4", 1.3428, 1.5664),
        ("1e-5", 1.8032, 2.0276),
        ("1e-6", 2.2637, 2.4882),
        ("1e-8", 3.1848, 3.4092),
        ("1e-10", 4.1058, 4.3303),
        ("1e-12", 5.0269, 5.2513),
        ("2.2e-16", 6.7112, 6.9357),
        ("1e-300", 137.66, 137.88),
    ],
)
def test_an_epsilon_measures_the_epsilon(epsilon, kl, psi):
    """The table of NUMERICS.md, section 2.2."""
    pair, _ = smoothed_pair(*NUMERICS_ZERO, f"eps:{epsilon}")
    tolerance = 0.005 if kl > 100 else 6e-5  # 2.26375 is printed as 2.2637
    assert kl_divergence(pair) == pytest.approx(kl, abs=tolerance)
    assert jeffreys_divergence(pair) == pytest.approx(psi, abs=tolerance)


@pytest.mark.parametrize(
    ("method", "n", "kl"),
    [
        ("jeffreys", 100, 0.5749),
        ("kt", 1_000, 1.0228),
        ("jeffreys", 10_000, 1.4816),
        ("laplace", 100, 0.4479),
        ("laplace", 1_000, 0.8858),
        ("add:1", 10_000, 1.3432),
    ],
)
def test_pseudo_counts_weigh_less_as_n_grows(method, n, kl):
    """NUMERICS.md, below the table of section 2.2."""
    p, q = ([share * n for share in side] for side in NUMERICS_ZERO)
    pair, _ = smoothed_pair(p, q, method, (n, n))
    assert kl_divergence(pair) == pytest.approx(kl, abs=5e-5)


def test_james_stein_shrinks_the_example_of_r_by_0_7664():
    """Hausser & Strimmer (2009); the intensity is also computed here, in fractions."""
    n, k = sum(JAMES_STEIN_COUNTS), len(JAMES_STEIN_COUNTS)
    shares = [Fraction(count, n) for count in JAMES_STEIN_COUNTS]
    spread = (n - 1) * sum((Fraction(1, k) - share) ** 2 for share in shares)
    intensity = (1 - sum(share**2 for share in shares)) / spread
    assert float(intensity) == pytest.approx(0.7664, abs=5e-5)
    pair, notes = smoothed_pair(JAMES_STEIN_COUNTS, JAMES_STEIN_COUNTS, "shrink", (n, n))
    wanted = [float(intensity / k + (1 - intensity) * share) for share in shares]
    assert pair.p == pytest.approx(wanted, rel=1e-14)
    assert "0.7664" in notes[0].text


def test_traps_of_scipy_have_their_right_answers():
    """NUMERICS.md 5.2, 5.3 and 5.5."""
    assert entropy(pair_of([1e308, 1e308], [1, 1])) == pytest.approx(LN2, rel=1e-15)
    assert entropy(pair_of([2**62] * 3, [1, 1, 1])) == pytest.approx(math.log(3), rel=1e-15)
    assert kl_divergence(pair_of([0.5, 0.5], [5e-324, 1])) == pytest.approx(371.53, abs=0.005)
    assert js_divergence(pair_of([0, 1], [5e-324, 1])) < 1e-300
    assert js_divergence(pair_of([1, 2, 4], [0.1, 0.2, 0.4])) < 1e-33


def test_identical_distributions_of_other_weights_are_at_distance_zero():
    """NUMERICS.md 5.8: scipy gives 3e-15 for weights times 3.7; here whole multiples are exact."""
    pair = pair_of([1, 2, 3], [37, 74, 111], [0.5, 2.0, 1e9])
    assert wasserstein_1(pair) == wasserstein_2(pair) == energy_distance(pair) == 0.0


def test_positions_far_from_zero_keep_their_digits():
    """NUMERICS.md 5.8: scipy errs 3.7e-6 at an offset of 1e12."""
    near = pair_of([1, 0, 2], [0, 2, 1], [0.0, 1.5, 2.0])
    far = pair_of([1, 0, 2], [0, 2, 1], [1e12, 1e12 + 1.5, 1e12 + 2.0])
    for distance in (wasserstein_1, wasserstein_2, energy_distance, scaled_wasserstein_1):
        assert distance(far) == pytest.approx(distance(near), rel=1e-14)


def test_a_shift_is_its_own_transport_distance():
    pair = pair_of([1, 1, 0, 0], [0, 0, 1, 1], [0.0, 1.0, 10.0, 11.0])
    assert wasserstein_1(pair) == wasserstein_2(pair) == 10.0
    assert scaled_wasserstein_1(pair) == 20.0
    assert kolmogorov_smirnov(pair) == kuiper(pair) == 1.0


def test_a_constant_reference_has_no_yardstick():
    assert math.isnan(scaled_wasserstein_1(pair_of([0, 3], [1, 2])))


RNG_SEEDS = range(4)


def random_pmfs(seed):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(12), size=2)


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_pmfs_far_apart_agree_with_scipy(seed):
    """Far apart scipy.stats.entropy and jensenshannon are right; the argument order is ours."""
    p, q = random_pmfs(seed)
    pair = pair_of(p, q)
    assert kl_divergence(pair) == pytest.approx(stats.entropy(p, q), rel=1e-12)
    assert entropy(pair) == pytest.approx(stats.entropy(p), rel=1e-13)
    assert js_distance(pair) == pytest.approx(jensenshannon(p, q), rel=1e-12)
    assert js_divergence(pair) / LN2 == pytest.approx(jensenshannon(p, q, 2) ** 2, rel=1e-12)


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_counts_agree_with_the_test_statistics_of_scipy(seed):
    """2 n KL is the G statistic against known probabilities, n chi2 Pearson's."""
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.ones(6))
    counts = rng.multinomial(5_000, rng.dirichlet(np.ones(6)))
    pair = pair_of(counts, q)
    assert 2 * 5_000 * kl_divergence(pair) == pytest.approx(
        stats.power_divergence(counts, 5_000 * q, lambda_=0).statistic, rel=1e-11
    )
    assert 5_000 * chi_square_divergence(pair) == pytest.approx(stats.chisquare(counts, 5_000 * q).statistic, rel=1e-12)


def sample_pair(seed, tied, n=300, m=300):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 1, n), rng.normal(0.3, 1.4, m)
    return (np.round(x, 1), np.round(y, 1)) if tied else (x, y)


def empirical(x, y):
    masses = by_value(numeric_summary(x), numeric_summary(y))
    return pair_of(masses.p, masses.q, masses.support.positions)


@pytest.mark.parametrize("tied", [False, True], ids=["continuous", "ties"])
@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_samples_agree_with_scipy(seed, tied):
    x, y = sample_pair(seed, tied, 300, 211)
    pair = empirical(x, y)
    assert wasserstein_1(pair) == pytest.approx(stats.wasserstein_distance(x, y), rel=1e-12)
    assert scaled_wasserstein_1(pair) == pytest.approx(stats.wasserstein_distance(x, y) / np.std(x), rel=1e-12)
    assert energy_distance(pair) == pytest.approx(stats.energy_distance(x, y), rel=1e-12)
    assert kolmogorov_smirnov(pair) == pytest.approx(stats.ks_2samp(x, y, method="asymp").statistic, rel=1e-13)
    sides = (stats.ks_2samp(x, y, alternative=side, method="asymp").statistic for side in ("less", "greater"))
    assert kuiper(pair) == pytest.approx(sum(sides), rel=1e-13)


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_samples_of_equal_size_agree_with_sorted_differences(seed):
    x, y = sample_pair(seed, tied=True)
    pair, gaps = empirical(x, y), np.sort(x) - np.sort(y)
    assert wasserstein_1(pair) == pytest.approx(np.abs(gaps).mean(), rel=1e-12)
    assert wasserstein_2(pair) == pytest.approx(math.sqrt((gaps**2).mean()), rel=1e-12)


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_cramer_von_mises_agrees_with_t_of_scipy_without_ties(seed):
    """T = n m / (n + m) times the distance where n = m: Anderson (1962)."""
    x, y = sample_pair(seed, tied=False)
    t = stats.cramervonmises_2samp(x, y, method="asymptotic").statistic
    assert cramer_von_mises(empirical(x, y)) * 150 == pytest.approx(t, rel=1e-10)


def test_weighted_positions_agree_with_scipy():
    x, p, q = np.array([0.0, 1.0, 3.0, 10.0]), np.array([1, 0, 2, 5]), np.array([2, 4, 0, 1])
    pair = pair_of(p, q, x)
    assert wasserstein_1(pair) == pytest.approx(stats.wasserstein_distance(x, x, p, q), rel=1e-14)
    assert energy_distance(pair) == pytest.approx(stats.energy_distance(x, x, p, q), rel=1e-14)


@pytest.mark.parametrize(
    ("alias", "key"),
    [("EMD", "w1"), ("jensenshannon", "js-distance"), ("relative_entropy", "kl"), ("pearson", "chi2"), ("jsd", "js")],
)
def test_names_of_the_trade_find_their_row(alias, key):
    assert measure_named(alias).key == key


def test_a_name_nobody_has_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="there is no measure 'hellinge'") as refusal:
        measure_named("hellinge")
    assert "'hellinger'?" in refusal.value.remedy


def test_the_table_has_the_keys_of_the_document():
    """The keys of DESIGN.md, JSON document 1.0; those from raw samples come with their own table."""
    wanted = (
        "kl js js-distance jeffreys psi cross-entropy entropy tv overlap hellinger bhattacharyya chi2 renyi tsallis "
        "skew-kl w1 w1-scaled w2 ks kuiper cvm energy missing"
    )
    assert {measure.key for measure in MEASURES} >= set(wanted.split())
