"""Foreign text made harmless."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kldiv_cli.renderers import delimited
from kldiv_cli.renderers.escape import markdown, plain, spreadsheet, visible


@pytest.mark.parametrize("text", ["", "label", "[red]", "zwei Wörter", "東京", "a\\b", "e\u0301"])
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb", r"a\x0ab"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\x9b"),
        ("\u202e", r"\u202e"),
        ("\ufeff", r"\ufeff"),
        ("\u2028", r"\u2028"),
        ("\U000e0001", r"\U000e0001"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_and_format_characters_are_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(text=st.text())
def test_what_is_visible_is_printable(text: str) -> None:
    assert visible(text).isprintable()


@given(text=st.text())
def test_plain_makes_one_word_of_any_text(text: str) -> None:
    assert len(plain(text).split()) == 1
    assert len(plain(text).split(" ")) == 1


@given(one=st.text(), other=st.text())
@example(one="", other='""')
@example(one="-", other=r"\x2d")
def test_plain_keeps_different_texts_apart(one: str, other: str) -> None:
    assert (plain(one) == plain(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "word"),
    [("", '""'), ("-", r"\x2d"), ("a b", r"a\x20b"), ("a\\b", r"a\\b"), (r"\x2d", r"\\x2d"), ("-1", "-1"), ('"', '"')],
)
def test_plain_spells_blanks_backslashes_and_what_stands_for_none(text: str, word: str) -> None:
    assert plain(text) == word


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "=", "-"])
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str) -> None:
    assert spreadsheet(text) == f"'{visible(text)}"


@pytest.mark.parametrize("text", ["a", "a=1", "1-2", "'", "", " =1"])
def test_a_spreadsheet_gets_other_text_as_it_is(text: str) -> None:
    assert spreadsheet(text) == text


@given(text=st.text())
def test_no_cell_of_a_csv_starts_a_formula(text: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow([spreadsheet(text), "end"])
    ((cell, end),) = csv.reader(io.StringIO(stream.getvalue()), strict=True)
    assert end == "end"
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(text=st.text() | st.text(alphabet=',"\t\n =a'))
def test_foreign_text_is_quoted_as_the_csv_module_does(delimiter: str, text: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerow([spreadsheet(text), "end"])
    assert delimited._cell(delimiter, text) + f"{delimiter}end\n" == stream.getvalue()


@given(text=st.text())
def test_markdown_has_neither_html_nor_a_bare_pipe(text: str) -> None:
    shown = markdown(text)
    assert shown.isprintable()
    bare = shown.replace("\\\\", "").replace("\\|", "")
    assert not set(bare) & set("<>|")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("`x`", r"\`x\`"),
        ("*x* _y_", r"\*x\* \_y\_"),
        ("[x](y)", r"\[x\](y)"),
        ("a\\|b", r"a\\\|b"),
        ("# x", r"\# x"),
    ],
)
def test_markdown_escapes_markup(text: str, shown: str) -> None:
    assert markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@octocat, @an-org/team", "@&#8203;octocat, @&#8203;an-org/team"),
        ("me@evil.example", "me@&#8203;evil.example"),
        ("https://evil.example HTTP://x", "https:&#8203;//evil.example HTTP:&#8203;//x"),
        ("www.evil.example, WWW.x", "www&#8203;.evil.example, WWW&#8203;.x"),
        ("mailto:me", "mailto:&#8203;me"),
        ("$x^2$ costs $5", "&#36;x^2&#36; costs &#36;5"),
        ("5 @ 3, a: b", "5 @ 3, a: b"),
    ],
)
def test_markdown_names_nobody_and_makes_no_link_and_no_formula(text: str, shown: str) -> None:
    """GitHub makes mentions and links of text that no mark of Markdown stands around."""
    assert markdown(text) == shown
