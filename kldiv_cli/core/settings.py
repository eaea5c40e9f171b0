"""Settings from what a person or a program writes: checked once, before anything is read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from kldiv_cli.core.bins import bin_rule
from kldiv_cli.core.measures import DEFAULT_FOR_PAIR, chosen
from kldiv_cli.core.model import Settings
from kldiv_cli.core.smoothing import smoothing_from
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def settings_from(
    measures: str | Sequence[str],
    base: float | str,
    smoothing: str,
    bins: str | int,
    alpha_order: float | str,
    *,
    na: str = "drop",
    seed: int = 0,
    draws: int = 500,
    n_eff: str | None = None,
    preset: str | None = None,
    floors: bool = True,
    neighbours: int = 5,
    jitter: bool = False,
    interval: float | str | None = None,
    joint: bool = False,
    directions: int = 200,
    standardise: bool = False,
) -> Settings:
    """Checked settings.

    Raises
    ------
    UsageError
        If a measure, the base, the smoothing, the bins, the order or a number is not to be had.
    """
    names = tuple(measures.replace(",", " ").split()) if isinstance(measures, str) else tuple(measures)
    estimators, names = _of_joint(names) if joint else _of_columns(names)
    settings = Settings(
        measures=tuple(measure.key for measure in chosen(names, DEFAULT_FOR_PAIR)) if names else (),
        base=_base(base),
        smoothing=smoothing,
        bins=str(bins),
        alpha_order=_order(alpha_order),
        na=_na(na),
        seed=_whole("--seed", seed, least=0),
        draws=_whole("--draws", draws, least=1),
        n_eff=n_eff,
        preset=preset,
        floors=floors,
        estimators=estimators,
        neighbours=_whole("--neighbours", neighbours, least=1),
        jitter=jitter,
        interval=_level(interval),
        joint=joint,
        directions=_whole("--directions", directions, least=1),
        standardise=standardise,
    )
    if joint:
        require_unset(settings, _NOT_OF_JOINT, "--joint")
    elif standardise or directions != Settings().directions:
        option = "--standardize" if standardise else "--directions"
        raise UsageError(f"{option} is for several columns at once", remedy=f"--joint {option}")
    if not (estimators or joint) and (jitter or neighbours != Settings().neighbours):
        option = "--jitter" if jitter else "--neighbours"
        raise UsageError(f"{option} is for estimates from neighbours", remedy=f"-m kl-knn {option}")
    if settings.interval is not None and settings.measures and not settings.estimators:
        _require_an_interval(settings.measures)
    if n_eff is not None:
        from kldiv_cli.core.significance.sizes import sizes_asked

        sizes_asked(n_eff)
    if preset is not None:
        _require_convention(settings)
    smoothing_from(smoothing)
    bin_rule(settings.bins)
    return settings


def _require_an_interval(measures: Iterable[str]) -> None:
    """Refuse an interval where none of the measures has one.

    Raises
    ------
    UsageError
        If so.
    """
    if not set(measures) & _WITH_INTERVAL:
        raise UsageError("--interval: none of the measures has one", remedy="-m kl,w1,energy, or kl-knn")


_WITH_INTERVAL = frozenset({"kl", "w1", "w1-scaled", "energy"})


def _of_columns(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keys of the estimators that were asked for, and the names of measures that are left."""
    if not names:
        return (), ()
    from kldiv_cli.core.estimators import ONLY_JOINT, estimator_named

    for name in names:
        if name.lower().replace("_", "-") in ONLY_JOINT:
            raise UsageError(f"{name} is of several columns at once", remedy="--joint -c x1,x2")
    found = tuple(dict.fromkeys(row.key for name in names if (row := estimator_named(name)) is not None))
    return found, tuple(name for name in names if estimator_named(name) is None)


def _of_joint(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keys of what is computed of joint samples, and no measure of single columns."""
    from kldiv_cli.core.joint.table import JOINT, joint_named

    if names == ("all",):
        return tuple(row.key for row in JOINT), ()
    return tuple(dict.fromkeys(joint_named(name).key for name in names)), ()


_NOT_OF_JOINT = ("smoothing", "bins", "alpha_order", "na", "n_eff", "preset", "interval")
OPTIONS = {
    "measures": "-m",
    "estimators": "-m kl-knn",
    "smoothing": "--smooth",
    "bins": "--bins",
    "alpha_order": "--alpha-order",
    "na": "--na",
    "n_eff": "--n-eff",
    "preset": "--preset",
    "interval": "--interval",
}
"""Settings that decide a number, by the option that sets them."""


def require_unset(settings: Settings, names: Iterable[str], where: str) -> None:
    """Refuse what was asked for and would have no effect.

    Parameters
    ----------
    settings : Settings
    names : iterable of str
        Fields of the settings that have none.
    where : str
        What they do not go with, in words.

    Raises
    ------
    UsageError
        If one is not as it is by default.
    """
    plain = Settings()
    for name in names:
        if getattr(settings, name) != getattr(plain, name):
            option = OPTIONS[name]
            raise UsageError(f"{option} does not go with {where}", remedy=f"leave out {option}")


def _require_convention(settings: Settings) -> None:
    """A preset decides bins, base and zeros by itself, and has some measures only."""
    from kldiv_cli.core.presets import preset_named

    assert settings.preset is not None, "a preset was asked for"
    preset = preset_named(settings.preset)
    plain = Settings()
    for option, name in (("--bins", "bins"), ("--base", "base"), ("--smooth", "smoothing"), ("--na", "na")):
        if getattr(settings, name) != getattr(plain, name):
            remedy = f"leave {option} out, or --preset"
            raise UsageError(f"{option} and --preset: a preset has its own", remedy=remedy)
    preset.require(settings.measures)
    require_unset(settings, ("estimators", "interval"), "--preset: the figures are another tool's")


def _na(na: str) -> Literal["drop", "category"]:
    if na not in ("drop", "category"):
        raise UsageError(f"missing values cannot be treated as {na!r}", remedy="--na drop, or --na category")
    return na  # type: ignore[return-value]


def _whole(option: str, number: int, *, least: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number < 2**63:
        raise UsageError(
            f"{option} {number!r} is no whole number from {least} up", remedy=f"{option} {max(least, 500)}"
        )
    return number


def _level(interval: float | str | None) -> float | None:
    """A level between 0 and 1, as a number or in percent."""
    if interval is None:
        return None
    try:
        text = str(interval)
        level = float(text[:-1]) / 100.0 if text.endswith("%") else float(text)
    except ValueError:
        level = math.nan
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level {interval!r} of an interval is not between 0 and 1", remedy="--interval 0.95")
    return level


def _base(base: float | str) -> float:
    if base == "e":
        return math.e
    try:
        value = float(base)
    except (TypeError, ValueError):
        value = math.nan
    if not 1.0 < value < math.inf:
        raise UsageError(f"the base {base!r} is no number above 1", remedy="--base e, 2 or 10")
    return value


def _order(order: float | str) -> float:
    try:
        value = float(order)
    except ValueError:
        value = math.nan
    if not value >= 0.0:
        raise UsageError(f"the order {order!r} is no number from 0 up", remedy="--alpha-order 0.5, 2 or inf")
    return value
