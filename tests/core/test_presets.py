"""Presets against the figures of the tools they follow.

Figures of the distances: evidently 0.7.23 with pandas 2.3.3, ``evidently.legacy.calculations.stattests``, functions
``psi_stat_test``, ``kl_div_stat_test``, ``jensenshannon_stat_test``, ``wasserstein_stat_test`` and
``hellinger_stat_test``. Figures of the population stability index: feature-engine 1.9.4 with pandas 3.1.1,
``DropHighPSIFeatures``. Every digit is that of the package.
"""

# Where kldiv is known to differ, and why:
# - Evidently's Hellinger distance of floats that are all whole numbers: 0.22653190051179597 for "zeros and ones as
#   floats", 0.3660254037844387 for "constant". Evidently gives integers no bin narrower than 1 and tells them by their
#   dtype; kldiv reads numbers, which in a file of text have none, and takes these for integers (0.0 for both).
# - The index of "outlier back" with pandas 3 (0.2940708331085266), which rounds the position of a quantile up. The
#   figure here is that of feature-engine 1.9.4 with pandas 2.3.3.

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from kldiv_cli import KldivError, check, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kldiv_cli.core.model import Estimate

Sample = list[float] | list[int] | list[str]


def every_nth_missing(values: Sequence[float], nth: int) -> list[float]:
    return [float("nan") if i % nth == 0 else value for i, value in enumerate(values)]


def floats(values: Sequence[int]) -> list[float]:
    return [float(value) for value in values]


REFERENCE = [((i * 7919) % 1000) / 100 for i in range(1000)]
CURRENT = [((i * 104729) % 997) / 90 for i in range(700)]
SEVENS, SQUARES = [i % 7 for i in range(350)], [(i * i) % 8 for i in range(240)]
SPREAD = [(i * 37) % 101 for i in range(300)]
ABCDE, ABCDF = ["abcde"[i % 5] for i in range(500)], ["abcdf"[(i * i) % 5] for i in range(300)]

PAIRS: dict[str, tuple[Sample, Sample]] = {
    "numbers": (REFERENCE, CURRENT),
    "few integers": (SEVENS, SQUARES),
    "outlier": (REFERENCE, [*CURRENT, 1000.0]),
    "small": (REFERENCE[:30], CURRENT[:25]),
    "apart": (REFERENCE, [50 + x for x in CURRENT]),
    "numbers back": (CURRENT, REFERENCE),
    "outlier back": ([*CURRENT, 1000.0], REFERENCE),
    "few integers back": (SQUARES, SEVENS),
    "few floats": (floats(SEVENS), floats(SQUARES)),
    "20 distinct in P": ([i % 20 for i in range(400)], SPREAD),
    "21 distinct in P": ([i % 21 for i in range(420)], SPREAD),
    "zeros and ones": ([i % 2 for i in range(200)], [1 if i % 5 == 0 else 0 for i in range(150)]),
    "zeros and ones as floats": (
        floats([i % 2 for i in range(200)]),
        floats([1 if i % 5 == 0 else 0 for i in range(150)]),
    ),
    "a value that Q never has": ([i % 3 for i in range(200)], [1 if i % 5 == 0 else 2 for i in range(150)]),
    "rare value": ([*(((i * 7919) % 1000) / 100 for i in range(19999)), 40.0], [*CURRENT, 25.0]),
    "constant": ([5.0] * 50, [5.0] * 30 + [6.0] * 10),
    "same": (REFERENCE, REFERENCE),
    "integers": ([(i * 7919) % 1000 for i in range(1000)], [(i * 104729) % 1300 for i in range(700)]),
    "missing values": (every_nth_missing(REFERENCE, 10), every_nth_missing(CURRENT, 7)),
    "labels": (ABCDE, ABCDF),
    "labels back": (ABCDF, ABCDE),
    "many labels": ([f"l{(i * i) % 211}" for i in range(2000)], [f"l{(i * i * i) % 223}" for i in range(1500)]),
    "disjoint labels": (["ab"[i % 2] for i in range(40)], ["cd"[i % 2] for i in range(30)]),
    "rare label": (["x" if i else "r" for i in range(10000)], ["xy"[i % 2] for i in range(1000)]),
}


class Figures(NamedTuple):
    """Drift scores of Evidently; None where it has none, or differs as said above."""

    psi: float
    kl: float
    js_distance: float
    w1_scaled: float | None
    hellinger: float | None


EVIDENTLY = {
    "numbers": Figures(
        0.5869279695634424, 0.0893696278220492, 0.1754882638755081, 0.17219529875513612, 0.20963596486565486
    ),
    "few integers": Figures(4.715530227171551, 3.812646541066651, 0.5151444232738543, 0.75, 0.5194503905102968),
    "outlier": Figures(
        0.0035277403419948254, 0.0010605970910525073, 0.02224080486925031, 0.6636435202181721, 0.026711819820159174
    ),
    "small": Figures(
        0.19663905517212368, 0.09505579658084301, 0.15536045437625043, 0.1961109830086266, 0.15606105244435114
    ),
    "apart": Figures(16.809696422256245, 8.506395070306235, 0.8325546111576977, 17.492429737774533, 1.0),
    "numbers back": Figures(
        0.5869279695634424, 0.497549394779111, 0.1754882638755081, 0.1557737648234329, 0.20963596486565486
    ),
    "outlier back": Figures(
        0.003527740341994825, 0.0024635031015296095, 0.02224080486925031, 0.05085607441672925, 0.026711819820159174
    ),
    "few integers back": Figures(4.715530227171551, 0.9025225171300392, 0.5151444232738543, 1.0, 0.5194503905102968),
    "few floats": Figures(4.715530227171551, 3.812646541066651, 0.5151444232738543, 0.75, 0.5194503905102968),
    "20 distinct in P": Figures(
        4.926396937601518, 1.551557342204684, 0.6502387678692824, 7.005092407128856, 0.7101916273836487
    ),
    "21 distinct in P": Figures(
        6.034890397021395, 1.413620095190658, 0.6144927288352321, 6.588167170516143, 0.7088778097551582
    ),
    "zeros and ones": Figures(0.41588830833596724, 0.22314355131420974, 0.22510405812771547, 0.6000000000000001, 0.0),
    "zeros and ones as floats": Figures(
        0.41588830833596724, 0.22314355131420974, 0.22510405812771547, 0.6000000000000001, None
    ),
    "a value that Q never has": Figures(
        3.2041168044717985, 2.5997758455240985, 0.4184491730662343, 0.9871728926266361, 0.42956335794035716
    ),
    "rare value": Figures(
        2.025810219722313, 0.09984685286056817, 0.18390906605785626, 0.1810178436578941, 0.21969081766814813
    ),
    "constant": Figures(2.0271496162259326, 0.2867709857522867, 0.30919668327301414, 250.0, None),
    "same": Figures(0.0, 0.0, 0.0, 0.0, 1.0536712127723509e-08),
    "integers": Figures(
        1.256212305369297, 0.2233170967980347, 0.27062165793367177, 0.5161721833513724, 0.315127294710492
    ),
    "missing values": Figures(
        0.5822277388761092, 0.08909259474038259, 0.17507886351975532, 0.1728471414025824, 0.20903169556042223
    ),
    "labels": Figures(8.013681092176176, 4.420840530600857, 0.6029622657841138, None, 0.7191364874106868),
    "labels back": Figures(8.013681092176178, 3.5913210412178938, 0.6029622657841138, None, 0.7191364874106868),
    "many labels": Figures(5.916850115778487, 3.0127082329167627, 0.664455490507951, None, 0.7965874272509295),
    "disjoint labels": Figures(17.03097950555591, 8.51378699537888, 0.8325546111576977, None, 1.0),
    "rare label": Figures(11.512806155519234, 0.6930778634398211, 0.4645232270055188, None, 0.5412287640512461),
}
FEATURE_ENGINE = {
    "numbers": 0.05811000436649631,
    "few integers": 4.65622932002179,
    "outlier": 0.059579926009006405,
    "small": 0.18291603701677225,
    "apart": 8.283089355027482,
    "numbers back": 0.20518002801347007,
    "outlier back": 0.29416812018993616,
    "few integers back": 0.9354906881089087,
    "few floats": 4.65622932002179,
    "20 distinct in P": 2.673771888027102,
    "21 distinct in P": 2.6455496491156443,
    "zeros and ones": 0.41588830833596724,
    "zeros and ones as floats": 0.41588830833596724,
    "a value that Q never has": 0.984405326950857,
    "rare value": 0.05939131214221361,
    "constant": 0.0,
    "same": 0.0,
    "integers": 0.28665370512556854,
    "missing values": 0.05894047539203738,
    "labels": 8.013681092176178,
    "labels back": 8.013681092176178,
    "many labels": 5.9168501157784865,
    "disjoint labels": 17.03097950555591,
    "rare label": 4.604199159451227,
}
KEYS = ("psi", "kl", "js-distance", "w1-scaled", "hellinger")


def estimates(pair: str, preset: str, *measures: str) -> dict[str, Estimate]:
    report = compare(*PAIRS[pair], preset=preset, measures=measures, draws=1)
    return {estimate.measure: estimate for estimate in report.comparisons[0].estimates}


def near(figure: float) -> Any:
    return pytest.approx(figure, rel=1e-10, abs=1e-7 if figure < 1e-6 else 0.0)


@pytest.mark.parametrize("pair", PAIRS)
def test_every_distance_is_the_one_that_evidently_computes(pair: str) -> None:
    found = estimates(pair, "evidently", *KEYS)
    for key, figure in zip(KEYS, EVIDENTLY[pair], strict=True):
        if figure is not None:
            assert found[key].value == near(figure), key


@pytest.mark.parametrize("pair", PAIRS)
def test_the_index_is_the_one_that_feature_engine_computes(pair: str) -> None:
    assert estimates(pair, "psi-banking", "psi")["psi"].value == near(FEATURE_ENGINE[pair])


def test_all_figures_have_their_data() -> None:
    assert set(EVIDENTLY) == set(FEATURE_ENGINE) == set(PAIRS)


@pytest.mark.parametrize("pair", ["labels", "many labels"])
def test_the_wasserstein_distance_of_labels_is_not_applicable_and_says_so(pair: str) -> None:
    found = estimates(pair, "evidently", "w1-scaled")["w1-scaled"]
    assert (found.value, found.status) == (None, "not_applicable")
    assert "Evidently 0.7.23 has no" in found.notes[0].text


def test_a_directed_measure_has_the_one_direction_of_the_tool() -> None:
    report = compare(*PAIRS["numbers"], preset="evidently", measures="kl")
    assert [estimate.direction for estimate in report.comparisons[0].estimates] == ["p:q"]


def test_the_figures_have_no_floor_yet_the_p_value_of_the_plain_measure() -> None:
    plain, preset = (
        compare(*PAIRS["labels"], preset=name, measures="js-distance").comparisons[0].estimates[0].null
        for name in (None, "evidently")
    )
    assert plain is not None
    assert preset is not None
    assert preset.floor is None
    assert (preset.p_value, preset.method) == (plain.p_value, plain.method)


def test_without_measures_a_preset_shows_what_the_tool_has() -> None:
    for preset, keys in (("evidently", KEYS), ("psi-banking", ("psi",))):
        report = compare(*PAIRS["numbers"], preset=preset)
        assert [estimate.measure for estimate in report.comparisons[0].estimates] == list(keys)


class TestInFiles:
    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[str, str]:
        """Tables of a column of numbers, one of labels and one of two values."""
        for name, side in (("p", 0), ("q", 1)):
            columns = [PAIRS["numbers"][side], (ABCDE * 2, ABCDF * 3)[side], PAIRS["zeros and ones"][side] * 5]
            with (tmp_path / f"{name}.csv").open("w", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(["x", "label", "flag"])
                writer.writerows(zip(*columns, strict=False))
        return str(tmp_path / "p.csv"), str(tmp_path / "q.csv")

    @pytest.mark.parametrize("name", ["evidently", "psi-banking"])
    @pytest.mark.parametrize("command", ["compare", "check"])
    def test_settings_name_the_preset_in_place_of_bins_and_smoothing(
        self, run: Callable, files: tuple[str, str], command: str, name: str
    ) -> None:
        ran = run(command, *files, "--preset", name, "-f", "json")
        settings = json.loads(ran.stdout)["settings"]
        assert settings["smoothing"] == settings["bins"] == f"preset:{name}"
        assert settings["preset"] == name

    @pytest.mark.parametrize("command", ["compare", "check"])
    def test_the_report_says_whose_convention_it_is(self, run: Callable, files: tuple[str, str], command: str) -> None:
        notes = json.loads(run(command, *files, "--preset", "evidently", "-f", "json").stdout)["notes"]
        (said,) = [note["text"] for note in notes if note["code"] == "preset"]
        assert "Evidently 0.7.23" in said
        assert "0.0001" in said

    def test_a_gate_holds_to_the_limits_that_evidently_chooses(self, run: Callable, files: tuple[str, str]) -> None:
        ran = run("check", *files, "--preset", "evidently", "-f", "json")
        assert limits_by_column(ran.stdout) == {
            "x": {("max", "w1-scaled", 0.1), ("max", "missing", 0.05)},
            "label": {("max", "js-distance", 0.1), ("max", "missing", 0.05)},
            "flag": {("max", "js-distance", 0.1), ("max", "missing", 0.05)},
        }

    def test_a_gate_holds_to_the_limits_of_banking(self, run: Callable, files: tuple[str, str]) -> None:
        ran = run("check", *files, "--preset", "psi-banking", "-f", "json")
        limits = {("warn-max", "psi", 0.1), ("max", "psi", 0.25), ("max", "missing", 0.05)}
        assert limits_by_column(ran.stdout) == {"x": limits, "label": limits, "flag": limits}

    def test_between_the_limits_of_banking_is_a_warning(self, run: Callable, files: tuple[str, str]) -> None:
        ran = run("check", *reversed(files), "--preset", "psi-banking", "-c", "x", "-f", "json")
        document = json.loads(ran.stdout)
        assert (ran.status, document["verdict"]) == (0, "warn")
        assert document["comparisons"][0]["rules"][0]["value"] == near(FEATURE_ENGINE["numbers back"])

    def test_the_value_of_a_rule_is_the_figure(self, run: Callable, files: tuple[str, str]) -> None:
        text = run("check", *files, "-c", "flag", "--preset", "evidently", "--max", "w1-scaled=1", "-f", "json").stdout
        ((rule,),) = [comparison["rules"] for comparison in json.loads(text)["comparisons"]]
        assert (
            rule["value"]
            == compare(*files, columns="flag", preset="evidently", measures="w1-scaled")
            .comparisons[0]
            .estimate("w1-scaled")
            .value
        )

    def test_a_limit_that_was_asked_for_replaces_those_of_the_preset(
        self, run: Callable, files: tuple[str, str]
    ) -> None:
        text = run("check", *files, "--preset", "evidently", "--max", "psi=0.2", "-f", "json").stdout
        assert set.union(*limits_by_column(text).values()) == {("max", "psi", 0.2)}

    @pytest.mark.parametrize(
        "options", [("-b", "5"), ("-s", "laplace"), ("--base", "2"), ("--na", "category")], ids=" ".join
    )
    @pytest.mark.parametrize("command", ["compare", "check"])
    def test_what_the_preset_decides_cannot_be_asked_for(
        self, run: Callable, files: tuple[str, str], command: str, options: tuple[str, ...]
    ) -> None:
        ran = run(command, *files, "--preset", "psi-banking", *options)
        assert (ran.status, ran.stdout) == (2, "")
        assert "--preset" in ran.stderr

    @pytest.mark.parametrize("options", [("-m", "ks"), ("-m", "psi,tv"), ("--preset", "psi-banking", "-m", "kl")])
    @pytest.mark.parametrize("command", ["compare", "check"])
    def test_a_measure_that_the_tool_lacks_is_an_error(
        self, run: Callable, files: tuple[str, str], command: str, options: tuple[str, ...]
    ) -> None:
        ran = run(command, *files, "--preset", "evidently", *options)
        assert (ran.status, ran.stdout) == (2, "")
        assert "has no" in ran.stderr
        assert "-m psi" in ran.stderr

    @pytest.mark.parametrize("limit", [("--max", "ks=0.1"), ("--warn-max", "x:tv=10%"), ("--min", "overlap=0.5")])
    def test_a_limit_on_a_measure_that_the_tool_lacks_is_an_error(
        self, run: Callable, files: tuple[str, str], limit: tuple[str, str]
    ) -> None:
        ran = run("check", *files, "--preset", "evidently", *limit)
        assert (ran.status, ran.stdout) == (2, "")
        assert "the preset evidently has no" in ran.stderr

    def test_a_preset_that_is_none_is_an_error_that_names_both(self, run: Callable, files: tuple[str, str]) -> None:
        ran = run(*files, "--preset", "evidentaly")
        assert ran.status == 2
        assert "evidently or psi-banking" in ran.stderr


def limits_by_column(text: str) -> dict[str, set[tuple[str, str, float]]]:
    return {
        comparison["column"]: {(rule["kind"], rule["measure"], rule["limit"]) for rule in comparison["rules"]}
        for comparison in json.loads(text)["comparisons"]
    }


def test_from_python_a_gate_takes_a_preset_too() -> None:
    p, q = PAIRS["few integers"]
    assert check(p, q, preset="psi-banking").verdict == "drift"
    assert check(p, p, preset="psi-banking").verdict == "pass"


@pytest.mark.parametrize("changes", [{"bins": 5}, {"smoothing": "laplace"}, {"base": 2}, {"na": "category"}])
def test_from_python_what_the_preset_decides_cannot_be_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(KldivError, match="--preset"):
        compare(*PAIRS["small"], preset="evidently", **changes)
