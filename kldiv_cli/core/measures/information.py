"""Information measures: Kullback-Leibler and what is built from it. All read the binned, smoothed pair; in nats."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.compensated import total
from kldiv_cli.core.measures.row import DIRECTED, EACH, Measure, Unit, View
from kldiv_cli.core.measures.terms import (
    jeffreys_terms,
    js_of_draws,
    js_terms,
    kl_of_draws,
    kl_terms,
    negative_logs,
)

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Grid, Vector
    from kldiv_cli.core.distribution import DistributionPair

SKEW = 0.99


def kl_divergence(pair: DistributionPair) -> float:
    """Kullback-Leibler divergence D(P || Q), in nats.

    Sum of ``p log(p / q)``, written as a sum of non-negative terms. An outcome with p = 0 adds q to that sum;
    one with p > 0 = q makes the divergence infinite.

    Returns
    -------
    float
        In [0, inf]; 0 if and only if P = Q.

    References
    ----------
    Kullback & Leibler (1951), https://doi.org/10.1214/aoms/1177729694
    """
    return total(kl_terms(pair.p, pair.q, pair.difference))


def cross_entropy(pair: DistributionPair) -> float:
    """Cross-entropy H(P, Q) = -sum p log q, in nats: H(P) + D(P || Q).

    Outcomes with p = 0 add nothing; one with p > 0 = q makes it infinite.

    Returns
    -------
    float
        In [H(P), inf].

    References
    ----------
    Good (1956), https://doi.org/10.1214/aoms/1177728185
    """
    seen = pair.p > 0.0
    return total(pair.p[seen] * negative_logs(pair.q)[seen])


def entropy(pair: DistributionPair) -> float:
    """Shannon entropy H(P) = -sum p log p of the first distribution, in nats; 0 log 0 = 0.

    Returns
    -------
    float
        In [0, log k].

    References
    ----------
    Shannon (1948), https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
    """
    seen = pair.p > 0.0
    return total(pair.p[seen] * negative_logs(pair.p)[seen])


def jeffreys_divergence(pair: DistributionPair) -> float:
    """Jeffreys divergence D(P || Q) + D(Q || P) = sum (p - q) log(p / q), in nats.

    An outcome that one side never has makes it infinite.

    Returns
    -------
    float
        In [0, inf]; 0 if and only if P = Q.

    References
    ----------
    Jeffreys (1946), https://doi.org/10.1098/rspa.1946.0056
    """
    return total(jeffreys_terms(pair.p, pair.q, pair.difference))


def js_divergence(pair: DistributionPair) -> float:
    """Jensen-Shannon divergence: mean of D(P || M) and D(Q || M), M = (P + Q) / 2, in nats.

    Finite whatever the zeros.

    Returns
    -------
    float
        In [0, log 2]; 0 if and only if P = Q, log 2 if and only if they share no outcome.

    References
    ----------
    Lin (1991), https://doi.org/10.1109/18.61115
    """
    return total(js_terms(pair.p, pair.q, pair.difference))


def js_distance(pair: DistributionPair) -> float:
    """Jensen-Shannon distance, the square root of the divergence: a metric. In root nats.

    Returns
    -------
    float
        In [0, sqrt(log 2)].

    References
    ----------
    Endres & Schindelin (2003), https://doi.org/10.1109/TIT.2003.813506
    """
    return math.sqrt(js_divergence(pair))


def skew_kl_divergence(pair: DistributionPair) -> float:
    """Skew divergence D(P || 0.99 Q + 0.01 P), in nats: finite whatever the zeros.

    Returns
    -------
    float
        In [0, -log 0.01].

    References
    ----------
    Lee (1999), https://doi.org/10.3115/1034678.1034693
    """
    mixture = SKEW * pair.q + (1.0 - SKEW) * pair.p
    return total(kl_terms(pair.p, mixture, SKEW * pair.difference))


def _jeffreys_of_many(p: Grid, q: Grid, difference: Grid) -> Vector:
    divergences: Vector = jeffreys_terms(p, q, difference).sum(axis=-1)
    return divergences


def _js_of_many(p: Grid, q: Grid, _difference: Grid) -> Vector:
    return js_of_draws(p, q)


def _js_distance_of_many(p: Grid, q: Grid, _difference: Grid) -> Vector:
    return np.sqrt(js_of_draws(p, q))


def _skew_kl_of_many(p: Grid, q: Grid, difference: Grid) -> Vector:
    return kl_of_draws(p, SKEW * q + (1.0 - SKEW) * p, SKEW * difference)


_KL_ZEROS = (
    "An outcome that the first side has and the second never has makes it infinite: the second rules out what happens. "
    "One that only the second has costs nothing by itself."
)
_BOTH_ZEROS = "Infinite as soon as one side has an outcome that the other never has."
_FINITE = "Finite whatever the zeros."

MEASURES: tuple[Measure, ...] = (
    Measure(
        key="kl",
        title="KL divergence",
        compute=kl_divergence,
        terms=kl_terms,
        of_many=kl_of_draws,
        chi_square=2.0,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        directions=DIRECTED,
        symmetric=False,
        formula="D(P‖Q) = Σ p ln(p / q)",
        range="[0, ∞]",
        zeros=_KL_ZEROS,
        use="The cost of taking Q for P: excess code length, excess log-loss, what maximum likelihood minimises "
        "(data as P, model as Q). Variational inference minimises the other direction, D(Q‖P).",
        reading="0.1 nats: data from P cost 0.1 nats (0.14 bits) an observation more under Q than under P; "
        "ten observations of P weigh against Q by a factor e.",
        elsewhere="scipy.stats.entropy(p, q); sum(scipy.special.rel_entr(p, q)); "
        "torch.nn.functional.kl_div(q.log(), p, reduction='sum') - torch takes the log of Q first.",
        reference="Kullback & Leibler (1951), https://doi.org/10.1214/aoms/1177729694",
        aliases=(
            "kl-divergence",
            "kullback-leibler",
            "relative-entropy",
            "forward",
            "reverse",
            "information-gain",
        ),
    ),
    Measure(
        key="js",
        title="Jensen-Shannon",
        compute=js_divergence,
        terms=js_terms,
        of_many=_js_of_many,
        chi_square=8.0,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        maximum=math.log(2.0),
        formula="JS = ½ D(P‖M) + ½ D(Q‖M), M = ½ (P + Q)",
        range="[0, ln 2] nats, [0, 1] in bits",
        zeros=_FINITE,
        use="The default when a bounded number is wanted that treats both sides alike, with or without zeros. "
        "It is the information one draw gives on which of the two it came from.",
        reading="0.1 nats is 14 % of the maximum: clearly different, mostly overlapping.",
        elsewhere="scipy.spatial.distance.jensenshannon(p, q)**2 - scipy gives the distance, and may give NaN "
        "for equal distributions. torch: the mean of kl_div(m.log(), p) and kl_div(m.log(), q), m = (p + q) / 2.",
        reference="Lin (1991), https://doi.org/10.1109/18.61115",
        aliases=("jsd", "jensen-shannon", "js-divergence", "jensen"),
    ),
    Measure(
        key="js-distance",
        title="JS distance",
        compute=js_distance,
        of_many=_js_distance_of_many,
        chi_square=8.0,
        is_root=True,
        view=View.SMOOTHED,
        unit=Unit.ROOT_INFORMATION,
        maximum=math.sqrt(math.log(2.0)),
        is_metric=True,
        formula="√JS",
        range="[0, √ln 2 = 0.8326] √nats, [0, 1] in √bits",
        zeros=_FINITE,
        use="Wherever a metric is needed: clustering, nearest neighbours, limits of drift gates.",
        reading="0.1 in base 2 is a JS divergence of 0.01 bits, 1 % of its maximum: a small change. "
        "Small distances look larger than divergences: it is a square root.",
        elsewhere="scipy.spatial.distance.jensenshannon(p, q, base) - the same root. torch: the root of that of js.",
        reference="Endres & Schindelin (2003), https://doi.org/10.1109/TIT.2003.813506",
        aliases=("jensen-shannon-distance", "jensenshannon"),
    ),
    Measure(
        key="jeffreys",
        title="Jeffreys divergence",
        compute=jeffreys_divergence,
        terms=jeffreys_terms,
        of_many=_jeffreys_of_many,
        chi_square=1.0,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        formula="D(P‖Q) + D(Q‖P) = Σ (p - q) ln(p / q)",
        range="[0, ∞]",
        zeros=_BOTH_ZEROS,
        use="A KL without a direction. On deciles of the reference it is the population stability index, psi.",
        reading="0.1 nats: about 0.05 in each direction.",
        elsewhere="scipy.stats.entropy(p, q) + scipy.stats.entropy(q, p); torch: ((p - q) * (p / q).log()).sum().",
        reference="Jeffreys (1946), https://doi.org/10.1098/rspa.1946.0056",
        aliases=("j-divergence", "symmetric-kl"),
    ),
    Measure(
        key="psi",
        title="PSI",
        compute=jeffreys_divergence,
        of_many=_jeffreys_of_many,
        chi_square=1.0,
        view=View.DECILES,
        unit=Unit.INFORMATION,
        formula="Σ (p - q) ln(p / q) over deciles of P",
        range="[0, ∞]",
        zeros=_BOTH_ZEROS + " Many tools add an epsilon and do not say so.",
        use="Credit scoring and wherever a written rule asks for it. Numbers are binned at deciles of P unless --bins "
        "is given; labels are taken as they are.",
        reading="By custom below 0.1 is stable and above 0.25 a shift; with n and m rows and nothing changed it is "
        "about 9 (1/n + 1/m): 0.18 at 100 rows a side.",
        elsewhere="(p - q) @ numpy.log(p / q) over the deciles of the reference.",
        reference="Siddiqi (2006), Credit Risk Scorecards; Yurdakul (2018), https://scholarworks.wmich.edu/dissertations/3208",
        aliases=("population-stability-index",),
    ),
    Measure(
        key="cross-entropy",
        title="cross-entropy",
        compute=cross_entropy,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        directions=DIRECTED,
        symmetric=False,
        least_is_zero=False,
        formula="H(P, Q) = -Σ p ln q = H(P) + D(P‖Q)",
        range="[H(P), ∞]",
        zeros=_KL_ZEROS,
        use="Log-loss of a model Q on data P; the part that a training loop minimises.",
        reading="Only against H(P): the excess is the KL divergence.",
        elsewhere="torch.nn.functional.cross_entropy(logits of Q, p); -(p * numpy.log(q)).sum().",
        reference="Good (1956), https://doi.org/10.1214/aoms/1177728185",
        aliases=("log-loss", "h-p-q"),
    ),
    Measure(
        key="entropy",
        title="entropy",
        compute=entropy,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        directions=EACH,
        symmetric=False,
        least_is_zero=False,
        formula="H(P) = -Σ p ln p",
        range="[0, ln k]",
        zeros="0 ln 0 = 0.",
        use="How spread each side is by itself; e^H equally likely outcomes would be as uncertain.",
        reading="0.1 nats: nearly always the same outcome.",
        elsewhere="scipy.stats.entropy(p, base=...); torch.distributions.Categorical(p).entropy().",
        reference="Shannon (1948), https://doi.org/10.1002/j.1538-7305.1948.tb01338.x",
        aliases=("shannon", "shannon-entropy"),
    ),
    Measure(
        key="skew-kl",
        title="skew KL divergence",
        compute=skew_kl_divergence,
        of_many=_skew_kl_of_many,
        is_quadratic=True,
        view=View.SMOOTHED,
        unit=Unit.INFORMATION,
        directions=DIRECTED,
        symmetric=False,
        maximum=-math.log1p(-SKEW),
        formula="D(P ‖ 0.99 Q + 0.01 P)",
        range="[0, -ln 0.01 = 4.605]",
        zeros=_FINITE,
        use="A directed divergence that stays finite, with a stated amount of mixing in place of a hidden epsilon.",
        reading="As KL, but no outcome can add more than 4.6 p.",
        elsewhere="scipy.stats.entropy(p, 0.99*q + 0.01*p).",
        reference="Lee (1999), https://doi.org/10.3115/1034678.1034693",
        aliases=("alpha-skew", "lee"),
    ),
)
