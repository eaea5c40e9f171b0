"""Labels and names are foreign text: they cannot colour a terminal, forge a line, break a table or start a formula."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.renderers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LABELS = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "c1": "a\x9b31mb",
    "newline": "first\nsecond",
    "carriage return": "first\rsecond",
    "line separator": "first\u2028second",
    "override": "abc\u202etxt.exe",
    "zero width": "a\u200bb\ufeff",
    "rich markup": "[red]x[bold]",
    "pipe": "a|b|c",
    "html": "<script>alert(1)<script>",
    "entity": "&lt;b&gt;",
    "annotation": "::error file=x::forged",
    "annotation of one word": "::error::forged",
    "annotation below": "x\n::error::forged",
    "annotation behind blanks": "  ::error::forged",
    "backticks": "```\n```",
    "code": "`rm`",
    "link": "[x](javascript:1)",
    "formula": "=cmd()",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1)",
    "tab": "\t=cmd()",
    "return": "\r=cmd()",
    "backslashes": r"a\nb\\",
    "backslash before a pipe": "a\\|b",
    "blanks": "two  words ",
    "quotes": "\"a\",'b'",
    "dash": "-",
    "long": "x" * 300,
    "wide": "東京",
    "emphasis": "*a* _b_ ~c~ # d",
}
FLAT = [name for name in FORMATS if name not in ("json", "jsonl")]
every_label = pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
every_flat_format = pytest.mark.parametrize("name", FLAT)
NO_FILE_NAME = {"long"}


@pytest.fixture
def masses(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """Two JSON files of masses: P has the label and `b`, Q has `b` and `c`, so that KL is infinite and says why."""

    def write(label: str) -> tuple[str, str]:
        for name, found in (("p", {label: 3, "b": 1}), ("q", {"b": 2, "c": 1})):
            (tmp_path / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
        return str(tmp_path / "p.json"), str(tmp_path / "q.json")

    return write


@pytest.fixture
def columns(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """Two CSV tables of two columns, of which one has that name."""

    def write(label: str) -> tuple[str, str]:
        for name, cells in (("p", ["a", "a", "b"]), ("q", ["a", "b", "c"])):
            with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([("other", label), *(("y", cell) for cell in cells)])
        return str(tmp_path / "p.csv"), str(tmp_path / "q.csv")

    return write


def require_harmless(text: str, *, allowed: str = "\n") -> None:
    """No control or format character, and no line that GitHub takes for a command."""
    found = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in allowed}
    assert found == set()
    forged = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert forged == [], "GitHub takes the line for a command"


def require_notes(stderr: str) -> None:
    require_harmless(stderr)
    assert all(line.startswith("kldiv: ") for line in stderr.splitlines())


class TestOutcomes:
    @every_label
    def test_cannot_forge_lines_or_hide_characters(self, run: Callable, masses: Callable, label: str) -> None:
        for name in FLAT:
            ran = run(*masses(label), "-f", name, "--terms", "--plot")
            assert ran.status == 0, name
            require_harmless(ran.stdout, allowed="\n\t" if name == "tsv" else "\n")
            require_notes(ran.stderr)

    @every_label
    def test_do_not_change_how_many_words_a_plain_line_has(self, run: Callable, masses: Callable, label: str) -> None:
        _, terms = run(*masses(label), "--terms").stdout.split("\n\n")
        assert {len(line.split(" ")) for line in terms.splitlines()} == {12}
        assert {len(line.split()) for line in terms.splitlines()} == {12}

    def test_stay_apart_in_plain(self, run: Callable, masses: Callable) -> None:
        words = set()
        for label in LABELS.values():
            _, terms = run(*masses(label), "--terms").stdout.split("\n\n")
            words.add(terms.splitlines()[1].split(" ")[3])
        assert len(words) == len(LABELS)

    @pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
    @every_label
    def test_start_no_formula_and_keep_the_columns(
        self, run: Callable, masses: Callable, name: str, delimiter: str, label: str
    ) -> None:
        text = run(*masses(label), "-f", name, "--terms").stdout
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True))
        assert len(rows) == 3
        assert text.count("\n") == 4
        for row in rows:
            assert None not in row
            assert not row["outcome"].startswith(("=", "+", "-", "@", "\t", "\r"))
            float(row["mass_p"])
        if label.startswith(("=", "+", "-", "@", "\t")):
            assert rows[0]["outcome"].startswith("'")

    @every_label
    def test_neither_end_a_markdown_cell_nor_open_markup(self, run: Callable, masses: Callable, label: str) -> None:
        text = run(*masses(label), "-f", "markdown", "--terms", "--top", "3").stdout
        bare = re.sub(r"\\[\\`*_{}\[\]|#~!<>()+.-]", "", text)
        tables = [re.split("\n", block) for block in bare.split("\n\n") if block.startswith("|")]
        assert len(tables) == 2
        for table in tables:
            assert len({line.count("|") for line in table}) == 1
        assert not re.search(r"[<>`\[\]]", bare)
        assert bare.count("**") == 4, "P and Q alone are bold"

    @every_label
    def test_stay_inside_the_fence_of_a_markdown_plot(self, run: Callable, masses: Callable, label: str) -> None:
        text = run(*masses(label), "-f", "markdown", "--plot").stdout
        assert [line for line in text.splitlines() if line.lstrip().startswith("```")] == ["```text", "```"]

    @every_label
    def test_bring_no_colour_of_their_own_to_a_terminal(self, run: Callable, masses: Callable, label: str) -> None:
        options = ("-f", "table", "--terms", "--color", "always")
        ran = run(*masses(label), *options)
        ours = set(re.findall(r"\x1b\[[\d;]*m", run(*masses("harmless"), *options).stdout))
        assert set(re.findall(r"\x1b\[[\d;]*m", ran.stdout)) <= ours
        require_harmless(re.sub(r"\x1b\[[\d;]*m", "", ran.stdout))

    def test_are_shown_as_they_are_written_where_they_look_like_markup(self, run: Callable, masses: Callable) -> None:
        text = run(*masses("[red]x[bold]"), "-f", "table", "--terms").stdout
        assert "Q never has [red]x[bold]" in text
        assert "\n[red]x[bold] " in text

    def test_are_escaped_visibly(self, run: Callable, masses: Callable) -> None:
        assert r"abc\u202etxt.exe" in run(*masses("abc\u202etxt.exe"), "-f", "table", "--terms").stdout
        assert r"\x1b[31mred\x1b[0m" in run(*masses("\x1b[31mred\x1b[0m"), "-f", "csv", "--terms").stdout

    @every_label
    def test_are_themselves_in_json(self, run: Callable, masses: Callable, label: str) -> None:
        document = json.loads(run(*masses(label), "-f", "json").stdout)
        assert label in [item["outcome"] for item in document["comparisons"][0]["contributions"]]
        line = run(*masses(label), "-f", "jsonl").stdout
        assert line.count("\n") == 1
        assert label in [item["outcome"] for item in json.loads(line)["contributions"]]

    def test_that_are_empty_can_be_seen(self, run: Callable, masses: Callable) -> None:
        _, terms = run(*masses(""), "--terms").stdout.split("\n\n")
        assert [line.split(" ")[3] for line in terms.splitlines()] == ["outcome", '""', "b", "c"]
        text = run(*masses(""), "-f", "table").stdout
        assert "Q never has  (" not in text, "an empty label leaves a hole in the sentence"

    def test_that_are_a_dash_are_told_from_none_in_plain(self, run: Callable, masses: Callable) -> None:
        _, terms = run(*masses("-"), "--terms").stdout.split("\n\n")
        assert terms.splitlines()[1].split(" ")[2:4] == ["-", r"\x2d"]

    def test_in_wide_letters_keep_the_table_straight(self, run: Callable, masses: Callable) -> None:
        lines = run(*masses("東京"), "-f", "table", "--terms").stdout.splitlines()
        start = next(number for number, line in enumerate(lines) if line.startswith("outcome"))
        ends = [len(line) + line.count("東") + line.count("京") for line in lines[start : start + 4]]
        assert len(set(ends)) == 1


class TestColumnNames:
    @every_label
    def test_cannot_forge_lines_or_hide_characters(self, run: Callable, columns: Callable, label: str) -> None:
        for name in FLAT:
            ran = run(*columns(label), "-d", ",", "-f", name, "--plot")
            assert ran.status == 0, name
            require_harmless(ran.stdout, allowed="\n\t" if name == "tsv" else "\n")
            require_notes(ran.stderr)

    @every_label
    def test_start_no_formula(self, run: Callable, columns: Callable, label: str) -> None:
        rows = list(csv.DictReader(io.StringIO(run(*columns(label), "-d", ",", "-f", "csv").stdout), strict=True))
        assert len({row["column"] for row in rows}) == 2
        assert not any(row["column"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)

    @every_label
    def test_keep_a_markdown_table_whole(self, run: Callable, columns: Callable, label: str) -> None:
        bare = re.sub(r"\\[\\`*_{}\[\]|#~!<>()+.-]", "", run(*columns(label), "-d", ",", "-f", "markdown").stdout)
        (table,) = [block.splitlines() for block in bare.split("\n\n") if block.startswith("|")]
        assert len({line.count("|") for line in table}) == 1
        assert len(table) == 4

    @every_label
    def test_that_are_misspelt_are_told_harmlessly(self, run: Callable, columns: Callable, label: str) -> None:
        ran = run(*columns(label), "-d", ",", "-c", f"misspelt{label}".replace(",", ""))
        assert ran.status == 2
        require_harmless(ran.stderr)
        assert len(ran.stderr.splitlines()) == 2


class TestOperands:
    @every_flat_format
    @pytest.mark.parametrize(
        "label", [text for key, text in LABELS.items() if key != "long"], ids=[key for key in LABELS if key != "long"]
    )
    def test_file_names_are_shown_harmlessly(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, label: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        file = f"{label}.csv"
        with open(file, "w", encoding="utf-8") as stream:
            stream.write("x\na\nb\n")
        ran = run("-f", name, "--", file, "a:1,b:3")
        assert ran.status == 0
        require_harmless(ran.stdout, allowed="\n\t" if name == "tsv" else "\n")
        require_notes(ran.stderr)
        if name in ("csv", "tsv"):
            rows = csv.DictReader(io.StringIO(ran.stdout), delimiter="," if name == "csv" else "\t", strict=True)
            assert not any(row["p"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
        if name == "plain":
            assert {len(line.split()) for line in ran.stdout.splitlines()} == {10}

    @every_label
    def test_files_that_are_not_there_are_told_harmlessly(self, run: Callable, label: str) -> None:
        ran = run("--", f"./{label}.csv", "a:1,b:3")
        assert ran.status == 2
        require_harmless(ran.stderr)
        assert len(ran.stderr.splitlines()) == 2

    @pytest.mark.parametrize("content", ["", "x\n", "x,y\n1\n", '{"a": 1, "a": 2}'])
    def test_files_that_cannot_be_read_are_told_harmlessly(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        file = "x\n::error::forged\u202e\x1b[31m.csv"
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(content)
        ran = run(file, "a:1,b:3")
        assert ran.status == 2
        require_harmless(ran.stderr)
        assert len(ran.stderr.splitlines()) == 2
        assert r"\x1b[31m" in ran.stderr

    @pytest.mark.parametrize("args", [("-m", "x\n::error::y"), ("-f", "\x1b[31m"), ("-b", "\u202e"), ("--x\n::y",)])
    def test_options_are_told_harmlessly(self, run: Callable, args: tuple[str, ...]) -> None:
        ran = run("0.5,0.5", "0.4,0.6", *args)
        assert ran.status == 2
        require_harmless(ran.stderr)
        assert len(ran.stderr.splitlines()) == 2

    @every_flat_format
    def test_given_labels_are_shown_harmlessly(self, run: Callable, name: str) -> None:
        ran = run("\x1b(B@=0.5,0.5", "<b>|\n=0.4,0.6", "-f", name)
        assert ran.status == 0
        require_harmless(ran.stdout, allowed="\n\t" if name == "tsv" else "\n")
        assert "<b>" not in ran.stdout or name != "markdown"

    def test_a_label_is_itself_in_json(self, run: Callable) -> None:
        ran = run("\x1b(B@=0.5,0.5", "<b>|\n=0.4,0.6", "-f", "json")
        (comparison,) = json.loads(ran.stdout)["comparisons"]
        assert [comparison[side]["label"] for side in "pq"] == ["\x1b(B@", "<b>|\n"]


def test_no_label_here_is_a_name_that_the_system_refuses(tmp_path: Path) -> None:
    for key, label in LABELS.items():
        if key not in NO_FILE_NAME:
            (tmp_path / f"{label}.csv").touch()
    assert len(os.listdir(tmp_path)) == len(LABELS) - len(NO_FILE_NAME)


class TestGroups:
    @every_label
    def test_names_of_groups_are_harmless_in_every_format(self, run: Callable, tmp_path: Path, label: str) -> None:
        path = tmp_path / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerows(
                [["g", "x"], *([name, k % size] for name, size in ((label, 2), ("b", 5)) for k in range(30))]
            )
        for command in ((), ("trend",), ("matrix",), ("check", "--isolated")):
            for name in (*FLAT, "junit") if "check" in command else FLAT:
                ran = run(*command, str(path), "--by", "g", "-m", "js", "-f", name)
                assert ran.status in (0, 1), (command, name, ran.stderr)
                require_harmless(ran.stdout, allowed="\n\t" if name == "tsv" else "\n")
                if name == "csv":
                    rows = list(csv.DictReader(io.StringIO(ran.stdout), strict=True))
                    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
