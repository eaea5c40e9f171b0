"""The formats that CI reads: JUnit by its schema, annotations and summaries that nothing forges, JSON by its keys."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import pandas as pd
import pytest
import xmlschema

from kldiv_cli import check
from kldiv_cli.renderers import render
from kldiv_cli.renderers.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from kldiv_cli.report import Report

KLDIV = Path(sys.executable).with_name("kldiv")
LINE = re.compile(r"::(?P<level>error|warning|notice) title=(?P<title>[^:,]*)::(?P<message>.*)")


def text_of(report: Report, name: str, **style: Any) -> str:
    stream = io.StringIO()
    render(report, name, Style(**style), stream)
    return stream.getvalue()


def verdicts_of(report: Report) -> list[str]:
    return [rule.verdict for comparison in report.comparisons for rule in comparison.rules]


HALF, FAR = {"a": 500, "b": 500}, {"a": 300, "b": 700}
TABLE = {
    "gone": range(200),
    "retyped": range(200),
    "emptied": range(200),
    "frozen": range(200),
    "drifted": ["a", "b"] * 100,
    "same": ["a", "b"] * 100,
    "identifier": [f"id{i}" for i in range(200)],
    "instant": pd.date_range("2024-01-01", periods=200).astype(str),
}
NEW = {
    "retyped": ["x", "y"] * 100,
    "emptied": [float("nan")] * 200,
    "frozen": [7] * 200,
    "drifted": ["a", "b", "b", "b"] * 50,
    "same": ["a", "b"] * 100,
    "identifier": [f"id{i}" for i in range(200)],
    "instant": pd.date_range("2024-01-01", periods=200).astype(str),
    "fresh": range(200),
}
REPORTS: dict[str, Callable[[], Report]] = {
    "pass": lambda: check(HALF, HALF),
    "drift": lambda: check(HALF, FAR),
    "warn": lambda: check(HALF, FAR, warn_max="js-distance=10%"),
    "undecided": lambda: check({"a": 5, "b": 5}, {"a": 3, "b": 7}),
    "undecided fails": lambda: check({"a": 5, "b": 5}, {"a": 3, "b": 7}, on_undecided="fail"),
    "schema faults": lambda: check(pd.DataFrame(TABLE), pd.DataFrame(NEW)),
    "schema faults that pass": lambda: check(
        pd.DataFrame(TABLE), pd.DataFrame(NEW), schema={"missing-column": "pass", "new-column": "pass"}
    ),
    "several candidates": lambda: check(HALF, (HALF, FAR, {"a": 3, "b": 7})),
    "several tables": lambda: check(pd.DataFrame(TABLE), (pd.DataFrame(TABLE), pd.DataFrame(NEW))),
    "a column without a name": lambda: check([1.0, 2.0, 3.0, 4.0] * 50, [2.0, 3.0, 4.0, 5.0] * 50),
    "an infinite value": lambda: check(HALF, {"a": 1000}, max=["kl=0.1", "js=3floor"]),
    "an infinite floor": lambda: check({"a": 5, "b": 1}, {"a": 5, "c": 1}, max="kl=3floor"),
    "a directed measure and a least overlap": lambda: check(HALF, FAR, max="chi2=0.01", min="overlap=0.9"),
    "probabilities": lambda: check({"a": 0.5, "b": 0.5}, {"a": 0.3, "b": 0.7}),
    "so many may drift": lambda: check(pd.DataFrame(TABLE), pd.DataFrame(NEW), max_drifted="90%"),
    "a preset": lambda: check(HALF, FAR, preset="psi-banking"),
}
VERDICT = {
    "pass": "pass",
    "drift": "drift",
    "warn": "warn",
    "undecided": "undecided",
    "undecided fails": "drift",
    "several candidates": "drift",
    "so many may drift": "warn",
}


@pytest.fixture(scope="module", params=REPORTS)
def gate(request: pytest.FixtureRequest) -> Report:
    """Gates of every kind."""
    return REPORTS[request.param]()


HOSTILE = {
    "newline": "a\nb",
    "carriage return": "a\rb",
    "windows": "a\r\nb",
    "percent newline": "a%0Ab%0D%0a",
    "percent": "100%",
    "command": "::error::forged",
    "command below": "x\n::error file=a,line=1::forged",
    "command behind blanks": " \t::warning::forged",
    "stop": "::stop-commands::x",
    "older command": "##[error]forged",
    "older command in a word": "a##[stop-commands]forged",
    "older command behind a mark": "###[error]forged",
    "azure": "##vso[task.complete result=Failed]",
    "title": "x,title=y::forged",
    "colons": "a::b:c",
    "commas": "a,b=c",
    "colour": "\x1b[31mred\x1b[0m",
    "terminal title": "\x1b]0;owned\x07",
    "override": "abc\u202etxt.exe",
    "line separator": "a\u2028b\u2029c",
    "next line": "a\x85b\x0bc",
    "nul": "a\x00b",
    "half a pair": "a\ud800b",
    "other half": "\udcff",
    "no character": "a\uffffb\ufffe",
    "fence": "```\n```",
    "code": "`rm`",
    "html": "<script>alert(1)</script>",
    "details": "</details></summary><details open>",
    "link": "[x](javascript:alert(1))",
    "image": "![x](http://example.com/x.png)",
    "pipe": "a|b|",
    "backslash": "a\\|b\\",
    "emphasis": "**a** _b_ ~c~ # d",
    "heading": "# a",
    "entity": "&lt;b&gt;&#10;",
    "cdata": "]]> <![CDATA[ --> <!-- ?>",
    "quotes": "\"a\" 'b'",
    "dashes": "---",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
}


class Hostile(NamedTuple):
    """A name, and reports of which columns, labels and, where the system has such files, candidates are called so."""

    name: str
    single: Report
    several: Report


@pytest.fixture(scope="module", params=HOSTILE.values(), ids=HOSTILE)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    name: str = request.param
    folder = tmp_path_factory.mktemp("hostile")

    def write(file: str, rare: int, **more: str) -> str:
        path = os.path.join(folder, file)
        rows = [
            {name: ("a", "b")[i % rare == 0], "outcome": ("a", name)[i % rare == 0], "same": i % 3}
            | {f"{key} {name}": i % 5 for key in more}
            for i in range(200)
        ]
        with open(path, "w") as stream:
            stream.writelines(f"{json.dumps(row)}\n" for row in rows)
        return path

    file = f"{name}.ndjson" if is_file_name(name) else "candidate.ndjson"
    p, q = write("ref.ndjson", 2, gone=""), write(file, 10, new="")
    return Hostile(name, check(p, q), check(p, (q, p)))


def is_file_name(name: str) -> bool:
    return not {"/", "\0"} & set(name) and not any("\ud800" <= char < "\udc80" for char in name)


def require_harmless(text: str) -> None:
    """No control or format character but the ends of lines, and nothing that UTF-8 cannot write."""
    found = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")}
    assert found <= {"\n"}


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """The schema of Jenkins' xUnit plugin, as pytest 9.2.0 has it (``testing/example_scripts``)."""
    return xmlschema.XMLSchema(str(Path(__file__).with_name("junit-10.xsd")))


class TestJunit:
    def test_every_gate_is_valid(self, schema: xmlschema.XMLSchema, gate: Report) -> None:
        schema.validate(text_of(gate, "junit"))

    def test_every_hostile_name_is_valid_and_harmless(self, schema: xmlschema.XMLSchema, hostile: Hostile) -> None:
        for report in (hostile.single, hostile.several):
            text = text_of(report, "junit")
            schema.validate(text)
            require_harmless(text)

    def test_has_one_case_a_rule_and_a_failure_where_one_failed(self, gate: Report) -> None:
        root = ET.fromstring(text_of(gate, "junit"))
        verdicts = verdicts_of(gate)
        assert len(root.findall(".//testcase")) == len(verdicts)
        assert len(root.findall(".//failure")) == verdicts.count("drift")
        assert len(root.findall(".//skipped")) == verdicts.count("undecided")
        warnings = [text for text in root.findall(".//testcase/system-out") if str(text.text).startswith("warning: ")]
        assert len(warnings) == verdicts.count("warn")

    def test_counts_what_it_holds(self, gate: Report) -> None:
        root = ET.fromstring(text_of(gate, "junit"))
        for suite in (root, *root.findall("testsuite")):
            counts = [len(suite.findall(f".//{name}")) for name in ("testcase", "failure", "error")]
            assert [int(suite.attrib[name]) for name in ("tests", "failures", "errors")] == counts
        for suite in root.findall("testsuite"):
            assert int(suite.attrib["skipped"]) == len(suite.findall(".//skipped"))

    def test_has_a_suite_a_candidate(self, gate: Report) -> None:
        suites = ET.fromstring(text_of(gate, "junit")).findall("testsuite")
        assert [suite.attrib["name"].split(" -> ")[1] for suite in suites] == [one[0] for one in gate.verdicts]

    def test_tells_cases_apart(self, gate: Report) -> None:
        for suite in ET.fromstring(text_of(gate, "junit")).findall("testsuite"):
            names = [(case.attrib["classname"], case.attrib["name"]) for case in suite.findall("testcase")]
            assert len(set(names)) == len(names)

    def test_every_failure_and_every_skip_says_why(self, gate: Report) -> None:
        for kind in ("failure", "skipped"):
            for fault in ET.fromstring(text_of(gate, "junit")).iter(kind):
                assert len(fault.attrib["message"]) > 10

    def test_a_missing_rate_is_not_explained_by_where_the_values_moved(self) -> None:
        p = pd.DataFrame({"x": [*"ab" * 100, *[None] * 20]})
        q = pd.DataFrame({"x": [*"abbb" * 40, *[None] * 60]})
        failures = {
            case.attrib["name"].split()[0]: str(case.findtext("failure"))
            for case in ET.fromstring(text_of(check(p, q), "junit")).iter("testcase")
        }
        assert "mostly" in failures["js-distance"]
        assert "mostly" not in failures["missing"]

    def test_a_report_in_a_file_is_valid(self, schema: xmlschema.XMLSchema, run: Callable, tmp_path: Path) -> None:
        file = tmp_path / "kldiv.xml"
        assert run("check", "größe:500,b:500", "größe:300,b:700", "--report", f"junit={file}").status == 1
        schema.validate(str(file))

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
    def test_stdout_is_in_the_encoding_that_is_declared(self, schema: xmlschema.XMLSchema, encoding: str) -> None:
        done = subprocess.run(
            [KLDIV, "check", "größe:500,b:500", "größe:300,b:700", "-f", "junit"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            timeout=30,
            check=False,
        )
        assert done.returncode == 1
        assert ET.fromstring(done.stdout).tag == "testsuites"
        schema.validate(io.BytesIO(done.stdout))


class TestGithub:
    def test_annotates_what_did_not_pass(self, gate: Report) -> None:
        lines = text_of(gate, "github").splitlines()
        found = [match["level"] for line in lines if (match := LINE.fullmatch(line))]
        verdicts = verdicts_of(gate)
        assert found.count("error") == verdicts.count("drift")
        assert found.count("warning") == verdicts.count("warn") + verdicts.count("undecided")
        assert found.count("notice") == (gate.verdict == "pass")
        of_the_log = [line for line in lines if line.startswith("kldiv: ")]
        assert len(lines) == len(found) + len(of_the_log)
        is_all_held = all(note.code != "not-held" for note in gate.notes)
        assert len(of_the_log) == (gate.verdict != "pass") + (not is_all_held)

    @pytest.mark.parametrize("name", VERDICT)
    def test_ends_with_the_verdict(self, name: str) -> None:
        report = REPORTS[name]()
        last = text_of(report, "github").splitlines()[-1]
        assert report.verdict == VERDICT[name]
        start = "::notice title=kldiv::" if report.verdict == "pass" else "kldiv: "
        assert last.startswith(f"{start}{report.verdict}: ")

    def test_hostile_names_forge_nothing(self, hostile: Hostile) -> None:
        for report in (hostile.single, hostile.several):
            text = text_of(report, "github")
            require_harmless(text)
            lines = text.splitlines()
            assert lines == text.removesuffix("\n").split("\n")
            assert not re.search(r"##\w*\[", text), "runners of GitHub and Azure look for it anywhere in a line"
            *annotations, verdict = lines
            levels = [LINE.fullmatch(line)["level"] for line in annotations]  # type: ignore[index]
            assert levels == ["error"] * 3 + ["warning"]
            assert verdict.startswith("kldiv: drift: ")

    def test_hostile_names_bring_no_escapes_of_their_own(self, hostile: Hostile) -> None:
        for line in text_of(hostile.single, "github").splitlines()[:-1]:
            assert set(re.findall(r"%.{0,2}", line)) <= {"%25", "%3A", "%2C"}

    def test_a_title_shows_the_name_as_it_is(self) -> None:
        report = check(pd.DataFrame({"100% a,b:c": ["a", "b"] * 100}), pd.DataFrame({"100% a,b:c": ["b"] * 200}))
        first = LINE.fullmatch(text_of(report, "github").splitlines()[0])
        assert first is not None
        shown = first["title"].replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
        assert shown.startswith("kldiv: 100% a,b:c ")

    @pytest.mark.parametrize(("number", "lines"), [(8, 8), (9, 9), (10, 10), (25, 10)])
    @pytest.mark.parametrize(("kind", "level"), [("max", "error"), ("warn_max", "warning")])
    def test_tells_nine_at_most_then_how_many_more(self, kind: str, level: str, number: int, lines: int) -> None:
        p, q = (pd.DataFrame({f"c{i}": side for i in range(number)}) for side in (["a", "b"] * 100, ["b"] * 200))
        text = text_of(check(p, q, schema={"newly-constant": "pass"}, **{kind: "tv=0.1"}), "github")
        found = [line for line in text.splitlines() if line.startswith(f"::{level} ")]
        assert len(found) == lines
        if number > 9:
            assert found[-1].endswith(f"::and {number - 9} more")
        else:
            assert " more" not in "".join(found)

    def test_never_has_more_than_ten_of_a_level(self) -> None:
        """GitHub keeps ten annotations of a level a step: what warns and what is undecided share those."""
        columns = {f"w{i}": 200 for i in range(8)} | {f"u{i}": 10 for i in range(8)}
        p, q = (
            pd.DataFrame({name: [*(pattern * 50)[:rows], *[None] * (200 - rows)] for name, rows in columns.items()})
            for pattern in ("abab", "abbb")
        )
        report = check(p, q, warn_max="js-distance=10%")
        assert {verdicts_of(report).count(verdict) for verdict in ("warn", "undecided")} == {8}
        text = text_of(report, "github")
        assert sum(line.startswith("::warning ") for line in text.splitlines()) <= 10
        assert "::and 7 more" in text


class TestStepSummary:
    @pytest.fixture
    def summary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
        return tmp_path / "summary.md"

    def test_is_appended(self, run: Callable, summary: Path) -> None:
        summary.write_text("# Of the step before\n", encoding="utf-8")
        assert run("check", "a:500,b:500", "a:300,b:700", "-f", "github").status == 1
        assert run("check", "a:500,b:500", "a:500,b:500", "-f", "github").status == 0
        text = summary.read_text(encoding="utf-8")
        assert text.startswith("# Of the step before\n")
        assert re.findall(r"^### kldiv: (.*)$", text, re.MULTILINE) == ["drift", "pass"]

    def test_is_the_markdown_report(self, run: Callable, summary: Path) -> None:
        operands = ("a:500,b:500", "a:300,b:700")
        run("check", *operands, "-f", "github")
        assert summary.read_text(encoding="utf-8") == run("check", *operands, "-f", "markdown").stdout

    @pytest.mark.parametrize("name", ["plain", "markdown", "json", "junit", "table"])
    def test_is_left_alone_by_other_formats(self, run: Callable, summary: Path, name: str) -> None:
        run("check", "a:500,b:500", "a:300,b:700", "-f", name)
        assert not summary.exists()

    @pytest.mark.parametrize("place", [".", "no/such/folder/summary.md"])
    def test_that_cannot_be_written_is_a_note(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        without = run("check", "a:500,b:500", "a:300,b:700", "-f", "github")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / place))
        ran = run("check", "a:500,b:500", "a:300,b:700", "-f", "github")
        assert (ran.status, ran.stdout) == (1, without.stdout)
        assert ran.stderr.startswith("kldiv: cannot write the step summary")
        assert len(ran.stderr.splitlines()) == len(without.stderr.splitlines()) + 1

    def test_that_is_empty_is_none(self, run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
        ran = run("check", "a:500,b:500", "a:300,b:700", "-f", "github")
        assert (ran.status, ran.stderr) == (1, "")

    def test_takes_every_hostile_name(self, run: Callable, tmp_path: Path, summary: Path) -> None:
        for number, name in enumerate(HOSTILE.values()):
            for side, masses in (("p", {name: 500, "b": 500}), ("q", {name: 300, "b": 700})):
                (tmp_path / f"{side}{number}.json").write_text(json.dumps(masses))
            files = (str(tmp_path / f"{side}{number}.json") for side in "pq")
            assert run("check", *files, "-f", "github").status == 1
        require_harmless(summary.read_text(encoding="utf-8"))


ESCAPED = re.compile(r"\\[\\`*_{}\[\]|#~!<>()+.-]")


class TestMarkdown:
    def test_begins_with_the_verdict(self, gate: Report) -> None:
        assert text_of(gate, "markdown").startswith(f"### kldiv: {gate.verdict}\n\n{gate.verdict}: ")

    def test_hostile_names_end_no_cell(self, hostile: Hostile) -> None:
        for report in (hostile.single, hostile.several):
            bare = ESCAPED.sub("", text_of(report, "markdown"))
            tables = [block.splitlines() for block in bare.split("\n\n") if block.startswith("|")]
            assert len(tables) == 2
            for table in tables:
                assert len({line.count("|") for line in table}) == 1
                assert set(table[1]) <= set("|-: ")

    def test_hostile_names_are_neither_html_nor_links_nor_code(self, hostile: Hostile) -> None:
        for report in (hostile.single, hostile.several):
            bare = ESCAPED.sub("", text_of(report, "markdown"))
            bare = re.sub(r"<details><summary>\d+ more.*</summary>|</details>", "", bare)
            assert not re.search(r"[<>`\[\]]", bare)
            assert set(re.findall(r"&\w*;", bare)) <= {"&lt;", "&gt;", "&amp;"}
            assert bare.count("**") == (2 if report is hostile.several else 4), "REF and NEW alone are bold"

    def test_hostile_names_leave_one_fold_and_one_heading(self, hostile: Hostile) -> None:
        text = text_of(hostile.single, "markdown")
        assert [text.count(tag) for tag in ("<details>", "<summary>", "</summary>", "</details>")] == [1, 1, 1, 1]
        assert [line for line in text.splitlines() if line.startswith("#")] == ["### kldiv: drift"]
        require_harmless(text)

    def test_hostile_names_stay_inside_terms_and_fence(self, hostile: Hostile) -> None:
        text = text_of(hostile.single, "markdown", terms=True, plot=True)
        require_harmless(text)
        assert {line for line in text.splitlines() if "```" in line} == {"```text", "```"}


class TestCsv:
    @pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
    def test_hostile_names_start_no_formula_and_keep_the_rows(
        self, hostile: Hostile, name: str, delimiter: str
    ) -> None:
        text = text_of(hostile.single, name)
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True))
        assert text.count("\n") == len(rows) + 1
        assert {len(row) for row in rows} == {14}
        assert len({row["column"] for row in rows}) == 5
        for row in rows:
            assert None not in row.values()
            assert not any(str(cell).startswith(("=", "+", "@", "\t", "\r")) for cell in row.values())
            assert not any(row[column].startswith("-") for column in ("p", "q", "column"))

    def test_a_formula_is_quoted(self, hostile: Hostile) -> None:
        rows = csv.DictReader(io.StringIO(text_of(hostile.single, "csv")))
        quoted = any(row["column"].startswith("'") for row in rows)
        assert quoted == (hostile.name[0] in "=+-@\t\r")

    def test_has_a_row_for_every_rule(self, gate: Report) -> None:
        rows = list(csv.DictReader(io.StringIO(text_of(gate, "csv"))))
        assert [row["verdict"] for row in rows if row["kind"] != "-"] == verdicts_of(gate)


RULE = {
    "measure",
    "column",
    "direction",
    "kind",
    "limit",
    "value",
    "p_value",
    "p_adjusted",
    "verdict",
    "n_needed",
    "notes",
}
COMPARISON = {"p", "q", "column", "support", "estimates", "contributions", "rules", "verdict", "notes"}
DOCUMENT = {"format_version", "kldiv_version", "command", "settings", "comparisons", "verdict", "notes"}


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


class TestJson:
    def test_is_strict_and_has_every_key(self, gate: Report) -> None:
        document = json.loads(text_of(gate, "json"), parse_constant=refuse)
        assert set(document) >= DOCUMENT
        assert document["command"] == "check"
        for comparison in document["comparisons"]:
            assert set(comparison) >= COMPARISON
            for rule in comparison["rules"]:
                assert set(rule) >= RULE
                assert rule["kind"] in ("max", "min", "warn-max", "schema")
                assert rule["verdict"] in ("pass", "warn", "drift", "undecided")

    def test_lines_are_the_comparisons_of_the_document(self, gate: Report) -> None:
        lines = [json.loads(line, parse_constant=refuse) for line in text_of(gate, "jsonl").splitlines()]
        assert lines == json.loads(text_of(gate, "json"))["comparisons"]

    def test_has_one_verdict_of_the_run_and_one_a_candidate(self, gate: Report) -> None:
        document = json.loads(text_of(gate, "json"))
        assert document["verdict"] == gate.verdict
        assert [(one["q"], one["verdict"]) for one in document["verdicts"]] == [one[:2] for one in gate.verdicts]
        assert [note["code"] for note in document["notes"]].count("verdict") == 1

    def test_hostile_names_are_themselves(self, hostile: Hostile) -> None:
        document = json.loads(text_of(hostile.single, "json"), parse_constant=refuse)
        columns = {comparison["column"] for comparison in document["comparisons"]}
        assert columns == {hostile.name, "outcome", "same", f"gone {hostile.name}", f"new {hostile.name}"}
        outcomes = {item["outcome"] for one in document["comparisons"] for item in one["contributions"]}
        assert hostile.name.strip() in outcomes

    def test_a_fault_of_the_schema_is_a_comparison_without_estimates(self) -> None:
        document = json.loads(text_of(REPORTS["schema faults"](), "json"))
        (gone,) = [one for one in document["comparisons"] if one["column"] == "gone"]
        assert (gone["estimates"], gone["support"], gone["verdict"]) == ([], None, "drift")
        assert [rule["measure"] for rule in gone["rules"]] == ["missing-column"]
