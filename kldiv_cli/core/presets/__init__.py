"""Conventions of other tools, reproduced number for number so that people can move over and see why numbers differ.

One file a tool. They are exempt from what holds for kldiv's own numbers - no hidden filling, exact differences - and a
report says so: its smoothing reads ``preset:NAME``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.presets.evidently import EVIDENTLY
from kldiv_cli.core.presets.psi_banking import PSI_BANKING
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from kldiv_cli.core.presets.row import Preset

PRESETS: tuple[Preset, ...] = (EVIDENTLY, PSI_BANKING)


def preset_named(name: str) -> Preset:
    """Row of the table.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise UsageError(f"there is no preset {name!r}", remedy=f"--preset {' or '.join(one.name for one in PRESETS)}")
