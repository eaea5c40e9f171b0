"""The composite action of GitHub, its script run by a real bash, and the hook of pre-commit."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github" / "actions" / "check"
BIN = Path(sys.executable).parent
SAME = "x,two words\n" + "".join(f"{i % 7},{'ab'[i % 2]}\n" for i in range(200))
FAR = "x,two words\n" + "".join(f"{i % 7 + 3},{'ab'[i % 4 == 0]}\n" for i in range(200))

HOSTILE = [
    "two  words .csv",
    "$(touch pwned).csv",
    "`touch pwned`; touch pwned #.csv",
    '\'"a" & b | c > pwned.csv',
    "*.csv",
    "a=b,c:d.csv",
    "%0A::error::forged.csv",
    "::error title=x::forged.csv",
    "größe-東京.csv",
]


class Done(NamedTuple):
    """What a step leaves behind."""

    status: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_environment: None) -> Path:
    """A checkout with a reference, a table like it and one that has drifted."""
    for name in [name for name in os.environ if name.startswith(("KLDIV_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "work space"
    folder.mkdir()
    for name, text in (("ref.csv", SAME), ("same.csv", SAME), ("far.csv", FAR)):
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def step(tmp_path: Path) -> Callable[..., Done]:
    """Run the script as the step of the action does."""

    def run_step(reference: str, new: str, arguments: str = "", *, files: bool = True, path: str = "") -> Done:
        places = {"GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary.md"}
        (tmp_path / "tmp").mkdir(exist_ok=True)
        environment = {
            "PATH": f"{path}{os.pathsep if path else ''}{BIN}{os.pathsep}{os.environ['PATH']}",
            "TMPDIR": str(tmp_path / "tmp"),
            "REFERENCE": reference,
            "NEW": new,
            "ARGUMENTS": arguments,
            **({name: str(place) for name, place in places.items()} if files else {}),
        }
        done = subprocess.run(
            ["bash", ACTION / "check.sh"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )
        assert list((tmp_path / "tmp").iterdir()) == [], "nothing is left behind"
        written = {name: place.read_text(encoding="utf-8") if place.exists() else "" for name, place in places.items()}
        outputs = dict(line.split("=", 1) for line in written["GITHUB_OUTPUT"].splitlines())
        texts = (done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
        return Done(done.returncode, *texts, outputs, written["GITHUB_STEP_SUMMARY"])

    return run_step


class TestScript:
    def test_passes(self, step: Callable[..., Done]) -> None:
        done = step("ref.csv", "same.csv")
        assert (done.status, done.outputs, done.stderr) == (0, {"verdict": "pass", "status": "0"}, "")
        assert done.stdout.startswith("::notice title=kldiv::pass: ")
        assert done.summary.startswith("### kldiv: pass\n")

    def test_fails_where_data_drifted(self, step: Callable[..., Done]) -> None:
        done = step("ref.csv", "far.csv")
        assert (done.status, done.outputs, done.stderr) == (1, {"verdict": "drift", "status": "1"}, "")
        assert re.search(r"^::error title=kldiv%3A x drifted::", done.stdout, re.MULTILINE)
        assert done.summary.startswith("### kldiv: drift\n")

    @pytest.mark.parametrize(
        ("reference", "new"), [("ref.csv", "absent.csv"), ("absent.csv", "same.csv"), ("ref.csv", "")]
    )
    def test_says_error_where_it_cannot_tell(self, step: Callable[..., Done], reference: str, new: str) -> None:
        done = step(reference, new)
        assert (done.status, done.outputs) == (2, {"verdict": "error", "status": "2"})
        assert done.stdout.startswith("::error title=kldiv%3A cannot tell::")
        assert done.summary.startswith("### kldiv: cannot tell\n")
        assert done.stderr.startswith("kldiv: ")
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("status", [0, 1, 2, 127])
    def test_a_broken_installation_is_no_drift_and_no_pass(
        self, step: Callable[..., Done], tmp_path: Path, status: int
    ) -> None:
        broken = tmp_path / "broken" / "kldiv"
        broken.parent.mkdir()
        broken.write_text(f"#!/bin/sh\necho Traceback >&2\nexit {status}\n")
        broken.chmod(0o755)
        done = step("ref.csv", "same.csv", path=str(broken.parent))
        assert done.status == max(status, 2)
        assert done.outputs == {"verdict": "error", "status": str(done.status)}
        assert ("no verdict" in done.stdout) == (status < 2)

    @pytest.mark.parametrize("arguments", ["-h", "--show-config", "--version"])
    def test_arguments_that_check_nothing_do_not_pass(self, step: Callable[..., Done], arguments: str) -> None:
        done = step("ref.csv", "same.csv", arguments)
        assert (done.status, done.outputs) == (2, {"verdict": "error", "status": "2"})

    @pytest.mark.parametrize(
        ("arguments", "verdict"),
        [("--warn-max\njs-distance=10%", "warn"), ("--n-eff\n5", "undecided"), ("--exit-zero", "drift")],
    )
    def test_hands_on_verdicts_that_do_not_fail(self, step: Callable[..., Done], arguments: str, verdict: str) -> None:
        done = step("ref.csv", "far.csv", arguments)
        assert (done.status, done.outputs) == (0, {"verdict": verdict, "status": "0"})

    @pytest.mark.parametrize("new", ["same.csv\nfar.csv", "\n  \nsame.csv\n\nfar.csv\n", "same.csv\r\nfar.csv\r\n"])
    def test_holds_every_line_to_the_reference(self, step: Callable[..., Done], new: str) -> None:
        done = step("ref.csv", new)
        assert (done.status, done.outputs["verdict"]) == (1, "drift")
        assert re.search(r"^\| same.csv .*\| pass \|$", done.summary, re.MULTILINE)
        assert re.search(r"^\| far.csv .*\| drift \|$", done.summary, re.MULTILINE)

    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
    def test_takes_one_argument_a_line_with_its_blanks(
        self, step: Callable[..., Done], workspace: Path, end: str
    ) -> None:
        arguments = ["--max", "two words:js-distance=90%", "--exclude", "x", "", "--report", "junit=the report.xml"]
        done = step("ref.csv", "far.csv", end.join(arguments) + end)
        assert (done.status, done.outputs["verdict"], done.stderr) == (0, "pass", "")
        assert 'classname="two words"' in (workspace / "the report.xml").read_text()

    def test_takes_hostile_file_names_as_they_are(self, step: Callable[..., Done], workspace: Path) -> None:
        for name in HOSTILE:
            (workspace / name).write_text(FAR)
        before = set(os.listdir())
        done = step("ref.csv", "\n".join(HOSTILE), "--exclude\ntwo words")
        assert (done.status, done.outputs) == (1, {"verdict": "drift", "status": "1"})
        assert set(os.listdir()) == before, "no name was run"
        *annotations, verdict = done.stdout.splitlines()
        assert all(line.startswith("::error title=kldiv%3A x drifted::") for line in annotations)
        assert len(annotations) == len(HOSTILE)
        assert verdict.startswith("kldiv: drift: ")

    @pytest.mark.parametrize("name", ["-x.csv", "--exit-zero"])
    def test_takes_file_names_that_look_like_options(
        self, step: Callable[..., Done], workspace: Path, name: str
    ) -> None:
        (workspace / name).write_text(FAR)
        assert step("ref.csv", name).outputs == {"verdict": "drift", "status": "1"}

    @pytest.mark.parametrize(
        ("reference", "new"), [("ref.csv", "--exit-zero\nfar.csv"), ("--exit-zero", "ref.csv\nfar.csv")]
    )
    def test_takes_no_file_name_for_an_option(self, step: Callable[..., Done], reference: str, new: str) -> None:
        done = step(reference, new)
        assert (done.status, done.outputs) == (2, {"verdict": "error", "status": "2"})

    def test_adds_to_what_earlier_steps_have_written(self, step: Callable[..., Done], tmp_path: Path) -> None:
        (tmp_path / "output").write_text("before=1\n")
        (tmp_path / "summary.md").write_text("# Before\n\n")
        done = step("ref.csv", "same.csv")
        assert done.outputs == {"before": "1", "verdict": "pass", "status": "0"}
        assert done.summary.startswith("# Before\n\n### kldiv: pass\n")

    def test_needs_neither_output_nor_summary(self, step: Callable[..., Done]) -> None:
        done = step("ref.csv", "far.csv", files=False)
        assert (done.status, done.stderr) == (1, "")

    def test_reads_the_configuration_of_the_checkout(self, step: Callable[..., Done], workspace: Path) -> None:
        (workspace / "kldiv.toml").write_text('n-eff = 5\non-undecided = "warn"\n')
        assert step("ref.csv", "far.csv").outputs == {"verdict": "warn", "status": "0"}

    def test_survives_arguments_that_check_nothing(self, step: Callable[..., Done]) -> None:
        done = step("ref.csv", "far.csv", "--show-config")
        assert "Traceback" not in done.stderr
        assert done.outputs["verdict"] == "error"


@pytest.fixture
def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    return found


class TestAction:
    def test_mentions_its_own_inputs_and_all_of_them(self, action: dict[str, Any]) -> None:
        text = (ACTION / "action.yml").read_text(encoding="utf-8")
        assert set(re.findall(r"\binputs\.([\w-]+)", text)) == set(action["inputs"])

    def test_puts_no_expression_into_a_script(self, action: dict[str, Any]) -> None:
        """What a pull request can write would be run as code there."""
        assert [step["run"] for step in action["runs"]["steps"] if "${{" in step["run"]] == []

    def test_sets_what_its_script_reads(self, action: dict[str, Any]) -> None:
        script = (ACTION / "check.sh").read_text(encoding="utf-8")
        read = set(re.findall(r"\$\{?([A-Z_]+)", script)) - {"GITHUB_OUTPUT"}
        (check,) = [step for step in action["runs"]["steps"] if step.get("id") == "check"]
        assert read == set(check["env"])
        assert check["run"] == 'bash "$GITHUB_ACTION_PATH/check.sh"'

    def test_hands_on_what_its_script_writes(self, action: dict[str, Any]) -> None:
        script = (ACTION / "check.sh").read_text(encoding="utf-8")
        written = set(re.findall(r"(?:'|\\n)(\w+)=%s", script))
        values = {name: output["value"] for name, output in action["outputs"].items()}
        assert values == {name: f"${{{{ steps.check.outputs.{name} }}}}" for name in written}

    def test_has_a_shell_for_every_step_and_asks_for_what_has_no_default(self, action: dict[str, Any]) -> None:
        assert action["runs"]["using"] == "composite"
        assert all(step["shell"] == "bash" for step in action["runs"]["steps"])
        for values in (*action["inputs"].values(), *action["outputs"].values()):
            assert values["description"]
        assert all(given["required"] != ("default" in given) for given in action["inputs"].values())

    @pytest.mark.parametrize(
        ("extras", "suffix"), [("", ""), ("parquet", "[parquet]"), ("parquet,zstd", "[parquet,zstd]")]
    )
    def test_installs_this_repository(self, action: dict[str, Any], tmp_path: Path, extras: str, suffix: str) -> None:
        (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (tmp_path / "python").chmod(0o755)
        done = subprocess.run(
            ["bash", "-c", action["runs"]["steps"][0]["run"]],
            capture_output=True,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_ACTION_PATH": str(ACTION), "EXTRAS": extras},
            check=True,
        )
        last = done.stdout.decode().splitlines()[-1]
        assert last.endswith(suffix)
        assert Path(last.removesuffix(suffix)).resolve() == ROOT
        known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        assert {name for name in extras.split(",") if name} <= set(known)


@pytest.fixture
def hook() -> dict[str, Any]:
    (found,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return found  # type: ignore[no-any-return]


class TestPreCommit:
    @pytest.fixture
    def commit(self, hook: dict[str, Any]) -> Callable[..., subprocess.CompletedProcess[str]]:
        """Run the hook as pre-commit does: entry, args, then the files unless it takes none."""

        def run_hook(*args: str, files: tuple[str, ...] = (), **changes: Any) -> subprocess.CompletedProcess[str]:
            settled = {**hook, **changes}
            passed = files if settled.get("pass_filenames", True) else ()
            return subprocess.run(
                [*shlex.split(settled["entry"]), *args, *passed],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
                timeout=60,
                check=False,
            )

        return run_hook

    def test_has_what_pre_commit_asks_of_a_hook(self, hook: dict[str, Any]) -> None:
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert (hook["id"], hook["language"]) == ("kldiv-check", "python")
        assert set(hook) <= {
            *("id", "name", "entry", "language", "description", "files", "exclude", "types", "types_or"),
            *("exclude_types", "args", "pass_filenames", "require_serial", "always_run", "stages", "verbose"),
            *("additional_dependencies", "language_version", "minimum_pre_commit_version", "fail_fast"),
        }

    def test_its_program_is_one_that_this_package_installs(self, hook: dict[str, Any]) -> None:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
        assert shlex.split(hook["entry"])[0] in scripts

    @pytest.mark.parametrize(("new", "status"), [("same.csv", 0), ("far.csv", 1), ("absent.csv", 2)])
    def test_holds_a_file_to_a_reference(self, commit: Callable, new: str, status: int) -> None:
        done = commit("ref.csv", new, files=("changed.csv",))
        assert done.returncode == status
        assert done.stdout or done.stderr

    def test_holds_the_files_of_a_commit_to_a_reference(self, commit: Callable) -> None:
        done = commit("--ref", "ref.csv", files=("same.csv", "far.csv"), pass_filenames=True)
        assert done.returncode == 1
        assert "drift: far.csv drifted" in done.stdout + done.stderr

    def test_without_arguments_is_an_error_not_a_pass(self, commit: Callable) -> None:
        done = commit(files=("same.csv",))
        assert (done.returncode, done.stdout) == (2, "")
        assert "REF and NEW are missing" in done.stderr

    def test_over_many_files_is_one_run(self, hook: dict[str, Any]) -> None:
        """Else pre-commit cuts the files that it passes into several runs, each with a correction of its own."""
        assert hook.get("require_serial") is True
