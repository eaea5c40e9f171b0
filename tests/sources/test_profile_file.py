"""A profile that is written is read back as it was; one that was damaged is one error that says where."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kldiv_cli.core.compensated import total
from kldiv_cli.core.moments import Moments
from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import InputError, KldivError, UsageError
from kldiv_cli.pipeline.profile import reduced, report_on_profile
from kldiv_cli.sources.profile_file import FORMAT_VERSION, is_profile, read_profile, written
from kldiv_cli.sources.spec import ReadOptions, SourceSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kldiv_cli.core.summary import Summary

    Read = Callable[..., Profile]
    Put = Callable[[str, bytes | str], str]

SPEC = SourceSpec("b.json", "file", "b.json")
ODD_LABELS = (
    "",
    " ",
    '"',
    "\\",
    "a\nb",
    "\x00",
    "\x1b[31m",
    "\x7f\x9b",
    "\u2028",
    "\u202e",
    "北京",
    "e\u0301",
    "\U0001f600",
    "NaN",
    "1.0",
    "=cmd()",
    "__proto__",
    "kldiv_profile",
)

finite = st.floats(allow_nan=False, allow_infinity=False)
amounts = st.one_of(st.integers(0, 10**6).map(float), st.floats(0.0, 1e9), st.just(2.0**53), st.just(1e22))
filled = amounts.filter(bool)
labels = st.one_of(st.sampled_from(ODD_LABELS), st.text(st.characters(exclude_categories=["Cs"]), max_size=6))


def numbers_of(
    values: Sequence[float], counts: Sequence[float], squares: float | None = None, **more: Any
) -> NumericSummary:
    summary = NumericSummary(np.array(values, dtype=np.float64), np.array(counts, dtype=np.float64), 0.0, **more)
    return summary._replace(weight_squares=summary.mass if squares is None else squares)


def labels_of(
    names: Sequence[str], counts: Sequence[float], squares: float | None = None, **more: Any
) -> CategoricalSummary:
    summary = CategoricalSummary(tuple(names), np.array(counts, dtype=np.float64), 0.0, **more)
    return summary._replace(weight_squares=summary.mass if squares is None else squares)


@st.composite
def numeric(draw: Callable[..., Any], kind: str, *, weighted: bool) -> NumericSummary:
    values = sorted({value + 0.0 for value in draw(st.lists(finite, max_size=8))})
    counts = draw(st.lists(filled, min_size=len(values), max_size=len(values)))
    squares = total(np.array(counts)) * draw(st.floats(1e-3, 1e3)) if weighted else None
    if kind != "samples":
        edges = None
        if values and draw(st.booleans()):
            size = len(values) + 1
            limits = draw(st.sets(finite.map(lambda value: value + 0.0), min_size=size, max_size=size))
            edges = np.array(sorted(limits))
            values = [0.5 * low + 0.5 * high for low, high in itertools.pairwise(edges.tolist())]
        return numbers_of(values, counts, squares, edges=edges)
    cut = values and draw(st.booleans())
    moments = Moments(total(np.array(counts)), values[0], 0.0, draw(amounts)) if cut else None
    return numbers_of(
        values,
        counts,
        squares,
        missing=draw(amounts),
        non_finite=draw(amounts),
        instants=draw(st.booleans()),
        rank_error=draw(st.floats(0.0, 1e-3)) if cut else 0.0,
        moments=moments,
    )


@st.composite
def categorical(draw: Callable[..., Any], kind: str, *, weighted: bool) -> CategoricalSummary:
    squares = draw(st.floats(1e-3, 1e3)) if weighted else None
    missing = draw(amounts) if kind == "samples" else 0.0
    if kind == "samples" and draw(st.integers(0, 3)) == 0:
        return labels_of((), (), squares, missing=missing, pooled=draw(filled), pooled_labels=draw(filled))
    names = draw(st.lists(labels, unique=True, max_size=6))
    ordered = kind == "samples" and draw(st.booleans())
    counts = draw(st.lists(amounts, min_size=len(names), max_size=len(names)))
    found = labels_of(
        names if ordered or kind != "samples" else sorted(names), counts, squares, missing=missing, ordered=ordered
    )
    if kind == "samples" and names and draw(st.booleans()):
        pooled = draw(filled)
        found = found._replace(pooled=pooled, pooled_labels=draw(filled), lacking=draw(amounts))
        found = found._replace(weight_squares=found.mass if squares is None else squares)
    return found


@st.composite
def profiles(draw: Callable[..., Any]) -> Profile:
    """Profiles of all kinds, of one column or several."""
    kind = draw(st.sampled_from(["samples", "samples", "counts", "probabilities"]))
    weighted = kind == "samples" and draw(st.booleans())
    names = draw(st.lists(labels, unique=True, min_size=1, max_size=4 if kind == "samples" else 1))
    columns = {
        name: draw(st.one_of(numeric(kind, weighted=weighted), categorical(kind, weighted=weighted))) for name in names
    }
    # squares too far from the counts leave no number of rows that they are worth, and are refused
    assume(all((column.n > 0.0) == (column.mass > 0.0) and column.n < math.inf for column in columns.values()))
    unlabelled = kind != "samples" and draw(st.booleans())
    rows = draw(st.integers(1, 10**12))
    return Profile("b.json", kind, columns, rows, unlabelled=unlabelled, weighted=weighted, names=tuple(names))


def told(summary: Summary) -> tuple[object, ...]:
    """What can be told apart in a summary, to the bit."""
    found = (value.tobytes() if isinstance(value, np.ndarray) else value for value in summary)
    return (type(summary).__name__, *found)


def read_back(text: str, **options: Any) -> Profile:
    return read_profile(io.BytesIO(text.encode()), SPEC._replace(options=ReadOptions(**options)))


def assert_same(one: Profile, other: Profile) -> None:
    assert one._replace(columns={}) == other._replace(columns={})
    assert list(one.columns) == list(other.columns)
    for name, summary in one.columns.items():
        assert told(summary) == told(other.columns[name])


@given(profiles())
def test_what_is_written_is_read_back_to_the_bit(profile: Profile) -> None:
    assert_same(read_back(written(profile)), profile)


@given(profiles())
def test_what_is_read_is_written_to_the_same_bytes(profile: Profile) -> None:
    text = written(profile)
    assert written(read_back(text)) == text


@given(profiles(), st.randoms())
def test_the_order_of_columns_changes_no_line_but_that_of_their_names(profile: Profile, random: Any) -> None:
    names = list(profile.columns)
    random.shuffle(names)
    shuffled = profile._replace(columns={name: profile.columns[name] for name in names})
    one, other = json.loads(written(profile)), json.loads(written(shuffled))
    assert one["kldiv_profile"].pop("names") == list(profile.names)
    assert other["kldiv_profile"].pop("names") == names
    assert one == other


def refuse(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no JSON")


def sorted_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert keys == sorted(set(keys)), "keys are sorted, none stands twice"
    return dict(pairs)


def shortest_float(text: str) -> float:
    assert repr(float(text)) == text
    return float(text)


def whole_number(text: str) -> int:
    assert abs(int(text)) < 2**53
    assert str(int(text)) == text
    return int(text)


@given(profiles())
def test_the_text_is_strict_json_with_sorted_keys_and_the_shortest_numbers(profile: Profile) -> None:
    text = written(profile)
    document = json.loads(
        text,
        parse_constant=refuse,
        object_pairs_hook=sorted_object,
        parse_float=shortest_float,
        parse_int=whole_number,
    )
    assert list(document) == ["kldiv_profile"]
    assert document["kldiv_profile"]["format_version"] == FORMAT_VERSION == "1.0"
    assert text.endswith("}\n")
    assert is_profile(text.encode())
    assert not any(line.endswith(" ") for line in text.split("\n"))
    assert not any(char < " " for char in text.replace("\n", "")), "control characters are spelled out"


def test_lines_are_short_unless_a_label_is_long() -> None:
    generator = np.random.default_rng(3)
    values = np.sort(generator.normal(size=2000))
    moments = Moments(2000.0, 1 / 3, -1e-17 / 3, 2000 / 7)
    columns: dict[str, Summary] = {
        "x": numbers_of(values, np.ones(2000), rank_error=1 / 3000, moments=moments),
        "n": numbers_of(np.arange(30.0), np.arange(1.0, 31.0)),
        "g": labels_of([f"label {i:04}" for i in range(300)], np.ones(300), ordered=True),
    }
    text = written(Profile("b.json", "samples", columns, 2000, names=tuple(columns)))
    assert max(map(len, text.splitlines())) <= 120
    assert len(text.splitlines()) < 1200, "numbers are packed into lines"


def test_a_label_of_a_lone_surrogate_is_written_and_read(put: Put, read: Read) -> None:
    profile = Profile("b.json", "samples", {"g": labels_of(("a", "\ud800"), (1, 2))}, 3, names=("g",))
    assert_same(read_back(written(profile)), profile)


def test_a_label_of_a_lone_surrogate_survives_a_file(tmp_path: Any, run: Callable, put: Put) -> None:
    put("s.json", '[{"g": "\\ud800"}, {"g": "b"}, {"g": "b"}]')
    ran = run("profile", "s.json", "-o", "b.json")
    assert ran.status == 0, ran.stderr
    assert run("b.json", "s.json", "-qm", "js").stdout == "0.0\n"


def test_masses_keep_the_order_of_their_outcomes() -> None:
    profile = Profile("b.json", "counts", {"": labels_of(("c", "a", "b"), (5, 3, 1))}, 3, names=("",))
    assert_same(read_back(written(profile)), profile)


@pytest.mark.parametrize("weight", [1e160, 1e200])
def test_weights_whose_squares_are_beyond_every_float_are_one_message_or_a_profile(
    weight: float, run: Callable, put: Put
) -> None:
    put("w.csv", f"x,w\n1,{weight}\n2,{weight}\n")
    ran = run("profile", "w.csv", "--weights", "w", "-f", "json")
    assert "internal error" not in ran.stderr
    assert ran.status in (0, 2)


def test_values_near_the_largest_float_are_written(run: Callable, put: Put) -> None:
    put("x.csv", "x\n" + "".join(f"{sign}{1.7e308 - i * 1e300!r}\n" for i in range(2000) for sign in ("", "-")))
    ran = run("profile", "x.csv", "-f", "json")
    assert ran.status == 0, ran.stderr
    json.loads(ran.stdout, parse_constant=refuse)


def test_labels_of_an_identifier_are_not_in_the_file(run: Callable, put: Put) -> None:
    put("t.csv", "id,g,x\n" + "".join(f"person-{i},{'ab'[i % 2]},{i % 7}\n" for i in range(100)))
    ran = run("profile", "t.csv", "-f", "json")
    assert "person-" not in ran.stdout
    assert json.loads(ran.stdout)["kldiv_profile"]["columns"]["id"] == {
        "distinct": 100,
        "kind": "identifier",
        "missing": 0,
        "n": 100,
        "pooled": 100,
    }
    assert "id is an identifier" in ran.stderr


def test_labels_of_an_identifier_that_was_asked_for_are_in_the_file(run: Callable, put: Put) -> None:
    put("t.csv", "id\n" + "".join(f"person-{i}\n" for i in range(100)))
    assert run("profile", "t.csv", "-f", "json", "--categorical", "id").stdout.count("person-") == 100


def test_rows_beyond_the_support_are_not_in_the_file(run: Callable, put: Put) -> None:
    put("t.csv", "x\n" + "".join(f"{i * 0.37:.2f}\n" for i in range(50_000)))
    ran = run("profile", "t.csv", "-f", "json")
    kept = json.loads(ran.stdout)["kldiv_profile"]["columns"]["x"]
    assert 2_048 <= len(kept["values"]) < 2_300
    assert len(ran.stdout) < 100_000
    assert "x: kept as about 2,048 values" in ran.stderr


# Damage

WHOLE: dict[str, Summary] = {
    "x": numbers_of([-1.5, 2.0, 3.25], [3, 1, 2], 5.0, missing=1, non_finite=2),
    "cut": numbers_of([1, 2, 3], [30, 1, 20], 51.0, rank_error=1e-4, moments=Moments(51.0, 1.8, 1e-18, 12.0)),
    "d": numbers_of([0.0, 86400.0], [4, 2], 6.0, instants=True),
    "g": labels_of(["a", "b"], [4, 2], 6.0, pooled=3, pooled_labels=2, lacking=1),
    "o": labels_of(["low", "high"], [4, 2], 6.0, ordered=True),
    "id": labels_of([], [], 60.0, pooled=60, pooled_labels=60),
    "none": numbers_of([], [], 0.0, missing=60),
}
GOOD = json.loads(written(Profile("b.json", "samples", WHOLE, 60, weighted=True, names=tuple(WHOLE))))
ON_BINS = {"": numbers_of([0.5, 1.5], [3, 4], edges=np.array([0.0, 1.0, 2.0]))}
GOOD_BINS = json.loads(written(Profile("b.json", "counts", ON_BINS, 2, names=("",))))
FOR_PEOPLE = {"n", "mean", "standard_deviation", "minimum", "maximum", "kldiv_version"}
"""What is written to be read by people, and not read again."""
OPTIONAL = {"categorical", "order", "ordered", "moments", "edges", "pooled", "pooled_labels", "lacking"}


def paths(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON document below its root."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*here, key)
        yield from paths(child, (*here, key))


def changed(document: Any, path: tuple[Any, ...], *value: Any) -> Any:
    """The document with another value at a place, or without the place."""
    copy = json.loads(json.dumps(document))
    *above, last = path
    parent = copy
    for key in above:
        parent = parent[key]
    if value:
        parent[last] = value[0]
    else:
        del parent[last]
    return copy


def load(document: Any) -> Profile:
    return read_back(json.dumps(document))


def spelled(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path)) or "''"


KEYS = [path for path in paths(GOOD) if isinstance(path[-1], str) and "labels" not in path[:-1]]
KEYS_OF_BINS = [path for path in paths(GOOD_BINS) if isinstance(path[-1], str)]


def test_the_good_ones_are_good() -> None:
    assert list(load(GOOD).columns) == list(WHOLE)
    assert load(GOOD_BINS).columns[""].edges.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("path", [path for path in KEYS if path[-1] not in FOR_PEOPLE | OPTIONAL], ids=spelled)
def test_a_missing_key_is_told(path: tuple[Any, ...]) -> None:
    with pytest.raises(InputError, match=r"b\.json is a damaged profile|has no columns?") as caught:
        load(changed(GOOD, path))
    assert path[-1] in caught.value.message or "kldiv_profile" in path[-1:] or "do not agree" in caught.value.message
    assert caught.value.remedy
    if len(path) == 4:
        assert f"column {path[2]}" in caught.value.message


@pytest.mark.parametrize("path", [path for path in KEYS if path[-1] in FOR_PEOPLE], ids=spelled)
def test_what_is_there_for_people_may_be_missing_or_anything(path: tuple[Any, ...]) -> None:
    assert_same(load(changed(GOOD, path)), load(GOOD))
    assert_same(load(changed(GOOD, path, ["?"])), load(GOOD))


NO_NUMBERS = (None, True, "1", [], {}, [1], -1)
NO_OBJECTS = (None, False, 0, 1.5, "x", [], [[]])
NO_LISTS = (None, True, 0, 1.5, "x", {}, [None], ["x", 3], [[1]], [True, False, True])
NO_TEXTS = (None, True, 0, [], {})
NO_TRUTHS = (None, 0, 1, "true", [], {})
WRONG = {
    "columns": NO_OBJECTS,
    "labels": NO_OBJECTS,
    "kldiv_profile": NO_OBJECTS,
    "format_version": (*NO_TEXTS, "2.0", "0.9", "10.0", "", "x", "-1.0"),
    "kind": (*NO_TEXTS, "", "Samples", "label"),
    "names": (*NO_LISTS, [], ["x"], ["x", "x"]),
    "rows": (*NO_NUMBERS, 0),
    "weighted": NO_TRUTHS,
    "unlabelled": NO_TRUTHS,
    "ordered": NO_TRUTHS,
    "missing": NO_NUMBERS,
    "weight_squares": NO_NUMBERS,
    "non_finite": NO_NUMBERS,
    "rank_error": NO_NUMBERS,
    "pooled": NO_NUMBERS,
    "pooled_labels": NO_NUMBERS,
    "lacking": NO_NUMBERS,
    "distinct": NO_NUMBERS,
    "values": (*NO_LISTS, [1], [1, 2, 3, 4], [1, 1, 2], [3, 2, 1]),
    "counts": (*NO_LISTS, [1], [1, 2, 3, 4], [1, -1, 3], [-1, 2]),
    "moments": (*NO_LISTS, [], [1, 2, 3], [0, 1, 1, 1], [1, 1, 1, -1], [1, 1, 1, 1, 1]),
    "order": (*NO_LISTS, ["low"], ["low", "low"], ["low", "high", "mid"], [["low"], ["high"]]),
    "edges": (*NO_LISTS, [], [0, 1], [0, 1, 2, 3], [0, 2, 1], [0, 0, 1], [1, 2, 3]),
}
CHANGES = [
    (path, value)
    for path in KEYS
    if path[-1] not in FOR_PEOPLE and path[-1] in WRONG
    for value in WRONG[path[-1]]
    if not (path[2:3] == ("none",) and path[-1] in ("values", "counts") and value == [])
]
CHANGES += [(path, -1) for path in paths(GOOD) if path[-2:-1] == ("labels",)]
CHANGES += [(path, value) for path in paths(GOOD) if path[-2:-1] == ("labels",) for value in (None, "1", True, [1])]
CHANGES += [(path, None) for path in KEYS if len(path) == 3]


def value_spelled(value: Any) -> str:
    text = spelled(value) if isinstance(value, tuple) else repr(value)
    return text if len(text) < 40 else f"{text[:20]}...{len(text)}"


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=value_spelled)
def test_a_wrong_value_is_told(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(InputError, match=r"b\.json is a (damaged profile|profile of format)") as caught:
        load(changed(GOOD, path, value))
    assert caught.value.remedy
    if len(path) == 4:
        assert f"column {path[2]}" in caught.value.message


BEYOND = {
    "rows": '"rows": 60',
    "missing": '"missing": 1',
    "counts": '"counts": [3',
    "values": '"values": [-1.5',
    "label": '"a": 4',
    "moments": '"moments": [51',
    "pooled": '"pooled": 3',
}


@pytest.mark.parametrize("number", ["9" * 400, "1e999", "-1e999"], ids=["400 digits", "1e999", "-1e999"])
@pytest.mark.parametrize("key", BEYOND)
def test_a_number_beyond_every_float_is_told(key: str, number: str) -> None:
    text = json.dumps(GOOD)
    start, blank, _ = BEYOND[key].rpartition(" ")
    before = "[" if BEYOND[key].rpartition(" ")[2].startswith("[") else ""
    assert BEYOND[key] in text
    with pytest.raises(InputError, match=r"b\.json is a damaged profile"):
        read_back(text.replace(BEYOND[key], f"{start}{blank}{before}{number}"))


@pytest.mark.parametrize("value", WRONG["edges"], ids=repr)
def test_edges_that_cannot_be_are_told(value: Any) -> None:
    path = ("kldiv_profile", "columns", "", "edges")
    assert path in KEYS_OF_BINS
    with pytest.raises(InputError, match=r"b\.json is a damaged profile"):
        load(changed(GOOD_BINS, path, value))


def test_edges_of_samples_are_told() -> None:
    path = ("kldiv_profile", "columns", "d", "edges")
    with pytest.raises(InputError, match="column d: edges"):
        load(changed(GOOD, path, [0, 1, 2]))


def test_edges_that_do_not_fit_do_not_break_a_comparison(run: Callable, put: Put) -> None:
    put("b.json", json.dumps(changed(GOOD_BINS, ("kldiv_profile", "columns", "", "edges"), [0, 1])))
    ran = run("b.json", "b.json", "--terms")
    assert ran.status == 2
    assert ran.stderr.startswith("kldiv: b.json is a damaged profile")


@pytest.mark.parametrize("counts", [[0, 0, 0], [0.0, 0.0, 0.0]], ids=repr)
def test_values_without_any_mass_break_nothing(counts: list[float], run: Callable, put: Put) -> None:
    put("b.json", json.dumps(changed(GOOD, ("kldiv_profile", "columns", "x", "counts"), counts)))
    for args in (("profile", "b.json"), ("b.json", "b.json")):
        ran = run(*args)
        assert "internal error" not in ran.stderr
        assert "Warning" not in ran.stderr


@pytest.mark.parametrize("key", ["a", "kind", "columns"])
def test_a_key_that_stands_twice_is_told(key: str) -> None:
    """As a merge of two branches may leave it."""
    text = json.dumps(GOOD)
    twice = {
        "a": text.replace('"a": 4', '"a": 4, "a": 5'),
        "kind": text.replace('"kind": "samples"', '"kind": "counts", "kind": "samples"'),
        "columns": text.replace('"format_version"', '"columns": {}, "format_version"'),
    }[key]
    twice = twice if key != "columns" else twice.replace('{"columns": {', '{"columns": {', 1)
    assert twice != text
    with pytest.raises(InputError, match=r"b\.json is a damaged profile"):
        read_back(twice)


def assert_sound(profile: Profile) -> None:
    for summary in profile.columns.values():
        assert (summary.counts >= 0).all()
        assert min(summary.missing, summary.weight_squares) >= 0
        assert math.isfinite(total(summary.counts) + summary.missing + summary.weight_squares)
        if isinstance(summary, NumericSummary):
            assert summary.values.size == summary.counts.size
            assert np.isfinite(summary.values).all()
            assert (np.diff(summary.values) > 0).all()
            assert summary.rank_error >= 0
        else:
            assert len(set(summary.labels)) == len(summary.labels) == summary.counts.size


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=4),
        st.sampled_from(["samples", "numbers", "dates", "labels", "identifier", "counts", "x", "1.9"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "kind", "labels"]), inner),
    max_leaves=6,
)
PLACES = [(GOOD, path) for path in paths(GOOD)] + [(GOOD_BINS, path) for path in paths(GOOD_BINS)]


@settings(max_examples=150)
@given(st.sampled_from(PLACES), json_values, st.booleans())
def test_whatever_stands_anywhere_is_a_sound_profile_or_an_error_that_names_the_file(
    place: tuple[Any, tuple[Any, ...]], value: Any, gone: bool
) -> None:
    document, path = place
    try:
        profile = load(changed(document, path) if gone else changed(document, path, value))
    except InputError as fault:
        assert fault.message.startswith("b.json is a ")
        return
    assert_sound(profile)
    text = written(profile)
    assert written(read_back(text)) == text


@settings(max_examples=80)
@given(st.data())
def test_bytes_that_changed_are_a_sound_profile_or_an_error(data: Any) -> None:
    text = bytearray(written(load(GOOD)).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.sampled_from(b'\x00\xff"{}[],:0-9eE.ntf \n\\'))
    try:
        profile = read_profile(io.BytesIO(bytes(text)), SPEC)
    except InputError as fault:
        assert "b.json" in fault.message
        return
    assert_sound(profile)


def test_a_file_that_ends_too_early_is_told_wherever_it_ends(put: Put, read_typed: Read) -> None:
    text = written(load(GOOD)).rstrip()
    for end in [0, 1, 5, 17, 18, *range(19, len(text), 41), len(text) - 1]:
        with pytest.raises(InputError, match=r"b\.json"):
            read_typed(put("b.json", text[:end]))


def test_a_compressed_profile_is_read_and_half_of_one_is_told(put: Put, read_typed: Read) -> None:
    packed = gzip.compress(written(load(GOOD)).encode())
    assert list(read_typed(put("b.json.gz", packed)).columns) == list(WHOLE)
    with pytest.raises(InputError, match=r"b\.json\.gz"):
        read_typed(put("b.json.gz", packed[: len(packed) // 2]))


FOREIGN = {
    "a number": '{"kldiv_profile": 3}',
    "null": '{"kldiv_profile": null}',
    "a list": '{"kldiv_profile": [1, 2]}',
    "nothing": '{"kldiv_profile": {}}',
    "counts": '{"kldiv_profile": {"a": 3, "b": 5}}',
    "half": '{"kldiv_profile": {',
    "two documents": '{"kldiv_profile": {}} {"kldiv_profile": {}}',
    "no JSON": '{"kldiv_profile": nonsense}',
    "NaN": '{"kldiv_profile": NaN}',
    "Infinity": '{"kldiv_profile": {"rows": Infinity}}',
    "100,000 brackets": '{"kldiv_profile": ' + "[" * 100_000,
    "a number of 5,000 digits": '{"kldiv_profile": {"rows": ' + "9" * 5000 + "}}",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_only_begins_as_a_profile_is_told(name: str, put: Put, read_typed: Read) -> None:
    with pytest.raises(InputError, match=r"t\.json is a damaged profile") as caught:
        read_typed(put("t.json", FOREIGN[name]))
    assert "kldiv profile" in caught.value.remedy
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\x00"])
def test_bytes_that_are_no_text_are_told(bad: bytes, put: Put, read_typed: Read) -> None:
    text = written(load(GOOD)).encode().replace(b'"low"', b'"lo' + bad + b'"')
    with pytest.raises(InputError, match=r"t\.json is a damaged profile"):
        read_typed(put("t.json", text))


def test_a_byte_order_mark_does_not_hide_a_profile(put: Put, read_typed: Read) -> None:
    text = b"\xef\xbb\xbf" + written(load(GOOD)).encode()
    assert list(read_typed(put("t.json", text)).columns) == list(WHOLE)


def test_a_later_minor_version_with_further_keys_is_read() -> None:
    later = changed(GOOD, ("kldiv_profile", "format_version"), "1.9")
    later = changed(later, ("kldiv_profile", "sketches"), {"x": [1, 2]})
    later = changed(later, ("kldiv_profile", "columns", "x", "entropy"), 1.5)
    assert_same(load(later), load(GOOD))


def test_a_later_major_version_is_told_with_both_versions() -> None:
    with pytest.raises(InputError, match=r"b\.json is a profile of format 2\.3; this kldiv reads 1\.0") as caught:
        load(changed(GOOD, ("kldiv_profile", "format_version"), "2.3"))
    assert "kldiv" in caught.value.remedy


# Options


@pytest.fixture
def baseline(put: Put, run: Callable) -> str:
    put("p.csv", "x,g,d,w\n" + "".join(f"{i % 5},{'abc'[i % 3]},2024-01-0{1 + i % 9},{i}\n" for i in range(60)))
    put("many.csv", "x,g\n" + "".join(f"{i},{'abc'[i % 3]}\n" for i in range(5000)))
    assert run("profile", "p.csv", "-o", "b.json").status == 0
    assert run("profile", "many.csv", "-o", "many.json").status == 0
    return "b.json"


def test_columns_of_a_profile_are_picked_as_those_of_a_file(baseline: str, read_typed: Read) -> None:
    assert list(read_typed(baseline).columns) == ["x", "g", "d", "w"]
    assert list(read_typed(baseline, columns=("g", "1")).columns) == ["g", "x"]
    assert list(read_typed(baseline, exclude=("d", "4")).columns) == ["x", "g"]
    assert list(read_typed(f"{baseline}:d").columns) == ["d"]
    assert list(read_typed(f"{baseline}:2").columns) == ["g"]
    assert read_typed(f"{baseline}:2").names == ("x", "g", "d", "w")


@pytest.mark.parametrize("text", ["b.json:nosuch", "b.json:5", "b.json:0"])
def test_a_column_that_a_profile_lacks_is_told(text: str, baseline: str, read_typed: Read) -> None:
    with pytest.raises(UsageError, match=r"b\.json has no column|b\.json:.* has no column"):
        read_typed(text)


@pytest.mark.parametrize("name", ["x", "d"])
def test_numbers_are_no_labels_even_where_all_are_there(name: str, baseline: str, read_typed: Read) -> None:
    """How they were spelled is lost: 1.0 and 1 would be one label here and two in the data."""
    with pytest.raises(InputError, match=rf"b\.json: column {name} was kept as numbers") as caught:
        read_typed(baseline, categorical=(name,))
    assert f"--categorical {name}" in caught.value.remedy


def test_numbers_that_were_cut_are_no_labels(baseline: str, read_typed: Read) -> None:
    with pytest.raises(InputError, match=r"many\.json: column x was kept as numbers") as caught:
        read_typed("many.json", categorical=("x",))
    assert "--categorical x" in caught.value.remedy


def test_labels_are_no_numbers(baseline: str, read_typed: Read) -> None:
    with pytest.raises(InputError, match=r"b\.json: column g was kept as labels") as caught:
        read_typed(baseline, numeric=("g",))
    assert "--numeric g" in caught.value.remedy


def test_a_column_that_is_as_asked_is_left_alone(baseline: str, read_typed: Read) -> None:
    assert told(read_typed(baseline, numeric=("x",)).columns["x"]) == told(read_typed(baseline).columns["x"])
    assert told(read_typed(baseline, categorical=("g",)).columns["g"]) == told(read_typed(baseline).columns["g"])


@pytest.mark.parametrize("options", [{"weights": "w"}, {"labels": "g"}], ids=str)
def test_rows_of_a_profile_are_counted_already(options: dict[str, str], baseline: str, read_typed: Read) -> None:
    with pytest.raises(UsageError, match=r"b\.json is a profile: its rows are counted already"):
        read_typed(baseline, **options)


@pytest.mark.parametrize("as_", ["counts", "probs"])
def test_samples_are_not_read_as_masses(as_: str, baseline: str, read_typed: Read) -> None:
    with pytest.raises(UsageError, match=r"b\.json is a profile of samples"):
        read_typed(baseline, as_=as_)
    assert read_typed(baseline, as_="samples").kind == "samples"


@pytest.mark.parametrize(("typed", "as_", "kind"), [("a:3,b:5", "counts", "counts"), ("0.5,0.5", "probs", None)])
def test_masses_are_read_as_what_they_are(
    typed: str, as_: str, kind: str | None, run: Callable, read_typed: Read
) -> None:
    assert run("profile", typed, "-o", "m.json").status == 0
    assert read_typed("m.json", as_=as_).kind == (kind or "probabilities")
    with pytest.raises(UsageError, match=r"m\.json is a profile of"):
        read_typed("m.json", as_="samples")


def test_labels_keep_the_order_that_was_asked_for(put: Put, run: Callable, read_typed: Read) -> None:
    put("o.csv", "g\nlow\nhigh\nlow\n")
    assert run("profile", "o.csv", "--order", "g=low,mid,high", "-o", "o.json").status == 0
    kept = read_back(Path("o.json").read_text()).columns["g"]
    assert kept.labels == ("low", "mid", "high")
    assert kept.ordered
    assert told(read_typed("o.json").columns["g"]) == told(kept)


def test_a_reduced_profile_is_reduced_once(baseline: str, read_typed: Read) -> None:
    once = read_typed("many.json")
    again = reduced(once)
    assert told(again.columns["x"]) == told(once.columns["x"])
    facts = report_on_profile(once).columns[0]
    assert facts.rank_error > 0
    assert facts.mean == pytest.approx(2499.5, rel=1e-15)


def test_every_fault_is_one_of_ours(put: Put, read_typed: Read) -> None:
    put("b.json", json.dumps(changed(GOOD, ("kldiv_profile", "columns", "x", "values"), [1, 2])))
    with pytest.raises(KldivError, match=r"b\.json is a damaged profile: column x: 2 values have 3 counts"):
        read_typed("b.json")


def test_weights_whose_effective_size_overflows_are_damage() -> None:
    place = ("kldiv_profile", "columns", "g", "labels")
    with pytest.raises(InputError, match="column g: 'weight_squares' does not go with its counts"):
        load(changed(GOOD, place, {"x": 3.3e154}))
