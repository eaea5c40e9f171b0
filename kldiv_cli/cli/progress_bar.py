"""The bar that `progress` shows, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from kldiv_cli.renderers.escape import visible

if TYPE_CHECKING:
    from threading import Event

    from kldiv_cli.sources.meter import Meter

_INTERVAL = 0.1
_LONGEST = 40


def draw(meter: Meter, ended: Event, *, color: bool) -> None:
    """Draw on stderr until it ended, then leave nothing behind."""
    console = Console(stderr=True, no_color=not color, highlight=False)
    if meter.parts_known is not None:
        _draw_parts(meter, ended, console)
        return
    known = meter.bytes_known
    columns = _OF_PIPES if known is None else _OF_FILES
    with Progress(*(column() for column in columns), console=console, transient=True) as drawn:
        task = drawn.add_task("reading", total=known)
        while not ended.wait(_INTERVAL):
            drawn.update(task, completed=meter.rows if known is None else min(meter.bytes, known))


def _draw_parts(meter: Meter, ended: Event, console: Console) -> None:
    """How many candidates are done, the one that came last, and the time left."""
    with Progress(*(column() for column in _OF_PARTS), console=console, transient=True) as drawn:
        task = drawn.add_task("comparing", total=meter.parts_known)
        while not ended.wait(_INTERVAL):
            drawn.update(task, completed=meter.parts, description=visible(meter.label)[-_LONGEST:])


class Rows(ProgressColumn):
    """How many rows, and how many a second."""

    def render(self, task: Task) -> Text:
        """``1,234,567 rows, 345,678 a second``."""
        speed = "" if task.speed is None else f", {task.speed:,.0f} a second"
        return Text(f"{task.completed:,.0f} rows{speed}")


class Description(TextColumn):
    """What is done."""

    def __init__(self) -> None:
        super().__init__("{task.description}")


_OF_FILES: tuple[type[ProgressColumn], ...] = (
    Description,
    BarColumn,
    DownloadColumn,
    TransferSpeedColumn,
    TimeRemainingColumn,
)
_OF_PARTS: tuple[type[ProgressColumn], ...] = (BarColumn, MofNCompleteColumn, TimeRemainingColumn, Description)
_OF_PIPES: tuple[type[ProgressColumn], ...] = (Description, SpinnerColumn, Rows, TimeElapsedColumn)
