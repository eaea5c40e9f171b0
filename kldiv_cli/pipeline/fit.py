"""Rank families of densities by how near each comes to a sample."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from kldiv_cli.core.densities.against_sample import compare_with_sample
from kldiv_cli.core.densities.fitting import NEIGHBOURS, differential_entropy, fitted, names_from
from kldiv_cli.core.measures import measure_named
from kldiv_cli.core.model import Estimate, Note
from kldiv_cli.core.phrases import listed
from kldiv_cli.core.settings import OPTIONS, require_unset
from kldiv_cli.core.summary import NumericSummary
from kldiv_cli.core.units import unit_of
from kldiv_cli.engines import summarised_all
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.densities import lone_column
from kldiv_cli.pipeline.pairing import notes_of, require_known
from kldiv_cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.densities.fitting import Fitted
    from kldiv_cli.core.model import Comparison, Settings
    from kldiv_cli.core.views import Column
    from kldiv_cli.engines import Running
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec


def fit(spec: SourceSpec, families: Sequence[str], settings: Settings, running: Running, meter: Meter) -> Report:
    """Fit families to a sample, the nearest first.

    Raises
    ------
    KldivError
        If the sample cannot be read or is no column of numbers, or no family can be fitted.
    """
    if spec.place in ("density", "uniform"):
        raise UsageError(f"{spec.label} is no sample", remedy="kldiv fit claims.csv:amount --family norm,gamma")
    require_unset(settings, (name for name in OPTIONS if name != "bins"), "fit")
    profile = summarised_all([spec], running, meter)[0]
    meter.is_reading = False
    require_known(spec.options.columns_named(), [profile])
    name, column = lone_column(profile)
    summary = column.summary
    if not isinstance(summary, NumericSummary) or summary.instants or not summary.mass:
        raise InputError(
            f"{profile.label} holds no numbers that a family could be fitted to", remedy="a column of numbers"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a fit stumbles over on its way is not what it ends with
        entropy = differential_entropy(summary)
        found, failed = _all_fitted(families, summary)
        ranked = sorted(found, key=lambda one: -one.log_likelihood)
        comparisons = tuple(_comparison(one, column, entropy, settings)._replace(column=name) for one in ranked)
    return Report(
        "fit",
        settings,
        comparisons,
        (*_closing(ranked, comparisons, entropy), *failed, *notes_of((profile,))),
        candidates=len(comparisons),
    )


def _all_fitted(families: Sequence[str], summary: NumericSummary) -> tuple[list[Fitted], list[Note]]:
    """All that could be fitted; where none could, or a typed name is wrong, that is an error."""
    found, failed = [], []
    for name in names_from(families, summary):
        try:
            found.append(fitted(name, summary))
        except InputError as fault:
            failed.append(Note("not-fitted", f"{fault.message}."))
    if not found:
        reasons = " ".join(dict.fromkeys(note.text for note in failed))
        raise InputError(reasons, remedy="another family, or other rows")
    return found, failed


def _comparison(one: Fitted, column: Column, entropy: float | None, settings: Settings) -> Comparison:
    rows = [measure_named("kl"), measure_named("ks")]
    found = compare_with_sample(one.density, column, settings._replace(floors=False), rows, density_is="q")
    scale, unit = unit_of(rows[0], settings.base, instants=False)
    n = column.summary.n
    if entropy is None or one.density.is_discrete:
        kl = found.estimate("kl", "p:q")._replace(method="on bins")
    else:
        value = -entropy - one.log_likelihood / n
        kl = _estimate(rows[0].key, rows[0].title, value / scale)._replace(
            direction="p:q", unit=unit, method=f"neighbours, k {NEIGHBOURS}"
        )
    aic = _estimate("aic", "AIC", 2.0 * one.parameters - 2.0 * one.log_likelihood)
    notes = (Note("fitted", f"{one.held} of {one.density.parts[0][1].name} is held at 0."),) if one.held else ()
    return found._replace(estimates=(kl, aic, found.estimate("ks")), notes=notes)


def _estimate(key: str, title: str, value: float) -> Estimate:
    return Estimate(key, title, None, value, "ok" if math.isfinite(value) else "infinite", None, None)


def _closing(ranked: Sequence[Fitted], comparisons: Sequence[Comparison], entropy: float | None) -> list[Note]:
    best = comparisons[0].q.label
    value = comparisons[0].estimates[0].value
    told = f"Nearest: {best}" + ("" if value is None else f", KL(data‖model) {value:.4g}")
    notes = [Note("closing", f"{told}. Parameters by maximum likelihood, which minimises KL(data‖model).")]
    held = [one.density.parts[0][1].name for one in ranked if one.held]
    if held:
        notes.append(Note("held", f"loc is held at 0 for {listed(held)}."))
    if entropy is None:
        notes.append(Note("ties", "Values repeat, so KL is taken on bins of the data and not from neighbours."))
    else:
        text = "KL is estimated from neighbours: it may be a little below 0, where a model fits as well as can be told."
        notes.append(Note("estimate", text))
    notes.append(Note("no-floor", "Parameters were fitted to these rows, so no p value is told."))
    return notes
