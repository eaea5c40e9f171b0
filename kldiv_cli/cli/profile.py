"""``kldiv profile FILE...``: summarise once, compare later."""

from __future__ import annotations

import math
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from kldiv_cli.cli.compare import OperandType
from kldiv_cli.cli.data_options import DataOptions, data_options
from kldiv_cli.cli.parsing import FilePath, GroupedOption, SplittingCommand
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.sources.spec import SourceSpec

_EXAMPLES = """
kldiv profile january.csv                              what is in it
kldiv profile 2013-*.csv -o baseline.json              several files are one baseline
kldiv baseline.json today.parquet                      compare with it
kldiv profile 'day=*/*.parquet' -o b.json --min-count 10
"""
_OUTPUT = "Output"


@click.command(cls=SplittingCommand, name="profile")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="FILE...")
@data_options
@click.option(
    "-o",
    "--output",
    "path",
    cls=GroupedOption,
    group=_OUTPUT,
    type=FilePath(),
    metavar="FILE",
    help="Save the profile.",
)
@click.option(
    "-f",
    "--output-format",
    "--format",
    "output_format",
    cls=GroupedOption,
    group=_OUTPUT,
    default="auto",
    metavar="FMT",
    help="table, plain, csv, tsv, markdown, or json: the profile itself.",
)
@click.option(
    "--points",
    cls=GroupedOption,
    group=_OUTPUT,
    type=click.IntRange(16, 1 << 20),
    default=2048,
    show_default=True,
    metavar="N",
    help="Values to save of a numeric column.",
)
@click.option(
    "--min-count",
    cls=GroupedOption,
    group=_OUTPUT,
    type=click.FloatRange(0.0),
    default=0.0,
    metavar="N",
    help="Save no label that was seen less than N times.",
)
@click.option("-q", "--quiet", cls=GroupedOption, group=_OUTPUT, is_flag=True, help="No notes.")
@click.option(
    "--precision",
    cls=GroupedOption,
    group=_OUTPUT,
    type=click.IntRange(1, 17),
    default=4,
    metavar="N",
    help="Significant digits for people (4).",
)
@click.option(
    "--color",
    cls=GroupedOption,
    group=_OUTPUT,
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour; NO_COLOR and FORCE_COLOR count too.",
)
@click.option("--debug", cls=GroupedOption, group=_OUTPUT, is_flag=True, expose_value=False, help="Show tracebacks.")
def PROFILE(operands: tuple[str, ...], data: DataOptions, **typed: Any) -> None:  # noqa: N802  a constant that click makes
    """Show what is in FILEs, or save it as a baseline."""
    if not operands:
        raise UsageError("FILE is missing", remedy="kldiv profile january.csv, or with -o baseline.json")
    _check(typed)
    reading, running = data.read(), data.running()
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.pipeline.profile import profile, reduced, report_on_profile
    from kldiv_cli.sources.operands import operand

    specs = [operand(text, reading) for text in operands]
    _spare_inputs(specs, typed["path"])
    with progress(typed["color"], quiet=typed["quiet"]) as meter:
        found = profile(specs, running, meter)
    if _wants_document(typed):
        saved = reduced(found, typed["points"], typed["min_count"])
        _save(saved, typed)
    else:
        _show(report_on_profile(found), typed)


PROFILE.examples = _EXAMPLES


def _check(typed: dict[str, Any]) -> None:
    """Refuse what cannot be written, before anything is read."""
    from kldiv_cli.cli.output import require_folder
    from kldiv_cli.renderers.profile_view import FORMATS

    if math.isnan(typed["min_count"]):
        raise UsageError("--min-count nan is no number", remedy="--min-count 10")
    name = typed["output_format"]
    if name not in ("auto", "json", *FORMATS):
        raise UsageError(f"there is no format {name!r} for a profile", remedy=f"-f json | {' | '.join(FORMATS)}")
    if typed["path"] not in (None, "-"):
        require_folder(typed["path"])
    if typed["min_count"] and not _wants_document(typed):
        raise UsageError("--min-count is for what is saved", remedy="-o baseline.json, or -f json")


def _spare_inputs(specs: Sequence[SourceSpec], path: str | None) -> None:
    """Refuse to write over data that are to be read; a profile may be brought up to date."""
    from kldiv_cli.sources.profile_file import is_profile

    if path is None or not os.path.isfile(path):
        return
    with open(path, "rb") as file:
        if is_profile(file.read(4096)):
            return
    parts = [part for spec in specs for part in (spec.parts or (spec,))]
    if any(part.place == "file" and os.path.samefile(part.location, path) for part in parts):
        raise UsageError(f"-o {path!r} would write over the data", remedy="another -o")


def _wants_document(typed: dict[str, Any]) -> bool:
    if typed["output_format"] != "auto":
        return bool(typed["output_format"] == "json")
    return typed["path"] is not None


def _save(saved: Any, typed: dict[str, Any]) -> None:
    """Write the profile itself, whole or not at all, and say what was left out."""
    from kldiv_cli.cli.streams import say, stdout
    from kldiv_cli.renderers.escape import visible
    from kldiv_cli.sources.profile_file import save, written

    if typed["path"] in (None, "-"):
        stream = stdout()
        stream.write(written(saved))
        stream.flush()
    else:
        save(saved, typed["path"])
    for note in () if typed["quiet"] else saved.notes:
        say(f"kldiv: {visible(note.text)}")


def _show(report: Any, typed: dict[str, Any]) -> None:
    """Write what is in the profile, for people or in lines."""
    from kldiv_cli.cli.streams import is_terminal, say, stdout, wants_color, width_of
    from kldiv_cli.renderers.escape import visible
    from kldiv_cli.renderers.profile_view import render
    from kldiv_cli.renderers.style import Style
    from kldiv_cli.sources.whole_file import written_whole

    straight = typed["path"] in (None, "-")
    name = typed["output_format"]
    if name == "auto":
        name = "table" if is_terminal(sys.stdout) else "plain"
    stream = stdout()
    color = wants_color(typed["color"], stream) if straight else typed["color"] == "always"
    style = Style(typed["precision"], quiet=typed["quiet"], color=color, width=width_of(stream) if straight else 100)
    if straight:
        render(report, name, style, stream)
        stream.flush()
    else:
        with written_whole(typed["path"]) as file:
            render(report, name, style, file)
    for note in report.notes if name in ("plain", "csv", "tsv") and not typed["quiet"] else ():
        say(f"kldiv: {visible(note.text)}")
