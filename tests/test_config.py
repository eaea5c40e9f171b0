"""Configuration: which file is read, what comes before what, every key, and faults with their line."""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from kldiv_cli import check
from kldiv_cli.config import KEYS, configuration
from kldiv_cli.core.schema import FAULTS
from kldiv_cli.errors import KldivError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kldiv_cli.config import Key

ANSWER: dict[str, tuple[str, Any]] = {
    "max": ('{ js-distance = "10%", "size:js" = 0.5 }', ("js-distance=10%", "size:js=0.5")),
    "warn-max": ('["psi=0.1", "x:ks=3floor"]', ("psi=0.1", "x:ks=3floor")),
    "min": ("{ overlap = 0.8 }", ("overlap=0.8",)),
    "alpha": ("0.05", 0.05),
    "correction": ('"holm"', "holm"),
    "on-undecided": ('"warn"', "warn"),
    "max-drifted": ('"20%"', "20%"),
    "preset": ('"evidently"', "evidently"),
    "measure": ('["ks", "tv"]', ("ks", "tv")),
    "bins": ("5", "5"),
    "smooth": ('"jeffreys"', "jeffreys"),
    "base": ("2", "2"),
    "alpha-order": ("0.5", "0.5"),
    "na": ('"category"', "category"),
    "n-eff": ("20", "20"),
    "seed": ("7", 7),
    "draws": ("100", 100),
    "column": ('["x", "size"]', ("x", "size")),
    "exclude": ('["x"]', ("x",)),
    "numeric": ('["x"]', ("x",)),
    "categorical": ('["x"]', ("x",)),
    "order": ('"size=low,mid,high"', ("size=low,mid,high",)),
    "input-format": ('"csv"', "csv"),
    "delimiter": ('","', ","),
    "decimal": ('"."', "."),
    "no-header": ("true", True),
    "encoding": ('"latin-1"', "latin-1"),
    "na-values": ('["mid", "-"]', ("mid", "-")),
    "as": ('"samples"', "samples"),
    "weights": ('"w"', "w"),
    "labels": ('"size"', "size"),
    "exact": ("true", True),
    "jobs": ("1", 1),
}
"""A value in TOML for every key, and what it is read as."""
UNFIT = {
    "text": "[1]",
    "number": '"0.1"',
    "whole": "1.5",
    "switch": '"yes"',
    "names": "3",
    "orders": "3",
    "limits": "3",
}
"""A value of a wrong type."""
every_key = pytest.mark.parametrize("key", KEYS, ids=[key.name for key in KEYS])


def table(rows: int, shift: float = 0.0) -> str:
    """A column of numbers, one of three labels and one of weights."""
    lines = [f"{shift + (i * 7) % 23},{('low', 'mid', 'high')[i * i % 3]},{1 + i % 2}" for i in range(rows)]
    return "\n".join(["x,size,w", *lines]) + "\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tables and nothing that is set."""
    for name in [name for name in os.environ if name.startswith("KLDIV_")]:
        monkeypatch.delenv(name)
    (tmp_path / "ref.csv").write_text(table(60))
    (tmp_path / "new.csv").write_text(table(50, shift=2.0))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[[str], None]:
    def write_file(text: str, name: str = "kldiv.toml") -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return write_file


@pytest.fixture
def checked(run: Callable) -> Callable[..., dict[str, Any]]:
    """The JSON of a check of ref.csv and new.csv."""

    def document(*options: str, operands: tuple[str, ...] = ("ref.csv", "new.csv")) -> dict[str, Any]:
        ran = run("check", *operands, "-f", "json", *options)
        assert ran.status in (0, 1), ran.stderr
        return json.loads(ran.stdout)  # type: ignore[no-any-return]

    return document


def limits_in_force(document: dict[str, Any]) -> set[str]:
    return {f"{limit['kind']} {limit['limit']}" for limit in document["gate"]["limits"]}


def rules_on(document: dict[str, Any], column: str) -> set[str]:
    return {
        f"{rule['kind']} {rule['measure']}={rule['asked']}"
        for comparison in document["comparisons"]
        if comparison["column"] == column
        for rule in comparison["rules"]
    }


class TestTheNearestFile:
    def test_is_read_from_any_folder_below(
        self, checked: Callable, write: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("seed = 11\n")
        (folder / "deep" / "er").mkdir(parents=True)
        monkeypatch.chdir(folder / "deep" / "er")
        assert checked(operands=("../../ref.csv", "../../new.csv"))["settings"]["seed"] == 11

    @pytest.mark.parametrize(
        ("near", "text"), [("kldiv.toml", "seed = 22\n"), ("pyproject.toml", "[tool.kldiv]\nseed = 22\n")]
    )
    @pytest.mark.parametrize(
        ("far", "above"), [("kldiv.toml", ""), ("pyproject.toml", "[tool.kldiv]\n")], ids=["kldiv", "pyproject"]
    )
    def test_wins_and_nothing_is_merged(
        self, write: Callable, folder: Path, near: str, text: str, far: str, above: str
    ) -> None:
        write(f"{above}seed = 11\nalpha = 0.5\n", far)
        write(text, f"below/{near}")
        found = configuration(None, {}, str(folder / "below"))
        assert {name: item.value for name, item in found.values.items()} == {"seed": 22}

    @pytest.mark.parametrize("text", ["", "[tool.ruff]\nline-length = 120\n", "[tools.kldiv]\nseed = 33\n"])
    def test_is_no_pyproject_without_the_table(self, write: Callable, folder: Path, text: str) -> None:
        write("seed = 11\n")
        write(text, "below/pyproject.toml")
        assert configuration(None, {}, str(folder / "below")).values["seed"].value == 11

    def test_of_two_in_one_folder_is_kldiv_toml(self, write: Callable) -> None:
        write("seed = 11\n")
        write("[tool.kldiv]\nseed = 22\n", "pyproject.toml")
        assert configuration(None, {}).values["seed"].value == 11

    def test_of_none_is_nothing(self) -> None:
        assert configuration(None, {}) == ({}, {}, ())

    def test_in_pyproject_tells_its_lines(self, write: Callable) -> None:
        write(
            '[project]\nname = "x"\n\n[tool.kldiv]\nseed = 1\n\n[tool.kldiv.schema]\nnew-column = "pass"\n',
            "pyproject.toml",
        )
        found = configuration(None, {})
        assert found.values["seed"] == (1, "pyproject.toml:5")
        assert found.schema["new-column"] == ("pass", "pyproject.toml:8")


class TestConfigAndIsolated:
    def test_a_file_that_is_named_is_the_only_one(self, checked: Callable, write: Callable) -> None:
        write("seed = 11\nalpha = 0.5\n")
        write("seed = 44\n", "other.toml")
        document = checked("--config", "other.toml")
        assert (document["settings"]["seed"], document["gate"]["alpha"]) == (44, 0.01)

    def test_a_pyproject_may_be_named(self, checked: Callable, write: Callable) -> None:
        write("[tool.kldiv]\nseed = 44\n", "other/pyproject.toml")
        assert checked("--config", "other/pyproject.toml")["settings"]["seed"] == 44

    def test_a_pyproject_that_is_named_has_to_have_the_table(self, run: Callable, write: Callable) -> None:
        write("[tool.ruff]\n", "pyproject.toml")
        ran = run("check", "ref.csv", "new.csv", "--config", "pyproject.toml")
        assert ran.status == 2
        assert "[tool.kldiv]" in ran.stderr

    @pytest.mark.parametrize("name", ["absent.toml", "."])
    def test_a_file_that_cannot_be_read_is_an_error(self, run: Callable, name: str) -> None:
        ran = run("check", "ref.csv", "new.csv", "--config", name)
        assert (ran.status, ran.stdout) == (2, "")
        assert f"cannot read {name}" in ran.stderr

    def test_isolated_reads_neither_file_nor_environment(
        self, checked: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = checked()
        write("this is no TOML")
        monkeypatch.setenv("KLDIV_SEED", "neither")
        assert checked("--isolated") == bare


class TestPrecedence:
    def test_flags_come_before_the_environment_and_that_before_the_file(
        self, checked: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("seed = 1\n")
        assert checked()["settings"]["seed"] == 1
        monkeypatch.setenv("KLDIV_SEED", "2")
        assert checked()["settings"]["seed"] == 2
        assert checked("--seed", "3")["settings"]["seed"] == 3

    def test_a_fault_of_what_was_typed_is_not_laid_on_the_file(self, run: Callable, write: Callable) -> None:
        write("seed = 1\nalpha = 0.5\n")
        for typed in (("--max", "jss=1"), ("-m", "jss"), ("--jobs", "0"), ("-b", "many"), ("--correction", "bhh")):
            ran = run("check", "ref.csv", "new.csv", *typed)
            assert ran.status == 2
            assert "kldiv.toml" not in ran.stderr

    def test_a_flag_that_says_the_default_counts_as_typed(self, checked: Callable, write: Callable) -> None:
        write('seed = 1\nalpha = 0.5\ncorrection = "none"\n')
        document = checked("--seed", "0", "--alpha", "0.01", "--correction", "bh")
        assert document["settings"]["seed"] == 0
        assert (document["gate"]["alpha"], document["gate"]["correction"]) == (0.01, "bh")

    def test_limits_are_replaced_not_added(
        self, checked: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("[max]\nks = 0.5\n[columns.size]\nmax = { js = 0.5 }\n")
        assert limits_in_force(checked()) == {"max ks=0.5", "max size:js=0.5"}
        monkeypatch.setenv("KLDIV_MAX", "tv=0.4,x:ks=0.4")
        assert limits_in_force(checked()) == {"max tv=0.4", "max x:ks=0.4"}
        assert limits_in_force(checked("--max", "js=0.3")) == {"max js=0.3"}

    def test_an_empty_variable_does_not_count(
        self, checked: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("seed = 1\n")
        monkeypatch.setenv("KLDIV_SEED", "")
        assert checked()["settings"]["seed"] == 1


class TestEveryKey:
    def test_has_an_example_here(self) -> None:
        assert set(ANSWER) == {key.name for key in KEYS}

    def test_is_an_option_of_check(self, run: Callable) -> None:
        words = set(re.findall(r"--[a-z-]+", run("check", "--help").stdout))
        assert {f"--{key.name}" for key in KEYS} <= words

    @every_key
    def test_is_read_from_a_file(self, write: Callable, key: Key) -> None:
        text, value = ANSWER[key.name]
        write(f"# a comment\n{key.name} = {text}\n")
        assert configuration(None, {}).values == {key.parameter: (value, "kldiv.toml:2")}

    @every_key
    def test_is_read_from_the_environment(self, key: Key) -> None:
        value = ANSWER[key.name][1]
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        variable = f"KLDIV_{key.name.upper().replace('-', '_')}"
        assert configuration(None, {variable: text}).values == {key.parameter: (value, variable)}

    @every_key
    def test_does_what_the_option_does(self, checked: Callable, write: Callable, key: Key) -> None:
        value = ANSWER[key.name][1]
        values = value if isinstance(value, tuple) else (value,)
        typed = [f"--{key.name}"] if value is True else [f"--{key.name}={one}" for one in values]
        others = {"labels": ["--weights", "w", "--exclude", "x"]}.get(key.name, [])
        expected = checked(*typed, *others)
        write(f"{key.name} = {ANSWER[key.name][0]}\n")
        assert checked(*others) == expected

    @every_key
    def test_that_is_misspelt_is_an_error_with_the_line_and_the_nearest_name(
        self, run: Callable, write: Callable, key: Key
    ) -> None:
        write(f"\n\n{key.name}x = {ANSWER[key.name][0]}\n")
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"kldiv: kldiv.toml:3: there is no setting '{key.name}x'\n")
        assert f"'{key.name}'?" in ran.stderr

    @every_key
    def test_of_a_wrong_type_is_an_error_with_the_line(self, run: Callable, write: Callable, key: Key) -> None:
        write(f"\n{key.name} = {UNFIT[key.takes]}\n")
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"kldiv: kldiv.toml:2: {key.name} takes ")

    @pytest.mark.parametrize("value", ["true", "2020-01-01", "{ a = 1 }"])
    @pytest.mark.parametrize("name", ["alpha", "seed", "bins", "measure", "max"])
    def test_of_any_wrong_type_is_an_error_with_the_line(
        self, run: Callable, write: Callable, name: str, value: str
    ) -> None:
        write(f"{name} = {value}\n")
        ran = run("check", "ref.csv", "new.csv")
        assert ran.status == 2
        assert ran.stderr.startswith("kldiv: kldiv.toml:1: ")

    @pytest.mark.parametrize(
        "line",
        [
            "alpha = 3",
            'correction = "bhh"',
            'on-undecided = "drift"',
            'max-drifted = "200%"',
            'preset = "evidentely"',
            'measure = ["jss"]',
            'bins = "many"',
            'smooth = "jefreys"',
            'base = "f"',
            'na = "ignore"',
            'n-eff = "few"',
            "seed = -1",
            "draws = 0",
            'order = ["low"]',
            'as = "sample"',
            'input-format = "cvs"',
            "jobs = 0",
        ],
    )
    def test_with_a_value_that_cannot_be_is_an_error_with_the_line(
        self, run: Callable, write: Callable, line: str
    ) -> None:
        write(f"\n\n{line}\n")
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert "kldiv.toml:3" in ran.stderr


class TestVariables:
    def test_that_are_no_setting_are_told_with_the_nearest_and_change_nothing(
        self, run: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = run("check", "ref.csv", "new.csv", "-f", "json")
        monkeypatch.setenv("KLDIV_ALHPA", "0.5")
        after = run("check", "ref.csv", "new.csv", "-f", "json")
        assert (after.status, after.stdout) == (before.status, before.stdout)
        assert "kldiv: KLDIV_ALHPA is no setting: KLDIV_ALPHA?\n" in after.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("KLDIV_ALPHA", "five"),
            ("KLDIV_SEED", "1.5"),
            ("KLDIV_NO_HEADER", "maybe"),
            ("KLDIV_ALPHA", "7"),
            ("KLDIV_CORRECTION", "bhh"),
            ("KLDIV_MAX", "jss=3"),
        ],
    )
    def test_that_cannot_be_are_errors_that_name_the_variable(
        self, run: Callable, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert name in ran.stderr

    @pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("0", False), ("FALSE", False)])
    def test_of_a_switch_are_yes_or_no(self, text: str, value: bool) -> None:
        assert configuration(None, {"KLDIV_EXACT": text}).values["exact"].value is value

    def test_may_switch_off_what_a_file_switches_on(
        self, checked: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = checked()
        write("no-header = true\n")
        monkeypatch.setenv("KLDIV_NO_HEADER", "0")
        assert checked() == bare


class TestSchema:
    @pytest.mark.parametrize("verdict", ["pass", "warn", "drift"])
    @pytest.mark.parametrize("fault", [fault.key for fault in FAULTS])
    def test_every_fault_takes_every_verdict(self, write: Callable, fault: str, verdict: str) -> None:
        write(f'[schema]\n{fault} = "{verdict}"\n')
        assert configuration(None, {}).schema == {fault: (verdict, "kldiv.toml:2")}

    @pytest.mark.parametrize("verdict", ["pass", "warn", "drift"])
    @pytest.mark.parametrize(
        ("fault", "text"),
        [
            ("missing-column", "x,size\n"),
            ("new-column", "x,size,w,more\n"),
            ("changed-type", "x,size,w\n"),
            ("all-missing", "x,size,w\n"),
            ("newly-constant", "x,size,w\n"),
            ("infinite-values", "x,size,w\n"),
        ],
    )
    def test_decides_what_a_fault_means(
        self, checked: Callable, write: Callable, fault: str, text: str, verdict: str
    ) -> None:
        last = {"missing-column": None, "changed-type": "many", "all-missing": "", "newly-constant": "1"}
        rows = [line.split(",") for line in table(60).splitlines()[1:]]
        for number, row in enumerate(rows):
            last["infinite-values"] = ("inf", row[2])[number % 2]
            row[2:] = [row[2], "1"] if fault == "new-column" else [] if last[fault] is None else [last[fault]]
        write(text + "\n".join(",".join(row) for row in rows) + "\n", "new.csv")
        write(f'[schema]\n{fault} = "{verdict}"\n[max]\n"x:ks" = 1\n')
        document = checked()
        (rule,) = [rule for one in document["comparisons"] for rule in one["rules"] if rule["kind"] == "schema"]
        assert (rule["measure"], rule["verdict"], document["verdict"]) == (fault, verdict, verdict)

    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ('[schema]\nmissing-colum = "warn"\n', 2, "'missing-column'?"),
            ('[schema]\n\nnew-column = "fail"\n', 3, "'fail'"),
            ("[schema]\nnew-column = 1\n", 2, '"pass", "warn" or "drift"'),
            ('[schema]\nnew-column = ["pass"]\n', 2, '"pass", "warn" or "drift"'),
            ("schema = 3\n", 1, "[schema]"),
            ('seed = 1\nschema.new-colum = "warn"\n', 2, "'new-column'?"),
            ('schema = { new-colum = "warn" }\n', 1, "'new-column'?"),
        ],
    )
    def test_that_is_wrong_is_an_error_with_the_line(
        self, run: Callable, write: Callable, text: str, line: int, said: str
    ) -> None:
        write(text)
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"kldiv: kldiv.toml:{line}: ")
        assert said in ran.stderr


NAMES = ["plain", "two words", "a.b", "a:b", "a=b", "a,b", "Ä-東京", 'q"uote', "back\\slash", "x[1]", "#1", "2024"]
SPELLINGS = {
    "table": "[columns.x]\nmax = { MEASURE = 0.1 }\n",
    "quoted table": '[columns."x"]\nmax = { MEASURE = 0.1 }\n',
    "literal table": "[ columns . 'x' ]  # of x\nmax = { MEASURE = 0.1 }\n",
    "list": '[columns.x]\nmax = ["MEASURE=0.1"]\n',
    "text": '[columns.x]\nmax = "MEASURE=0.1"\n',
    "table of limits": "[columns.x.max]\nMEASURE = 0.1\n",
    "dotted": "seed = 0\ncolumns.x.max.MEASURE = 0.1\n",
    "dotted in table": "[columns]\nx.max.MEASURE = 0.1\n",
    "dotted and quoted": "[columns]\n\"x\" . 'max' . MEASURE = 0.1\n",
    "inline": "[columns]\nx = { max = { MEASURE = 0.1 } }\n",
    "inline and dotted": "[columns]\nx = { max.MEASURE = 0.1 }\n",
    "rule of all": '[max]\n"x:MEASURE" = 0.1\n',
}


class TestColumns:
    @pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
    def test_however_it_is_spelt_a_limit_is_that_of_the_option(self, write: Callable, spelling: str) -> None:
        write(spelling.replace("MEASURE", "js"))
        assert configuration(None, {}).values["max_"].value == ("x:js=0.1",)

    @pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
    def test_however_it_is_spelt_a_fault_has_its_line(self, run: Callable, write: Callable, spelling: str) -> None:
        write(spelling.replace("MEASURE", "jss"))
        ran = run("check", "ref.csv", "new.csv")
        assert ran.status == 2
        assert ran.stderr.startswith("kldiv: kldiv.toml:2: there is no measure 'jss'")
        assert "'js'?" in ran.stderr

    @pytest.mark.parametrize(
        ("name", "measure", "amount"),
        [("max", "w1-scaled", '"3floor"'), ("warn-max", "js-distance", '"10%"'), ("min", "overlap", "0.8")],
    )
    def test_a_limit_holds_its_own_column(
        self, checked: Callable, write: Callable, name: str, measure: str, amount: str
    ) -> None:
        write(f"[max]\nks = 1\ntv = 1\n[columns.x]\n{name} = {{ {measure} = {amount} }}\n")
        document = checked()
        own = f"{name} {measure}={json.loads(amount)}"
        assert rules_on(document, "x") == {own, "max ks=1", "max tv=1"}
        assert rules_on(document, "size") == {"max tv=1"}

    def test_the_closest_limit_holds(self, checked: Callable, write: Callable) -> None:
        write("[columns.x]\nmax = { tv = 0.9 }\n[max]\ntv = 0.5\n")
        document = checked()
        assert rules_on(document, "x") == {"max tv=0.9"}
        assert rules_on(document, "w") == {"max tv=0.5"}

    def test_skip_leaves_a_column_out(self, checked: Callable, write: Callable) -> None:
        write("[columns.x]\nskip = true\n[columns.w]\nskip = false\n")
        assert {comparison["column"] for comparison in checked()["comparisons"]} == {"size", "w"}

    def test_kind_is_the_option(self, checked: Callable, write: Callable) -> None:
        write('[columns.x]\nkind = "categorical"\n[columns.w]\nkind = "numeric"\n')
        kinds = {one["column"]: one["support"]["kind"] for one in checked()["comparisons"]}
        assert kinds == {"x": "nominal", "size": "nominal", "w": "values"}

    def test_order_makes_room_for_a_distance(self, checked: Callable, write: Callable) -> None:
        write('[columns.size]\norder = ["low", "mid", "high"]\nmax = { w1 = 1 }\n')
        assert rules_on(checked(), "size") == {"max w1=1"}

    @pytest.mark.parametrize("labels", [("<10", ">=10"), ("young, poor", "old"), ("a:b", "c d")], ids=str)
    def test_order_takes_labels_as_they_are(self, checked: Callable, write: Callable, labels: tuple[str, str]) -> None:
        write("".join(f'"{label}"\n' for label in ["age", *labels * 20]), "ages.csv")
        write(f"[columns.age]\norder = {json.dumps(labels)}\nmax = {{ w1 = 1 }}\n")
        assert rules_on(checked("-d", ",", operands=("ages.csv", "ages.csv")), "age") == {"max w1=1"}

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("setting", ["max = { js = 1 }", "skip = true", 'kind = "categorical"'])
    def test_of_any_name_may_be_quoted(self, checked: Callable, write: Callable, name: str, setting: str) -> None:
        quoted = name.replace('"', '""')
        lines = [f'"{quoted}";other', *(f"{i % 3};{i % 4}" for i in range(40))]
        write("\n".join(lines) + "\n", "named.csv")
        write(f"[columns.{json.dumps(name, ensure_ascii=False)}]\n{setting}\n")
        found = checked("-d", ";", operands=("named.csv", "named.csv"))
        supports = {one["column"]: one["support"]["kind"] for one in found["comparisons"]}
        if setting.startswith("max"):
            assert rules_on(found, name) == {"max js=1"}
        elif setting.startswith("skip"):
            assert supports == {"other": "values"}
        else:
            assert supports == {name: "nominal", "other": "values"}

    def test_without_a_name_is_the_first(self, checked: Callable, write: Callable) -> None:
        write("".join(f"{i % 5}\n" for i in range(40)), "bare.txt")
        write("[columns.1]\nmax = { ks = 0.5 }\n")
        document = checked(operands=("bare.txt", "bare.txt"))
        assert [rule["asked"] for rule in document["comparisons"][0]["rules"]] == ["0.5"]

    @pytest.mark.parametrize(("name", "value"), [("exclude", "skip = true"), ("categorical", 'kind = "categorical"')])
    def test_add_to_the_lists_above_and_below_them(self, write: Callable, name: str, value: str) -> None:
        found = []
        for text in (f'{name} = ["w"]\ncolumns.x.{value}\n', f'columns.x.{value}\n{name} = ["w"]\n'):
            write(text)
            found.append(set(configuration(None, {}).values[name].value))
        assert found == [{"w", "x"}, {"w", "x"}]

    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ("[columns.x]\nmaxx = 1\n", 2, "'max'?"),
            ("[columns.x]\n\nskipp = true\n", 3, "'skip'?"),
            ('[columns.x]\nskip = "yes"\n', 2, "skip = true"),
            ("[columns.x]\nskip = 1\n", 2, "skip = true"),
            ('[columns.x]\nkind = "number"\n', 2, '"numeric" or "categorical"'),
            ("[columns.x]\nkind = 1\n", 2, '"numeric" or "categorical"'),
            ('[columns.x]\nkind = ["numeric"]\n', 2, '"numeric" or "categorical"'),
            ("[columns.x]\norder = 3\n", 2, "order takes a list"),
            ("[columns.x]\nmax = 0.1\n", 2, "max takes a list"),
            ("[columns.x]\nmax = { js = true }\n", 2, "js takes a number or a text"),
            ('[columns.x]\nmin = { js = "10%" }\n', 2, "--max"),
            ("[columns.x]\nmax = { overlap = 0.5 }\n", 2, "--min"),
            ('[columns.x]\nmax = { js = "ten" }\n', 2, "'ten' is no limit"),
            ("[columns.x]\nmax = { js = nan }\n", 2, "is no limit"),
            ("[columns.x]\nmax = { js = -0.1 }\n", 2, "is no limit"),
            ('[columns.x.max]\njs = 1\nw1 = "10%"\n', 3, "no maximum"),
            ("[columns]\nx = 3\n", 2, "[columns.dep_delay]"),
            ("columns = 3\n", 1, "[columns.dep_delay]"),
            ('[[columns]]\nname = "x"\n', 1, "[columns.dep_delay]"),
        ],
    )
    def test_that_are_wrong_are_errors_with_the_line(
        self, run: Callable, write: Callable, text: str, line: int, said: str
    ) -> None:
        write(text)
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"kldiv: kldiv.toml:{line}: ")
        assert said in ran.stderr

    @pytest.mark.parametrize("setting", ["max = { js = 1 }", "skip = true", 'kind = "numeric"'])
    def test_that_no_table_has_are_errors_with_the_nearest_name(
        self, run: Callable, write: Callable, setting: str
    ) -> None:
        write(f"[columns.sise]\n{setting}\n")
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert "size" in ran.stderr


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("seed 3\n", 1),
            ("seed = \n", 1),
            ("seed = 1\nseed = 2\n", 2),
            ("\n\n[schema\n", 3),
            ('alpha = 0.01\ncorrection = "bh\n', 2),
            ("[columns.dep delay]\nskip = true\n", 1),
            ("[columns.x]\nmax = { js = 0.1\n}\n", 2),
        ],
    )
    def test_are_errors_that_name_the_line(self, run: Callable, write: Callable, text: str, line: int) -> None:
        write(text)
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert "kldiv.toml is no TOML" in ran.stderr
        assert re.search(rf"\bline {line}\b", ran.stderr)

    def test_that_are_not_utf_8_are_errors(self, run: Callable, folder: Path) -> None:
        (folder / "kldiv.toml").write_bytes("# größe\nseed = 1\n".encode("latin-1"))
        ran = run("check", "ref.csv", "new.csv")
        assert (ran.status, ran.stdout) == (2, "")
        assert ran.stderr.startswith("kldiv: kldiv.toml is no TOML")

    @pytest.mark.parametrize("char", ["\u2028", "\u0085"])
    def test_lines_are_those_of_toml(self, run: Callable, write: Callable, char: str) -> None:
        write(f"# a{char}b\nseeed = 1\n")
        assert run("check", "ref.csv", "new.csv").stderr.startswith("kldiv: kldiv.toml:2: ")

    def test_lines_are_those_of_windows_too(self, run: Callable, folder: Path) -> None:
        (folder / "kldiv.toml").write_bytes(b"# a\r\n[max]\r\njss = 1\r\n")
        assert run("check", "ref.csv", "new.csv").stderr.startswith("kldiv: kldiv.toml:3: ")

    def test_tell_hostile_names_harmlessly(self, run: Callable, write: Callable) -> None:
        write('"x\\n::error::forged\\u202e" = 1\n')
        ran = run("check", "ref.csv", "new.csv")
        assert ran.status == 2
        assert len(ran.stderr.splitlines()) == 2
        assert not any(line.startswith("::") for line in ran.stderr.splitlines())
        assert "\u202e" not in ran.stderr


SETUPS: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "nothing": ("", {}, ()),
    "flags": ("", {}, ("--max", "js=0.1", "--max", "x:ks=50%", "--alpha", "0.05", "-c", "x,size", "--exact")),
    "a file": ('alpha = 0.05\ncorrection = "none"\n[warn-max]\nks = 0.01\n[schema]\nnew-column = "drift"\n', {}, ()),
    "the environment": ("", {"KLDIV_MAX_DRIFTED": "50%", "KLDIV_BINS": "0,5,10", "KLDIV_MAX": "js=0.1,x:ks=0.1"}, ()),
    "all three": ("alpha = 0.05\nseed = 3\n[max]\nks = 0.5\n", {"KLDIV_ALPHA": "0.04"}, ("--seed", "5")),
    "columns": (
        '[columns.x]\nmax = { js = 0.1 }\n[columns.size]\norder = ["low", "mid", "high"]\n'
        '[columns.w]\nskip = true\n[columns."x "]\nskip = false\n',
        {},
        (),
    ),
    "a least overlap": ("[min]\noverlap = 0.9\n", {}, ()),
    "a preset": ('preset = "evidently"\n', {}, ()),
    "a preset as flag": ("", {}, ("--preset", "psi-banking")),
    "odd texts": ('delimiter = ","\nna-values = ["a \\"b\\"", "\\t", "c\\\\d"]\n', {}, ()),
}
every_setup = pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)


@pytest.fixture
def set_up(write: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    def apply(setup: tuple[str, dict[str, str], tuple[str, ...]]) -> tuple[str, ...]:
        text, variables, typed = setup
        if text:
            write(text)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return typed

    return apply


class TestShowConfig:
    @every_setup
    def test_is_toml_with_an_origin_on_every_line(
        self, run: Callable, set_up: Callable, setup: tuple[str, dict[str, str], tuple[str, ...]]
    ) -> None:
        ran = run("check", "--show-config", *set_up(setup))
        assert (ran.status, ran.stderr) == (0, "")
        assert set(tomllib.loads(ran.stdout)["schema"]) == {fault.key for fault in FAULTS}
        lines = [line for line in ran.stdout.splitlines() if line and not line.startswith("[")]
        origins = [re.search(r"  # (default|--[a-z-]+|KLDIV_[A-Z_]+|kldiv\.toml:\d+)$", line) for line in lines]
        assert [line for line, origin in zip(lines, origins, strict=True) if origin is None] == []

    @every_setup
    def test_read_back_is_the_same_gate(
        self,
        run: Callable,
        checked: Callable,
        set_up: Callable,
        write: Callable,
        monkeypatch: pytest.MonkeyPatch,
        setup: tuple[str, dict[str, str], tuple[str, ...]],
    ) -> None:
        typed = set_up(setup)
        expected, shown = checked(*typed), run("check", "--show-config", *typed).stdout
        for name in setup[1]:
            monkeypatch.delenv(name)
        write(shown, "shown.toml")
        assert checked("--config", "shown.toml") == expected
        values = [
            tomllib.loads(text) for text in (shown, run("check", "--show-config", "--config", "shown.toml").stdout)
        ]
        assert values[0] == values[1]

    def test_tells_where_every_value_comes_from(
        self, run: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write('# of the team\nalpha = 0.05\n\n[max]\nks = 0.5\n\n[schema]\nnew-column = "pass"\n')
        monkeypatch.setenv("KLDIV_SEED", "7")
        text = run("check", "--show-config", "--draws", "100").stdout
        told = dict(re.findall(r"^([a-z-]+) = (?:.*?) +# (\S+)$", text, re.MULTILINE))
        expected = {
            "alpha": "kldiv.toml:2",
            "max": "kldiv.toml:4",
            "new-column": "kldiv.toml:8",
            "seed": "KLDIV_SEED",
            "draws": "--draws",
            "correction": "default",
            "missing-column": "default",
        }
        assert {name: told[name] for name in expected} == expected

    def test_needs_no_operands_and_reads_none(self, run: Callable) -> None:
        assert run("check", "--show-config", "absent.csv", "absent.csv").status == 0

    def test_refuses_what_a_check_would_refuse(self, run: Callable) -> None:
        assert run("check", "--show-config", "--max", "jss=3").status == 2
        assert run("check", "--show-config", "--correction", "bhh").status == 2


COLUMNS = {
    "numbers": [i * 7 % 23 for i in range(60)],
    "labels": [("low", "mid", "high")[i % 3] for i in range(60)],
    "instants": [f"2024-01-{1 + i % 28:02}" for i in range(60)],
    "identifier": [f"id{i}" for i in range(60)],
    "missing": ["" if i % 3 else 1 for i in range(60)],
    'odd "name", with\\all: #=[]': [i % 3 for i in range(60)],
    "Ä 東京\u2028.": [i % 4 for i in range(60)],
}


@pytest.fixture
def odd(write: Callable) -> str:
    """A table with a column of every kind, under hostile names too."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(*COLUMNS.values(), strict=True))
    write(stream.getvalue(), "odd.csv")
    return "odd.csv"


class TestInit:
    def test_is_toml_with_all_columns(self, run: Callable, odd: str) -> None:
        ran = run("check", "--init", odd)
        assert (ran.status, ran.stderr) == (0, "")
        assert set(tomllib.loads(ran.stdout)["columns"]) == set(COLUMNS)

    def test_is_one_line_a_column_whatever_its_name(self, run: Callable, odd: str) -> None:
        lines = run("check", "--init", odd).stdout.splitlines()
        assert sum(line.startswith("[columns.") for line in lines) == len(COLUMNS)

    @pytest.mark.parametrize("options", [(), ("--alpha", "0.5"), ("--max-drifted", "50%"), ("-c", "x")], ids=" ".join)
    def test_changes_nothing(self, run: Callable, checked: Callable, write: Callable, options: tuple[str, ...]) -> None:
        before = checked(*options)
        write(run("check", "--init", "ref.csv").stdout)
        assert checked(*options) == before

    def test_changes_nothing_for_columns_of_every_kind(
        self, run: Callable, checked: Callable, write: Callable, odd: str
    ) -> None:
        before = checked(operands=(odd, odd))
        write(run("check", "--init", odd).stdout)
        assert checked(operands=(odd, odd)) == before

    def test_proposes_what_can_be_set(self, run: Callable, checked: Callable, write: Callable, odd: str) -> None:
        text = run("check", "--init", odd).stdout
        write(re.sub(r"^# (?=[a-z0-9-]+ = )", "", text, flags=re.MULTILINE))
        document = checked(operands=(odd, odd))
        assert rules_on(document, "numbers") >= {"max js-distance=10%", "max w1-scaled=0.2", "warn-max psi=0.1"}

    def test_proposes_what_can_be_set_for_a_column_without_a_name(
        self, run: Callable, checked: Callable, write: Callable
    ) -> None:
        write("".join(f"{i % 5}\n" for i in range(40)), "bare.txt")
        text = run("check", "--init", "bare.txt").stdout
        write(re.sub(r"^# (?=[a-z0-9-]+ = )", "", text, flags=re.MULTILINE))
        document = checked(operands=("bare.txt", "bare.txt"))
        assert "w1-scaled" in {rule["measure"] for rule in document["comparisons"][0]["rules"]}

    @pytest.mark.parametrize(
        "name", ["a\x7fb", "a\x01b", "a\nb", "a\x00b", "a\u202eb", "a\ud800b", '"', "\\"], ids=ascii
    )
    def test_is_toml_whatever_a_column_is_called(self, run: Callable, write: Callable, name: str) -> None:
        write("".join(json.dumps({name: value, "other": value}) + "\n" for value in (1, 2, 2)), "named.ndjson")
        ran = run("check", "--init", "named.ndjson")
        assert ran.status == 0, ran.stderr
        names = set(tomllib.loads(ran.stdout)["columns"])
        assert "other" in names
        assert name in names or name == "a\ud800b"

    def test_reads_no_configuration_itself(
        self, run: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = run("check", "--init", "ref.csv")
        write("this is no TOML")
        monkeypatch.setenv("KLDIV_ALPHA", "neither")
        monkeypatch.setenv("KLDIV_NO_HEADER", "1")
        assert run("check", "--init", "ref.csv") == before

    def test_overwrites_the_file_it_is_redirected_to(self, shell: Callable, write: Callable) -> None:
        write("seed = \n")
        assert shell("kldiv check --init ref.csv > kldiv.toml").status == 0
        assert shell("kldiv check ref.csv ref.csv").status == 0

    @pytest.mark.parametrize("operands", [(), ("ref.csv", "new.csv")])
    def test_takes_the_reference_alone(self, run: Callable, operands: tuple[str, ...]) -> None:
        ran = run("check", "--init", *operands)
        assert (ran.status, ran.stdout) == (2, "")
        assert "--init takes REF alone" in ran.stderr


class TestNothingElse:
    @pytest.mark.parametrize(
        "args",
        [("ref.csv", "new.csv"), ("profile", "ref.csv"), ("explain", "js"), ("0.5,0.5", "0.4,0.6")],
        ids=" ".join,
    )
    def test_reads_a_configuration(
        self, run: Callable, write: Callable, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
    ) -> None:
        before = run(*args)
        write("base = 2\nbins = 3\nthis is no TOML")
        monkeypatch.setenv("KLDIV_BASE", "2")
        monkeypatch.setenv("KLDIV_BINS", "neither")
        assert run(*args) == before
        assert before.status == 0

    def test_from_python_no_configuration_is_read(self, write: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
        before = check("ref.csv", "new.csv")
        write("this is no TOML")
        monkeypatch.setenv("KLDIV_ALPHA", "neither")
        after = check("ref.csv", "new.csv")
        assert (after.verdict, after.settings, after.gate) == (before.verdict, before.settings, before.gate)


def test_a_fault_of_a_file_is_an_error_of_ours(write: Callable) -> None:
    write("seeed = 1\n")
    with pytest.raises(KldivError, match=r"^kldiv\.toml:1: "):
        configuration(None, {})
