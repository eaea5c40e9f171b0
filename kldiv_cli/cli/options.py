"""Shared option groups, each handed over as one object; here what decides the numbers."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kldiv_cli.cli.parsing import GroupedOption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kldiv_cli.core.model import Settings

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_METHOD = "Method"


def grouped_option(*names: str, group: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an option that the help shows in a group."""
    return click.option(*names, cls=GroupedOption, group=group, **attributes)


_METHOD_OPTIONS = (
    grouped_option(
        "-m",
        "--measure",
        "measures",
        group=_METHOD,
        multiple=True,
        metavar="NAME[,..]",
        help="Measures, or all; kldiv explain lists them.",
    ),
    grouped_option(
        "-b",
        "--bins",
        group=_METHOD,
        default="auto",
        metavar="BINS",
        help="N or quantile:N (equal-frequency on P), width:N, fd, doane, sturges, mann-wald, or edges 0,10,60.",
    ),
    grouped_option(
        "-s",
        "--smooth",
        group=_METHOD,
        default="none",
        metavar="HOW",
        help="none, add:A, laplace, jeffreys, perks, mix:L[:pooled], shrink, eps:E.",
    ),
    grouped_option(
        "--base",
        group=_METHOD,
        default="e",
        metavar="B",
        help="Base of the logarithms: e (nats), 2 (bits), 10, ...",
    ),
    grouped_option(
        "--alpha-order",
        group=_METHOD,
        default="2",
        metavar="A",
        help="Order of the Rényi and Tsallis divergences.",
    ),
    grouped_option(
        "--na",
        group=_METHOD,
        default="drop",
        metavar="HOW",
        help="Missing values: drop, or category: an outcome of their own.",
    ),
    grouped_option(
        "--n-eff",
        group=_METHOD,
        metavar="N",
        help="Independent rows, where rows depend on each other: 500, 10%, or 500,80 for P and Q.",
    ),
    grouped_option(
        "--preset",
        group=_METHOD,
        metavar="NAME",
        help="Numbers as another tool has them: evidently or psi-banking.",
    ),
    grouped_option(
        "--floor/--no-floor",
        "floors",
        group=_METHOD,
        default=None,
        help="What the values would be if nothing had changed; not by default where there are many to compare.",
    ),
    grouped_option(
        "--interval", group=_METHOD, metavar="LEVEL", help="Intervals of KL, W1 and energy away from 0: 0.95."
    ),
    grouped_option(
        "--neighbours", group=_METHOD, type=int, default=5, metavar="K", help="Of kl-knn, the KL by neighbours (5)."
    ),
    grouped_option(
        "--directions",
        group=_METHOD,
        type=int,
        default=200,
        metavar="N",
        help="Of --joint: directions that distances are averaged over (200).",
    ),
    grouped_option(
        "--standardize",
        "standardise",
        group=_METHOD,
        is_flag=True,
        help="Of --joint: divide every column by the standard deviation of P.",
    ),
    grouped_option("--jitter", group=_METHOD, is_flag=True, help="Spread repeated values, for kl-knn."),
    grouped_option(
        "--seed", group=_METHOD, type=int, default=0, metavar="N", help="Of the draws behind floors and p values."
    ),
    grouped_option(
        "--draws", group=_METHOD, type=int, default=500, metavar="N", help="Draws behind floors and p values (500)."
    ),
)


class MethodOptions:
    """What decides the numbers, as typed."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._typed = typed

    def settled(self, values: Mapping[str, Any]) -> MethodOptions:
        """The same with values from elsewhere in place of those that were not typed."""
        return MethodOptions({**self._typed, **{key: value for key, value in values.items() if key in self._typed}})

    def settings(self, *, floors: bool = True, joint: bool = False) -> Settings:
        """Checked settings of the core; ``floors`` is what holds if nothing was typed."""
        from kldiv_cli.core.settings import settings_from

        typed = self._typed
        return settings_from(
            listed(typed["measures"]),
            typed["base"],
            typed["smooth"],
            typed["bins"],
            typed["alpha_order"],
            na=typed["na"],
            seed=typed["seed"],
            draws=typed["draws"],
            n_eff=typed["n_eff"],
            preset=typed["preset"],
            floors=floors if typed["floors"] is None else typed["floors"],
            neighbours=typed["neighbours"],
            jitter=typed["jitter"],
            interval=typed["interval"],
            joint=joint,
            directions=typed["directions"],
            standardise=typed["standardise"],
        )


def listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names given one by one or with commas."""
    if not values:
        return ()
    from kldiv_cli.sources.names import split_names

    return tuple(name for value in values for name in split_names(value) if name)


def method_options(command: _Command) -> _Command:
    """Add the options of the group Method, handed over as ``method``."""
    return handed_over(command, _METHOD_OPTIONS, "method", MethodOptions)


def method_of_its_own(command: click.Command, *names: str) -> None:
    """Leave only these options of the method in the help of a command that refuses the others."""
    for option in command.params:
        if isinstance(option, GroupedOption) and option.group == _METHOD and option.name not in names:
            option.hidden = True


def handed_over(
    command: _Command,
    options: tuple[Callable[[Any], Any], ...],
    name: str,
    build: Callable[[dict[str, Any]], object],
) -> _Command:
    """Add options to a command, which gets them as one object under a name."""
    added: list[str] = []

    @wraps(command)
    def wrapped(**values: Any) -> Any:
        typed = {key: values.pop(key) for key in added if key in values}
        return command(**values, **{name: build(typed)})

    decorated: Any = wrapped
    before = {param.name for param in getattr(decorated, "__click_params__", [])}
    for option in reversed(options):
        decorated = option(decorated)
    added.extend(str(param.name) for param in decorated.__click_params__ if param.name not in before)
    return decorated  # type: ignore[no-any-return]
