"""P and Q as typed: the order of the rules, labels, columns, stdin, pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions, checked_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kldiv_cli.core.summary import Profile

PLAIN = ReadOptions()
TABLE = "x,y\n1,4\n2,5\n2,6\n"


def test_a_dash_is_stdin() -> None:
    spec = operand("-", PLAIN)
    assert (spec.place, spec.label, spec.column) == ("stdin", "stdin", None)


def test_a_dash_with_a_column_is_that_column_of_stdin() -> None:
    spec = operand("-:delay", PLAIN)
    assert (spec.place, spec.label, spec.column) == ("stdin", "stdin:delay", "delay")


def test_an_existing_file_comes_before_inline_masses(put: Callable[..., str]) -> None:
    spec = operand(put("1,2", TABLE), PLAIN)
    assert (spec.place, spec.location) == ("file", "1,2")


def test_an_existing_file_comes_before_uniform(put: Callable[..., str]) -> None:
    assert operand(put("uniform", TABLE), PLAIN).place == "file"


def test_a_url_is_a_place_of_its_own_whose_last_colon_may_name_a_column(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    (tmp_path / "a.csv").write_text("x\n1\n2\n", encoding="utf-8")
    url = f"file://{tmp_path}/a.csv"
    assert operand(url, PLAIN)[1:4] == ("url", url, None)
    assert operand(f"{url}:x", PLAIN)[1:4] == ("url", url, "x")


def test_numbers_with_a_comma_are_inline() -> None:
    spec = operand("0.2,0.8", PLAIN)
    assert (spec.place, spec.location, spec.label) == ("inline", "0.2,0.8", "0.2,0.8")


def test_a_negative_number_first_is_inline() -> None:
    assert operand("-0.5,1", PLAIN).place == "inline"


def test_a_file_and_a_column(put: Callable[..., str]) -> None:
    spec = operand(put("a.csv", TABLE) + ":x", PLAIN)
    assert (spec.place, spec.location, spec.column, spec.label) == ("file", "a.csv", "x", "a.csv:x")


def test_a_column_may_hold_colons(put: Callable[..., str]) -> None:
    spec = operand(put("a.csv", TABLE) + ":a:b", PLAIN)
    assert (spec.location, spec.column) == ("a.csv", "a:b")


def test_a_file_name_may_hold_colons(put: Callable[..., str]) -> None:
    spec = operand(put("a:b.csv", TABLE) + ":x", PLAIN)
    assert (spec.location, spec.column) == ("a:b.csv", "x")


def test_a_column_may_hold_commas(put: Callable[..., str]) -> None:
    spec = operand(put("a.csv", TABLE) + ":x, y", PLAIN)
    assert (spec.place, spec.column) == ("file", "x, y")


def test_a_file_whose_name_holds_a_comma_may_have_a_column(put: Callable[..., str]) -> None:
    spec = operand(put("a,b.csv", TABLE) + ":x", PLAIN)
    assert (spec.place, spec.location, spec.column) == ("file", "a,b.csv", "x")


def test_a_label_before_an_operand_replaces_its_own(put: Callable[..., str]) -> None:
    spec = operand("new=" + put("a.csv", TABLE), PLAIN)
    assert (spec.label, spec.location, spec.column) == ("new", "a.csv", None)


def test_a_label_may_stand_before_a_file_with_a_column(put: Callable[..., str]) -> None:
    spec = operand("new=" + put("a.csv", TABLE) + ":x", PLAIN)
    assert (spec.label, spec.location, spec.column) == ("new", "a.csv", "x")


def test_a_label_may_stand_before_stdin() -> None:
    assert operand("new=-", PLAIN).label == "new"
    spec = operand("new=-:x", PLAIN)
    assert (spec.label, spec.place, spec.column) == ("new", "stdin", "x")


def test_a_label_may_stand_before_masses() -> None:
    spec = operand("new=0.2,0.8", PLAIN)
    assert (spec.label, spec.place, spec.location) == ("new", "inline", "0.2,0.8")


def test_a_label_may_stand_before_labelled_masses() -> None:
    spec = operand("new=a:3,b:5", PLAIN)
    assert (spec.label, spec.location) == ("new", "a:3,b:5")


def test_a_label_may_stand_before_json() -> None:
    spec = operand('new={"a": 3}', PLAIN)
    assert (spec.label, spec.location) == ("new", '{"a": 3}')


def test_a_label_may_stand_before_uniform() -> None:
    spec = operand("new=uniform", PLAIN)
    assert (spec.label, spec.place) == ("new", "uniform")


def test_a_file_whose_name_holds_an_equals_sign_is_a_file(put: Callable[..., str]) -> None:
    spec = operand(put("day=1.csv", TABLE), PLAIN)
    assert (spec.label, spec.location) == ("day=1.csv", "day=1.csv")


def test_a_labelled_file_may_hold_an_equals_sign(put: Callable[..., str]) -> None:
    spec = operand("new=" + put("day=1.csv", TABLE), PLAIN)
    assert (spec.label, spec.location) == ("new", "day=1.csv")


def test_an_outcome_of_inline_masses_may_hold_an_equals_sign() -> None:
    spec = operand("x=1:3,x=2:5", PLAIN)
    assert spec.place == "inline"


def test_a_misspelt_file_tells_the_nearest(put: Callable[..., str]) -> None:
    put("january.csv", TABLE)
    with pytest.raises(UsageError, match=r"no file 'januray\.csv'\n  try: 'january\.csv'"):
        operand("januray.csv", PLAIN)


def test_a_misspelt_file_in_a_folder_tells_the_nearest_with_its_folder(put: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    put("data/january.csv", TABLE)
    with pytest.raises(UsageError, match=r"try: 'data/january\.csv'"):
        operand("data/januray.csv:x", PLAIN)


def test_a_file_name_that_is_no_utf8_is_read(put: Callable[..., str], read_typed: Callable[..., Profile]) -> None:
    with open(b"\xff.csv", "wb") as file:
        file.write(TABLE.encode())
    profile = read_typed("\udcff.csv:x")
    assert profile.label == "\\xff.csv:x"
    assert profile.rows == 3


def test_the_number_of_observations_goes_with_the_operand() -> None:
    assert operand("0.2,0.8", PLAIN, n=40).n == 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_": "nosuch"}, "cannot be read as 'nosuch'"),
        ({"delimiter": ",,"}, "delimiter ',,'"),
        ({"delimiter": ""}, "delimiter ''"),
        ({"decimal": ";"}, "decimal mark ';'"),
        ({"decimal": ",", "delimiter": ","}, "decimal mark and the delimiter"),
        ({"numeric": ("x",), "categorical": ("x",)}, "column x"),
    ],
)
def test_options_that_cannot_be_met_are_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        checked_options(ReadOptions(**options))


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_a_pipe_that_comes_in_pieces_is_read_whole(chunk: int, read_pipe: Callable[..., Profile]) -> None:
    profile = read_pipe(TABLE * 1, column="x", chunk=chunk)
    assert profile.columns["x"].values.tolist() == [1, 2]
    assert profile.columns["x"].counts.tolist() == [1, 2]


def test_a_pipe_longer_than_what_is_judged_by_is_read_whole(read_pipe: Callable[..., Profile]) -> None:
    lines = [f"{i}\n" for i in range(200_000)]
    profile = read_pipe("x\n" + "".join(lines), chunk=5_000)
    assert profile.rows == 200_000
    assert profile.columns["x"].values.size == 200_000


def test_two_process_substitutions_are_two_operands(put: Callable[..., str]) -> None:
    put("a", "b\na\nb\n")
    put("b", "b\na\na\n")
    command = f"{sys.executable} -m kldiv_cli -qm tv <(sort a | uniq -c) <(sort b | uniq -c)"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30)
    assert float(ended.stdout) == pytest.approx(1 / 3, rel=1e-15)


def test_a_compressed_pipe_is_opened(read_pipe: Callable[..., Profile]) -> None:
    import gzip

    assert read_pipe(gzip.compress(TABLE.encode()), column="y").columns["y"].values.tolist() == [4, 5, 6]


def test_an_npy_comes_through_a_pipe(read_pipe: Callable[..., Profile]) -> None:
    import io

    import numpy as np

    stream = io.BytesIO()
    np.save(stream, np.array([3.0, 1.0, 1.0]))
    profile = read_pipe(stream.getvalue())
    assert profile.kind == "samples"
    assert [summary.values.tolist() for summary in profile.columns.values()] == [[1, 3]]


def test_a_fifo_is_read_like_a_file(read_typed: Callable[..., Profile]) -> None:
    import threading

    os.mkfifo("fifo")

    def fill() -> None:
        with open("fifo", "w") as sink:
            sink.write(TABLE)

    writer = threading.Thread(target=fill)
    writer.start()
    profile = read_typed("fifo:x")
    writer.join(timeout=10)
    assert profile.rows == 3


def test_a_type_that_breaks_in_a_fifo_is_an_error_and_no_second_reading(read_typed: Callable[..., Profile]) -> None:
    """A FIFO cannot be read again: it is a pipe whatever its name."""
    import threading

    os.mkfifo("fifo")

    def fill() -> None:
        with open("fifo", "w") as sink:
            sink.write("x\n" + "".join(f"{i}\n" for i in range(60_000)) + "oops\n")

    writer = threading.Thread(target=fill, daemon=True)
    writer.start()
    found: list[object] = []

    def consume() -> None:
        try:
            found.append(read_typed("fifo"))
        except Exception as fault:
            found.append(fault)

    reader = threading.Thread(target=consume, daemon=True)
    reader.start()
    reader.join(timeout=30)
    hung = reader.is_alive()
    if hung:  # release it
        with open("fifo", "w"):
            pass
        reader.join(timeout=5)
    writer.join(timeout=5)
    assert not hung, "it waits for a second writer for ever"
    assert isinstance(found[0], InputError)
    assert "--categorical x" in found[0].remedy


def test_a_type_that_breaks_in_a_process_substitution_is_an_error_and_no_second_reading() -> None:
    """What is read again of a pipe is only its rest, which would give wrong numbers in silence."""
    rows = 'print("x,y"); [print(i % 9, i % 7, sep=",") for i in range(60_000)]; print("oops,1"); '
    rows += '[print(i % 9, i % 7, sep=",") for i in range(900_000)]'
    command = f"{sys.executable} -m kldiv_cli <({sys.executable} -c '{rows}') 1:1,2:2 -m js"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 2, ended.stdout
    assert "--categorical x" in ended.stderr
