"""What may be typed: options anywhere, operands that look like options, command names, near misses, help."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.cli.group import KLDIV
from kldiv_cli.cli.pages import PAGES
from kldiv_cli.core.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

P, Q = "0.5,0.3,0.2", "0.1,0.4,0.5"
NAMES = [(measure, name) for measure in MEASURES for name in (measure.key, *measure.aliases)]


class TestOptions:
    @pytest.mark.parametrize(
        "args",
        [
            ("-q", "-m", "js", P, Q),
            (P, "-q", Q, "-m", "js"),
            (P, Q, "-q", "-m", "js"),
            ("-qm", "js", P, Q),
            (P, Q, "-qmjs"),
            (P, "-m", "js", Q, "-q"),
            ("--quiet", "--measure=js", P, Q),
            ("--measure", "js", P, "--quiet", Q),
            ("-q", "-m", "js", "--", P, Q),
            (P, "-qm", "js", "--", Q),
            ("compare", "-qm", "js", P, Q),
            ("-qm", "js", "compare", P, Q),
            ("-qm", "jensen-shannon", P, Q),
            ("-qm", "JS", P, Q),
        ],
        ids=" ".join,
    )
    def test_stand_anywhere_and_in_clusters(self, run: Callable, args: tuple[str, ...]) -> None:
        ran = run(*args)
        assert (ran.status, ran.stderr) == (0, "")
        assert float(ran.stdout) == pytest.approx(0.10956662525004884)

    def test_repeat_or_take_commas(self, run: Callable) -> None:
        assert run(P, Q, "-m", "js", "-m", "tv") == run(P, Q, "-m", "js,tv") == run(P, Q, "-m", " js , tv,")

    def test_a_measure_asked_for_twice_is_told_once(self, run: Callable) -> None:
        assert run(P, Q, "-m", "w1,emd,wasserstein").stdout.count("\n") == 2

    def test_output_format_has_a_short_long_name(self, run: Callable) -> None:
        assert run(P, Q, "--format", "csv") == run(P, Q, "--output-format=csv") == run(P, Q, "-fcsv")

    def test_a_value_may_begin_with_a_dash(self, run: Callable) -> None:
        ran = run("-1:1,5:1", "-1:1,5:3", "-b", "-2,0", "-f", "json")
        assert ran.status == 0
        assert '"bins": "-2,0"' in ran.stdout

    @pytest.mark.parametrize("option", ["-m", "--measure", "-o", "-b", "-c", "-qm"])
    def test_an_option_without_its_value_is_2_and_named(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ran = run(P, Q, option)
        assert (ran.status, ran.stdout, list(tmp_path.iterdir())) == (2, "", [])
        assert re.search(rf"'{option.replace('-q', '-')}'.* requires an argument", ran.stderr)

    def test_later_ones_win(self, run: Callable) -> None:
        assert run(P, Q, "--plot", "--no-plot") == run(P, Q)


class TestOperands:
    def test_negative_numbers_are_operands(self, run: Callable) -> None:
        ran = run("-0.5,1", "0.5,0.5")
        assert ran.status == 2
        assert "-0.5" in ran.stderr
        assert "option" not in ran.stderr

    def test_negative_positions_are_operands(self, run: Callable) -> None:
        ran = run("-1:1,2:1", "-1:1,2:3", "-qm", "w1")
        assert ran.stdout == "0.75\n"
        assert run("-.5:1,.5:1", "-.5:1,.5:3", "-qm", "w1").stdout == "0.25\n"

    def test_a_dash_is_stdin_and_a_column_may_be_named_on_it(self, run: Callable) -> None:
        assert run("-", "x:1,y:1", "-qm", "tv", stdin=b"v\nx\nx\nx\ny\n").stdout == "0.25\n"
        table = b"n,name\n1,x\n2,x\n3,x\n4,y\n"
        assert run("-:name", "x:1,y:1", "-qm", "tv", stdin=table).stdout == "0.25\n"
        assert run("x:1,y:1", "-:2", "-qm", "tv", stdin=table).stdout == "0.25\n"

    def test_behind_two_dashes_all_are_operands(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "-q.csv").write_text("x\na\nb\n", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        assert run("-m", "tv", "-q", "--", "-q.csv", "-q.csv").stdout == "0.0\n"

    @pytest.mark.parametrize(
        ("p", "q", "tv"),
        [
            ("0.2,0.4,0.4", "0.4,0.4,0.2", 0.2),
            ("1/3,2/3", "2/3,1/3", 1 / 3),
            ("a:3,b:5", "b:5,a:3", 0.0),
            ("[0.2, 0.4, 0.4]", "0.2,0.4,0.4", 0.0),
            ('{"a": 1, "b": 1}', "a:1,b:3", 0.25),
            ("0.2,0.8", "uniform", 0.3),
            ("old=0.2,0.8", "new=0.5,0.5", 0.3),
            ("u=uniform", "0.2,0.8", 0.3),
        ],
    )
    def test_masses_are_typed_in_many_ways(self, run: Callable, p: str, q: str, tv: float) -> None:
        assert float(run(p, q, "-qm", "tv").stdout) == pytest.approx(tv, abs=1e-15)

    def test_a_label_renames_an_operand(self, run: Callable) -> None:
        lines = run("old=flights/2013-01.csv:origin", "new=flights/2013-07.csv:origin", "-m", "js").stdout.splitlines()
        assert lines[1].startswith("old new origin js - 0.0009934415946")

    def test_columns_are_named_or_numbered(self, run: Callable) -> None:
        files = ("flights/2013-01.csv", "flights/2013-07.csv")
        named = run(*files, "-qm", "js", "-c", "origin").stdout
        assert run(*files, "-qm", "js", "-c", "2").stdout == named
        assert run(*(f"{file}:origin" for file in files), "-qm", "js").stdout == named

    def test_a_lone_column_meets_a_named_one_and_that_is_said(self, run: Callable) -> None:
        ran = run("-", "penguins.csv:year", "-m", "w1", stdin=b"2007\n2008\n2009\n2007\n")
        assert ran.status == 0
        assert re.search(r"compared with column year", ran.stderr)

    def test_an_existing_file_comes_before_all_else_it_could_mean(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("1,2", "a:b", "x=y", "uniform.csv"):
            (tmp_path / name).write_text("v\na\na\nb\n", encoding="utf-8")
            ran = run("v:1,w:1", name, "-f", "json")
            assert '"kind": "samples"' in ran.stdout, name

    def test_an_unseekable_pipe_is_read(self, shell: Callable) -> None:
        line = "kldiv <(printf 'a\\nb\\nb\\n' | sort | uniq -c) <(printf 'a\\na\\nb\\n' | sort | uniq -c) -qm tv"
        assert float(shell(line).stdout) == pytest.approx(1 / 3)


class TestCommandNames:
    @pytest.mark.parametrize("name", ["check", "matrix", "data", "x", "future-command", "a-b-c"])
    def test_a_word_is_a_command_for_ever_even_where_a_file_has_its_name(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        if name in KLDIV.commands:
            pytest.skip(f"{name} is a command by now")
        monkeypatch.chdir(tmp_path)
        (tmp_path / name).write_text("v\na\nb\n", encoding="utf-8")
        ran = run(name, name)
        assert (ran.status, ran.stdout) == (2, "")
        assert f"there is no command {name!r}" in ran.stderr
        assert f"./{name}" in ran.stderr
        assert run(f"./{name}", name, "-qm", "tv").stdout == "0.0\n"

    @pytest.mark.parametrize("name", ["Data", "data2", "data.csv", "data_x", "dätä"])
    def test_what_is_no_such_word_may_be_a_file(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / name).write_text("v\na\nb\n", encoding="utf-8")
        assert run(name, name, "-qm", "tv").stdout == "0.0\n"

    def test_a_second_operand_may_have_a_command_s_name(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "compare").write_text("v\na\nb\n", encoding="utf-8")
        assert run("./compare", "compare", "-qm", "tv").stdout == "0.0\n"
        assert run("-m", "tv", "./compare", "-q", "compare").stdout == "0.0\n"

    def test_the_value_of_an_option_is_no_command(
        self, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run("-o", "explain", P, Q).status == 0
        assert (tmp_path / "explain").read_text(encoding="utf-8").startswith("p q column")


class TestNearMisses:
    @pytest.mark.parametrize(
        ("args", "hint"),
        [
            (("comparee", P, Q), "'compare'?"),
            (("explian", "kl"), "'explain'?"),
            (("completions", "bash"), "'completion'?"),
            ((P, Q, "--mesure", "js"), "--measure"),
            ((P, Q, "--presision", "3"), "--precision"),
            ((P, Q, "-m", "hellingr"), "'hellinger'?"),
            ((P, Q, "-m", "wassserstein"), "'wasserstein'?"),
            ((P, Q, "-m", "js,kuper"), "'kuiper'?"),
            ((P, Q, "-s", "jefreys"), "jeffreys"),
            ((P, Q, "-f", "marckdown"), "markdown"),
            (("penguin.csv", Q), "'penguins.csv'?"),
            (("flights/2013-01.cvs", Q), "'flights/2013-01.csv'?"),
            (("penguins.csv:specie", "penguins.csv:species"), "'species'?"),
            (("penguins.csv", "penguins.csv", "-c", "body_mas_g"), "'body_mass_g'?"),
            (("penguins.csv", "penguins.csv", "--exclude", "speces"), "'species'?"),
            (("penguins.csv", "penguins.csv", "--categorical", "yaer"), "'year'?"),
            (("explain", "hellingr"), "'hellinger'?"),
            (("explain", "chosing"), "'choosing'?"),
            (("explain", "noize"), "'noise'?"),
            (("completion", "bsh"), "bash"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_the_nearest_name_is_offered(self, run: Callable, args: tuple[str, ...], hint: str) -> None:
        ran = run(*args)
        assert (ran.status, ran.stdout) == (2, "")
        assert hint in ran.stderr

    def test_a_missing_folder_is_named(self, run: Callable) -> None:
        ran = run("flihgts/2013-01.csv", Q)
        assert ran.status == 2
        assert "flihgts" in ran.stderr

    def test_a_word_far_from_any_name_gets_no_wild_guess(self, run: Callable) -> None:
        assert "?" not in run(P, Q, "-m", "qqqqqqqq").stderr


class TestHelp:
    def test_no_arguments_print_a_lesson_of_two_examples_that_work(self, run: Callable, golden: Callable) -> None:
        ran = run()
        assert (ran.status, ran.stderr) == (0, "")
        examples = re.findall(r"^  (kldiv \S+ \S+)", ran.stdout, re.MULTILINE)
        assert len(examples) == 2
        assert run(*examples[0].split()[1:]).status == 0
        golden("lesson", ran)

    @pytest.mark.parametrize("args", [("-h",), ("--help",), ("compare", "-h"), ("compare", "--help"), (P, Q, "-h")])
    def test_help_shows_examples_before_every_option_in_groups(self, run: Callable, args: tuple[str, ...]) -> None:
        ran = run(*args)
        assert (ran.status, ran.stderr) == (0, "")
        places = [ran.stdout.index(f"\n{title}:\n") for title in ("Examples", "Data", "Method", "Output")]
        assert places == sorted(places)
        options = {name for param in KLDIV.commands["compare"].params for name in (*param.opts, *param.secondary_opts)}
        assert {name for name in options if name.startswith("--") and name not in ran.stdout} == set()

    def test_help_names_every_command(self, run: Callable) -> None:
        text = run("--help").stdout
        for name in KLDIV.commands:
            assert re.search(rf"^  {name} +\w.*\.$", text, re.MULTILINE), name
        assert "..." not in text.partition("Commands:")[2].partition("Data:")[0], "a summary that is cut off"

    @pytest.mark.parametrize("name", KLDIV.commands)
    def test_every_command_has_both_spellings_of_help(self, run: Callable, name: str) -> None:
        assert run(name, "-h") == run(name, "--help")
        assert run(name, "-h").status == 0

    def test_help_fits_80_columns(self, run: Callable) -> None:
        assert [line for line in run("-h").stdout.splitlines() if len(line) > 80] == []

    @pytest.mark.parametrize("args", [("-V",), ("--version",), (P, Q, "--version"), ("-q", "-V")], ids=" ".join)
    def test_the_version_is_told(self, run: Callable, args: tuple[str, ...]) -> None:
        assert re.fullmatch(r"kldiv \d+\.\d+\.\d+\n", run(*args).stdout)


class TestExplain:
    @pytest.mark.parametrize(("measure", "name"), NAMES, ids=[name for _, name in NAMES])
    def test_every_measure_has_a_page_under_every_name(self, run: Callable, measure: object, name: str) -> None:
        ran = run("explain", name)
        assert (ran.status, ran.stderr) == (0, "")
        assert ran.stdout.startswith(f"{measure.title} ({measure.key})\n")  # type: ignore[attr-defined]
        text = " ".join(ran.stdout.split())
        for fact in ("formula", "range", "zeros", "use", "reading", "reference"):
            assert " ".join(getattr(measure, fact).split()) in text, fact

    @pytest.mark.parametrize("name", [measure.key for measure in MEASURES])
    def test_case_and_underscores_do_not_count(self, run: Callable, name: str) -> None:
        assert run("explain", name.upper().replace("-", "_")) == run("explain", name)

    @pytest.mark.parametrize("page", ["choosing", "zeros", "noise", "input"])
    def test_the_pages_are_there_and_fit_a_terminal(self, run: Callable, golden: Callable, page: str) -> None:
        ran = run("explain", page)
        assert ran.status == 0
        assert [line for line in ran.stdout.splitlines() if len(line) > 120] == []
        golden(f"explain-{page}", ran)

    def test_without_a_word_all_words_are_listed(self, run: Callable) -> None:
        text = run("explain").stdout
        for name in (*PAGES, *(measure.key for measure in MEASURES)):
            assert re.search(rf"^  {name} +\S", text, re.MULTILINE), name

    @pytest.mark.parametrize(
        ("word", "key"), [("forward", "kl"), ("reverse", "kl"), ("emd", "w1"), ("relative-entropy", "kl")]
    )
    def test_words_used_elsewhere_lead_to_their_measure(self, run: Callable, word: str, key: str) -> None:
        assert run("explain", word) == run("explain", key)

    def test_forward_and_reverse_are_said_to_be_ambiguous(self, run: Callable) -> None:
        assert "used both ways" in run("explain", "reverse").stdout

    @pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
    def test_a_page_fits_100_columns(self, run: Callable, measure: object) -> None:
        lines = run("explain", measure.key).stdout.splitlines()  # type: ignore[attr-defined]
        assert [line for line in lines if len(line) > 100] == []

    def test_the_numbers_of_the_page_on_zeros_are_true(self, run: Callable) -> None:
        page = run("explain", "zeros").stdout
        amounts = re.search(r"^ +epsilon +([1e\d -]+)$", page, re.MULTILINE)[1].split()
        told = re.search(r"^ +KL\(P‖Q\) +([\d. ]+)", page, re.MULTILINE)[1].split()
        for amount, value in zip(amounts, told, strict=True):
            found = run("0.5,0.3,0.2", "0.6,0.4,0", "-qm", "kl", "-s", f"eps:{amount}").stdout.split()[0]
            assert float(value) == pytest.approx(float(found), abs=0.006)


class TestCompletion:
    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("bash", "_KLDIV_COMPLETE=bash_complete"),
            ("zsh", "#compdef kldiv"),
            ("fish", "complete --no-files --command kldiv"),
            ("powershell", "Register-ArgumentCompleter -Native -CommandName kldiv"),
        ],
    )
    def test_every_shell_has_a_script(self, run: Callable, name: str, part: str) -> None:
        ran = run("completion", name)
        assert (ran.status, ran.stderr) == (0, "")
        assert part in ran.stdout

    @pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
    @pytest.mark.parametrize(
        ("words", "expected", "unexpected"),
        [
            (("kldiv", ""), {"compare", "explain", "completion", "penguins.csv", "flights"}, {"--measure"}),
            (("kldiv", "exp"), {"explain"}, {"compare"}),
            (("kldiv", "peng"), {"penguins.csv"}, {"explain"}),
            (("kldiv", "flights/2013-0"), {"flights/2013-01.csv", "flights/2013-09.csv"}, {"flights/2013-10.csv"}),
            (("kldiv", "--me"), {"--measure"}, {"--base"}),
            (("kldiv", "--"), {"--measure", "--version", "--help", "--output-format"}, {"compare"}),
            (("kldiv", "penguins.csv", "peng"), {"penguins.csv"}, {"explain"}),
            (("kldiv", "penguins.csv", "--pl"), {"--plot"}, {"--measure"}),
            (("kldiv", "compare", "--bi"), {"--bins"}, {"--measure"}),
            (("kldiv", "--color", "al"), {"always"}, {"never"}),
            (("kldiv", "--ref"), set(), {"--measure"}),
            (("kldiv", "completion", "f"), {"fish"}, {"bash"}),
            (("kldiv", "-qm", "js", "peng"), {"penguins.csv"}, {"explain"}),
            (("kldiv", "-o", "peng"), {"penguins.csv"}, set()),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
    )
    def test_bash_completes(
        self, shell: Callable, words: tuple[str, ...], expected: set[str], unexpected: set[str]
    ) -> None:
        quoted = " ".join(f"'{word}'" for word in words)
        ran = shell(
            'eval "$(kldiv completion bash)"\n'
            f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=()\n"
            f"compopt() {{ [[ $2 == default || $2 == filenames ]] && USE_FILES=1; }}\n"
            f"_kldiv_completion kldiv '{words[-1]}' '{words[-2]}'\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
            f'[[ -n "$USE_FILES" ]] && compgen -f -- {words[-1]!r}; true\n'
        )
        found = set(ran.stdout.split())
        assert expected - found == set(), ran
        assert unexpected & found == set(), ran
        assert ran.stderr == ""

    @pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
    def test_the_bash_script_registers_itself(self, shell: Callable) -> None:
        ran = shell('eval "$(kldiv completion bash)"; complete -p kldiv')
        assert "_kldiv_completion" in ran.stdout
        assert ran.stderr == ""
