"""How an operand is read: rows as observations, or as masses. The rules are those of ``kldiv explain input``."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from kldiv_cli.core.arrays import distinct
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.batch import Batch, Cells, Labels, Numbers, Reading, Table, joined_cells
from kldiv_cli.sources.inline import histogram_table
from kldiv_cli.sources.masses import ONE, looks_like_probabilities, reading_of_masses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.arrays import Vector
    from kldiv_cli.sources.spec import SourceSpec

_LIGHTEST = 1e-150
"""Least weight of a row; the largest is its inverse."""
MASS_NAMES = (
    "p",
    "q",
    "prob",
    "probability",
    "pmf",
    "mass",
    "weight",
    "count",
    "counts",
    "n",
    "freq",
    "frequency",
)


def interpreted(table: Table, spec: SourceSpec) -> Reading:
    """Decide what the rows of a table are, and pick the columns that were asked for.

    Raises
    ------
    InputError
        If the numbers cannot be what they were asked to be.
    UsageError
        If a column that was asked for is not there.
    """
    return _decided(table, spec)._replace(names=table.names)


def _decided(table: Table, spec: SourceSpec) -> Reading:
    as_ = spec.options.as_
    if spec.options.by:
        return _grouped(table, spec)
    if table.shape in ("masses", "bins"):
        return _given_masses(table, spec)
    if table.shape == "counted" and as_ in ("auto", "counts"):
        return _masses_by_label(table, spec, *table.names)
    if as_ in ("counts", "probs"):
        return _asked_masses(table, spec)
    return _judged(table, spec) if as_ == "auto" else _observations(table, spec)


def _judged(table: Table, spec: SourceSpec) -> Reading:
    """``--as auto``: masses where the rules say so, else observations."""
    if table.shape in ("numbers", "column", "table"):
        if table.shape == "column" and _may_be_a_pmf(table):
            table = _held(table)
        if table.shape == "numbers" or (table.shape == "column" and _is_a_pmf(table)):
            return _numbers(table, spec)
        if table.shape == "table":
            found = _mass_columns(table, spec)
            if found is not None:
                return _masses_by_label(table, spec, *found)
            limits = _bin_columns(table, spec)
            if limits is not None:
                return _masses_on_bins(table, spec, *limits)
    return _observations(table, spec)


def resolved(name: str, names: Sequence[str], label: str) -> str:
    """Column meant by a name or a number (1 is the first).

    Raises
    ------
    UsageError
        If there is none; it tells the nearest name.
    """
    if name in names:
        return name
    if is_column_number(name, len(names)):
        return names[int(name) - 1]
    import difflib

    nearest = difflib.get_close_matches(name, names, n=1)
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    remedy = f"{nearest[0]!r}? It has {shown}" if nearest else f"it has {shown}"
    raise UsageError(f"{label} has no column {name!r}", remedy=remedy)


def is_column_number(name: str, columns: int) -> bool:
    """Whether a name is the number of a column; 1 is the first."""
    return name.isascii() and name.isdigit() and len(name) < 10 and 1 <= int(name) <= columns


def _observations(table: Table, spec: SourceSpec) -> Reading:
    """Rows are observations; with ``--weights`` each has a weight."""
    if spec.n is not None:
        raise UsageError(
            f"{spec.label} holds samples: --n-p and --n-q are for bare probabilities", remedy="leave it out"
        )
    weight = resolved(spec.options.weights, table.names, spec.label) if spec.options.weights else None
    wanted = [name for name in wanted_columns(table.names, spec) if name != weight]
    if not wanted:
        raise UsageError(f"{spec.label}: no column is left to compare", remedy="fewer --exclude, another -c")
    needed = [*wanted, weight] if weight else wanted

    def batches() -> Iterator[tuple[Batch, Vector | None]]:
        yield _projected(table.head, wanted), _weights(table.head, weight, spec)
        for batch in table.rest(needed):
            yield _projected(batch, wanted), _weights(batch, weight, spec)

    return Reading(spec.label, "samples", batches(), weighted=weight is not None, notes=table.notes, late=table.late)


def _grouped(table: Table, spec: SourceSpec) -> Reading:
    """Observations, each with the group that it is in."""
    options = spec.options
    if table.shape != "table" or options.as_ in ("counts", "probs"):
        raise InputError(f"{spec.label} has no rows of several columns that could be grouped", remedy="a CSV file")
    by = tuple(resolved(name, table.names, spec.label) for name in options.by)
    weight = resolved(options.weights, table.names, spec.label) if options.weights else None
    wanted = [name for name in wanted_columns(table.names, spec) if name != weight and name not in by]
    if not wanted:
        raise UsageError(f"{spec.label}: no column is left to compare beside {', '.join(by)}", remedy="another -c")
    needed = list(dict.fromkeys([*wanted, *by, *([weight] if weight else [])]))
    from kldiv_cli.sources.grouping import group_cells  # it needs decimals and dates, which few lines do

    def batches() -> Iterator[tuple[Batch, Vector | None]]:
        for batch in chain([table.head], table.rest(needed)):
            groups = group_cells([(name, batch.columns[name]) for name in by], options.every, spec.label)
            yield _projected(batch, wanted)._replace(groups=groups), _weights(batch, weight, spec)

    return Reading(
        spec.label, "samples", batches(), weighted=weight is not None, notes=table.notes, late=table.late, by=by
    )


def wanted_columns(names: Sequence[str], spec: SourceSpec) -> list[str]:
    """Columns that were asked for.

    Raises
    ------
    UsageError
        If one of them is not there.
    """
    if spec.column is not None:
        return [resolved(spec.column, names, spec.label)]
    if len(names) == 1:
        return list(names)  # a lone column is meant, whatever the other side calls it
    asked = spec.options.columns
    if spec.options.may_lack:
        asked = tuple(name for name in asked if name in names or is_column_number(name, len(names))) or asked
    chosen = [resolved(name, names, spec.label) for name in asked] if asked else list(names)
    dropped = {resolved(name, names, spec.label) for name in spec.options.exclude if name in names or name.isdigit()}
    return [name for name in dict.fromkeys(chosen) if name not in dropped]


def _has(table: Table, name: str) -> bool:
    return name in table.names or is_column_number(name, len(table.names))


def _projected(batch: Batch, wanted: Sequence[str]) -> Batch:
    return Batch({name: batch.columns[name] for name in wanted}, batch.rows)


def _weights(batch: Batch, name: str | None, spec: SourceSpec) -> Vector | None:
    if name is None:
        return None
    weights = _numeric(batch.columns[name], name, spec)
    with np.errstate(over="ignore"):
        finite = np.isfinite(weights).all() and np.isfinite(weights.sum())
    if not (finite and (weights >= 0).all()):
        raise InputError(
            f"{spec.label}: the weights in {name} must be finite and not negative",
            remedy="filter those rows out first",
        )
    seen = weights[weights > 0.0]
    if seen.size and not (seen.min() >= _LIGHTEST and seen.max() <= 1.0 / _LIGHTEST):
        raise InputError(
            f"{spec.label}: weights in {name} are beyond {_LIGHTEST:g} to {1.0 / _LIGHTEST:g}: their squares, "
            "which the effective number of rows takes, are no numbers",
            remedy="divide them all by the largest",
        )
    return weights


def _numeric(cells: Cells, name: str, spec: SourceSpec) -> Vector:
    if isinstance(cells, Labels) or cells.instants:
        raise InputError(
            f"{spec.label}: column {name} holds no masses, which are numbers",
            remedy="--weights COLUMN names them",
        )
    return cells.values


def _may_be_a_pmf(table: Table) -> bool:
    """Whether the first rows of a lone column leave it open that all of them sum to 1."""
    cells = table.head.columns[table.names[0]]
    if not isinstance(cells, Numbers) or cells.instants or not (cells.values >= 0).all():
        return False
    return float(cells.values.sum()) <= 1.0 + ONE


def _held(table: Table) -> Table:
    """The same table with all of its rows at hand."""
    return table._replace(head=_whole(table, table.names), rest=lambda _names: iter(()))


def _is_a_pmf(table: Table) -> bool:
    cells = table.head.columns[table.names[0]]
    return isinstance(cells, Numbers) and not cells.instants and looks_like_probabilities(cells.values)


def _numbers(table: Table, spec: SourceSpec) -> Reading:
    """A bare list of numbers: probabilities, or an error - measurements are never taken for masses."""
    name = table.names[0]
    masses = _numeric(table.head.columns[name], name, spec)
    if not looks_like_probabilities(masses):
        with np.errstate(over="ignore"):
            mass = float(np.nansum(masses))
        raise InputError(
            f"{spec.label}: {masses.size:,} numbers that sum to {mass:,.6g}",
            remedy="measurements? --as samples. Weights? --as counts",
        )
    return reading_of_masses(None, masses, spec, table)


def _given_masses(table: Table, spec: SourceSpec) -> Reading:
    masses = _numeric(table.head.columns["mass"], "mass", spec)
    if spec.options.as_ == "samples":
        if table.shape == "masses" and len(table.names) == 1:
            return Reading(spec.label, "samples", iter([(Batch({"1": Numbers(masses)}, masses.size), None)]))
        raise InputError(f"{spec.label} holds masses with their outcomes, not samples", remedy="leave out --as samples")
    outcomes = table.head.columns[table.names[0]] if len(table.names) == 2 else None
    return reading_of_masses(outcomes, masses, spec, table)


def _asked_masses(table: Table, spec: SourceSpec) -> Reading:
    """``--as counts`` or ``--as probs`` on a table: which column holds the masses, which the labels."""
    options = spec.options
    asked = options.weights or spec.column or (options.columns[0] if len(options.columns) == 1 else None)
    if asked:
        mass = resolved(asked, table.names, spec.label)
    else:
        numeric = [
            name for name in table.names if isinstance(table.head.columns[name], Numbers) and name != options.labels
        ]
        named = [name for name in numeric if name.lower() in MASS_NAMES]
        candidates = named if len(named) == 1 else numeric
        if len(candidates) != 1:
            raise InputError(
                f"{spec.label}: {len(candidates)} columns could hold the masses",
                remedy="--weights COLUMN names one",
            )
        mass = candidates[0]
    return _masses_by_label(table, spec, _label_column(table, mass, spec), mass)


def _label_column(table: Table, mass: str, spec: SourceSpec) -> str | None:
    if spec.options.labels:
        return resolved(spec.options.labels, table.names, spec.label)
    others = [name for name in table.names if name != mass]
    if len(others) > 1:
        textual = [name for name in others if isinstance(table.head.columns[name], Labels)]
        others = textual if len(textual) == 1 else others
    if len(others) > 1:
        raise InputError(
            f"{spec.label}: {len(others)} columns could hold the labels", remedy="--labels COLUMN names one"
        )
    return others[0] if others else None


def _mass_columns(table: Table, spec: SourceSpec) -> tuple[str, str] | None:
    """Label and mass column of a table of masses: one column of distinct labels, the others named as masses."""
    options = spec.options
    names = table.names
    masses = [name for name in names if name.lower() in MASS_NAMES and isinstance(table.head.columns[name], Numbers)]
    if options.weights:
        masses = [resolved(options.weights, names, spec.label)]
    dropped = {resolved(name, names, spec.label) for name in options.exclude if _has(table, name)}
    others = [name for name in names if name not in masses and name not in dropped]
    if options.labels:
        others = [resolved(options.labels, names, spec.label)]
    if not masses or len(others) != 1 or not _all_distinct(table, others[0]):
        return None
    numeric = isinstance(table.head.columns[others[0]], Numbers)
    if numeric and not options.labels and (options.weights or masses[0].lower() == "weight"):
        return None  # numbers with weights are weighted observations, and a weight beside a height is a measurement
    if spec.column is not None:
        column = resolved(spec.column, names, spec.label)
        return (others[0], column) if column in masses else None
    asked = [resolved(name, names, spec.label) for name in options.columns]
    chosen = [name for name in asked if name in masses]
    if len(chosen) == 1:
        return others[0], chosen[0]
    if len(masses) > 1:
        raise _which_masses(spec, masses)
    return others[0], masses[0]


def _which_masses(spec: SourceSpec, masses: Sequence[str]) -> InputError:
    choices = " or ".join(f"{spec.label}:{name}" for name in masses[:3])
    return InputError(f"{spec.label} holds {len(masses)} columns of masses", remedy=choices)


def _all_distinct(table: Table, name: str) -> bool:
    """Whether no label stands twice; a missing one is told of when the masses are read."""
    cells = table.head.columns.get(name)
    if isinstance(cells, Labels):
        return bool(cells.names) and len(cells.names) == np.count_nonzero(cells.codes >= 0)
    if not isinstance(cells, Numbers):
        return False
    present = cells.values[~np.isnan(cells.values)]
    return present.size > 0 and distinct(present).size == present.size


def _bin_columns(table: Table, spec: SourceSpec) -> tuple[str, str, str] | None:
    """Columns ``lo``, ``hi`` and one of masses."""
    by_lower = {name.lower(): name for name in table.names}
    if not {"lo", "hi"} <= set(by_lower) or spec.column in (by_lower["lo"], by_lower["hi"]):
        return None
    low, high = by_lower["lo"], by_lower["hi"]
    others = [name for name in table.names if name not in (low, high)]
    if spec.options.weights or spec.column:
        return low, high, resolved(spec.options.weights or spec.column or "", table.names, spec.label)
    masses = [name for name in others if name.lower() in MASS_NAMES]
    if len(masses) > 1 and len(masses) == len(others):
        raise _which_masses(spec, masses)
    return (low, high, masses[0]) if len(masses) == 1 else None


def _masses_by_label(table: Table, spec: SourceSpec, label: str | None, mass: str) -> Reading:
    whole = _whole(table, [name for name in (label, mass) if name is not None])
    masses = _numeric(whole.columns[mass], mass, spec)
    outcomes = whole.columns[label] if label else None
    return reading_of_masses(outcomes, masses, spec, table, name=label, mass_name=mass)


def _masses_on_bins(table: Table, spec: SourceSpec, low: str, high: str, mass: str) -> Reading:
    whole = _whole(table, [low, high, mass])
    lows, highs, masses = (_numeric(whole.columns[name], name, spec) for name in (low, high, mass))
    order = np.argsort(lows, kind="stable")
    lows, highs, masses = lows[order], highs[order], masses[order]
    if not np.array_equal(highs[:-1], lows[1:]):
        raise InputError(
            f"{spec.label}: the bins overlap or leave gaps",
            remedy="every hi must be the lo of the next bin; empty bins get 0",
        )
    on_bins = histogram_table(np.append(lows, highs[-1]), masses, spec.label)
    return reading_of_masses(on_bins.head.columns["bin"], masses, spec, on_bins, mass_name=mass)


def _whole(table: Table, names: Sequence[str]) -> Batch:
    """Head and rest of some columns as one batch: masses are as many as outcomes, so they fit."""
    batches = [_projected(table.head, names), *table.rest(names)]
    if len(batches) == 1:
        return batches[0]
    columns = {name: joined_cells([batch.columns[name] for batch in batches]) for name in names}
    return Batch(columns, sum(batch.rows for batch in batches))
