"""The command group: compare is what happens when no command is named."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from kldiv_cli.cli.compare import COMPARE
from kldiv_cli.cli.parsing import (
    COMMAND_NAME,
    HELP_OPTION,
    awaits_value,
    separated,
    telling_option,
    write_examples,
    write_options,
)
from kldiv_cli.errors import UsageError
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

LESSON = """\
kldiv tells two distributions apart: KL both ways, Jensen-Shannon, Wasserstein.

  kldiv 0.5,0.3,0.2 0.1,0.4,0.5            two distributions, typed
  kldiv january.csv july.csv               two tables: every column they share

P is the first operand, the reference; Q the second.
kldiv -h shows every option, kldiv explain choosing which measure to read.
"""


class LaterCommand(click.Command):
    """A command whose module is imported when it is called: what it needs costs the others no time."""

    def __init__(self, name: str, place: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self._place = place

    def loaded(self) -> click.Command:
        """The command itself."""
        module, _, attribute = self._place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Context of the command itself."""
        return self.loaded().make_context(info_name, args, parent, **extra)


class DefaultGroup(click.Group):
    """A group that compares when the first operand is no command's name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command's name first."""
        if not args and not ctx.resilient_parsing:
            click.echo(LESSON, nl=False)
            ctx.exit()
        return super().parse_args(ctx, self._routed(args, lenient=ctx.resilient_parsing))

    def _routed(self, args: list[str], *, lenient: bool) -> list[str]:
        params = self._params(args)
        options, operands = separated(args, params, lenient=lenient)
        if {"-V", "--version"} & set(options):
            return ["--version"]
        if not operands and lenient and not awaits_value(options, params):
            return []  # the word being typed is the first operand: a command's name, or a file
        if not operands:
            return ["--help"] if {"-h", "--help"} & set(options) else ["compare", *args]
        first = operands[0]
        if first in self.commands:
            before = args.index(first)
            return [first, *args[:before], *args[before + 1 :]]
        if COMMAND_NAME.fullmatch(first) and not (first == "uniform" and "--ref" in options):
            raise self._no_command(first)
        return ["compare", *args]

    def _params(self, args: list[str]) -> list[click.Parameter]:
        """Options by which operands are told from values: those of compare, and of all where it does not know one."""
        known = {name for param in COMPARE.params for name in (*param.opts, *param.secondary_opts)}
        strange = any(arg.startswith("--") and arg.partition("=")[0] not in known for arg in args)
        commands = self.commands.values() if strange else (COMPARE,)
        return [
            param
            for command in commands
            for param in (command.loaded() if isinstance(command, LaterCommand) else command).params
        ]

    def _no_command(self, name: str) -> UsageError:
        import difflib

        nearest = difflib.get_close_matches(name, self.commands, n=1)
        if name == "uniform":
            return UsageError("the first operand cannot be 'uniform'", remedy="kldiv U=uniform 0.2,0.3,0.5")
        if nearest:
            return UsageError(
                f"there is no command {name!r}", remedy=f"{nearest[0]!r}? A file of that name is ./{name}"
            )
        return UsageError(
            f"there is no command {name!r}",
            remedy=f"a file of that name is ./{name}; kldiv -h lists the commands",
        )

    def get_help_option(self, _ctx: click.Context) -> click.Option:
        """The one of all commands."""
        return HELP_OPTION

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the help of compare, which needs no name."""
        formatter.write_usage("kldiv", "[OPTIONS] P Q...", "Usage: ")
        formatter.write("\nTell two distributions apart. P is the reference, Q what is compared with it.\n")
        write_examples(formatter, COMPARE.examples)
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(70)) for name, command in self.commands.items()])
        write_options(formatter, ctx, [*COMPARE.params, *(param for param in self.params if "--version" in param.opts)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands and files for the first word, options of compare after a dash."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            found = COMPARE.shell_complete(click.Context(COMPARE, ctx, "compare"), incomplete)
            known = {item.value for item in found}
            own = super().shell_complete(ctx, incomplete)
            return found + [item for item in own if item.value not in known]
        names = [CompletionItem(name) for name in self.commands if name.startswith(incomplete)]
        return [
            CompletionItem(incomplete, type="file"),
            *names,
        ]  # click's bash script forgets what stands before a file


@click.group(cls=DefaultGroup, context_settings={"help_option_names": ["-h", "--help"]})
def KLDIV() -> None:  # noqa: N802  a constant that click makes from a function
    """Tell two distributions apart."""


KLDIV.params.append(
    telling_option("-V", "--version", help="Show the version and exit.", tell=lambda _: f"kldiv {__version__}")
)
KLDIV.add_command(COMPARE)
KLDIV.add_command(
    LaterCommand("check", "kldiv_cli.cli.check:CHECK", "Exit 1 if NEW has drifted from REF: a gate for CI.")
)
KLDIV.add_command(LaterCommand("matrix", "kldiv_cli.cli.matrix:MATRIX", "Every pair of files, groups or rows."))
KLDIV.add_command(
    LaterCommand("trend", "kldiv_cli.cli.trend:TREND", "Drift over time: each period against an earlier one.")
)
KLDIV.add_command(LaterCommand("fit", "kldiv_cli.cli.fit:FIT", "Which family of densities is nearest to a sample."))
KLDIV.add_command(
    LaterCommand(
        "gaussian", "kldiv_cli.cli.gaussian:GAUSSIAN", "Gaussian latents against N(0, I), by dimension and by row."
    )
)
KLDIV.add_command(
    LaterCommand("profile", "kldiv_cli.cli.profile:PROFILE", "Show what is in FILEs, or save it as a baseline.")
)


@KLDIV.command()
@click.argument("word", required=False)
def explain(word: str | None) -> None:
    """Explain a measure, or choosing, zeros, noise, input."""
    from kldiv_cli.cli.explain import explained

    click.echo(explained(word), nl=False)


@KLDIV.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]), metavar="SHELL")
def completion(shell: str) -> None:
    r"""Print what teaches a shell to complete kldiv.

    \b
    Example:
        eval "$(kldiv completion bash)"
    """
    from kldiv_cli.cli.completion import script

    click.echo(script(shell, KLDIV), nl=False)
