"""Where batches are summarised and merged: on this machine or on a cluster, the same while they are exact."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kldiv_cli.errors import KldivError, UsageError
from kldiv_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.groups import GroupedProfile
    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines.gathering import Gathering
    from kldiv_cli.engines.process import Worker
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

ENGINES = ("local", "dask")


class Running(NamedTuple):
    """Where and how wide operands are read; nothing here changes a number."""

    engine: str = "local"
    jobs: int | None = None
    """Threads, or processes of a local cluster; None is as many as there are processors."""
    scheduler: str | None = None
    """Address of a Dask scheduler; None starts a local one."""
    started: tuple[Worker, ...] = ()
    """Processes that were started before it was known what they are to do."""


def summarised_all(specs: Sequence[SourceSpec], running: Running, meter: Meter | None = None) -> list[Profile]:
    """Summaries of all columns of all operands.

    Raises
    ------
    KldivError
        If an operand cannot be read, or the engine cannot run.
    """
    return [gathering.profile() for gathering in _read_all(specs, running, meter)]  # type: ignore[misc]  # no groups


def summarised_each(
    specs: Sequence[SourceSpec], running: Running, meter: Meter | None = None, *, required: int = 1
) -> list[Profile | KldivError]:
    """Summaries of all columns of every operand that can be read, and of the others the reason why they cannot.

    Raises
    ------
    KldivError
        If one of the first operands that are required, a reference, cannot be read, or the engine cannot run.
    """
    found: list[Profile | KldivError] = []
    for gathering in _read_all(specs, running, meter, required):
        try:
            found.append(gathering.profile())  # type: ignore[arg-type]  # no groups
        except KldivError as fault:
            found.append(fault)
    return found


def grouped_all(specs: Sequence[SourceSpec], running: Running, meter: Meter | None = None) -> list[GroupedProfile]:
    """Summaries of all columns of every group of rows, of operands whose options say how they are grouped.

    Raises
    ------
    KldivError
        If an operand cannot be read or grouped, or the engine cannot run.
    """
    return [gathering.profile() for gathering in _read_all(specs, running, meter)]  # type: ignore[misc]  # groups all


def _read_all(
    specs: Sequence[SourceSpec], running: Running, meter: Meter | None, required: int | None = None
) -> list[Gathering]:
    jobs = running.jobs or processors()
    if running.engine == "dask":
        from kldiv_cli.engines.dask import read_all as on_a_cluster

        return on_a_cluster(specs, jobs, running.scheduler, meter, required)
    from kldiv_cli.engines.local import read_all as on_this_machine

    return on_this_machine(specs, jobs, meter, required)


def checked_running(running: Running) -> Running:
    """Return it, if it can be met.

    Raises
    ------
    UsageError
        If there is no such engine, or its options contradict each other.
    """
    if running.engine not in ENGINES:
        raise UsageError(f"there is no engine {running.engine!r}", remedy=f"--engine {' or '.join(ENGINES)}")
    if running.scheduler is not None and running.engine != "dask":
        raise UsageError("--scheduler is the address of a Dask scheduler", remedy="--engine dask --scheduler ADDRESS")
    if running.jobs is not None and running.jobs < 1:
        raise UsageError(f"{running.jobs} files cannot be read at once", remedy="--jobs 2")
    return running


def processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
