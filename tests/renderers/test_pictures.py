"""Sparklines and paired bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kldiv_cli.core.distribution import Support
from kldiv_cli.core.model import Comparison, Contributions, Side, SupportFacts
from kldiv_cli.renderers.pictures import MOST_BARS, bars, sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence


def compared(p: Sequence[float], q: Sequence[float], support: Support) -> Comparison:
    zeros = np.zeros(len(p))
    found = Contributions(support, np.array(p), np.array(q), zeros, zeros, zeros)
    one = Side(label="x", kind="counts", n=1.0, missing=0.0)
    facts = SupportFacts(support.kind, len(p), "", None, 0.0, 0.0, support.instants)
    return Comparison(one, one, None, facts, (), found, None, ())


def labelled(*labels: str) -> Support:
    return Support("nominal", len(labels), labels=labels)


def test_a_sparkline_draws_the_largest_share_full_and_zero_blank() -> None:
    assert sparkline((0.0, 0.25, 0.5, 1.0), 1.0) == " ▃▅█"


def test_two_sparklines_share_their_scale() -> None:
    assert sparkline((0.5, 0.5), 1.0) == "▅▅"


def test_a_tiny_share_is_seen() -> None:
    assert sparkline((1e-300, 1.0), 1.0) == "▁█"


def test_a_sparkline_of_nothing_is_nothing() -> None:
    assert sparkline((0.0, 0.0), 0.0) == ""
    assert sparkline((), 1.0) == ""


@given(shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_a_sparkline_has_a_cell_a_share_and_never_falls_where_shares_rise(shares: list[float]) -> None:
    shares.sort()
    drawn = sparkline(tuple(shares), max(shares))
    assert len(drawn) == (len(shares) if max(shares) > 0 else 0)
    assert list(drawn) == sorted(drawn)


def test_bars_come_in_pairs_p_above_q_in_the_order_of_the_support() -> None:
    lines = list(bars(compared([0.25, 0.75], [0.75, 0.25], labelled("b", "a")), 38))
    assert [line.side for line in lines] == ["p", "q", "p", "q"]
    assert [line.text.split()[0] for line in lines] == ["b", "Q", "a", "Q"]
    assert lines[0].text.endswith(" 25 %")
    assert lines[2].text.count("█") == 3 * lines[0].text.count("█") == 24


def test_the_longest_bar_fills_the_room_and_no_line_is_wider() -> None:
    for width in (30, 60, 100):
        lines = list(bars(compared([0.001, 0.999], [0.5, 0.5], labelled("x", "y")), width))
        assert max(len(line.text) for line in lines) <= width
        assert max(len(line.text) for line in lines) > width - 10


def test_an_outcome_without_mass_has_a_dot_and_a_tiny_one_a_sliver() -> None:
    lines = list(bars(compared([0.0, 1.0], [1e-9, 1.0], labelled("x", "y")), 40))
    assert lines[0].text == "x P · 0 %"
    assert lines[1].text.startswith("  Q ▏ ")


def test_more_than_forty_outcomes_draw_those_with_most_mass_and_say_so() -> None:
    k = MOST_BARS + 10
    weights = np.arange(1.0, k + 1)
    lines = list(bars(compared(weights / weights.sum(), weights / weights.sum(), labelled(*map(str, range(k)))), 80))
    assert len(lines) == 2 * MOST_BARS + 1
    assert lines[-1] == ("note", "10 outcomes with less mass are not drawn.")
    assert [line.text.split()[0] for line in lines[:-1:2]] == [str(i) for i in range(10, k)]


def test_one_outcome_that_is_left_out_is_told_in_the_singular() -> None:
    k = MOST_BARS + 1
    lines = list(bars(compared([1 / k] * k, [1 / k] * k, labelled(*map(str, range(k)))), 80))
    assert lines[-1].text == "1 outcome with less mass is not drawn."


def test_long_names_are_shortened_and_hostile_ones_spelled_out() -> None:
    lines = list(bars(compared([0.5, 0.5], [0.5, 0.5], labelled("x" * 100, "\x1b[31m")), 80))
    assert lines[0].text.startswith("x" * 23 + "… P ")
    assert lines[2].text.split()[0] == r"\x1b[31m"


def test_names_in_wide_letters_keep_the_bars_aligned() -> None:
    lines = list(bars(compared([0.5, 0.5], [0.5, 0.5], labelled("東京", "x")), 80))
    starts = {cell_len(line.text[: line.text.index("█")]) for line in lines}
    assert len(starts) == 1


def test_bins_and_dates_are_named_in_words() -> None:
    bins = Support("bins", 3, edges=np.array([-np.inf, 0.0, 1.5, np.inf]))
    names = [
        line.text.partition(" P ")[0].strip() for line in bars(compared([0.2, 0.3, 0.5], [0.2, 0.3, 0.5], bins), 80)
    ]
    assert names[::2] == ["up to 0", "0 to 1.5", "above 1.5"]
    days = Support("values", 2, positions=np.array([0.0, 86400.0]), instants=True)
    lines = list(bars(compared([0.5, 0.5], [0.5, 0.5], days), 80))
    assert [line.text.split()[0] for line in lines[::2]] == ["1970-01-01", "1970-01-02"]


@pytest.mark.parametrize("width", [1, 8, 20])
def test_a_narrow_place_still_gets_bars(width: int) -> None:
    assert all(len(line.text) < 40 for line in bars(compared([0.5, 0.5], [0.5, 0.5], labelled("x", "y")), width))


def test_where_nothing_could_be_compared_nothing_is_drawn() -> None:
    nothing = compared([1.0], [1.0], labelled("x"))._replace(contributions=None)
    assert list(bars(nothing, 80)) == []
