"""Compare a reference with one candidate or several: every column they share."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from kldiv_cli.core.compare import compare_columns
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, DEFAULT_FOR_TABLE, chosen
from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import Profile
from kldiv_cli.core.table_remarks import infinite_values, kept_in_part, on_table
from kldiv_cli.engines import Running, summarised_all
from kldiv_cli.engines.local import profile_of, summarised
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.pairing import notes_of, paired, require_known, uniform_like
from kldiv_cli.report import Report
from kldiv_cli.sources.interpret import interpreted
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Settings
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

_HERE = Running()


def compare(
    reference: SourceSpec,
    candidates: Sequence[SourceSpec],
    settings: Settings,
    running: Running = _HERE,
    meter: Meter | None = None,
) -> Report:
    """Compare every candidate with the reference.

    Parameters
    ----------
    reference : SourceSpec
        P.
    candidates : sequence of SourceSpec
        One Q each.
    settings : Settings
    running : Running
        Where operands are read.
    meter : Meter, optional
        Told of what is read.

    Raises
    ------
    KldivError
        If an operand cannot be read, or nothing can be compared.
    """
    require_one_stdin([reference, *candidates])
    chosen(settings.measures, DEFAULT_FOR_PAIR)  # a misspelt measure is told before anything is read
    if reference.place == "uniform" and any(spec.place == "uniform" for spec in candidates):
        raise UsageError("both sides are uniform", remedy="kldiv 0.2,0.3,0.5 uniform")
    pairs = _read(reference, candidates, running, meter)
    require_known(reference.options.columns_named(), [profile for pair in pairs for profile in pair])
    return report_on(pairs, settings)


def compare_objects(
    objects: tuple[object, object],
    labels: tuple[str, str] | None,
    sizes: tuple[float | None, float | None],
    settings: Settings,
    options: ReadOptions,
) -> Report:
    """Compare two Python objects, or operands as typed in the shell."""
    for size in sizes:
        if size is not None and not 0.0 < size < math.inf:
            raise UsageError(f"{size!r} is no number of observations", remedy="n=(1000, 500)")
    p_object, q_object = (os.fspath(item) if isinstance(item, os.PathLike) else item for item in objects)
    objects = p_object, q_object
    names = labels or tuple(item if isinstance(item, str) else name for item, name in zip(objects, "PQ", strict=True))
    specs = [
        (operand(item, options, n=n) if isinstance(item, str) else SourceSpec(name, "inline", "", n=n, options=options))
        for item, name, n in zip(objects, names, sizes, strict=True)
    ]
    specs = [spec._replace(label=name) for spec, name in zip(specs, names, strict=True)]
    require_one_stdin(specs)
    profiles = [
        None if spec.place == "uniform" else profile_of_object(item, spec)
        for item, spec in zip(objects, specs, strict=True)
    ]
    p, q = profiles
    if p is None and q is None:
        raise UsageError("both sides are uniform", remedy='compare({"a": 3, "b": 5}, "uniform")')
    p = p or uniform_like(q, names[0], sizes[0])  # type: ignore[arg-type]
    q = q or uniform_like(p, names[1], sizes[1])
    require_known(options.columns_named(), (p, q))
    return report_on([(p, q)], settings)


def profile_of_object(item: object, spec: SourceSpec) -> Profile:
    """Profile of a Python object, of which every value is kept, or of the operand that a string is."""
    if isinstance(item, Profile):
        return item._replace(label=spec.label)
    if isinstance(item, str):
        return summarised(spec)
    from kldiv_cli.sources.memory import table_as_asked, table_from_python

    spec = spec._replace(options=spec.options._replace(exact=True))
    return profile_of(
        interpreted(table_as_asked(table_from_python(item, spec.label, spec.options.as_), spec), spec), spec.options
    )


def report_on(pairs: Sequence[tuple[Profile, Profile]], settings: Settings) -> Report:
    """Report on pairs of profiles; the columns of a table most drifted first."""
    met = [(p, q, *paired(p, q)) for p, q in pairs]
    is_table = any(len(columns) > 1 or min(len(p.columns), len(q.columns)) > 1 for p, q, columns, _ in met)
    measures = chosen(settings.measures, default_measures(settings, is_table=is_table))
    comparisons: list[Comparison] = []
    notes: list[Note] = list(notes_on_preset(settings))
    for p, q, columns, left_out in met:
        found = [compare_columns(pair.p, pair.q, settings, measures, pair.name) for pair in columns]
        if is_table:
            found.sort(key=drift_of, reverse=True)
            if len(found) > 1:
                notes.append(on_table(found, q.label if len(pairs) > 1 else None))
            notes += infinite_values(found)
        notes += [*notes_of((p, q)), *left_out, *kept_in_part(found, settings.bins)]
        comparisons += found
    if all(comparison.contributions is None and not _has_value(comparison) for comparison in comparisons):
        reason = " ".join(dict.fromkeys(note.text for comparison in comparisons for note in comparison.notes))
        raise InputError(f"nothing could be compared: {reason}", remedy="check the columns, or another -m")
    return Report("compare", settings, tuple(comparisons), tuple(dict.fromkeys(notes)), is_table, len(pairs))


def default_measures(settings: Settings, *, is_table: bool) -> Sequence[str]:
    """What is shown where no measure was asked for."""
    if settings.preset is not None:
        from kldiv_cli.core.presets import preset_named

        return tuple(preset_named(settings.preset).figures)
    return DEFAULT_FOR_TABLE if is_table else DEFAULT_FOR_PAIR


def notes_on_preset(settings: Settings) -> Iterator[Note]:
    """Whose numbers these are."""
    if settings.preset is not None:
        from kldiv_cli.core.presets import preset_named

        preset = preset_named(settings.preset)
        text = f"Values as {preset.reference} computes them: {preset.convention}. p values are kldiv's own."
        yield Note("preset", text)


def require_one_stdin(specs: Sequence[SourceSpec]) -> None:
    """Stdin can be read once.

    Raises
    ------
    UsageError
        If two operands are stdin.
    """
    if sum(spec.place == "stdin" for spec in specs) > 1:
        raise UsageError(
            "stdin can be read once, and two operands are '-'", remedy="kldiv <(command one) <(command two)"
        )


def _has_value(comparison: Comparison) -> bool:
    return any(estimate.value is not None for estimate in comparison.estimates)


def _read(
    reference: SourceSpec, candidates: Sequence[SourceSpec], running: Running, meter: Meter | None
) -> list[tuple[Profile, Profile]]:
    """P with every Q; ``uniform`` has the outcomes of what it meets."""
    specs = [spec for spec in (reference, *candidates) if spec.place != "uniform"]
    found = iter(summarised_all(specs, running, meter))
    if reference.place == "uniform":
        return [(uniform_like(other, reference.label, reference.n), other) for other in found]
    p = next(found)
    return [(p, uniform_like(p, spec.label, spec.n) if spec.place == "uniform" else next(found)) for spec in candidates]


def drift_of(comparison: Comparison) -> float:
    """JS divergence, by which a table is ordered."""
    if comparison.contributions is not None:
        return float(comparison.contributions.js.sum())
    rates = [side.missing / side.rows if side.rows else 0.0 for side in (comparison.p, comparison.q)]
    return math.inf if rates[0] != rates[1] else -1.0  # a column that one side has lost altogether drifted furthest
