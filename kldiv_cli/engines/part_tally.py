"""A part of an operand, read and reduced: to tallies of its columns, or of the columns of every group of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kldiv_cli.core.summary import Profile
from kldiv_cli.engines.grouped_tally import GroupedTally, grouped_tally_of
from kldiv_cli.engines.table_tally import TableTally, tally_of
from kldiv_cli.errors import InputError
from kldiv_cli.sources.places import opened_reading

if TYPE_CHECKING:
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

PartTally: TypeAlias = TableTally | GroupedTally


def tally_of_part(spec: SourceSpec, meter: Meter | None = None) -> PartTally:
    """Read one part of an operand.

    Raises
    ------
    KldivError
        If it cannot be read.
    """
    with opened_reading(spec, meter) as opened:
        if not isinstance(opened, Profile):
            by_group = bool(spec.options.by)
            return (grouped_tally_of if by_group else tally_of)(opened, spec.options, meter)
        if spec.options.by:
            raise InputError(f"{spec.label} is a profile: it has no rows that could be grouped", remedy="the data")
        table = TableTally(opened.label, opened.kind, exact=spec.options.exact)
        table.add_profile(opened)
        return table
