"""Rare labels put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kldiv_cli.core.compensated import total

if TYPE_CHECKING:
    from kldiv_cli.core.summary import CategoricalSummary


def without_rare(summary: CategoricalSummary, least: float) -> tuple[CategoricalSummary, int]:
    """The column with labels that were seen less than ``least`` times pooled, and how many those are."""
    rare = summary.counts < least
    number = int(rare.sum())
    if not number:
        return summary, 0
    kept = [label for label, gone in zip(summary.labels, rare.tolist(), strict=True) if not gone]
    return (
        summary._replace(
            labels=tuple(kept),
            counts=summary.counts[~rare],
            pooled=summary.pooled + total(summary.counts[rare]),
            pooled_labels=summary.pooled_labels + number,
        ),
        number,
    )
