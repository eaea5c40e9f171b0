"""Sums are those of exact arithmetic, rounded once, whichever way they are computed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kldiv_cli.core import compensated
from kldiv_cli.core.compensated import total

SIZES = (1, 63, 64, 65, 383, 384, 385, 1_000, 4_096, 131_072)


def of_many_sizes(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.random(size) * np.exp(rng.normal(0.0, rng.choice([0.0, 1.0, 5.0, 30.0]), size))


@pytest.mark.parametrize("size", SIZES)
class TestTotal:
    def test_of_positive_terms_is_the_exact_sum_rounded_once(self, size: int) -> None:
        rng = np.random.default_rng(size)
        for _ in range(20):
            terms = of_many_sizes(rng, size)
            assert total(terms) == math.fsum(terms.tolist())

    def test_of_terms_that_cancel_is_the_exact_sum_rounded_once(self, size: int) -> None:
        rng = np.random.default_rng(size + 1)
        for _ in range(20):
            terms = of_many_sizes(rng, size)
            terms -= terms.mean()
            assert total(terms) == math.fsum(terms.tolist())

    def test_does_not_depend_on_the_order(self, size: int) -> None:
        rng = np.random.default_rng(size + 2)
        terms = of_many_sizes(rng, size)
        assert total(terms) == total(terms[::-1]) == total(rng.permutation(terms))


@pytest.mark.parametrize(
    "terms",
    [
        [1.0] + [2.0**-53] * 1_000,  # each alone is rounded away
        [1.0, 2.0**-53] + [0.0] * 1_000,  # a tie: to even
        [1.0, 2.0**-53] + [2.0**-106] * 1_000,  # just above a tie
        [1.0 + 2.0**-52, 2.0**-53] + [-(2.0**-200)] * 1_000,  # just below one
        [5e-324] * 1_000,
        [1e300] * 1_000 + [-1e300] * 999,
        [1e-260] * 1_000,
        [0.0] * 1_000,
        [1.0, -1.0] * 500,
    ],
)
def test_hard_sums(terms: list[float]) -> None:
    assert total(np.array(terms)) == math.fsum(terms)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_what_is_no_number_stays_none(bad: float) -> None:
    terms = np.full(1_000, 0.3)
    terms[7] = bad
    assert str(total(terms)) == str(bad)


def test_a_sum_that_overflows_is_infinite() -> None:
    with np.errstate(over="ignore"):
        assert total(np.full(1_000, 1e308)) == math.inf


def test_cutting_tells_nearly_every_sum_of_probabilities() -> None:
    rng = np.random.default_rng(5)
    told = [compensated._total_by_cutting(rng.dirichlet(np.full(2_000, 0.3))) for _ in range(200)]
    assert sum(found is not None for found in told) > 190
