"""`kldiv check`: exit statuses, one verdict in every format, and what is printed."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kldiv_cli.renderers import FORMATS, OF_GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

KLDIV = Path(sys.executable).with_name("kldiv")
EVERY_FORMAT = (*FORMATS, *OF_GATES)
JANUARY, JULY = "flights/2013-01.csv", "flights/2013-07.csv"
DRIFT = 1
CANNOT_TELL = 2

ROWS = 120
X, LETTERS = range(ROWS), [*"abcd" * (ROWS // 4)]
DAYS = [f"2024-{{}}-{1 + n % 28:02}" for n in X]
TABLES: dict[str, dict[str, Sequence[object]]] = {
    "ref": {"x": X, "c": LETTERS},
    "same": {"x": X, "c": LETTERS},
    "far": {"x": range(ROWS, 2 * ROWS), "c": LETTERS},
    "few": {"x": range(5, ROWS, 10), "c": [*"abcd" * 3]},
    "gone": {"c": LETTERS, "d": LETTERS},
    "retyped": {"x": LETTERS, "c": LETTERS},
    "emptied": {"x": [""] * ROWS, "c": LETTERS},
    "wider": {"x": X, "c": LETTERS, "z": X},
    "flags": {"x": X, "flag": ["yes", *["no"] * (ROWS - 1)]},
    "one-flag": {"x": X, "flag": ["no"] * ROWS},
    "others": {"y": X, "d": LETTERS},
    "people": {"id": [f"person {n}" for n in X]},
    "more-people": {"id": [f"somebody {n}" for n in X]},
    "january": {"day": [day.format("01") for day in DAYS]},
    "february": {"day": [day.format("02") for day in DAYS]},
    "header": {"x": [], "c": []},
}


def written(folder: Path, name: str, table: Mapping[str, Sequence[object]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("tables")
    for name, table in TABLES.items():
        written(found, name, table)
    (found / "empty.csv").write_bytes(b"")
    (found / "latin.csv").write_bytes("x,c\n1,ä\n".encode("latin-1"))
    return found


@pytest.fixture
def tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of columns that went, came or changed, in the folder that tests run in."""
    monkeypatch.chdir(folder)


class Case(NamedTuple):
    """A gate, and what it comes to."""

    verdict: str | None
    """None where it cannot be told."""
    said: str
    """Part of the line that says why."""
    reference: str
    candidate: str
    options: tuple[str, ...] = ()

    def line(self, *options: str, between: tuple[str, ...] = ()) -> tuple[str, ...]:
        return ("check", self.reference, *between, self.candidate, *self.options, *options)


CASES = {
    "nothing wrong": Case("pass", "2 columns held", "ref.csv", "same.csv"),
    "a drifted column": Case("drift", "x drifted", "ref.csv", "far.csv"),
    "noise": Case("undecided", "rows a side would decide", "ref.csv", "few.csv"),
    "a missing column": Case("drift", "x is gone from gone.csv", "ref.csv", "gone.csv"),
    "a changed type": Case("drift", "x holds numbers in ref.csv and labels in retyped", "ref.csv", "retyped.csv"),
    "an all-missing column": Case("drift", "x has no value left", "ref.csv", "emptied.csv"),
    "a new column": Case("warn", "z is new in wider.csv", "ref.csv", "wider.csv"),
    "a newly constant column": Case("warn", "flag became constant", "flags.csv", "one-flag.csv"),
    "dates that a rule names": Case(
        "drift", "day drifted", "january.csv", "february.csv", ("--max", "day:js-distance=10%")
    ),
    "probabilities": Case("drift", "JS distance 38.3 % > 10 %", "0.5,0.5", "0.9,0.1"),
    "an empty file": Case(None, "empty.csv is empty", "ref.csv", "empty.csv"),
    "an empty reference": Case(None, "empty.csv is empty", "empty.csv", "ref.csv"),
    "a header alone": Case(None, "has a header and no rows", "ref.csv", "header.csv"),
    "no common column": Case(None, "have no column in common", "ref.csv", "others.csv"),
    "an unreadable file": Case(None, "not UTF-8", "ref.csv", "latin.csv"),
    "a file that is not there": Case(None, "there is no file 'sane.csv'", "ref.csv", "sane.csv"),
    "an unknown measure": Case(None, "there is no measure 'jss'", "ref.csv", "far.csv", ("--max", "jss=0.1")),
    "an unknown column in a limit": Case(
        None, "the limit y:js=0.1 names no column", "ref.csv", "far.csv", ("--max", "y:js=0.1")
    ),
    "a measure that fits no column named": Case(
        None, "the limit c:w1=0.1 applies to no column", "ref.csv", "far.csv", ("--max", "c:w1=0.1")
    ),
    "identifiers alone": Case(None, "nothing was held to any rule", "people.csv", "more-people.csv"),
    "dates alone": Case(None, "nothing was held to any rule", "january.csv", "february.csv"),
}
OPTIONS: dict[str, tuple[str, ...]] = {
    "none": (),
    "-q": ("-q",),
    "--exit-zero": ("--exit-zero",),
    "-o FILE": ("-o", "{folder}/out.txt"),
    "-q -o FILE": ("-q", "-o", "{folder}/out.txt"),
    "--report": ("--report", "json={folder}/kldiv.json", "--report", "junit={folder}/kldiv.xml"),
    "--on-undecided pass": ("--on-undecided", "pass"),
    "--on-undecided warn": ("--on-undecided", "warn"),
    "--on-undecided fail": ("--on-undecided", "fail"),
    "--na category": ("--na", "category"),
    "--max-drifted": ("--max-drifted", "100%"),
    "--correction": ("--correction", "holm", "--alpha", "0.005"),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every_format = pytest.mark.parametrize("name", EVERY_FORMAT)
every_option = pytest.mark.parametrize("option", OPTIONS)
OF_OUTPUT = ("none", "-q", "--exit-zero", "-o FILE", "-q -o FILE", "--report", "--max-drifted", "--na category")


def outcome(case: Case, option: str) -> str | None:
    """The verdict that an option makes of that of a case."""
    if case.verdict == "undecided":
        return {"--on-undecided warn": "warn", "--on-undecided fail": "drift"}.get(option, "undecided")
    return "warn" if case.verdict == "drift" and option == "--max-drifted" else case.verdict


def status_of(verdict: str | None, option: str = "") -> int:
    if verdict is None:
        return CANNOT_TELL
    return DRIFT if verdict == "drift" and option != "--exit-zero" else 0


def require_told(ran: tuple[int, str, str], said: str) -> None:
    """What cannot be told is said in two lines, and on stdout nothing but the same, in formats that can tell it."""
    _, stdout, stderr = ran
    if stdout:
        require_fault_in(stdout, said)
    first, second = stderr.splitlines()
    assert first.startswith("kldiv: ")
    assert said in first
    assert second.startswith("  try: ")
    assert len(second) > len("  try: ")


def require_fault_in(text: str, said: str) -> None:
    """A report that tells why there is no verdict, and no verdict."""
    plain = html.unescape(text).replace("\\", "").replace("%25", "%")
    assert said in plain
    if text.startswith("{"):
        document = json.loads(text)
        assert (document["verdict"], document["comparisons"], len(document["failed"])) == (None, [], 1)
    elif text.startswith("<?xml"):
        suites = ET.fromstring(text)
        assert (suites.get("errors"), suites.get("failures"), len(suites.findall(".//error"))) == ("1", "0", 1)
    else:
        assert text.startswith(("### kldiv: cannot tell\n", "::error title=kldiv%3A cannot tell::"))


HEADLINES = {
    "table": r"^  (\w+): ",
    "plain": r"^kldiv: (pass|warn|drift|undecided): ",
    "markdown": r"^(\w+): ",
    "github": r"^(?:kldiv|::notice title=kldiv:): ?(\w+): ",
    "junit": r"^    <system-out>(\w+): ",
}


def verdicts_in(name: str, stdout: str, stderr: str) -> set[str]:
    """Every verdict on the run that a format tells: in its line, and where it has one in a place of its own."""
    if name == "json":
        document = json.loads(stdout)
        notes = [note["text"].split(":")[0] for note in document["notes"] if note["code"] == "verdict"]
        assert len(notes) == 1
        return {document["verdict"], *notes}
    text = stderr if name in ("plain", "csv", "tsv", "jsonl") else stdout
    pattern = HEADLINES.get(name, HEADLINES["plain"])
    found = re.findall(pattern.replace(r"\w+", "pass|warn|drift|undecided"), text, re.MULTILINE)
    if name == "markdown":
        found += re.findall(r"^### kldiv: (\w+)$", text, re.MULTILINE)
        assert len(found) == 2
    return set(found)


def rules_in(name: str, stdout: str) -> list[str]:
    """Verdicts on single rules, of formats that tell all of them."""
    if name in ("json", "jsonl"):
        comparisons = (
            json.loads(stdout)["comparisons"] if name == "json" else [json.loads(line) for line in stdout.splitlines()]
        )
        return sorted(rule["verdict"] for comparison in comparisons for rule in comparison["rules"])
    if name == "plain":
        return sorted(line.split()[-1] for line in stdout.splitlines()[1:] if not line.endswith(" -"))
    if name in ("csv", "tsv"):
        rows = csv.DictReader(io.StringIO(stdout), delimiter="," if name == "csv" else "\t")
        return sorted(row["verdict"] for row in rows if row["verdict"] != "-")
    found = []
    for case in ET.fromstring(stdout).iter("testcase"):
        warns = str(case.findtext("system-out")).startswith("warning: ")
        kinds = [child.tag for child in case]
        found.append("drift" if "failure" in kinds else "undecided" if "skipped" in kinds else "warn" if warns else "")
    return sorted(verdict or "pass" for verdict in found)


class TestStatus:
    @every_case
    @every_format
    def test_of_every_fault_in_every_format(self, run: Callable, tables: None, case: Case, name: str) -> None:
        ran = run(*case.line("-f", name))
        assert ran.status == status_of(case.verdict)
        if case.verdict is None:
            require_told(ran, case.said)
        else:
            assert verdicts_in(name, ran.stdout, ran.stderr) == {case.verdict}

    @every_case
    @every_option
    def test_of_every_fault_with_every_option(
        self, run: Callable, tables: None, tmp_path: Path, case: Case, option: str
    ) -> None:
        ran = run(*case.line(*(word.format(folder=tmp_path) for word in OPTIONS[option])))
        verdict = outcome(case, option)
        assert ran.status == status_of(verdict, option)
        if verdict is None:
            require_told(ran, case.said)
            for file in tmp_path.iterdir():
                require_fault_in(file.read_text(encoding="utf-8"), case.said)
        elif "-q" in option:
            assert (ran.stdout, ran.stderr) == ("", "")
        else:
            assert verdicts_in("plain", ran.stdout, ran.stderr) == {verdict}
            assert case.said in ran.stderr

    @every_format
    @pytest.mark.parametrize("option", OF_OUTPUT)
    @pytest.mark.parametrize("fault", ["nothing wrong", "a drifted column", "no common column"])
    def test_of_every_option_in_every_format(
        self, run: Callable, tables: None, tmp_path: Path, name: str, option: str, fault: str
    ) -> None:
        case = CASES[fault]
        ran = run(*case.line(*(word.format(folder=tmp_path) for word in OPTIONS[option]), "-f", name))
        verdict = outcome(case, option)
        assert ran.status == status_of(verdict, option)
        if verdict is None:
            require_told(ran, case.said)
            tells = name in ("json", "markdown", "github", "junit")
            assert bool(ran.stdout) == (tells and "-q" not in option and "FILE" not in option)
            files = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
            assert len(files) == (2 if option == "--report" else tells and "-o FILE" in option)
            for text in files:
                require_fault_in(text, case.said)
            return
        stdout = ran.stdout
        if "FILE" in option:
            assert stdout == ""
            stdout = (tmp_path / "out.txt").read_text(encoding="utf-8")
        if option == "-q":
            assert (stdout, ran.stderr) == ("", "")
        elif option != "-q -o FILE" or name not in ("plain", "csv", "tsv", "jsonl"):  # whose verdict is a note
            assert verdicts_in(name, stdout, ran.stderr) == {verdict}
        if option == "--report":
            for other, file in (("json", "kldiv.json"), ("junit", "kldiv.xml")):
                assert verdicts_in(other, (tmp_path / file).read_text(encoding="utf-8"), "") == {verdict}

    @every_case
    def test_of_several_candidates_is_that_of_the_worst(self, run: Callable, tables: None, case: Case) -> None:
        good = case.reference
        for between in ((good,), (good, good)):
            assert run(*case.line(between=between)).status == status_of(case.verdict)
        swapped = run("check", case.reference, case.candidate, good, *case.options)
        assert swapped.status == status_of(case.verdict)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (("check",), "REF and NEW are missing"),
            (("check", "ref.csv"), "NEW, the second operand, is missing"),
            (("check", "ref.csv", "uniform"), "uniform is no data that could drift"),
            (("check", "-", "-"), "stdin can be read once"),
            (("check", "ref.csv", "far.csv", "--no-such-option"), "--no-such-option"),
            (("check", "ref.csv", "far.csv", "-f", "pdf"), "there is no output format 'pdf'"),
            (("check", "ref.csv", "far.csv", "--report", "pdf=x"), "there is no output format 'pdf'"),
            (("check", "ref.csv", "far.csv", "--report", "junit"), "is not FORMAT=FILE"),
            (("check", "ref.csv", "far.csv", "-o", "nowhere/x"), "there is no folder 'nowhere'"),
            (("check", "ref.csv", "far.csv", "--report", "junit=nowhere/x"), "there is no folder 'nowhere'"),
            (("check", "ref.csv", "far.csv", "--max", "js"), "is not MEASURE=X"),
            (("check", "ref.csv", "far.csv", "--max", "overlap=0.8"), "--max on overlap"),
            (("check", "ref.csv", "far.csv", "--min", "js=0.8"), "--min on js"),
            (("check", "ref.csv", "far.csv", "--max", "kl=10%"), "has no maximum"),
            (("check", "ref.csv", "far.csv", "--alpha", "0"), "is not between 0 and 1"),
            (("check", "ref.csv", "far.csv", "--alpha", "few"), "'few' is not a valid float"),
            (("check", "ref.csv", "far.csv", "--correction", "fdr"), "there is no correction 'fdr'"),
            (("check", "ref.csv", "far.csv", "--on-undecided", "ask"), "what is undecided cannot 'ask'"),
            (("check", "ref.csv", "far.csv", "--max-drifted", "2"), "is not between 0 and 1"),
            (("check", "ref.csv", "far.csv", "--max-drifted", "some"), "is no share"),
            (("check", "ref.csv", "far.csv", "-c", "y"), "has no column 'y'"),
            (("check", "ref.csv", "far.csv", "--exclude", "y"), "no operand has a column 'y'"),
            (("check", "ref.csv", "far.csv", "--exclude", "x,c"), ""),
            (("check", "ref.csv", "far.csv", "--config", "none.toml"), "cannot read none.toml"),
        ],
        ids=" ".join,
    )
    def test_of_what_cannot_be_asked_is_2(self, run: Callable, tables: None, line: tuple[str, ...], said: str) -> None:
        ran = run(*line)
        assert ran.status == CANNOT_TELL
        require_told(ran, said)

    @pytest.mark.parametrize(
        "candidates", [("far.csv", "empty.csv"), ("empty.csv", "far.csv"), ("far.csv", "others.csv")]
    )
    @pytest.mark.parametrize("option", [(), ("--exit-zero",), ("-q",), ("-f", "junit")], ids=" ".join)
    def test_of_what_cannot_be_told_outranks_drift(
        self, run: Callable, tables: None, candidates: tuple[str, ...], option: tuple[str, ...]
    ) -> None:
        ran = run("check", "ref.csv", *candidates, *option)
        assert ran.status == CANNOT_TELL
        assert "could not be held" in ran.stderr or option
        if option == ("-f", "junit"):
            suites = ET.fromstring(ran.stdout)
            assert (suites.get("errors"), suites.get("failures")) == ("1", "1")
        elif option == ("-q",):
            assert ran.stdout == ""
        else:
            assert ran.stdout.count(" far.csv ") == ran.stdout.count("\n") - 1

    @every_format
    def test_of_one_bad_candidate_leaves_the_others_their_verdicts(
        self, run: Callable, tables: None, tmp_path: Path, name: str
    ) -> None:
        """One that is read well passes nothing, for the run has not held all that it was given."""
        report = tmp_path / "kldiv.json"
        ran = run("check", "ref.csv", "same.csv", "absent.csv", "empty.csv", "-f", name, "--report", f"json={report}")
        assert ran.status == CANNOT_TELL
        assert verdicts_in(name, ran.stdout, ran.stderr) == {"undecided"}
        document = json.loads(report.read_text(encoding="utf-8"))
        assert document["verdicts"] == [{"q": "same.csv", "verdict": "pass"}]
        assert [failed["q"] for failed in document["failed"]] == ["absent.csv", "empty.csv"]
        assert ran.stderr.count("  try: ") == 2
        for text in ("absent.csv", "empty.csv"):
            assert text in ran.stderr
            assert name in ("plain", "csv", "tsv", "jsonl") or text in ran.stdout

    def test_of_a_candidate_that_no_rule_is_for_outranks_all_others(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written(tmp_path, "few", {"id": [f"person {n}" for n in range(30)]})
        written(tmp_path, "many", {"id": [f"somebody {n}" for n in range(100)]})
        monkeypatch.chdir(tmp_path)
        assert run("check", "few.csv", "many.csv").status == CANNOT_TELL
        assert run("check", "few.csv", "few.csv", "many.csv").status == CANNOT_TELL

    @pytest.mark.parametrize("option", [("-o", "/dev/full"), ("--report", "json=/dev/full")], ids=" ".join)
    def test_of_a_report_that_cannot_be_written_outranks_drift(
        self, run: Callable, tables: None, option: tuple[str, ...]
    ) -> None:
        ran = run(*CASES["a drifted column"].line(*option))
        assert ran.status == CANNOT_TELL
        assert "No space left on device" in ran.stderr

    def test_of_an_internal_error_is_2(self, run: Callable, tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr("kldiv_cli.pipeline.check.judged", fail)
        ran = run(*CASES["a drifted column"].line())
        require_told(ran, "internal error: ZeroDivisionError: a fault of ours")
        assert ran.status == CANNOT_TELL

    @pytest.mark.parametrize("fault", ["nothing wrong", "a drifted column"])
    def test_is_the_same_for_a_reference_by_option_and_for_a_pipe(
        self, run: Callable, tables: None, folder: Path, fault: str
    ) -> None:
        case = CASES[fault]
        status = status_of(case.verdict)
        assert run("check", "--ref", case.reference, case.candidate).status == status
        assert run("check", case.reference, "-", stdin=(folder / case.candidate).read_bytes()).status == status

    @pytest.mark.parametrize("fault", ["nothing wrong", "a drifted column", "a missing column", "a new column"])
    def test_is_the_same_for_a_baseline(self, run: Callable, tables: None, tmp_path: Path, fault: str) -> None:
        case, baseline = CASES[fault], str(tmp_path / "baseline.json")
        assert run("profile", case.reference, "-o", baseline).status == 0
        ran = run("check", baseline, case.candidate)
        assert ran.status == status_of(case.verdict)
        assert verdicts_in("plain", *ran[1:]) == {case.verdict}


class TestHowManyMayDrift:
    @pytest.fixture
    def ten_columns(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three of ten columns drifted, and one more table in which one did."""
        written(tmp_path, "ref", {f"x{n}": X for n in range(10)})
        for name, drifted in (("three", 3), ("one", 1)):
            written(tmp_path, name, {f"x{n}": range(ROWS, 2 * ROWS) if n < drifted else X for n in range(10)})
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize(
        ("share", "verdict"),
        [("0%", "drift"), ("29.9%", "drift"), ("30%", "warn"), ("0.3", "warn"), ("100%", "warn"), ("1", "warn")],
    )
    def test_is_a_share_of_the_columns(self, run: Callable, ten_columns: None, share: str, verdict: str) -> None:
        ran = run("check", "ref.csv", "three.csv", "--max-drifted", share, "-f", "json")
        assert ran.status == status_of(verdict)
        assert verdicts_in("json", ran.stdout, "") == {verdict}

    def test_is_counted_for_each_candidate(self, run: Callable, ten_columns: None) -> None:
        ran = run("check", "ref.csv", "one.csv", "three.csv", "--max-drifted", "10%", "-f", "json")
        assert [row["verdict"] for row in json.loads(ran.stdout)["verdicts"]] == ["warn", "drift"]
        assert ran.status == DRIFT

    def test_makes_no_warning_of_nothing(self, run: Callable, ten_columns: None) -> None:
        assert verdicts_in("json", run("check", "ref.csv", "ref.csv", "--max-drifted", "50%", "-f", "json")[1], "") == {
            "pass"
        }

    def test_is_said_where_it_lets_columns_drift(self, run: Callable, ten_columns: None) -> None:
        assert "--max-drifted 50 %" in run("check", "ref.csv", "three.csv", "--max-drifted", "50%").stderr

    def test_is_said_to_a_ci_server_too_a_gate_that_lets_columns_drift_reports_no_failure(
        self, run: Callable, ten_columns: None
    ) -> None:
        line = ("check", "ref.csv", "three.csv", "--max-drifted", "50%")
        assert ET.fromstring(run(*line, "-f", "junit").stdout).attrib["failures"] == "0"
        assert "::error" not in run(*line, "-f", "github").stdout


class TestOneVerdict:
    """What one format says of a rule, all say."""

    held = pytest.mark.parametrize("fault", [name for name, case in CASES.items() if case.verdict is not None])

    @held
    def test_every_format_that_lists_all_rules_lists_the_same(self, run: Callable, tables: None, fault: str) -> None:
        names = ("json", "jsonl", "plain", "csv", "tsv", "junit")
        found = {name: rules_in(name, run(*CASES[fault].line("-f", name)).stdout) for name in names}
        assert len({tuple(rules) for rules in found.values()}) == 1, found
        assert found["json"]

    @held
    def test_the_verdict_is_that_of_the_worst_rule(self, run: Callable, tables: None, fault: str) -> None:
        order = ("pass", "undecided", "warn", "drift")
        document = json.loads(run(*CASES[fault].line("-f", "json")).stdout)
        held = [one for one in document["comparisons"] if one["verdict"] is not None]
        for comparison in held:
            assert comparison["verdict"] == max((rule["verdict"] for rule in comparison["rules"]), key=order.index)
        assert document["verdict"] == max((one["verdict"] for one in held), key=order.index)
        assert [row["verdict"] for row in document["verdicts"]] == [document["verdict"]]

    @held
    def test_github_annotates_all_that_did_not_pass(self, run: Callable, tables: None, fault: str) -> None:
        line = CASES[fault].line("-f")
        rules = rules_in("json", run(*line, "json").stdout)
        text = run(*line, "github").stdout
        assert text.count("::error ") == rules.count("drift")
        assert text.count("::warning ") == rules.count("warn") + rules.count("undecided")

    @held
    def test_a_table_for_people_ends_each_row_that_did_not_pass_with_its_verdict(
        self, run: Callable, tables: None, fault: str
    ) -> None:
        line = CASES[fault].line("-f")
        rules = [rule for rule in rules_in("json", run(*line, "json").stdout) if rule != "pass"]
        rows = re.findall(r" (drift|warn|undecided)$", run(*line, "table").stdout, re.MULTILINE)
        assert sorted(rows) == rules
        cells = re.findall(r" (drift|warn|undecided) \|$", run(*line, "markdown").stdout, re.MULTILINE)
        assert sorted(cells) == rules

    def test_of_several_candidates_each_has_its_own_and_the_run_the_worst(self, run: Callable, tables: None) -> None:
        line = ("check", "ref.csv", "same.csv", "wider.csv", "far.csv", "few.csv", "-f")
        document = json.loads(run(*line, "json").stdout)
        wanted = {"same.csv": "pass", "wider.csv": "warn", "far.csv": "drift", "few.csv": "undecided"}
        assert {row["q"]: row["verdict"] for row in document["verdicts"]} == wanted
        rows = re.findall(r"^(\S+\.csv) .*\b(pass|warn|drift|undecided)$", run(*line, "table").stdout, re.MULTILINE)
        assert dict(rows[:4]) == wanted
        cells = re.findall(r"^\| (\S+\.csv) \|.* (\w+) \|$", run(*line, "markdown").stdout, re.MULTILINE)
        assert dict(cells[:4]) == wanted
        for name in EVERY_FORMAT:
            assert verdicts_in(name, *run(*line, name)[1:]) == {"drift"}

    def test_candidates_that_are_called_alike_are_told_apart(self, run: Callable, tables: None) -> None:
        line = ("check", "ref.csv", "new=same.csv", "new=far.csv", "-f")
        suites = ET.fromstring(run(*line, "junit").stdout).findall("testsuite")
        assert [suite.attrib["failures"] for suite in suites] == ["0", "1"]
        rows = re.findall(r"^new +(?:(\d+) +)?(\d+)   (pass|drift)$", run(*line, "table").stdout, re.MULTILINE)
        assert rows == [("", "2", "pass"), ("1", "1", "drift")]

    @pytest.mark.parametrize("name", EVERY_FORMAT)
    def test_the_same_line_prints_the_same_bytes(self, run: Callable, tables: None, name: str) -> None:
        line = CASES["noise"].line("-f", name)
        assert run(*line) == run(*line)

    def test_how_to_accept_a_change_is_a_command_that_accepts_it(
        self, run: Callable, tables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        written(tmp_path, "new data", TABLES["far"])
        said = run("check", str(folder / "ref.csv"), "new data.csv").stderr
        accept = re.search(r"To accept the change: kldiv (profile .*)$", said, re.MULTILINE)
        assert accept is not None
        assert accept[1] == "profile 'new data.csv' -o baseline.json"
        assert run("profile", "new data.csv", "-o", "baseline.json").status == 0
        assert run("check", "baseline.json", "new data.csv").status == 0


class TestWhatIsSaid:
    def test_no_note_names_a_column_that_has_no_name(self, run: Callable) -> None:
        for name in ("plain", "csv", "table"):
            ran = run("check", "0.5,0.5", "0.9,0.1", "-f", name)
            assert "None" not in ran.stdout + ran.stderr

    def test_where_nothing_has_a_p_value_none_is_spoken_of(self, run: Callable) -> None:
        assert "p: " not in run("check", "0.5,0.5", "0.9,0.1", "-f", "table").stdout

    def test_a_column_of_a_file_without_a_header_is_named_as_it_is_shown(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name, start in (("ref.txt", 0), ("new.txt", ROWS)):
            Path(name).write_text("\n".join(str(start + n) for n in range(ROWS)), encoding="utf-8")
        shown = run("check", "ref.txt", "new.txt", "-f", "table").stdout
        assert re.search(r"^1 +JS distance ", shown, re.MULTILINE)
        assert run("check", "ref.txt", "new.txt", "--max", "1:js-distance=10%").status == DRIFT

    def test_a_limit_on_what_is_never_held_to_rules_is_refused(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("people", "more-people"):
            written(tmp_path, name, {"x": X, **TABLES[name]})
        ran = run("check", "people.csv", "more-people.csv", "--max", "js-distance=10%", "--max", "id:js-distance=10%")
        assert ran.status == CANNOT_TELL
        assert "identifier" in ran.stderr

    def test_what_an_option_makes_of_the_undecided_is_not_called_a_warning_limit(
        self, run: Callable, tables: None
    ) -> None:
        said = run(*CASES["noise"].line("--on-undecided", "warn")).stderr
        assert "over a warning limit" not in said

    @pytest.mark.parametrize("fault", ["a new column", "a newly constant column"])
    def test_a_fault_of_the_schema_is_not_called_a_warning_limit(self, run: Callable, tables: None, fault: str) -> None:
        assert "over a warning limit" not in run(*CASES[fault].line()).stderr


class TestStreams:
    @pytest.fixture
    def closed_pipe(self) -> Iterator[int]:
        """The writing end of a pipe whose reader went away."""
        reading, writing = os.pipe()
        os.close(reading)
        yield writing
        os.close(writing)

    @staticmethod
    def started(*args: str, stdout: int) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [KLDIV, *args], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, timeout=30, check=False
        )

    @pytest.mark.parametrize("name", ["table", "csv", "junit"])
    def test_a_reader_that_went_away_is_141_also_where_there_is_drift(
        self, plain_environment: None, tables: None, closed_pipe: int, name: str
    ) -> None:
        done = self.started(*CASES["a drifted column"].line("-f", name), stdout=closed_pipe)
        assert (done.returncode, done.stderr) == (141, b"")

    def test_a_reader_that_went_away_does_not_matter_where_nothing_is_written(
        self, plain_environment: None, tables: None, closed_pipe: int
    ) -> None:
        done = self.started(*CASES["a drifted column"].line("-q"), stdout=closed_pipe)
        assert (done.returncode, done.stderr) == (DRIFT, b"")

    def test_reports_are_whole_before_a_reader_goes_away(
        self, plain_environment: None, tables: None, tmp_path: Path, closed_pipe: int
    ) -> None:
        report = tmp_path / "kldiv.json"
        done = self.started(*CASES["a drifted column"].line("--report", f"json={report}"), stdout=closed_pipe)
        assert done.returncode == 141
        assert json.loads(report.read_text(encoding="utf-8"))["verdict"] == "drift"

    def test_head_that_reads_nothing_is_141(self, shell: Callable, tables: None) -> None:
        ran = shell("kldiv check ref.csv far.csv far.csv far.csv -f json | head -c 0")
        assert (ran.status, ran.stderr) == (141, "")

    def test_an_interrupted_read_is_130_and_silent(self, plain_environment: None, tables: None, tmp_path: Path) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child of `&` would ignore it
        try:
            line = [KLDIV, "check", "ref.csv", fifo]
            process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        finally:
            signal.signal(signal.SIGINT, before)
        with fifo.open("wb"):  # waits until kldiv has opened the other end
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        assert (process.returncode, stdout, stderr) == (130, b"", b"")


SHAPES: dict[str, tuple[str, ...]] = {
    "check-flights": ("check", JANUARY, JULY),
    "check-groups": ("check", "penguins.csv", "--by", "species", "-c", "bill_depth_mm,sex", "--isolated"),
    "check-periods": ("check", "flights", "--against", "previous", "-c", "dep_delay,origin", "--isolated"),
    "check-rows": (
        *("check", "tokens-f32.jsonl", "tokens-int8.jsonl", "--rows", "--as", "logprobs", "--isolated"),
        *("--max", "kl.p99=0.05", "--max", "js.median=0.01", "--warn-max", "js-distance.max=5%"),
    ),
    "check-several": (
        *("check", JANUARY, "flights/2013-02.csv", JULY, "-c", "dep_delay,carrier,air_time"),
        *("--max", "js-distance=10%", "--max", "air_time:kl=0.05", "--warn-max", "psi=3floor", "--min", "overlap=0.8"),
    ),
}
BEFORE: dict[str, Sequence[object]] = {
    "kept": X,
    "gone": X,
    "retyped": X,
    "emptied": X,
    "flag": ["yes", *["no"] * (ROWS - 1)],
    "drifted": X,
    "id": TABLES["people"]["id"],
    "day": TABLES["january"]["day"],
    "gappy": LETTERS,
}
AFTER: dict[str, Sequence[object]] = {
    "kept": X,
    "retyped": LETTERS,
    "emptied": [""] * ROWS,
    "flag": ["no"] * ROWS,
    "drifted": range(ROWS, 2 * ROWS),
    "id": TABLES["more-people"]["id"],
    "day": TABLES["february"]["day"],
    "gappy": [*"abcd" * 18, *[""] * (ROWS - 72)],
    "fresh": X,
}


@every_format
@pytest.mark.parametrize("shape", SHAPES)
def test_a_gate_is_told_as_it_always_was(run: Callable, golden: Callable, shape: str, name: str) -> None:
    ran = run(*SHAPES[shape], "-f", name)
    assert ran.status == DRIFT
    golden(f"{shape}.{name}", ran)


@every_format
def test_every_fault_of_a_schema_is_told_as_it_always_was(
    run: Callable, golden: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    written(tmp_path, "before", BEFORE)
    written(tmp_path, "after", AFTER)
    monkeypatch.chdir(tmp_path)
    ran = run("check", "before.csv", "after.csv", "-f", name)
    assert ran.status == DRIFT
    golden(f"check-faults.{name}", ran)


def test_an_order_that_does_not_fit_the_reference_is_told(run: Callable, tmp_path: Path) -> None:
    for name, rows in (("p", "lo,hi,lo"), ("q", "lo,mid,hi")):
        (tmp_path / name).write_text("x\n" + rows.replace(",", "\n") + "\n")
    ran = run("check", str(tmp_path / "p"), str(tmp_path / "q"), "--order", "x=lo,mid")
    assert ran.status == 2
    assert "'hi' is not in the order that was given" in ran.stderr
