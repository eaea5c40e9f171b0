"""JUnit XML, as CI servers read it: a suite a candidate, a case a rule; a failure where a rule failed.

What is undecided is *skipped*, with the reason: it neither passed nor failed. A warning passes, and says so in
``system-out``. What could not be read is an *error*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kldiv_cli.core.headline import rule_in_words, where_it_moved
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.gate import by_candidate, rows_held, unheld_note, verdict_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kldiv_cli.renderers.gate import Held
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.report import Failure, Report


def render(report: Report, _name: str, _style: Style, stream: TextIO) -> None:
    """Write one document; times are 0, for no clock is in the output."""
    suites = [
        (
            f"{own[0].p.label} -> {candidate.label}",
            [row for one in own for row in rows_held(one, report, everything=True) if row.rule is not None],
        )
        for candidate, own in by_candidate(report)
    ]
    encoding = (getattr(stream, "encoding", None) or "utf-8").upper()
    stream.write(f'<?xml version="1.0" encoding="{encoding}"?>\n')
    every = [row for _, rows in suites for row in rows]
    stream.write(f'<testsuites name="kldiv check" {_counts(every, len(report.failed))} time="0">\n')
    for name, rows in suites:
        skipped = sum(row.verdict == "undecided" for row in rows)
        stream.write(f'  <testsuite name={_quoted(name)} {_counts(rows)} skipped="{skipped}" time="0">\n')
        stream.writelines(line for row in rows for line in _case(row, report))
        told = "\n".join(_escaped(note.text) for note in (verdict_note(report), unheld_note(report)) if note)
        stream.write(f"    <system-out>{told}</system-out>\n")
        stream.write("  </testsuite>\n")
    for failure in report.failed:
        stream.writelines(_error(failure))
    stream.write("</testsuites>\n")


def _counts(rows: Sequence[Held], errors: int = 0) -> str:
    failures = sum(row.verdict == "drift" for row in rows)
    return f'tests="{len(rows) + errors}" failures="{failures}" errors="{errors}"'


def _error(failure: Failure) -> Iterator[str]:
    """A suite of what could not be held to anything."""
    name = _quoted(failure.label or "kldiv check")
    yield f'  <testsuite name={name} {_counts((), 1)} skipped="0" time="0">\n'
    yield f'    <testcase classname={name} name="can be read and held" time="0">\n'
    told = _escaped(f"try: {failure.remedy}")
    yield f'      <error message={_quoted(failure.message)} type="cannot tell">{told}</error>\n'
    yield "    </testcase>\n    <system-out></system-out>\n  </testsuite>\n"


def _case(row: Held, report: Report) -> Iterator[str]:
    rule = row.rule
    assert rule is not None, "rows without a rule are no cases"
    limit = f" {rule.kind} {rule.asked}" if rule.kind != "schema" else ""
    name, classname = f"{rule.measure}{limit}", row.comparison.column or "1"
    message = _quoted(rule_in_words(rule, report.tests))
    start = f'    <testcase classname={_quoted(classname)} name={_quoted(name)} time="0"'
    if rule.verdict == "drift":
        where = where_it_moved(row.comparison, rule)
        yield f'{start}>\n      <failure message={message} type="drift">{_escaped(where)}</failure>\n    </testcase>\n'
    elif rule.verdict == "undecided":
        yield f"{start}>\n      <skipped message={message}/>\n    </testcase>\n"
    elif rule.verdict == "warn":
        told = _escaped(f"warning: {rule_in_words(rule, report.tests)}")
        yield f"{start}>\n      <system-out>{told}</system-out>\n    </testcase>\n"
    else:
        yield f"{start}/>\n"


def _escaped(text: str) -> str:
    """Text that is no markup, without characters that XML 1.0 forbids: control characters are spelled out."""
    legal = "".join(
        char if char < "\ud800" or "\ue000" <= char <= "\ufffd" or char > "\uffff" else "\ufffd"
        for char in visible(text)
    )
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace('"', "&quot;") + '"'
