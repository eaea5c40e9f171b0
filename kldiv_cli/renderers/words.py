"""The lines of words around the numbers, the same in every format that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.instants import iso
from kldiv_cli.core.remarks import LEVEL
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.numbers import INFINITY, share, significant, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kldiv_cli.core.model import Comparison, Estimate, Note, Side
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Footnotes:
    """Numbers notes in order of first use; the same text keeps its number."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._has_noise = False

    def mark(self, notes: Iterable[Note]) -> str:
        """Superscripts of the notes: `` ¹ ²``."""
        numbers = [self._number.setdefault(note.text, len(self._number) + 1) for note in notes]
        return "".join(f" {str(number).translate(_SUPERSCRIPTS)}" for number in numbers)

    def noise_mark(self, estimate: Estimate) -> str:
        """A tilde where the value is not distinguishable from noise."""
        null = estimate.null
        if null is None or null.p_value is None or null.p_value <= LEVEL or estimate.value == 0.0:
            return ""
        self._has_noise = True
        return "~"

    def lines(self) -> Iterator[str]:
        """The footnotes, in order."""
        if self._has_noise:
            yield f"~ not distinguishable from noise (p > {LEVEL:g}, rows taken as independent)"
        for text, number in self._number.items():
            yield f"{str(number).translate(_SUPERSCRIPTS)} {visible(text)}"


def side_in_words(side: Side) -> str:
    """``samples, n 977, 23 missing``."""
    if side.kind in ("probabilities", "density"):
        return side.kind
    assert side.n is not None, "samples and counts have a size"
    size = f"{'effective ' if side.weighted else ''}n {whole(side.n)}"
    parts = [side.kind, size]
    if side.missing:
        parts.append(f"{whole(side.missing)} missing")
    if side.non_finite:
        parts.append(f"{whole(side.non_finite)} infinite, left out")
    return ", ".join(parts)


def rows_in_words(sides: Sequence[Side]) -> str:
    """``samples, 1,000 rows``: the columns of one table."""
    kind = sides[0].kind
    if kind in ("probabilities", "density"):
        return kind
    if sides[0].weighted:
        return f"weighted samples, effective n {whole(max(side.n or 0.0 for side in sides))}"
    if kind == "counts":
        return f"counts, n {whole(sides[0].n or 0.0)}"
    rows = max(side.rows for side in sides)
    return f"{kind}, {whole(rows)} {'row' if rows == 1 else 'rows'}"


def quantiles_in_words(side: Side, style: Style, *, instants: bool) -> str | None:
    """``mean 12.1, median -2, p90 48, p99 190``; None where values have no order."""
    if side.quantiles is None or side.mean is None:
        return None
    found = dict(side.quantiles)

    def shown(value: float) -> str:
        return iso(value) if instants else f"{value:.{style.precision}g}"

    return (
        f"mean {shown(side.mean)}, median {shown(found[0.5])}, p90 {shown(found[0.9])}, p99 {shown(found[0.99])}, "
        f"from {shown(found[0.0])} to {shown(found[1.0])}"
    )


def columns_in_words(report: Report, style: Style) -> Iterator[str]:
    """With ``-v``, the centre and the tails of every numeric column of a table, P and Q."""
    for comparison in report.comparisons if style.verbose else ():
        instants = comparison.support is not None and comparison.support.instants
        for name, side in (("P", comparison.p), ("Q", comparison.q)):
            told = quantiles_in_words(side, style, instants=instants)
            if told is not None:
                candidate = f"{visible(side.label)} " if report.candidates > 1 and name == "Q" else ""
                yield f"{visible(comparison.column or '')} {name} {candidate}{told}".strip()


def settings_in_words(report: Report, comparison: Comparison | None) -> str:
    """Bins and smoothing, where they differ from doing nothing: ``16 bins, equal-frequency on P``."""
    parts = [comparison.support.rule] if comparison is not None and comparison.support is not None else []
    if comparison is None and report.settings.preset is not None:
        parts.append(f"preset {report.settings.preset}")
    if report.settings.smoothing != "none":
        parts.append(f"smoothing {report.settings.smoothing}")
    if comparison is None and report.settings.bins != "auto":
        parts.append(f"bins {report.settings.bins}")
    return ", ".join(parts)


def value_in_words(estimate: Estimate, style: Style) -> str:
    """The number; ``∞`` for infinite, ``?`` for undefined, ``–`` where it does not apply."""
    if estimate.status == "not_applicable":
        return "–"
    if estimate.value is None:
        return "?"
    return significant(estimate.value, style.precision)


def floor_in_words(estimate: Estimate, style: Style) -> str:
    """The value expected if nothing had changed, to three digits, for most are drawn; empty where unknown."""
    null = estimate.null
    if null is None:
        return ""
    if null.floor_infinite:
        return INFINITY
    return "" if null.floor is None else significant(null.floor, min(style.precision, 3))


def share_of_maximum(estimate: Estimate) -> str:
    """``14.2 %`` of the largest possible value; empty where there is none."""
    if estimate.maximum is None or estimate.value is None or estimate.status != "ok":
        return ""
    return share(estimate.value / estimate.maximum)
