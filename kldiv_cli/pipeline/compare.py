"""Compare a reference with a candidate: every column they share."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from kldiv_cli.core.compare import compare_all
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, DEFAULT_FOR_TABLE, chosen
from kldiv_cli.core.model import Note
from kldiv_cli.core.summary import Profile
from kldiv_cli.core.table_remarks import infinite_values, kept_in_part, on_table
from kldiv_cli.engines import Running, summarised_all
from kldiv_cli.engines.local import profile_of, summarised
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.pipeline.pairing import ProfilePair, notes_of, paired, require_known, uniform_like
from kldiv_cli.report import Report
from kldiv_cli.sources.density_file import density_document
from kldiv_cli.sources.interpret import interpreted
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.measures import Measure
    from kldiv_cli.core.model import Comparison, Settings
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import ReadOptions

_HERE = Running()


def compare(
    reference: SourceSpec,
    candidate: SourceSpec,
    settings: Settings,
    running: Running = _HERE,
    meter: Meter | None = None,
) -> Report:
    """Compare a candidate with the reference.

    Parameters
    ----------
    reference, candidate : SourceSpec
        P and Q.
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
    require_one_stdin([reference, candidate])
    if "density" in (reference.place, candidate.place):
        from kldiv_cli.pipeline.densities import compare_with_density

        return compare_with_density(reference, candidate, settings, running, meter)
    documents = [density_document(spec) for spec in (reference, candidate)]
    if any(document is not None for document in documents):
        from kldiv_cli.pipeline.densities import compare_documents

        return compare_documents((reference, candidate), documents, settings)
    chosen(settings.measures, DEFAULT_FOR_PAIR)  # a misspelt measure is told before anything is read
    specs = [spec for spec in (reference, candidate) if spec.place != "uniform"]
    if not specs:
        raise UsageError("both sides are uniform", remedy="kldiv 0.2,0.3,0.5 uniform")
    found = iter(summarised_all(specs, running, meter))
    p = next(found) if reference.place != "uniform" else None
    q = next(found) if candidate.place != "uniform" else None
    p = p or uniform_like(q, reference.label, reference.n)  # type: ignore[arg-type]
    q = q or uniform_like(p, candidate.label, candidate.n)
    require_known(reference.options.columns_named(), (p, q))
    return report_on(p, q, settings)


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
    if any(spec.place == "density" for spec in specs):
        from kldiv_cli.pipeline.densities import report_with_density

        sides = [
            None if s.place == "density" else profile_of_object(item, s) for item, s in zip(objects, specs, strict=True)
        ]
        return report_with_density(specs, sides, settings)
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
    return report_on(p, q, settings)


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


def report_on(p: Profile, q: Profile, settings: Settings) -> Report:
    """Report on two profiles; the columns of a table most drifted first."""
    report = report_on_pairs([ProfilePair(p, q)], settings)
    require_values(report.comparisons)
    closing = [on_table(report.comparisons)] if len(report.comparisons) > 1 else []
    return report._replace(notes=(*closing, *report.notes))


def report_on_pairs(pairs: Iterable[ProfilePair], settings: Settings) -> Report:
    """Report on pairs of profiles in their order; the columns of each, where there are several, most drifted first.

    The first pair decides whether they are tables. A pair is let go when it is compared.
    """
    comparisons: list[Comparison] = []
    notes: list[Note] = list(notes_on_preset(settings))
    measures: Sequence[Measure] = ()
    number, is_table = 0, False
    for number, (p, q, part) in enumerate(pairs, start=1):
        columns, left_out = paired(p, q)
        if number == 1:
            is_table = len(columns) > 1 or min(len(p.columns), len(q.columns)) > 1
            measures = chosen(settings.measures, default_measures(settings, is_table=is_table))
        found = [one._replace(part=part) for one in compare_all(columns, settings, measures)]
        if is_table:
            found.sort(key=drift_of, reverse=True)
            notes += infinite_values(found)
        notes += [*notes_of((p, q)), *left_out, *kept_in_part(found, settings.bins)]
        comparisons += found
    return Report("compare", settings, tuple(comparisons), tuple(dict.fromkeys(notes)), is_table, number)


def require_values(comparisons: Sequence[Comparison]) -> None:
    """Refuse to report where not one column has a value.

    Raises
    ------
    InputError
        If nothing could be compared; it says why.
    """
    if all(comparison.js is None and not _has_value(comparison) for comparison in comparisons):
        reason = " ".join(dict.fromkeys(note.text for comparison in comparisons for note in comparison.notes))
        raise InputError(f"nothing could be compared: {reason}", remedy="check the columns, or another -m")


def default_measures(settings: Settings, *, is_table: bool) -> Sequence[str]:
    """What is shown where no measure was asked for."""
    if settings.preset is not None:
        from kldiv_cli.core.presets import preset_named

        return tuple(preset_named(settings.preset).figures)
    if settings.estimators and not settings.measures:
        return ()
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


def drift_of(comparison: Comparison) -> float:
    """JS divergence, by which a table is ordered."""
    if comparison.js is not None:
        return comparison.js
    rates = [side.missing / side.rows if side.rows else 0.0 for side in (comparison.p, comparison.q)]
    return math.inf if rates[0] != rates[1] else -1.0  # a column that one side has lost altogether drifted furthest
