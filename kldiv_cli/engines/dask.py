"""A cluster: every part is summarised where the scheduler sends it, tallies are put together in a tree on the workers.

A part is a file. Only tallies travel, a few megabytes each; a worker that dies takes nothing with it, for the scheduler
lets others do its parts again. The files must be in reach of the workers: a shared folder or URLs.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from kldiv_cli.engines.gathering import Gathering
from kldiv_cli.engines.part_tally import PartTally, tally_of_part
from kldiv_cli.errors import InputError, KldivError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

_FAN_IN = 8
"""Tallies that are put together at a time."""
_PATIENCE = "30s"
"""How long a scheduler may take to answer."""


def read_all(
    specs: Sequence[SourceSpec],
    jobs: int,
    scheduler: str | None,
    meter: Meter | None,
    required: int | None = None,
) -> list[Gathering]:
    """Read operands and summarise every column that is wanted.

    Parameters
    ----------
    specs : sequence of SourceSpec
    jobs : int
        Processes of a local cluster, where no scheduler is given.
    scheduler : str, optional
        Address of a running scheduler.
    meter : Meter, optional
        Told of what is read.
    required : int, optional
        How many of the first operands have to be read; all by default.

    Raises
    ------
    KldivError
        If an operand cannot be read, or the cluster cannot be reached or cannot work.
    """
    least = len(specs) if required is None else required
    gatherings = [Gathering(spec, required=number < least) for number, spec in enumerate(specs)]
    waiting = gatherings
    with _cluster(jobs, scheduler) as client:
        while waiting:
            sent = [(gathering, _submitted(gathering, client)) for gathering in waiting]
            for gathering, parts in sent:
                _gather(gathering, parts, client, meter)
            waiting = [gathering for gathering in waiting if gathering.begins_again()]
    return gatherings


def absorbed(tallies: Sequence[PartTally]) -> PartTally:
    """Tallies of parts as one, in their order; runs on a worker."""
    first, *others = tallies
    first = deepcopy(first)  # what a task was given is the scheduler's
    for tally in others:
        first.absorb(tally)  # type: ignore[arg-type]  # parts of one operand are of one type
    return first


def _submitted(gathering: Gathering, client: Any) -> list[Any]:
    """Futures of the tallies of all parts; none where only this process can read them."""
    if any(part.place not in ("file", "url") for part in gathering.parts):
        return []
    return [client.submit(tally_of_part, part, pure=False) for part in gathering.parts]


def _gather(gathering: Gathering, parts: list[Any], client: Any, meter: Meter | None) -> None:
    """Put the parts together, on the workers where they are there."""
    try:
        if not parts:
            gathering.take_whole(absorbed([tally_of_part(part, meter) for part in gathering.parts]))
            return
        tallies = parts
        while len(tallies) > 1:
            groups = [tallies[start : start + _FAN_IN] for start in range(0, len(tallies), _FAN_IN)]
            tallies = [group[0] if len(group) == 1 else client.submit(absorbed, group, pure=False) for group in groups]
        if tallies[0].exception() is not None:
            for part in parts:
                part.result()  # raises the fault of the first part that has one, whichever was met first
        gathering.take_whole(tallies[0].result())
    except KldivError as fault:
        gathering.failed(0, fault)
    except Exception as fault:
        raise InputError(
            f"{gathering.spec.label}: the cluster failed: {type(fault).__name__}: {fault}",
            remedy="its workers need this version of kldiv, and the files in reach",
        ) from None


@contextmanager
def _cluster(jobs: int, scheduler: str | None) -> Iterator[Any]:
    """A client of the scheduler at that address, or of a local cluster of so many processes.

    Raises
    ------
    KldivError
        If Dask is not installed, or the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtra(
            "--engine dask needs packages that are not installed", remedy="pip install 'kldiv[dask]'"
        ) from None
    if scheduler is None:
        local = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=50)  # type: ignore[no-untyped-call]
        with local, Client(local) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    try:
        client = Client(scheduler, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as fault:
        raise InputError(
            f"the scheduler {scheduler} does not answer: {fault}",
            remedy="--scheduler tcp://HOST:8786, as it was started",
        ) from None
    with client:
        yield client
