"""``kldiv explain``: pages on measures, derived from their rows, and pages on choosing, zeros, noise and input."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from kldiv_cli.cli.pages import PAGES
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kldiv_cli.core.estimators import Estimator
    from kldiv_cli.core.measures import Measure, Unit

_WIDTH = 88


def explained(word: str | None) -> str:
    """Page on a word; without one, what there is to be explained.

    Raises
    ------
    UsageError
        If nothing is called that.
    """
    from kldiv_cli.core.estimators import ONLY_JOINT, estimator_named
    from kldiv_cli.core.joint.table import joint_named
    from kldiv_cli.core.measures import measure_named

    if word is None:
        return _index()
    name = _ALSO.get(word.lower(), word.lower().replace("_", "-"))
    if name in PAGES:
        return PAGES[name].strip("\n") + "\n"
    estimator = joint_named(name) if name in ONLY_JOINT else estimator_named(name)
    if estimator is not None:
        return page_on_estimator(estimator)
    try:
        return page_on(measure_named(name))
    except UsageError as fault:
        import difflib

        nearest = difflib.get_close_matches(name, PAGES, n=1)
        remedy = f"{nearest[0]!r}?" if nearest else f"{fault.remedy}; pages: {' '.join(PAGES)}"
        raise UsageError(f"nothing is called {word!r}", remedy=remedy) from None


_ALSO = {"fit": "densities", "gaussian": "densities", "density": "densities", "intervals": "interval"}
"""Pages by other words for them."""


def page_on(measure: Measure) -> str:
    """Page on one measure: what it is, its range, its zeros, when to use it, and where else it is found."""
    parts = [f"{measure.title} ({measure.key})", "", f"  {measure.formula}", ""]
    facts = (
        ("range", measure.range),
        ("unit", _unit(measure.unit)),
        ("kind", _kind(measure)),
        ("reads", measure.view.value),
        ("zeros", measure.zeros),
        ("use", measure.use),
        ("0.1", measure.reading),
        ("elsewhere", measure.elsewhere),
        ("also called", ", ".join(measure.aliases)),
        ("source", measure.reference),
    )
    parts += _told(facts)
    if "forward" in measure.aliases:
        parts += ["", *textwrap.wrap(_FORWARD, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    return "\n".join(parts) + "\n"


def page_on_estimator(row: Estimator) -> str:
    """Page on one estimator from samples."""
    facts = (("unit", _unit(row.unit)), ("reads", "the rows themselves"), ("use", row.use), ("source", row.reference))
    return "\n".join([f"{row.title} ({row.key})", "", f"  {row.formula}", "", *_told(facts)]) + "\n"


def _told(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Facts that there are, each with its name before it."""
    lines: list[str] = []
    for name, text in facts:
        if text:
            lines += textwrap.wrap(
                text,
                _WIDTH,
                initial_indent=f"  {name:<12}",
                subsequent_indent=" " * 14,
                break_on_hyphens=False,
                break_long_words=False,
            )
    return lines


_FORWARD = (
    "'Forward' and 'reverse' KL are used both ways in the literature, so kldiv never says them: it prints P‖Q and Q‖P "
    "with the names of the operands. Most often 'forward' is D(data‖model) and 'reverse' D(model‖data)."
)


def _unit(unit: Unit) -> str:
    units = {
        "information": "nats; with --base 2 bits, else base-N",
        "root of information": "√nats; with --base 2 √bits",
        "position": "that of the data; days for dates",
        "root of position": "the root of that of the data",
        "square of position": "the square of that of the data",
        "none": "a pure number",
    }
    return units[unit.value]


def _kind(measure: Measure) -> str:
    words = [
        "symmetric" if measure.symmetric else "not symmetric",
        "a metric" if measure.is_metric else "no metric",
    ]
    return ", ".join(words)


def _index() -> str:
    from kldiv_cli.core.estimators import ESTIMATORS
    from kldiv_cli.core.joint.table import JOINT
    from kldiv_cli.core.measures import MEASURES

    lines = ["kldiv explain WORD, where WORD is a page:", ""]
    lines += [f"  {name:<15}{page.strip().splitlines()[0]}" for name, page in PAGES.items()]
    lines += ["", "or a measure:", ""]
    lines += [f"  {measure.key:<15}{measure.title:<24}{measure.range}" for measure in MEASURES]
    lines += ["", "or an estimator from samples:", ""]
    lines += [f"  {row.key:<15}{row.title}" for row in ESTIMATORS]
    lines += ["", "or, with --joint, of several columns at once:", ""]
    lines += [f"  {row.key:<15}{row.title}" for row in JOINT if row not in ESTIMATORS]
    return "\n".join(lines) + "\n"
