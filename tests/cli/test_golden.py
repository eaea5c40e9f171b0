"""Every format prints what it always printed, for every shape of report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import pytest

from kldiv_cli.renderers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

INFINITE = ("a:3,b:5,c:2", "a:4,b:6,d:1")
JANUARY, JULY = "flights/2013-01.csv", "flights/2013-07.csv"
DELAYS = (f"{JANUARY}:dep_delay", f"{JULY}:dep_delay")

SHAPES: dict[str, tuple[str, ...]] = {
    "pair": ("0.5,0.3,0.2", "0.1,0.4,0.5"),
    "bits": ("0.5,0.3,0.2", "0.1,0.4,0.5", "--base", "2", "--precision", "2", "--terms"),
    "infinite": (*INFINITE, "--terms"),
    "column": (*DELAYS, "-v", "-b", "6", "--plot", "--precision", "3"),
    "column-top": (*DELAYS, "--top", "3"),
    "edges": (*DELAYS, "-b", "0,15,60", "--terms"),
    "tables": (JANUARY, JULY),
    "all-measures": (*DELAYS, "-m", "all"),
    "several-candidates": ("a:5,b:3,c:2", "a:1,b:4,c:5", "a:2,b:2,c:6"),
    "several-tables": (JANUARY, "flights/2013-02.csv", JULY, "-c", "dep_delay,carrier", "-m", "kl,js"),
    "groups": ("penguins.csv", "--by", "species", "-c", "body_mass_g,island"),
    "groups-of-two": (JANUARY, JULY, "--by", "origin", "-c", "dep_delay", "-m", "js,w1", "--terms", "--top", "2"),
    "trend": ("trend", "flights", "-c", "dep_delay,carrier", "--against", "first,3"),
    "trend-of-one": (
        "trend",
        JANUARY,
        JULY,
        "flights/2013-12.csv",
        "-c",
        "dep_delay",
        "-m",
        "js,kl",
        "--against",
        "first",
    ),
    "matrix": ("matrix", JANUARY, "flights/2013-04.csv", JULY, "-c", "dep_delay,carrier", "-m", "js,kl"),
    "matrix-of-groups": ("matrix", "penguins.csv", "--by", "species", "-c", "body_mass_g"),
    "matrix-of-rows": ("matrix", "topics.csv", "--rows", "-m", "js,kl,w1"),
    "paired-rows": ("tokens-f32.jsonl", "tokens-int8.jsonl", "--rows", "--as", "logprobs", "-m", "kl"),
    "smoothed": (*INFINITE, "-s", "jeffreys"),
    "equal": ("0.5,0.5", "0.5,0.5"),
}


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_report_is_printed_as_it_always_was(run: Callable, golden: Callable, shape: str, name: str) -> None:
    ran = run(*SHAPES[shape], "-f", name)
    assert ran.status == 0
    golden(f"{shape}.{name}", ran)


@pytest.mark.parametrize("shape", SHAPES)
def test_json_is_accepted_by_a_strict_parser(run: Callable, shape: str) -> None:
    document = json.loads(run(*SHAPES[shape], "-f", "json").stdout, parse_constant=refuse)
    lines = run(*SHAPES[shape], "-f", "jsonl").stdout.splitlines()
    found = [json.loads(line, parse_constant=refuse) for line in lines]
    assert [one for one in found if "summary" not in one] == document["comparisons"]
    assert [one for one in found if "summary" in one] == [
        {"summary": True, **one} for one in document.get("summaries", [])
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_pipe_gets_plain_lines(run: Callable, shape: str) -> None:
    assert run(*SHAPES[shape]) == run(*SHAPES[shape], "-f", "plain")


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("json", "jsonl")])
@pytest.mark.parametrize("shape", ["pair", "infinite", "tables"])
def test_no_line_ends_in_a_blank_but_where_markdown_breaks_it(run: Callable, shape: str, name: str) -> None:
    for line in run(*SHAPES[shape], "-f", name).stdout.split("\n"):
        assert not line.endswith((" ", "\r")) or (name == "markdown" and line.endswith("  "))


def test_the_order_of_hashes_changes_nothing(kldiv: Callable) -> None:
    line = (*SHAPES["several-tables"], "-f", "json")
    assert kldiv(*line, env={"PYTHONHASHSEED": "1"}) == kldiv(*line, env={"PYTHONHASHSEED": "2"})


def test_sort_puts_infinity_above_every_number(shell: Callable) -> None:
    ran = shell("kldiv a:1,b:1,c:0 a:5,b:2,c:3 a:1,c:1 -m kl | tail -n +2 | sort -k6 -gr | cut -d' ' -f6")
    values = [float(value) for value in ran.stdout.split()]
    assert values[:3] == [float("inf")] * 3
    assert values[3:] == sorted(values[3:], reverse=True)
    assert len(values) == 4
