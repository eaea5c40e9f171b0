"""``kldiv P Q...``: what happens when no command is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kldiv_cli.cli.data_options import DataOptions, pair_options
from kldiv_cli.cli.many_options import ManyOptions, many_options
from kldiv_cli.cli.options import MethodOptions, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.shell_completion import CompletionItem

    from kldiv_cli.core.model import Settings
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter

TROUBLE = 2
_EXAMPLES = """
kldiv 0.5,0.3,0.2 0.1,0.4,0.5
kldiv january.csv july.csv
kldiv january.csv:delay july.csv:delay -b 20 --base 2
cut -f3 today.tsv | kldiv reference.csv:delay -
kldiv <(sort a | uniq -c) <(sort b | uniq -c)
kldiv baseline.json 'new/part-*.parquet'
kldiv reference.csv day-*.csv -f csv -o drift.csv
kldiv penguins.csv --by species
kldiv base.jsonl quant.jsonl --rows --as logprobs
kldiv real.csv fake.csv --joint -c x1,x2,x3
kldiv -qm js p.json q.json
"""


class OperandType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """An operand; completed as a file."""

    name = "operand"

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


@click.command(cls=SplittingCommand, name="compare")
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
    fewest = 1 if data.by and not data.rows else 2
    if len(texts) < fewest:
        raise _missing(data, has_reference=bool(texts))
    output.check(outcomes=not (data.rows or data.joint))
    is_many = len(texts) > 2 and not (data.joint or data.rows or data.by)
    are_files = is_many and os.path.exists(texts[1])  # numbers that were typed are worth no process
    from kldiv_cli.engines.process import started_ahead

    with started_ahead(len(texts) - 1 if are_files else 0, data.running()) as running:
        settings = method.settings(floors=len(texts) == 2 or bool(data.by), joint=data.joint)
        if _written(texts, data, many, settings, running, output):
            context.exit(TROUBLE)


def _written(
    texts: Sequence[str], data: DataOptions, many: ManyOptions, settings: Settings, running: Running, output: Output
) -> bool:
    """Compare and write what was found; whether a candidate failed."""
    from kldiv_cli.cli.progress import progress

    with progress(output.color, quiet=output.quiet) as meter:
        if data.joint:
            pieces = _jointly(texts, data, settings, meter, many.fail_fast)
            if len(texts) > 2:
                return output.write_pieces(pieces, settings)
            report = next(pieces)
        elif data.rows:
            report = _rows(texts, data, settings, meter)
        elif data.by:
            report = _groups(texts, data, settings, meter)
        elif len(texts) == 2:
            report = _pair(texts, data, settings, meter)
        else:
            pieces = _many(texts, data, settings, running, meter, many.fail_fast, brief=output.is_brief)
            return output.write_pieces(pieces, settings)
    output.write(report)
    return False


def _pair(texts: Sequence[str], data: DataOptions, settings: Settings, meter: Meter) -> Report:
    from kldiv_cli.pipeline.compare import compare
    from kldiv_cli.sources.operands import operand

    reading = data.read()
    p, q = (operand(text, reading, n=n) for text, n in zip(texts, data.sizes, strict=True))
    return compare(p, q, settings, data.running(), meter)


def _rows(texts: Sequence[str], data: DataOptions, settings: Settings, meter: Meter) -> Report:
    from kldiv_cli.pipeline.paired_rows import compare_rows
    from kldiv_cli.sources.operands import operand

    if len(texts) != 2 or data.by:
        raise UsageError("--rows compares the rows of two operands", remedy="kldiv base.npy quant.npy --rows")
    p, q = (operand(text, data.read()) for text in texts)
    return compare_rows(p, q, settings, data.running(), meter)


def _groups(texts: Sequence[str], data: DataOptions, settings: Settings, meter: Meter) -> Report:
    from kldiv_cli.pipeline.groups import compare_groups
    from kldiv_cli.sources.operands import operand

    specs = [operand(text, data.read()) for text in texts]
    return compare_groups(specs, data.base_group, settings, data.running(), meter)


def _many(
    texts: Sequence[str],
    data: DataOptions,
    settings: Settings,
    running: Running,
    meter: Meter,
    fail_fast: bool,
    *,
    brief: bool,
) -> Iterator[Report]:
    from kldiv_cli.pipeline.many import candidates_from, compare_many
    from kldiv_cli.sources.operands import operand

    (n_p, n_q), reading = data.sizes, data.read()
    reference = operand(texts[0], reading, n=n_p)
    candidates = candidates_from(texts[1:], reading, n_q)
    return compare_many(reference, candidates, settings, running, meter, fail_fast=fail_fast, brief=brief)


def _jointly(
    texts: Sequence[str], data: DataOptions, settings: Settings, meter: Meter, fail_fast: bool
) -> Iterator[Report]:
    from kldiv_cli.pipeline.joint import compare_jointly
    from kldiv_cli.pipeline.many import candidates_from
    from kldiv_cli.sources.operands import operand

    (n_p, n_q), reading = data.sizes, data.read()
    candidates = candidates_from(texts[1:], reading, n_q)
    return compare_jointly(
        operand(texts[0], reading, n=n_p), candidates, settings, data.running(), meter, fail_fast=fail_fast
    )


COMPARE.examples = _EXAMPLES


def _missing(data: DataOptions, *, has_reference: bool) -> UsageError:
    """That operands are missing, with the line that has them."""
    told = "Q, the second operand, is missing" if has_reference else "P and Q are missing"
    if data.reference is None:
        return UsageError(told, remedy="kldiv 0.5,0.3,0.2 0.1,0.4,0.5")
    if data.rows:
        return UsageError(told, remedy="kldiv --rows --ref ref.csv new.csv")
    return UsageError(told, remedy="kldiv --ref ref.csv new.csv, or --files-from LIST of the candidates")
