"""One reference against many candidates: each is read, compared and let go, and one that is bad stops no other."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kldiv_cli.core.compare import compare_all
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, chosen
from kldiv_cli.core.table_remarks import first_asked, infinite_values, kept_in_part
from kldiv_cli.engines import Running, processors, summarised_all, summarised_each
from kldiv_cli.engines.in_order import in_order
from kldiv_cli.engines.local import is_portable, size_of, summarised
from kldiv_cli.engines.process import WORTH_PROCESSES
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.pipeline.closing import Closing
from kldiv_cli.pipeline.compare import (
    default_measures,
    drift_of,
    notes_on_preset,
    require_one_stdin,
    require_values,
)
from kldiv_cli.pipeline.pairing import notes_of, paired, require_known, uniform_like
from kldiv_cli.record import NamedTuple
from kldiv_cli.report import Failure, Report
from kldiv_cli.sources.operands import operand, shown
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Settings
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

_WORTH_BYTES = 1 << 25
"""Of candidates, from which a few are worth a process each."""


class Plan(NamedTuple):
    """What every candidate is compared with, and how."""

    reference: Profile | None
    """None where it is uniform, and takes the outcomes of what it meets."""
    spec: SourceSpec
    settings: Settings
    measures: tuple[Measure, ...]
    is_table: bool
    brief: bool
    """Whether only estimates are wanted, not what is behind them."""
    read: dict[SourceSpec, Profile | KldivError] = {}  # noqa: RUF012  nobody writes to it
    """Candidates that a cluster has read already, or why it could not."""


def candidates_from(texts: Iterable[str], options: ReadOptions, n: float | None) -> list[SourceSpec | Failure]:
    """Candidates as typed; what is none is a failure, which stops no other."""
    found: list[SourceSpec | Failure] = []
    for text in texts:
        try:
            found.append(operand(text, options, n=n))
        except KldivError as fault:
            found.append(Failure(shown(text), fault.message, fault.remedy))
    return found


def compare_many(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec | Failure],
    settings: Settings,
    running: Running,
    meter: Meter,
    *,
    fail_fast: bool = False,
    brief: bool = False,
) -> Iterator[Report]:
    """Compare each candidate with the reference: one report each, in their order, as soon as it is there.

    Raises
    ------
    KldivError
        If the reference cannot be read, or an option fits no operand; with ``fail_fast`` at the first bad candidate.
    """
    specs = [one for one in candidates if isinstance(one, SourceSpec)]
    require_one_stdin([reference, *specs])
    chosen(settings.measures, DEFAULT_FOR_PAIR)
    plan = _planned(reference, settings, running, meter)._replace(brief=brief)
    meter.begin_parts(len(candidates))
    if running.engine == "dask":
        whole = [spec for spec in specs if spec.place != "uniform"]
        plan = plan._replace(read=dict(zip(whole, summarised_each(whole, running, meter, required=0), strict=True)))
    portable = {place: one for place, one in enumerate(candidates) if isinstance(one, SourceSpec) and _can_travel(one)}
    jobs = 1 if plan.read else _jobs(list(portable.values()), running)
    with contextlib.closing(
        in_order(compared, plan, candidates, jobs, list(portable), _killed, running.started)
    ) as pieces:
        for number, (candidate, piece) in enumerate(zip(candidates, pieces, strict=True), start=1):
            meter.end_part(number, candidate.label)
            if fail_fast and piece.failed:
                raise InputError(piece.failed[0].text, remedy=piece.failed[0].remedy)
            yield piece._replace(candidates=len(candidates))


def compared(plan: Plan, candidate: SourceSpec | Failure) -> Report:
    """Report on one candidate; where it cannot be compared, that is what the report says."""
    if isinstance(candidate, Failure):
        return _failed(plan.settings, candidate)
    try:
        return _compared(plan, candidate)
    except KldivError as fault:
        return _failed(plan.settings, Failure(candidate.label, fault.message, fault.remedy))


def joined(pieces: Iterable[Report]) -> Report:
    """All pieces as one report.

    Raises
    ------
    InputError
        If not one of the candidates could be compared.
    """
    found = list(pieces)
    closing = Closing(measure=first_asked(found[0].settings))
    for piece in found:
        closing.add(piece.comparisons, piece.failed, is_table=piece.is_table)
    closing.require_any()
    notes = [note for piece in found for note in piece.notes]
    comparisons = tuple(comparison for piece in found for comparison in piece.comparisons)
    failed = tuple(failure for piece in found for failure in piece.failed)
    whole = next(piece for piece in found if piece.comparisons)
    return whole._replace(
        comparisons=comparisons, notes=tuple(dict.fromkeys((*notes, *closing.notes()))), failed=failed
    )


def _planned(reference: SourceSpec, settings: Settings, running: Running, meter: Meter) -> Plan:
    if reference.place == "uniform":
        return Plan(
            None, reference, settings, tuple(chosen(settings.measures, DEFAULT_FOR_PAIR)), is_table=False, brief=False
        )
    p = summarised_all([reference], running, meter)[0]
    require_known(reference.options.columns_named(), [p])
    is_table = len(p.columns) > 1
    measures = tuple(chosen(settings.measures, default_measures(settings, is_table=is_table)))
    return Plan(p, reference, settings, measures, is_table, brief=False)


def _compared(plan: Plan, candidate: SourceSpec) -> Report:
    settings = plan.settings
    p, q = _profiles(plan, candidate)
    columns, left_out = paired(p, q)
    found = compare_all(columns, settings, plan.measures, brief=plan.brief)
    require_values(found)
    if plan.is_table:
        found.sort(key=drift_of, reverse=True)
    notes = [*notes_on_preset(settings), *notes_of((p, q)), *left_out, *kept_in_part(found, settings.bins)]
    if plan.is_table:
        notes += infinite_values(found)
    return Report("compare", settings, tuple(found), tuple(dict.fromkeys(notes)), plan.is_table)


def _profiles(plan: Plan, candidate: SourceSpec) -> tuple[Profile, Profile]:
    """P and Q; ``uniform`` has the outcomes of what it meets."""
    p = plan.reference
    if candidate.place == "uniform":
        if p is None:
            raise UsageError("both sides are uniform", remedy="kldiv 0.2,0.3,0.5 uniform")
        return p, uniform_like(p, candidate.label, candidate.n)
    q = plan.read.get(candidate) or summarised(candidate)
    if isinstance(q, KldivError):
        raise q
    return (uniform_like(q, plan.spec.label, plan.spec.n) if p is None else p), q


def _failed(settings: Settings, failure: Failure) -> Report:
    return Report("compare", settings, (), failed=(failure,))


def _killed(candidate: SourceSpec | Failure, fault: KldivError) -> Report:
    """What stands for a candidate over which a process died."""
    from kldiv_cli.core.model import Settings

    return _failed(Settings(), Failure(candidate.label, fault.message, fault.remedy))


def _can_travel(candidate: SourceSpec) -> bool:
    return candidate.place in ("file", "url", "set") and is_portable(candidate)


def _jobs(portable: Sequence[SourceSpec], running: Running) -> int:
    """Processes that are worth their start."""
    jobs = min(running.jobs or processors(), len(portable))
    much = len(portable) >= WORTH_PROCESSES or sum(map(size_of, portable)) > _WORTH_BYTES
    return jobs if much else 1
