"""The options of a gate: limits, how sure a failure has to be, and where the configuration is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kldiv_cli.cli.options import grouped_option, handed_over
from kldiv_cli.cli.parsing import FilePath

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_CHECK = "Check"
_CHECK_OPTIONS = (
    grouped_option(
        "--max", "max_", group=_CHECK, multiple=True, metavar="[COL:]MEASURE=X", help="Fail above X and above noise."
    ),
    grouped_option(
        "--warn-max", "warn_max", group=_CHECK, multiple=True, metavar="[COL:]MEASURE=X", help="Warn above X."
    ),
    grouped_option("--min", "min_", group=_CHECK, multiple=True, metavar="[COL:]overlap=X", help="Fail below X."),
    grouped_option(
        "--alpha", group=_CHECK, type=float, default=0.01, metavar="A", help="How sure a failure has to be (0.01)."
    ),
    grouped_option("--correction", group=_CHECK, default="bh", metavar="HOW", help="For many tests: bh, holm or none."),
    grouped_option(
        "--on-undecided",
        group=_CHECK,
        default="pass",
        metavar="HOW",
        help="What is over a limit and may be noise: pass, warn or fail.",
    ),
    grouped_option(
        "--max-drifted", group=_CHECK, default="0%", metavar="SHARE", help="Columns that may drift before the run does."
    ),
    grouped_option("--exit-zero", group=_CHECK, is_flag=True, help="Exit 0 also where a rule failed."),
    grouped_option("--config", "config", group=_CHECK, type=FilePath(), metavar="FILE", help="Configuration to read."),
    grouped_option("--isolated", group=_CHECK, is_flag=True, help="Read neither configuration nor KLDIV_ variables."),
    grouped_option("--show-config", group=_CHECK, is_flag=True, help="Show what is in force and where it comes from."),
    grouped_option("--init", group=_CHECK, is_flag=True, help="Print a configuration for REF, with comments."),
)


def check_options(command: _Command) -> _Command:
    """Add the options of the group Check, handed over as ``rules``."""
    return handed_over(command, _CHECK_OPTIONS, "rules", dict)
