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
    found = summarised_each(specs, running, meter, required=0)
    read = [one for one in found if not isinstance(one, KldivError)]
    failed = tuple(
        Failure(spec.label, one.message, one.remedy)
        for spec, one in zip(specs, found, strict=True)
        if isinstance(one, KldivError)
    )
    if failed and len(read) < least:
        others = f" (and {len(failed) - 1:,} more failed)" if len(failed) > 1 else ""
        raise InputError(f"{failed[0].text}{others}", remedy=failed[0].remedy)
    return read, failed
