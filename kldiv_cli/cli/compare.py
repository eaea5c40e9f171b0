"""``kldiv P Q...``: what happens when no command is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kldiv_cli.cli.many_options import ManyOptions, many_options
from kldiv_cli.cli.options import DataOptions, MethodOptions, method_options, pair_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

TROUBLE = 2
_EXAMPLES = """
kldiv 0.5,0.3,0.2 0.1,0.4,0.5
kldiv january.csv july.csv
kldiv january.csv:delay july.csv:delay -b 20 --base 2
cut -f3 today.tsv | kldiv reference.csv:delay -
kldiv <(sort a | uniq -c) <(sort b | uniq -c)
kldiv baseline.json 'new/part-*.parquet'
kldiv reference.csv day-*.csv -f csv -o drift.csv
kldiv -qm js p.json q.json
"""


class OperandType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """An operand; completed as a file."""

    name = "operand"

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


@click.command(cls=SplittingCommand, name="compare", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("operands", nargs=-1, type=OperandType(), metavar="P Q...")
@pair_options
@many_options
@method_options
@output_options
@click.pass_context
def COMPARE(  # noqa: N802  a constant that click makes from a function
    context: click.Context,
    operands: tuple[str, ...],
    data: DataOptions,
    many: ManyOptions,
    method: MethodOptions,
    output: Output,
) -> None:
    """Compare each Q with the reference P; needs not be named."""
    if data.reference is not None:
        operands = (data.reference, *operands)
    texts = (*operands, *many.listed_paths(operands)) if operands else ()
    if len(texts) < 2:
        missing = "Q, the second operand, is missing" if texts else "P and Q are missing"
        raise UsageError(missing, remedy="kldiv 0.5,0.3,0.2 0.1,0.4,0.5")
    output.check()
    settings, reading, running = method.settings(floors=len(texts) == 2), data.read(), data.running()
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.sources.operands import operand

    n_p, n_q = data.sizes
    reference = operand(texts[0], reading, n=n_p)
    with progress(output.color, quiet=output.quiet) as meter:
        if len(texts) == 2:
            from kldiv_cli.pipeline.compare import compare

            report = compare(reference, operand(texts[1], reading, n=n_q), settings, running, meter)
        else:
            from kldiv_cli.pipeline.many import candidates_from, compare_many

            candidates = candidates_from(texts[1:], reading, n_q)
            pieces = compare_many(reference, candidates, settings, running, meter, fail_fast=many.fail_fast)
            if output.write_pieces(pieces):
                context.exit(TROUBLE)
            return
    output.write(report)


COMPARE.examples = _EXAMPLES
