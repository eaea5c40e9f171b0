"""``kldiv trend FILE...``: drift over time."""

from __future__ import annotations

import click

from kldiv_cli.cli.compare import TROUBLE, OperandType
from kldiv_cli.cli.data_options import DataOptions, period_options
from kldiv_cli.cli.options import MethodOptions, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

_EXAMPLES = """
kldiv trend flights.csv --by month -c arr_delay
kldiv trend log.parquet --by at --every week --against first,4
kldiv trend 'day-*.csv' -m js,w1-scaled -f csv -o trend.csv
"""


@click.command(cls=SplittingCommand, name="trend")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="FILE...")
@period_options
@method_options
@output_options
@click.pass_context
def TREND(  # noqa: N802  a constant that click makes
    context: click.Context, operands: tuple[str, ...], data: DataOptions, method: MethodOptions, output: Output
) -> None:
    """Compare each period with an earlier one: the first, the one before, or a window.

    Periods are the values of a column (--by), put into hours, days, weeks, months or widths by --every; or files, in
    the order of their names. The earlier period is P.
    """
    if not operands:
        raise UsageError("FILE is missing", remedy="kldiv trend flights.csv --by month")
    output.check()
    settings, reading, running = method.settings(), data.read(), data.running()
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.pipeline.trend import checked_against, trend
    from kldiv_cli.sources.operands import operand

    against = checked_against(data.against)
    with progress(output.color, quiet=output.quiet) as meter:
        report = trend([operand(text, reading) for text in operands], against, settings, running, meter)
    if output.write_with_failures(report):
        context.exit(TROUBLE)


TREND.examples = _EXAMPLES
