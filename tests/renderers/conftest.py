"""Reports made by hand: what a renderer must be able to show, whether or not a command makes it today."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kldiv_cli.core.distribution import Support
from kldiv_cli.core.model import Comparison, Contributions, Estimate, Note, Null, Settings, Side, SupportFacts
from kldiv_cli.renderers import render
from kldiv_cli.renderers.style import Style
from kldiv_cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable


def side(label: str, **changes: object) -> Side:
    return Side(**{"label": label, "kind": "counts", "n": 10.0, "missing": 0.0, **changes})  # type: ignore[arg-type]


def contributions(p: list[float], q: list[float], support: Support) -> Contributions:
    with np.errstate(divide="ignore", invalid="ignore"):
        there, back = np.array(p), np.array(q)
        middle = (there + back) / 2
        kl = np.where(there > 0, there * np.log(there / back), 0.0)
        kl_back = np.where(back > 0, back * np.log(back / there), 0.0)
        js = np.where(there > 0, there * np.log(there / middle), 0) + np.where(
            back > 0, back * np.log(back / middle), 0
        )
    return Contributions(support, there, back, js / 2, kl, kl_back)


def estimate(measure: str, value: float | None, **changes: object) -> Estimate:
    infinite = value is not None and math.isinf(value)
    known = {
        "measure": measure,
        "title": {"kl": "KL divergence", "js": "Jensen-Shannon", "tv": "total variation"}.get(measure, measure),
        "direction": None,
        "value": value,
        "status": "infinite" if infinite else "ok",
        "unit": "nats",
        "maximum": None,
    }
    return Estimate(**{**known, **changes})  # type: ignore[arg-type]


ESTIMATES = (
    estimate(
        "kl",
        math.inf,
        direction="p:q",
        null=Null(0.0625, 0.0005, "permutation"),
        notes=(Note("infinite", "Q never has c, so KL is infinite."),),
    ),
    estimate("kl", 0.125, direction="q:p", null=Null(0.03125, 0.002, "permutation")),
    estimate("js", 0.25, maximum=0.6931471805599453, interval=(0.125, 0.5), null=Null(None, 0.04, "analytic", True)),
    estimate("tv", 0.5, unit=None, maximum=1.0, null=Null(None, None, "none")),
    estimate("w1-scaled", None, status="undefined", unit=None, notes=(Note("constant", "P is constant."),)),
    estimate("w1", None, status="not_applicable", unit="data", notes=(Note("nominal", "Labels have no order."),)),
)


@pytest.fixture
def comparison() -> Comparison:
    """Three labels, of which Q never has one; every status, with nulls and an interval."""
    support = Support("nominal", 3, labels=("a", "b", "c"))
    return Comparison(
        p=side("before.csv"),
        q=side("after.csv", n=20.0, missing=2.0),
        column=None,
        support=SupportFacts("nominal", 3, "3 labels", None, only_p=0.25, only_q=0.0),
        estimates=ESTIMATES,
        contributions=contributions([0.5, 0.25, 0.25], [0.5, 0.5, 0.0], support),
        shapes=((0.5, 0.25, 0.25), (0.5, 0.5, 0.0)),
        notes=(Note("closing", "P and Q are clearly apart."),),
    )


@pytest.fixture
def without_values() -> Comparison:
    """A column whose rows are all missing."""
    note = Note("no-values", "P has no value here: every row is missing.")
    return Comparison(
        p=side("before.csv", kind="samples", n=0.0, missing=10.0),
        q=side("after.csv", kind="samples", n=20.0),
        column="empty",
        support=None,
        estimates=(
            estimate("kl", None, direction="p:q", status="undefined", notes=(note,)),
            estimate("kl", None, direction="q:p", status="undefined", notes=(note,)),
            estimate("js", None, status="undefined", notes=(note,)),
        ),
        contributions=None,
        shapes=None,
        notes=(note,),
    )


@pytest.fixture
def report(comparison: Comparison) -> Callable[..., Report]:
    def build(*comparisons: Comparison, notes: tuple[Note, ...] = (), is_table: bool = False) -> Report:
        return Report("compare", Settings(), comparisons or (comparison,), notes, is_table)

    return build


@pytest.fixture
def rendered() -> Callable[..., str]:
    """What a format makes of a report."""

    def text(report: Report, name: str, **style: object) -> str:
        stream = io.StringIO()
        render(report, name, Style(**style), stream)  # type: ignore[arg-type]
        return stream.getvalue()

    return text
