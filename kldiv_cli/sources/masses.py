"""Masses: what they must be, and whether they are counts or probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.core.compensated import total
from kldiv_cli.core.model import Note
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Reading

if TYPE_CHECKING:
    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.core.model import DataKind
    from kldiv_cli.sources.batch import Cells, Shape, Table
    from kldiv_cli.sources.spec import SourceSpec

ONE = 1e-6
"""Probabilities may miss 1 by this much before they are normalised with a note."""
_PROBABILITY_NAMES = ("p", "q", "prob", "probability", "pmf")


def looks_like_probabilities(masses: Vector) -> bool:
    """Whether numbers sum to 1 within 1e-6, are not all whole, and none is negative or missing."""
    if masses.size == 0 or not (np.isfinite(masses).all() and (masses >= 0).all()):
        return False
    return abs(float(masses.sum()) - 1.0) <= ONE and not _all_whole(masses)


def reading_of_masses(
    outcomes: Cells | None,
    masses: Vector,
    spec: SourceSpec,
    table: Table,
    *,
    name: str | None = None,
    mass_name: str = "",
) -> Reading:
    """Masses by label, or by position where ``outcomes`` is None.

    Raises
    ------
    InputError
        If a mass is negative, missing or infinite, all are zero, or an outcome is missing.
    """
    _require_masses(masses, outcomes, spec, table.shape)
    notes = list(table.notes)
    if math.isinf(_safe_total(masses)):
        masses = np.ldexp(masses, -80)
        notes.append(Note("shares-only", f"{spec.label} sums to more than 1.8e308: only shares count."))
        kind: DataKind = "probabilities"
    else:
        kind = _kind(masses, spec, mass_name)
    whole = _safe_total(masses)
    if kind == "probabilities" and abs(whole - 1.0) > ONE and whole < 1e270:
        notes.append(Note("normalised", f"{spec.label} sums to {whole:.6g}; it was divided by that."))
    if kind != "probabilities" and spec.n is not None:
        remedy = "leave it out, or --as probs"
        raise UsageError(f"{spec.label} holds counts: --n-p and --n-q are for bare probabilities", remedy=remedy)
    if kind == "probabilities" and spec.n is not None:
        masses, kind = masses / whole * spec.n, "counts"
        notes.append(Note("counts-given", f"{spec.label}: probabilities of {spec.n:,.10g} observations, as given."))
    cells: Cells = Numbers(np.arange(masses.size, dtype=np.float64)) if outcomes is None else outcomes
    repeated = _repeated(cells)
    if repeated:
        notes.append(Note("repeated-labels", f"{spec.label}: {repeated} repeated labels were summed."))
    batch = Batch({name or "": cells}, masses.size)
    return Reading(
        spec.label,
        kind,
        iter([(batch, masses)]),
        unlabelled=outcomes is None,
        keep_order=True,
        bin_edges=table.bin_edges,
        notes=tuple(notes),
        late=table.late,
    )


def _kind(masses: Vector, spec: SourceSpec, mass_name: str) -> DataKind:
    if spec.options.as_ == "counts":
        return "counts"
    if spec.options.as_ == "probs" or mass_name.lower() in _PROBABILITY_NAMES:
        return "probabilities"
    return "counts" if _all_whole(masses) and _safe_total(masses) > 1.0 else "probabilities"


def _all_whole(masses: Vector) -> bool:
    return bool((masses == np.floor(masses)).all())


def _safe_total(masses: Vector) -> float:
    with np.errstate(over="ignore"):
        return total(masses)


def _require_masses(masses: Vector, outcomes: Cells | None, spec: SourceSpec, shape: Shape) -> None:
    remedy = "masses are numbers from 0 up; measurements need --as samples"
    if masses.size == 0:
        raise InputError(f"{spec.label} holds no masses", remedy="0.2,0.4,0.4 or a:3,b:5")
    for fault, what in (
        (np.isnan(masses), "is missing (NaN)"),
        (np.isinf(masses), "is infinite"),
        (masses < 0, "is negative"),
    ):
        if fault.any():
            index = int(fault.argmax())
            raise InputError(f"{spec.label}: the mass of {_outcome(outcomes, index)} {what}", remedy=remedy)
    if not (masses > 0).any():
        raise InputError(f"{spec.label}: every mass is 0", remedy="at least one outcome needs mass")
    if outcomes is not None and shape != "counted":  # an empty line that uniq counted is a missing value
        gone = outcomes.codes < 0 if isinstance(outcomes, Labels) else ~np.isfinite(outcomes.values)
        if gone.any():
            row = int(gone.argmax()) + 1
            raise InputError(
                f"{spec.label}: the mass in row {row} has no label",
                remedy="label it; NA and empty cells count as missing",
            )


def _outcome(outcomes: Cells | None, index: int) -> str:
    if isinstance(outcomes, Labels) and outcomes.codes[index] >= 0:
        return repr(outcomes.names[int(outcomes.codes[index])])
    if isinstance(outcomes, Numbers):
        return f"{float(outcomes.values[index]):g}"
    return f"outcome {index + 1}"


def _repeated(cells: Cells) -> int:
    size, seen = (
        (cells.codes.size, np.count_nonzero(np.bincount(cells.codes + 1)))
        if isinstance(cells, Labels)
        else (cells.values.size, distinct(cells.values).size)
    )
    return int(size - seen)
