"""Hold samples to limits on how far they are from a density: ``kldiv check 'norm(0,1)' new.csv:x --max ks=0.1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.rules import measures_of, with_defaults
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.pipeline.densities import compare_with_density
from kldiv_cli.pipeline.joint_gate import judged_report
from kldiv_cli.report import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.model import Settings
    from kldiv_cli.core.rules import Gate
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec


def check_against_density(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec | Failure],
    settings: Settings,
    gate: Gate,
    running: Running,
    meter: Meter,
) -> Report:
    """Hold every candidate, a column each, to limits on its distance from a density; one that is bad stops no other.

    Raises
    ------
    KldivError
        If the density cannot be read, a limit does not fit, or no candidate can be compared.
    """
    limits = tuple(limit for limit in with_defaults(gate.limits) if limit.measure != "missing" or limit in gate.limits)
    for limit in limits:
        if limit.statistic is not None or limit.column is not None or limit.measure == "missing":
            raise UsageError(f"the limit {limit.text} does not fit a density", remedy="--max js-distance=10%")
    settings = settings._replace(measures=tuple(row.key for row in measures_of(limits)))
    found: list[Report] = []
    failed: list[Failure] = []
    for candidate in candidates:
        try:
            if isinstance(candidate, Failure):
                raise InputError(candidate.message, remedy=candidate.remedy)
            if candidate.place == "density":
                raise UsageError(
                    f"{candidate.label} is no data that could drift", remedy="kldiv check 'norm(0,1)' x.csv"
                )
            found.append(compare_with_density(reference, candidate, settings, running, meter))
        except KldivError as fault:
            if len(candidates) == 1:
                raise
            failed.append(Failure(candidate.label, fault.message, fault.remedy))
    return judged_report(found, failed, settings, gate._replace(limits=limits))
