"""What is told of two joint samples: values, floors, p values, and what does not depend on what it should not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kldiv_cli.core.joint import compare, permutation
from kldiv_cli.core.joint.compare import compare_joint
from kldiv_cli.core.joint.sample import joint_sample
from kldiv_cli.core.joint.table import DEFAULT_FOR_JOINT, JOINT
from kldiv_cli.core.model import Comparison
from kldiv_cli.core.settings import settings_from
from kldiv_cli.errors import InputError, UsageError

ALL = tuple(row.key for row in JOINT)


def normals(n: int, m: int, d: int = 3, shift: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(shift, 1.0, size=(m, d))


def told(
    x: np.ndarray, y: np.ndarray, measures: object = ALL, *, exact: bool = False, **settings: object
) -> Comparison:
    given = settings_from(measures, "e", "none", "auto", 2.0, joint=True, **settings)  # type: ignore[arg-type]
    names = tuple(f"x{place + 1}" for place in range(x.shape[1]))
    return compare_joint(joint_sample("P", names, x), joint_sample("Q", names, y), given, exact=exact)


def values(found: Comparison) -> dict[tuple[str, str | None], float | None]:
    return {(one.measure, one.direction): one.value for one in found.estimates}


class TestValues:
    def test_by_default_five_are_told(self) -> None:
        found = told(*normals(60, 50), measures=())
        assert tuple(dict.fromkeys(one.measure for one in found.estimates)) == DEFAULT_FOR_JOINT
        assert found.support is not None
        assert (found.column, found.support.kind, found.support.size) == ("joint", "space", 3)

    def test_two_equal_samples_are_at_distance_zero(self) -> None:
        x, _ = normals(50, 2)
        found = values(told(x, x, ("sliced-w1", "sliced-w2", "energy", "frechet")))
        assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-6)  # energy is the root of a rounding error

    def test_every_one_grows_with_a_shift(self) -> None:
        near, far = (values(told(*normals(300, 300, shift=shift), floors=False)) for shift in (0.3, 1.0))
        assert all(near[key] < far[key] for key in near)  # type: ignore[operator]

    @pytest.mark.parametrize("key", ["sliced-w1", "sliced-w2", "energy", "mmd", "frechet"])
    def test_symmetric_ones_are_symmetric(self, key: str) -> None:
        x, y = normals(60, 45, shift=0.5)
        (one,), (other,) = (told(*pair, (key,), floors=key == "mmd").estimates for pair in ((x, y), (y, x)))
        assert one.value == pytest.approx(other.value, rel=1e-10)

    @pytest.mark.parametrize("key", ALL)
    def test_a_shift_of_both_changes_nothing(self, key: str) -> None:
        x, y = normals(60, 45, shift=0.5)
        one, other = (told(*pair, (key,), floors=False) for pair in ((x, y), (x + 8.0, y + 8.0)))
        assert [e.value for e in one.estimates] == pytest.approx([e.value for e in other.estimates], rel=1e-9)

    @pytest.mark.parametrize(("key", "power"), [("sliced-w1", 1), ("sliced-w2", 1), ("energy", 0.5), ("frechet", 2)])
    def test_they_scale_with_the_unit_of_the_data(self, key: str, power: float) -> None:
        x, y = normals(60, 45, shift=0.5)
        (one,), (other,) = (told(*pair, (key,), floors=False).estimates for pair in ((x, y), (4.0 * x, 4.0 * y)))
        assert other.value == pytest.approx(4.0**power * one.value, rel=1e-12)  # type: ignore[operator]

    @pytest.mark.parametrize("key", ["mmd", "kl-knn", "kl-knn-br"])
    def test_others_do_not(self, key: str) -> None:
        x, y = normals(60, 45, shift=0.5)
        one, other = (told(*pair, (key,), floors=False) for pair in ((x, y), (4.0 * x, 4.0 * y)))
        assert [e.value for e in other.estimates] == pytest.approx([e.value for e in one.estimates], rel=1e-9)

    def test_sliced_w1_of_a_shift_is_the_mean_of_its_projections(self) -> None:
        """E|θ·v| = |v| Γ(d/2) / (sqrt(π) Γ((d + 1)/2)) over the sphere."""
        x, _ = normals(400, 2)
        (one,) = told(x, x + np.array([3.0, 0.0, 4.0]), ("sliced-w1",), directions=5000, floors=False).estimates
        assert one.error is not None
        assert abs(one.value - 5.0 * 0.5) < 4.0 * one.error  # type: ignore[operator]

    def test_in_one_dimension_sliced_w1_is_w1(self) -> None:
        from kldiv_cli import compare as compare_columns

        x, y = normals(60, 45, d=1, shift=0.5)
        (one,) = told(x, y, ("sliced-w1",), floors=False).estimates
        column = compare_columns(x[:, 0], y[:, 0], measures="w1").comparisons[0].estimate("w1")
        assert one.value == pytest.approx(column.value, rel=1e-12)
        assert (one.method, one.error) == ("1 direction", None)

    def test_knn_kl_of_normals_is_near_the_truth(self) -> None:
        found = values(told(*normals(4000, 4000, shift=0.5), ("kl-knn", "kl-knn-br"), floors=False))
        for value in found.values():
            assert value == pytest.approx(3 * 0.5**2 / 2, abs=0.08)

    def test_the_base_is_that_of_the_logarithms(self) -> None:
        x, y = normals(60, 45, shift=0.5)
        nats, bits = (told(x, y, ("kl-knn",), floors=False) for _ in range(2))
        found = settings_from(("kl-knn",), 2, "none", "auto", 2.0, joint=True, floors=False)
        names = ("x1", "x2", "x3")
        bits = compare_joint(joint_sample("P", names, x), joint_sample("Q", names, y), found)
        assert bits.estimates[0].value == pytest.approx(nats.estimates[0].value / math.log(2.0), rel=1e-14)
        assert bits.estimates[0].unit == "bits"

    @pytest.mark.parametrize("key", ["energy", "mmd"])
    def test_beyond_so_many_rows_they_are_estimated_with_an_error_unless_all_pairs_are_asked_for(
        self, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        x, y = normals(300, 200, shift=0.5)
        (exact,) = told(x, y, (key,)).estimates
        monkeypatch.setattr(compare, "MOST_PAIRED", 100)
        (rough,) = told(x, y, (key,), directions=2000).estimates
        assert exact.error is None
        assert rough.error is not None
        assert "all pairs" not in str(rough.method)
        assert abs(rough.value - exact.value) < 4.0 * rough.error  # type: ignore[operator]
        assert told(x, y, (key,), exact=True).estimates[0].value == exact.value

    def test_columns_are_divided_by_the_spread_of_p(self) -> None:
        x, y = normals(100, 80, shift=0.5)
        scales = np.array([1.0, 100.0, 1e-3])
        found = told(scales * x, scales * y, ("energy",), standardise=True)
        spread = x.std(axis=0, ddof=1)
        (expected,) = told(x / spread, y / spread, ("energy",)).estimates
        assert found.estimates[0].value == pytest.approx(expected.value, rel=1e-10)
        assert "scales" not in [note.code for note in found.notes]
        assert "scales" in [note.code for note in told(scales * x, scales * y, ("energy",)).notes]


class TestNoise:
    def test_p_values_are_small_where_they_differ_and_not_where_they_do_not(self) -> None:
        for estimate in told(*normals(200, 200, shift=0.7)).estimates:
            assert estimate.null is None or estimate.null.p_value == 1 / 501
        for estimate in told(*normals(200, 200)).estimates:
            assert estimate.null is None or estimate.null.p_value > 0.01

    def test_a_seed_makes_the_same_numbers(self) -> None:
        x, y = normals(80, 70)
        assert told(x, y, seed=3) == told(x, y, seed=3)
        assert told(x, y, ("sliced-w1",), seed=3) != told(x, y, ("sliced-w1",), seed=4)

    @pytest.mark.parametrize("key", ["energy", "mmd"])
    def test_of_many_rows_the_same_is_looked_at_more_simply(self, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        x, y = normals(400, 300, shift=0.12)
        (pairs,) = told(x, y, (key,)).estimates
        monkeypatch.setattr(permutation, "MOST_PAIRED", 100)
        (rough,) = told(x, y, (key,)).estimates
        assert pairs.null is not None
        assert rough.null is not None
        assert rough.value == pairs.value or key == "mmd"  # whose width is the median of some pairs
        assert rough.null.floor == pytest.approx(pairs.null.floor, rel=0.1, abs=2e-4)
        assert abs(math.log(rough.null.p_value / pairs.null.p_value)) < math.log(10.0)

    def test_deals_are_the_same_in_every_block(self, monkeypatch: pytest.MonkeyPatch) -> None:
        x, y = normals(60, 50)
        whole = told(x, y)
        monkeypatch.setattr(permutation, "_CELLS", 1000)
        for one, other in zip(told(x, y).estimates, whole.estimates, strict=True):
            assert one.null is None or one.null.p_value == other.null.p_value

    def test_what_would_take_too_long_has_no_p_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(permutation, "_MOST_OF_NEIGHBOURS", 100)
        monkeypatch.setattr(permutation, "_MOST_DIMENSIONS", 2)
        found = told(*normals(60, 50))
        without = {one.measure for one in found.estimates if one.null is None}
        assert without == {"frechet", "kl-knn", "kl-knn-br"}

    def test_without_floors_nothing_is_drawn(self) -> None:
        assert all(one.null is None for one in told(*normals(60, 50), floors=False).estimates)


class TestRefusals:
    def test_of_rows_that_are_not_whole(self) -> None:
        rows = np.array([[1.0, math.nan], [1.0, 2.0], [math.inf, 0.0], [2.0, 2.0]])
        found = joint_sample("P", ("a", "b"), rows)
        assert (found.rows.tolist(), found.left_out) == ([[1.0, 2.0], [2.0, 2.0]], 2)
        with pytest.raises(InputError, match="P has 1 rows"):
            joint_sample("P", ("a", "b"), rows[:2])

    def test_of_constant_columns_that_were_to_be_divided_by_their_spread(self) -> None:
        x, y = normals(50, 50)
        x[:, 1] = 7.0
        with pytest.raises(InputError, match="x2 is constant"):
            told(x, y, ("energy",), standardise=True)

    def test_repeated_rows_have_no_kl_unless_they_are_spread(self) -> None:
        x, y = normals(80, 80, shift=0.5)
        x, y = np.round(x), np.round(y)
        found = told(x, y, ("kl-knn",), neighbours=1)
        assert [one.status for one in found.estimates] == ["undefined"] * 2
        assert "--jitter" in found.estimates[0].notes[0].text
        spread = told(x, y, ("kl-knn",), neighbours=1, jitter=True)
        assert [one.status for one in spread.estimates] == ["ok"] * 2

    @pytest.mark.parametrize("name", ["js", "sliced-w3", ""])
    def test_of_other_measures(self, name: str) -> None:
        with pytest.raises(UsageError, match="no measure of joint samples"):
            settings_from((name,), "e", "none", "auto", 2.0, joint=True)

    @pytest.mark.parametrize(
        "setting", [{"n_eff": "10"}, {"na": "category"}, {"interval": 0.9}, {"preset": "evidently"}], ids=str
    )
    def test_of_settings_without_effect(self, setting: dict[str, object]) -> None:
        with pytest.raises(UsageError, match="--joint"):
            settings_from((), "e", "none", "auto", 2.0, joint=True, **setting)  # type: ignore[arg-type]

    def test_of_joint_measures_and_settings_of_single_columns(self) -> None:
        with pytest.raises(UsageError, match="several columns at once"):
            settings_from(("mmd",), "e", "none", "auto", 2.0)
        with pytest.raises(UsageError, match="--directions is for several columns"):
            settings_from((), "e", "none", "auto", 2.0, directions=3)


@pytest.mark.slow
class TestLevels:
    """p values of samples of one law fall below a level as rarely as it says; the tails of 0.1 % of a fair test."""

    RUNS, DRAWS = 400, 199

    @pytest.mark.parametrize("sizes", [(100, 100), (40, 160), (300, 20)], ids=str)
    @pytest.mark.parametrize("law", ["normal", "t3"])
    @pytest.mark.parametrize("looks_at_pairs", [True, False])
    def test_of_samples_of_one_law(
        self, sizes: tuple[int, int], law: str, looks_at_pairs: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import scipy.stats

        if not looks_at_pairs:
            monkeypatch.setattr(permutation, "MOST_PAIRED", 10)
        found: dict[tuple[str, str | None], list[float]] = {}
        for seed in range(self.RUNS):
            rng = np.random.default_rng([7, seed])
            x, y = (rng.normal(size=(n, 2)) if law == "normal" else rng.standard_t(3, size=(n, 2)) for n in sizes)
            for one in told(x, y, draws=self.DRAWS, directions=20, seed=seed).estimates:
                if one.null is not None and one.null.p_value is not None:
                    found.setdefault((one.measure, one.direction), []).append(one.null.p_value)
        assert len(found) == 7
        for key, p_values in found.items():
            for level in (0.05, 0.2):
                count = sum(p <= level for p in p_values)
                most = scipy.stats.binom.isf(0.001 / 14, self.RUNS, level)
                assert count <= most, (key, level, count / self.RUNS)

    def test_a_shift_of_half_a_deviation_is_found(self) -> None:
        p_values: dict[str, list[float]] = {}
        for seed in range(100):
            x, y = normals(200, 200, shift=0.5 / math.sqrt(3.0), seed=seed)
            for one in told(x, y, draws=199, directions=20).estimates:
                if one.null is not None and one.null.p_value is not None:
                    p_values.setdefault(one.measure, []).append(one.null.p_value)
        for measure in ("sliced-w1", "sliced-w2", "energy", "mmd"):
            assert sum(p <= 0.05 for p in p_values[measure]) >= 90, measure
