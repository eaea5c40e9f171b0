"""The house of DESIGN.md: who may import whom, and what a start must not import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from importlinter.cli import lint_imports

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "kldiv_cli"
HEAVY = ("numpy", "scipy", "pandas", "rich")
FILE_MODULES = {"os", "pathlib", "io", "shutil", "tempfile", "glob", "subprocess", "socket", "urllib", "http"}
UNSTEADY_MODULES = {"time", "random", "secrets", "uuid", "locale", "logging", "warnings"}
UNSTEADY_CALLS = {"open", "print", "input", "breakpoint", "exec", "eval"}
core_modules = sorted((PACKAGE / "core").rglob("*.py"))
all_modules = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[str]:
    """Top-level names of what a piece of code imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def imports_at_start(tree: ast.Module) -> Iterator[str]:
    """The same, of what runs when the module is imported: not functions, and not what only type checkers see."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if not isinstance(node, ast.FunctionDef):
            yield from imports(node)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


class TestLayers:
    def test_imports_point_down_the_house(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        status = lint_imports(str(ROOT / "pyproject.toml"), cache_dir=str(tmp_path), no_logo=True)
        assert status == 0, capsys.readouterr().out

    @pytest.mark.parametrize("path", core_modules, ids=module_name)
    def test_the_core_neither_reads_files_nor_prints_nor_looks_at_a_clock(self, path: Path) -> None:
        tree = parsed(path)
        assert set(imports(tree)) & (FILE_MODULES | UNSTEADY_MODULES | {"click", "rich", "pandas", "sys"}) == set()
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert called & UNSTEADY_CALLS == set()
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert attributes & {"now", "today", "utcnow", "memmap", "loadtxt", "fromfile"} == set()
        of_random = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
        }
        assert of_random <= {"Generator", "default_rng"}, "random numbers come from a generator of a printed seed"

    @pytest.mark.parametrize("path", core_modules, ids=module_name)
    def test_the_core_imports_scipy_inside_functions_alone(self, path: Path) -> None:
        assert "scipy" not in set(imports_at_start(parsed(path)))

    @pytest.mark.parametrize(
        ("name", "folders"),
        [("click", {"cli"}), ("rich", {"cli", "renderers"}), ("pandas", {"sources", "engines"})],
    )
    def test_a_package_is_known_where_it_belongs_alone(self, name: str, folders: set[str]) -> None:
        known = {path.relative_to(PACKAGE).parts[0] for path in all_modules if name in set(imports(parsed(path)))}
        assert known <= folders

    @pytest.mark.parametrize("path", all_modules, ids=module_name)
    def test_no_module_is_heavy_at_its_top(self, path: Path) -> None:
        allowed = {
            "core": {"numpy"},
            "sources": {"numpy"},
            "engines": {"numpy"},
            "pipeline": {"numpy"},
            "renderers": {"rich"},
            "cli": {"rich"} if path.name == "progress_bar.py" else set(),
        }.get(path.relative_to(PACKAGE).parts[0], set())
        assert set(imports_at_start(parsed(path))) & set(HEAVY) <= allowed

    @pytest.mark.parametrize("path", all_modules, ids=module_name)
    def test_no_module_is_much_longer_than_400_lines_and_no_function_than_50(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 440
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        assert [f.name for f in functions if body_length(f) > 50] == []

    @pytest.mark.parametrize("path", all_modules, ids=module_name)
    def test_no_module_is_called_by_what_says_nothing(self, path: Path) -> None:
        assert path.stem not in ("utils", "util", "helpers", "common", "manager", "misc", "base")

    def test_nothing_but_the_core_is_needed_by_the_core(self) -> None:
        found = {name for path in core_modules for name in imports(parsed(path))}
        ours = found - set(sys.stdlib_module_names)
        assert ours <= {"kldiv_cli", "numpy", "scipy"}


def body_length(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


class TestStart:
    """What a fresh interpreter has imported when a command line is done."""

    def imported(self, *args: str, terminal: bool = False) -> set[str]:
        code = (
            "import sys\n"
            "from kldiv_cli.cli import run\n"
            + ("sys.stdout.isatty = lambda: True\n" if terminal else "")
            + "status = run(sys.argv[1:])\n"
            "print(status, *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        )
        others = ("COV_", "PYTEST", "PYTHONUNBUFFERED")  # a stdout without a buffer is replaced
        environment = {key: value for key, value in os.environ.items() if not key.startswith(others)}
        done = subprocess.run(
            [sys.executable, "-c", code, *args],
            cwd=ROOT / "sample_data",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        status, *names = done.stderr.splitlines()[-1].split()
        assert status == "0", done.stderr
        return set(names)

    @pytest.mark.parametrize(
        "args",
        [(), ("--version",), ("--help",), ("compare", "-h"), ("completion", "bash"), ("explain", "choosing")],
        ids=" ".join,
    )
    def test_help_and_completion_import_no_numpy(self, args: tuple[str, ...]) -> None:
        if args[:1] == ("explain",):
            assert self.imported(*args) & {"scipy", "pandas", "rich"} == set()
        else:
            assert self.imported(*args) & set(HEAVY) == set()

    def test_completing_imports_no_numpy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {"_KLDIV_COMPLETE": "bash_complete", "COMP_WORDS": "kldiv --me", "COMP_CWORD": "1"}.items():
            monkeypatch.setenv(name, value)
        assert self.imported() & set(HEAVY) == set()

    @pytest.mark.parametrize("options", [(), ("-qm", "js"), ("-f", "json"), ("-f", "csv"), ("-m", "all")], ids=" ".join)
    def test_an_inline_comparison_in_a_pipe_imports_numpy_alone(self, options: tuple[str, ...]) -> None:
        assert self.imported("0.5,0.3,0.2", "0.1,0.4,0.5", *options) & set(HEAVY) == {"numpy"}

    def test_a_small_json_comparison_in_a_pipe_imports_numpy_alone(self, tmp_path: Path) -> None:
        for name in "pq":
            (tmp_path / f"{name}.json").write_text('{"a": 3, "b": 1, "c": 2}', encoding="utf-8")
        found = self.imported("-qm", "js", str(tmp_path / "p.json"), str(tmp_path / "q.json"))
        assert found & set(HEAVY) == {"numpy"}

    def test_two_small_csv_files_in_a_pipe_import_numpy_alone(self) -> None:
        assert self.imported("flights/2013-01.csv", "flights/2013-07.csv") & {*HEAVY, "decimal"} == {"numpy"}

    def test_a_short_option_is_found_without_looking_for_one_like_it(self) -> None:
        assert "difflib" not in self.imported("0.5,0.5", "0.4,0.6", "-q", "-m", "js", "-f", "csv")

    @pytest.mark.parametrize(("given", "found"), [(None, "1"), ("3", "3")])
    def test_matrices_are_multiplied_on_one_thread_unless_told(self, given: str | None, found: str) -> None:
        code = (
            "import os, sys\n"
            "from kldiv_cli import cli\n"
            "assert 'numpy' not in sys.modules\n"
            "def run(args):\n"
            "    os.write(1, os.environ['OPENBLAS_NUM_THREADS'].encode())\n"
            "    return 0\n"
            "cli.run = run\n"
            "cli.main()\n"
        )
        environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
        environment |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=30, check=True
        )
        assert done.stdout == found

    def test_a_table_on_a_terminal_imports_rich_and_no_pandas(self) -> None:
        found = self.imported("flights/2013-01.csv", "flights/2013-07.csv", terminal=True)
        assert found & set(HEAVY) == {"numpy", "rich"}

    def test_the_package_itself_imports_nothing_heavy(self) -> None:
        code = "import sys, kldiv_cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
        assert set(done.stdout.split()) & {*HEAVY, "click"} == set()
