"""Compare where an operand is a density: with another one, or with a sample."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from kldiv_cli.core.densities.against_sample import compare_with_sample
from kldiv_cli.core.densities.comparison import compare_densities
from kldiv_cli.core.densities.density import density_from
from kldiv_cli.core.densities.grammar import parsed
from kldiv_cli.core.densities.multivariate import compare_normals, multivariate_normal
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, chosen
from kldiv_cli.core.settings import require_unset
from kldiv_cli.core.table_remarks import infinite_values
from kldiv_cli.core.views import Column
from kldiv_cli.engines import summarised_all
from kldiv_cli.errors import UsageError
from kldiv_cli.pipeline.pairing import notes_of, require_known
from kldiv_cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.model import Settings
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines import Running
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec


_OF_TWO_SAMPLES = ("preset", "smoothing", "na", "estimators", "interval")
_OF_SAMPLES = (*_OF_TWO_SAMPLES, "bins", "n_eff")
_OF_NORMALS = ("kl", "hellinger", "w2")
"""What is told of multivariate normals if no measure was asked for."""


def compare_with_density(
    p: SourceSpec, q: SourceSpec, settings: Settings, running: Running, meter: Meter | None
) -> Report:
    """Compare two operands of which one or both are densities.

    Raises
    ------
    KldivError
        If a density cannot be read, or the other operand is not one column of numbers.
    """
    specs = (p, q)
    for spec in specs:
        if spec.n is not None:
            raise UsageError("--n-p and --n-q are for bare probabilities", remedy="leave them out")
        if spec.place == "density":
            parsed(spec.location)  # what is no density is told before anything is read
        elif spec.place == "uniform":
            raise UsageError("uniform stands against masses only", remedy="uniform(0,1), which is a density")
    to_read = [spec for spec in specs if spec.place != "density"]
    read = iter(summarised_all(to_read, running, meter) if to_read else ())
    profiles = [None if spec.place == "density" else next(read) for spec in specs]
    if meter is not None:
        meter.is_reading = False
    return report_with_density(specs, profiles, settings)


def compare_documents(
    specs: Sequence[SourceSpec], documents: Sequence[dict[str, Any] | None], settings: Settings
) -> Report:
    """Compare two multivariate normals that files hold.

    Raises
    ------
    KldivError
        If one is none, they do not fit, or no measure asked for has a closed form.
    """
    require_unset(settings, (*_OF_SAMPLES, "alpha_order"), "multivariate normals")
    sides = []
    for spec, document in zip(specs, documents, strict=True):
        if document is None:
            raise UsageError(f"{spec.label} is no multivariate normal, and the other operand is", remedy="both alike")
        sides.append(multivariate_normal(spec.label, document["mean"], document["cov"]))
    comparison = compare_normals(sides[0], sides[1], settings, chosen(settings.measures, _OF_NORMALS))
    if all(one.value is None for one in comparison.estimates):
        raise UsageError(comparison.estimates[0].notes[0].text.rstrip("."), remedy=f"-m {','.join(_OF_NORMALS)}")
    return Report("compare", settings, (comparison,))


def report_with_density(specs: Sequence[SourceSpec], profiles: Sequence[Profile | None], settings: Settings) -> Report:
    """Report on two operands; None stands for the profile of a density."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a quantile that scipy does not find is not finite, and looked at as such
        return _compared(specs, profiles, settings)


def _compared(specs: Sequence[SourceSpec], profiles: Sequence[Profile | None], settings: Settings) -> Report:
    measures = chosen(settings.measures, DEFAULT_FOR_PAIR)
    is_pair = all(profile is None for profile in profiles)
    require_unset(settings, _OF_SAMPLES if is_pair else _OF_TWO_SAMPLES, "a density")
    first, second = (
        density_from(spec.location) if profile is None else None for spec, profile in zip(specs, profiles, strict=True)
    )
    if first is not None and second is not None:
        first.text, second.text = (spec.label for spec in specs)
        return Report("compare", settings, (compare_densities(first, second, settings, measures),))
    density, profile = (first, profiles[1]) if first is not None else (second, profiles[0])
    assert density is not None, "one side is a density"
    assert profile is not None, "and the other is none"
    density.text = specs[0 if first is not None else 1].label
    require_known(specs[0].options.columns_named(), [profile])
    name, column = lone_column(profile)
    comparison = compare_with_sample(density, column, settings, measures, density_is="p" if first is not None else "q")
    notes = (*infinite_values([comparison._replace(column=name)]), *notes_of((profile,)))
    return Report("compare", settings, (comparison._replace(column=name),), notes)


def lone_column(profile: Profile) -> tuple[str | None, Column]:
    """The column that a density is compared with."""
    if profile.kind == "probabilities" or profile.unlabelled:
        raise UsageError(f"{profile.label} holds masses, which have no values a density could be of", remedy="samples")
    if len(profile.columns) > 1:
        known = ", ".join(list(profile.columns)[:12])
        raise UsageError(f"which column of {profile.label} is meant?", remedy=f"{profile.label}:NAME; it has {known}")
    (name, summary), *_ = profile.columns.items()
    return name or None, Column(profile.label, profile.kind, summary, profile.weighted)
