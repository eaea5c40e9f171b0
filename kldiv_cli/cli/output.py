"""Where a report goes and in which format."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from kldiv_cli.cli.notes import Said
from kldiv_cli.cli.options import grouped_option, handed_over
from kldiv_cli.cli.parsing import FilePath
from kldiv_cli.cli.streams import is_terminal, say, say_error, stdout, wants_color, whole_lines, width_of
from kldiv_cli.errors import UsageError
from kldiv_cli.renderers import OF_FAULTS, OF_MATRICES, SELF_CONTAINED, STREAMED, render, require_format
from kldiv_cli.renderers.escape import visible
from kldiv_cli.renderers.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kldiv_cli.core.model import Estimate, Settings
    from kldiv_cli.errors import KldivError
    from kldiv_cli.pipeline.closing import Closing
    from kldiv_cli.report import Failure, Report

_Command = TypeVar("_Command", bound="Callable[..., Any]")
_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".xml": "junit",
    ".npy": "npy",
}
_FILE_WIDTH = 100
_OUTPUT = "Output"
_OUTPUT_OPTIONS = (
    grouped_option(
        "-f",
        "--output-format",
        "--format",
        "output_format",
        group=_OUTPUT,
        default="auto",
        metavar="FMT",
        help="table, plain, csv, tsv, json, jsonl or markdown; of check github and junit too. If not given, a table on "
        "a terminal, plain in a pipe.",
    ),
    grouped_option(
        "-o",
        "--output",
        "path",
        group=_OUTPUT,
        type=FilePath(),
        metavar="FILE",
        help="Write there, whole or not at all.",
    ),
    grouped_option(
        "--report",
        "reports",
        group=_OUTPUT,
        multiple=True,
        metavar="FMT=FILE",
        help="A further report; repeat for several.",
    ),
    grouped_option("-q", "--quiet", group=_OUTPUT, is_flag=True, help="No notes; with one measure the bare number."),
    grouped_option("-v", "--verbose", group=_OUTPUT, is_flag=True, help="Mean, median and tails of numeric columns."),
    grouped_option(
        "--precision",
        group=_OUTPUT,
        type=click.IntRange(1, 17),
        default=None,
        metavar="N",
        help="Significant digits for people (4); machine formats carry all.",
    ),
    grouped_option(
        "--terms",
        group=_OUTPUT,
        is_flag=True,
        help="Every outcome: p, q, ratio, signed terms, sums; in CSV in place of the estimates.",
    ),
    grouped_option(
        "--top",
        group=_OUTPUT,
        type=click.IntRange(1),
        metavar="N",
        help="The N outcomes that contribute most.",
    ),
    grouped_option("--plot/--no-plot", group=_OUTPUT, default=False, help="Paired bars of P and Q."),
    grouped_option(
        "--color",
        group=_OUTPUT,
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour; NO_COLOR and FORCE_COLOR count too.",
    ),
    grouped_option(
        "--debug",
        group=_OUTPUT,
        is_flag=True,
        expose_value=False,
        help="Show the traceback of an internal error.",
    ),
)


class Output:
    """Output options as typed."""

    def __init__(self, typed: dict[str, Any]) -> None:
        self._typed = typed
        self.quiet: bool = typed["quiet"]
        self.color: str = typed["color"]
        self._path: str | None = None if typed["path"] == "-" else typed["path"]

    def check(self, *, gate: bool = False, matrix: bool = False, outcomes: bool = True) -> None:
        """Refuse what cannot be written, before anything is read; without ``outcomes`` there are none to be shown."""
        asked = [name for name in ("terms", "top", "plot") if self._typed[name]]
        if asked and not outcomes:
            told = f"--{asked[0]} shows the outcomes of two distributions, which are not shown here"
            raise UsageError(told, remedy=f"kldiv P Q --{asked[0]}{' 5' if asked[0] == 'top' else ''}")
        names = [self._format(), *(name for name, _ in self._reports())]
        for name in names:
            require_format(name, gate=gate, matrix=matrix)
        if names[0] in OF_MATRICES and self._path is None:
            raise UsageError("npy is bytes, and not for a terminal", remedy="-o js.npy")
        for path in [self._path, *(path for _, path in self._reports())]:
            if path is not None:
                require_folder(path)

    def write(self, report: Report) -> None:
        """Write the report to every place it was asked for."""
        name = self._format()
        bare = report.verdict is None and self._is_bare(name) and _asks_one(report)
        from kldiv_cli.sources.whole_file import written_whole

        for other, path in self._reports():  # before stdout, whose reader may go away
            if other in OF_MATRICES:
                _write_matrix(report, path)
                continue
            with written_whole(path) as stream:
                render(report, other, self._style(None), stream)
        if name == "github":
            _append_summary(report, self._style(None))
        if self._path is None and report.verdict is not None and self.quiet:
            return  # the exit status is the answer
        if name in OF_MATRICES:
            assert self._path is not None, "checked before"
            _write_matrix(report, self._path)
        elif self._path is None:
            self._write(report, name, stdout(), bare=bare)
        else:
            with written_whole(self._path) as stream:
                self._write(report, name, stream, bare=bare)
        if name not in SELF_CONTAINED and not self.quiet:
            said = Said(of_comparisons=name != "jsonl")
            said.add(report)
            _say(said)

    def write_fault(self, fault: KldivError) -> None:
        """Tell why a gate came to no verdict, in every format that tells it and wherever that was asked for."""
        from kldiv_cli.core.model import Settings
        from kldiv_cli.report import Failure, Report
        from kldiv_cli.sources.whole_file import written_whole

        report = Report("check", Settings(), (), failed=(Failure("", fault.message, fault.remedy),))
        name = self._format()
        for other, path in [*self._reports(), *([(name, self._path)] if self._path is not None else [])]:
            if other in OF_FAULTS:
                with written_whole(path) as stream:
                    render(report, other, self._style(None), stream)
        if name == "github":
            _append_summary(report, self._style(None))
        if self._path is None and name in OF_FAULTS and not self.quiet:
            self._write(report, name, stdout(), bare=False)

    def write_text(self, text: str) -> None:
        """Write a text that is no report: to the file that was named, whole or not at all, or to stdout."""
        if self._path is None:
            click.echo(text, nl=False)
            return
        require_folder(self._path)
        from kldiv_cli.sources.whole_file import written_whole

        with written_whole(self._path) as stream:
            stream.write(text)

    @property
    def streams(self) -> bool:
        """Whether results can be written as they come: lines, and nothing that needs all of them."""
        typed = self._typed
        blocks = typed["terms"] or typed["top"] is not None or typed["plot"]
        return self._format() in STREAMED and not typed["reports"] and not (blocks and self._format() == "plain")

    @property
    def is_brief(self) -> bool:
        """Whether estimates are all that is written: neither outcomes nor what is behind a comparison."""
        typed = self._typed
        blocks = typed["terms"] or typed["top"] is not None or typed["plot"]
        return self.streams and self._format() != "jsonl" and not blocks

    def write_with_failures(self, report: Report) -> bool:
        """Write a report and say which operands are not in it, and why; whether there are any."""
        self.write(report)
        for failure in report.failed:
            say_failure(failure, self.color)
        return bool(report.failed)

    def write_pieces(self, pieces: Iterable[Report], settings: Settings) -> bool:
        """Write reports as they come where the format is of lines, else together; whether a candidate failed.

        Ctrl-C leaves whole lines. What is left to say of all of them is said at the end.

        Raises
        ------
        InputError
            If not one candidate could be compared.
        """
        from kldiv_cli.core.table_remarks import first_asked
        from kldiv_cli.pipeline.closing import Closing
        from kldiv_cli.pipeline.many import joined

        if not self.streams:
            return self.write_with_failures(joined(pieces))
        name, closing = self._format(), Closing(measure=first_asked(settings))
        said = Said(of_comparisons=name != "jsonl")
        if self._path is None:
            self._stream(pieces, name, stdout(), (said, closing))
        else:
            from kldiv_cli.sources.whole_file import written_whole

            with written_whole(self._path) as stream:
                self._stream(pieces, name, stream, (said, closing))
                closing.require_any()
        closing.require_any()
        if not self.quiet:
            _say(said)
            for note in closing.notes():
                say(f"kldiv: {visible(note.text)}")
        return bool(closing.failed)

    def _stream(self, pieces: Iterable[Report], name: str, stream: TextIO, told: tuple[Said, Closing]) -> None:
        said, closing = told
        style = self._style(stream if self._path is None else None)
        bare = self._is_bare(name)
        with whole_lines() as lines:
            for piece in pieces:
                said.add(piece)
                closing.add(piece.comparisons, piece.failed, is_table=piece.is_table)
                if not piece.comparisons:
                    say_failure(piece.failed[0], self.color)
                    continue
                with lines:
                    if bare and _asks_one(piece):
                        stream.write(_bare_numbers(piece._replace(candidates=1), self._typed["precision"]))
                    else:
                        render(piece, name, style, stream)
                    stream.flush()
                style = style._replace(header=False)

    def _write(self, report: Report, name: str, stream: TextIO, *, bare: bool) -> None:
        if bare:
            stream.write(_bare_numbers(report, self._typed["precision"]))
        else:
            render(report, name, self._style(stream if self._path is None else None), stream)
        stream.flush()

    def _is_bare(self, name: str) -> bool:
        return self.quiet and name in ("plain", "table")

    def _format(self) -> str:
        asked: str = self._typed["output_format"]
        if asked != "auto":
            return asked
        if self._path is not None:
            dot = self._path.rfind(".")
            return _BY_SUFFIX.get(self._path[dot:].lower(), "plain") if dot >= 0 else "plain"
        return "table" if is_terminal(sys.stdout) else "plain"

    def _style(self, stream: TextIO | None) -> Style:
        typed = self._typed
        return Style(
            precision=typed["precision"] or 4,
            terms=typed["terms"],
            top=typed["top"],
            plot=typed["plot"],
            verbose=typed["verbose"],
            quiet=typed["quiet"],
            color=wants_color(typed["color"], stream) if stream is not None else typed["color"] == "always",
            width=width_of(stream) if stream is not None else _FILE_WIDTH,
        )

    def _reports(self) -> list[tuple[str, str]]:
        found = []
        for text in self._typed["reports"]:
            name, equals, path = text.partition("=")
            if not (equals and name and path) or path == "-":
                raise UsageError(f"the report {text!r} is not FORMAT=FILE", remedy="--report json=kldiv.json")
            found.append((name, path))
        return found


def _write_matrix(report: Report, path: str) -> None:
    """Write one matrix, and its labels beside it."""
    from kldiv_cli.renderers.npy_matrix import require_one, write_labels, write_matrix
    from kldiv_cli.sources.whole_file import bytes_written_whole, written_whole

    require_one(report)
    with bytes_written_whole(path) as stream:
        write_matrix(report, stream)
    with written_whole(f"{path.removesuffix('.npy')}.labels.txt") as labels:
        write_labels(report, labels)


def _append_summary(report: Report, style: Style) -> None:
    """Append Markdown to the summary of a step of GitHub Actions, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as stream:
            render(report, "markdown", style, stream)
    except OSError as fault:
        say(f"kldiv: cannot write the step summary {visible(path)}: {fault.strerror}")


def output_options(command: _Command) -> _Command:
    """Add the options of the group Output, handed over as ``output``."""
    return handed_over(command, _OUTPUT_OPTIONS, "output", Output)


def require_folder(path: str) -> None:
    """Refuse a file that cannot be made, before anything is computed."""
    folder = os.path.dirname(path) or "."
    if not path or os.path.isdir(path):
        raise UsageError(f"-o {path!r} names no file", remedy="-o FILE, with the name of a file")
    if not os.path.isdir(folder):
        raise UsageError(
            f"cannot write {path!r}: there is no folder {folder!r}", remedy="make the folder, or another -o"
        )


def _asks_one(report: Report) -> bool:
    """Whether one measure or estimator was asked for."""
    return len(report.settings.measures) + len(report.settings.estimators) == 1


def _bare_numbers(report: Report, precision: int | None) -> str:
    """The number alone; of a directed measure P to Q, then Q to P.

    Raises
    ------
    UsageError
        If several columns were compared, or there is no number.
    """
    if report.rows is not None:  # of many rows the mean
        means = [one.values["mean"] for one in report.rows.statistics]
        return " ".join(repr(mean) if precision is None else f"{mean:.{precision}g}" for mean in means) + "\n"
    if len(report.comparisons) > report.candidates:
        names = [str(comparison.column) for comparison in report.comparisons]
        told = f"-q prints one number, and {len(names)} columns were compared"
        raise UsageError(told, remedy=f"-c {names[0]}")
    lines = [
        " ".join(_bare(estimate, precision) for estimate in comparison.estimates) for comparison in report.comparisons
    ]
    return "".join(f"{line}\n" for line in lines)


def _bare(estimate: Estimate, precision: int | None) -> str:
    if estimate.value is None:
        reason = " ".join(note.text for note in estimate.notes)
        raise UsageError(f"{estimate.title} has no value here: {reason}", remedy="another -m; js applies to everything")
    return repr(estimate.value) if precision is None else f"{estimate.value:.{precision}g}"


def say_failure(failure: Failure, color: str) -> None:
    """Say on stderr what is wrong with one of many operands."""
    say_error(failure.text, failure.remedy, color)


def _say(said: Said) -> None:
    for text in said.lines():
        say(f"kldiv: {visible(text)}")
