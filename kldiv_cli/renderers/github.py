"""Annotations of GitHub Actions: an error for what failed or could not be read, a warning for what else did not pass.

GitHub keeps ten annotations of a kind a step, so at most nine errors are told one by one. Foreign text is escaped: a
label cannot end its line and forge a command of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kldiv_cli.core.headline import rule_in_words, where_it_moved
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.gate import held_rows, unheld_note, verdict_note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kldiv_cli.renderers.gate import Held
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Report

MOST = 9
_LEVELS = (("error", ("drift",)), ("warning", ("warn", "undecided")))


def render(report: Report, _name: str, _style: Style, stream: TextIO) -> None:
    """Write annotations, then the verdict as a line of the log."""
    stream.writelines(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    for failure in report.failed[:MOST]:
        yield _annotation("error", "kldiv: cannot tell", f"{failure.text}; try: {failure.remedy}")
    if len(report.failed) > MOST:
        yield _annotation("error", "kldiv: cannot tell", f"and {len(report.failed) - MOST:,} more")
    if report.verdict is None:
        return
    rows = list(held_rows(report, everything=False))
    for level, verdicts in _LEVELS:
        told = [row for verdict in verdicts for row in rows if row.verdict == verdict]
        for row in told[:MOST]:
            yield _annotation(level, _title(row), _message(row, report))
        if len(told) > MOST:
            rest = " or ".join(dict.fromkeys(str(row.verdict) for row in told[MOST:]))
            yield _annotation(level, f"kldiv: {rest}", f"and {len(told) - MOST:,} more")
    unheld = unheld_note(report)
    if unheld is not None:
        yield f"kldiv: {visible(unheld.text)}\n"
    note = verdict_note(report)
    if note is not None:
        level = "notice" if report.verdict == "pass" else "error" if report.verdict == "drift" else "warning"
        if report.verdict == "pass":
            yield _annotation(level, "kldiv", note.text)
        else:
            yield f"kldiv: {visible(note.text)}\n"


def _title(row: Held) -> str:
    column = row.comparison.column or row.comparison.called
    return f"kldiv: {column} {'drifted' if row.verdict == 'drift' else row.verdict}"


def _message(row: Held, report: Report) -> str:
    assert row.rule is not None, "what is not held to a rule has no such verdict"
    label = f"{row.comparison.called}: " if report.candidates > 1 else ""
    where = where_it_moved(row.comparison, row.rule)
    return f"{label}{rule_in_words(row.rule, report.tests)}{f'; {where}' if where else ''}"


def _annotation(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(message)}\n"


def _data(text: str) -> str:
    """Text of a workflow command, as GitHub's own toolkit escapes it; control characters are spelled out before."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
