"""Hypothesis strategies: counts, masses, samples, and pairs of them - with zeros, one outcome, disjoint, huge."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from kldiv_cli.core.tally import LabelTally
from tests.core.reference import pair_of

MOST_OUTCOMES = 8

small_counts = st.integers(0, 60)
any_counts = st.one_of(small_counts, st.just(0), st.integers(0, 10**9))
any_masses = st.one_of(st.just(0.0), st.floats(1e-9, 1e9), st.floats(0.5, 2.0))
counts_or_masses = st.one_of(any_counts, any_masses)


def holds_some(masses):
    """Whether there is any mass at all."""
    return sum(masses) > 0


def mass_lists(elements, size):
    """Lists of ``size`` masses of which not all are zero."""
    return st.lists(elements, min_size=size, max_size=size).filter(holds_some)


@st.composite
def positions_of(draw, size):
    """Strictly increasing positions with uneven gaps."""
    steps = draw(st.lists(st.floats(1e-3, 1e3), min_size=size, max_size=size))
    start = draw(st.floats(-1e3, 1e3))
    return start + np.cumsum(steps)


@st.composite
def mass_pairs(draw, elements=any_counts, least=1, sides=2):
    """Masses of two (or more) sides on as many outcomes, and positions: (positions, p, q, ...)."""
    size = draw(st.integers(least, MOST_OUTCOMES))
    masses = [np.array(draw(mass_lists(elements, size)), dtype=np.float64) for _ in range(sides)]
    return (draw(positions_of(size)), *masses)


@st.composite
def pairs(draw, elements=counts_or_masses, least=1):
    """Pairs of distributions as the measures read them."""
    positions, p, q = draw(mass_pairs(elements, least))
    return pair_of(p, q, positions)


@st.composite
def samples(draw, least=1, most=40):
    """Numbers as observed: ties, missing ones and infinite ones among them."""
    number = st.one_of(
        st.integers(-5, 5).map(float), st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf, -0.0])
    )
    return np.array(draw(st.lists(number, min_size=least, max_size=most)), dtype=np.float64)


def labels_counted(codes, names, weights=None, *, keep_order=False):
    """Summary of labels given as codes into names; -1 is missing."""
    tally = LabelTally(keep_order=keep_order)
    tally.add(np.asarray(codes, dtype=np.intp), names, weights)
    return tally.summary()
