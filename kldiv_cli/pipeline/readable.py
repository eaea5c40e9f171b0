"""Operands of which those that cannot be read stop no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.engines import summarised_each
from kldiv_cli.errors import InputError, KldivError
from kldiv_cli.report import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.engines import Running
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec


def readable(
    specs: Sequence[SourceSpec], running: Running, meter: Meter, *, least: int
) -> tuple[list[Profile], tuple[Failure, ...]]:
    """Profiles of the operands that can be read, in their order, and why the others cannot.

    Raises
    ------
    InputError
        If fewer than ``least`` are left because one cannot be read.
    """
    read, failed = sorted_out(specs, summarised_each(specs, running, meter, required=0))
    if failed and len(read) < least:
        raise InputError(f"{failed[0].text}{and_more(failed)}", remedy=failed[0].remedy)
    return read, failed


def sorted_out(
    specs: Sequence[SourceSpec], found: Sequence[Profile | KldivError]
) -> tuple[list[Profile], tuple[Failure, ...]]:
    """The profiles among what was found of each operand, and the faults of the others by their labels."""
    read = [one for one in found if not isinstance(one, KldivError)]
    failed = tuple(
        Failure(spec.label, one.message, one.remedy)
        for spec, one in zip(specs, found, strict=True)
        if isinstance(one, KldivError)
    )
    return read, failed


def and_more(failed: Sequence[Failure]) -> str:
    """What is added to the first fault where there are others."""
    return f" (and {len(failed) - 1:,} more failed)" if len(failed) > 1 else ""
