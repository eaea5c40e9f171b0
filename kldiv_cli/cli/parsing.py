"""Options and operands told apart before click sees them.

click takes ``-0.5,1`` and ``-:column`` for options, and stops looking for options at the first operand of a group.
Here options may stand anywhere, and what begins like a negative number or ``-:`` is an operand. What click makes by
itself, an option of help, a type of paths, the error of a short option that is no long one, asks for translations each
time; ours, for which there are none, does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from click.shell_completion import CompletionItem

_OPERAND = re.compile(r"-(?:[.0-9]|:)")
COMMAND_NAME = re.compile(r"[a-z][a-z-]*")


class FilePath(click.types.StringParamType):
    """The name of a file, which a shell completes."""

    name = "path"

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Leave it to the shell."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


def telling_option(*names: str, help: str, tell: Callable[[click.Context], str]) -> click.Option:  # noqa: A002
    """An option that prints something and leaves."""

    def callback(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(tell(ctx), color=ctx.color)
            ctx.exit()

    return click.Option(names, is_flag=True, expose_value=False, is_eager=True, help=help, callback=callback)


HELP_OPTION = telling_option("-h", "--help", help="Show this message and exit.", tell=lambda ctx: ctx.get_help())


class SplittingCommand(click.Command):
    """A command whose options may stand anywhere, with help in groups, examples first."""

    examples: str = ""

    def get_help_option(self, _ctx: click.Context) -> click.Option:
        """The one of all commands."""
        return HELP_OPTION

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put options first and operands behind ``--``, then let click parse."""
        options, operands = separated(args, self.params, lenient=ctx.resilient_parsing)
        return super().parse_args(ctx, [*options, "--", *operands])

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, text, examples, then the options in their groups."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        write_examples(formatter, self.examples)
        write_options(formatter, ctx, self.params)


class GroupedOption(click.Option):
    """An option that says which group of the help it belongs to."""

    def __init__(self, *args: object, group: str = "Other", **attributes: object) -> None:
        super().__init__(*args, **attributes)  # type: ignore[arg-type]
        self.group = group


def separated(
    args: Iterable[str], params: Iterable[click.Parameter], *, lenient: bool = False
) -> tuple[list[str], list[str]]:
    """Options with their values, and operands, each in the order they came.

    Raises
    ------
    click.UsageError
        If the last option lacks its value, unless `lenient`: a shell completes half a line.
    """
    params = list(params)
    valued, longer = _valued(params), _longer(params)
    options: list[str] = []
    operands: list[str] = []
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            operands.extend(rest)
        elif arg == "-" or not arg.startswith("-") or (_OPERAND.match(arg) and arg not in valued):
            operands.append(arg)
        else:
            options.append(longer.get(arg, arg))
            if _wants_next(arg, valued):
                value = next(rest, None)
                if value is None and not lenient:
                    name = arg if arg.startswith("--") else f"-{arg[-1]}"
                    raise click.UsageError(f"Option {name!r} requires an argument.")
                options += [] if value is None else [value]
    return options, operands


def awaits_value(options: Sequence[str], params: Iterable[click.Parameter]) -> bool:
    """Whether the last of the options lacks its value: then a shell completes that."""
    return bool(options) and _wants_next(options[-1], _valued(params))


def write_examples(formatter: click.HelpFormatter, examples: str) -> None:
    """Write the examples as they stand."""
    if examples:
        with formatter.section("Examples"):
            for line in examples.strip("\n").splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def write_options(formatter: click.HelpFormatter, ctx: click.Context, params: Sequence[click.Parameter]) -> None:
    """Write the options, a section a group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for param in params:
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is not None:
            groups.setdefault(getattr(param, "group", "Other"), []).append(record)
    for name, records in groups.items():
        with formatter.section(name):
            formatter.write_dl(records, col_max=34)


def _valued(params: Iterable[click.Parameter]) -> dict[str, bool]:
    return {
        name: not (param.is_flag or param.count)
        for param in params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    }


def _longer(params: Iterable[click.Parameter]) -> dict[str, str]:
    """The long name of every short option."""
    options = [param.opts for param in params if isinstance(param, click.Option)]
    return {names[0]: names[1] for names in options if len(names) > 1 and not names[0].startswith("--")}


def _wants_next(arg: str, valued: dict[str, bool]) -> bool:
    """Whether the next argument is this option's value."""
    if arg.startswith("--"):
        return "=" not in arg and valued.get(arg, False)
    for place, letter in enumerate(arg[1:], start=1):
        if valued.get(f"-{letter}", False):
            return place == len(arg) - 1
    return False
