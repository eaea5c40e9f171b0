"""``kldiv matrix FILE...``: every pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kldiv_cli.cli.compare import TROUBLE, OperandType
from kldiv_cli.cli.data_options import DataOptions, matrix_data_options
from kldiv_cli.cli.options import MethodOptions, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

if TYPE_CHECKING:
    from kldiv_cli.core.model import Settings
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter

_EXAMPLES = """
kldiv matrix runs/*.csv -m js                     every pair, as a coloured grid
kldiv matrix runs/*.csv -c loss -o js.npy         for numpy; the labels are in js.labels.txt
kldiv matrix topics.csv --rows -m js,kl           every row of a wide table is a distribution
kldiv matrix penguins.csv --by species -c body_mass_g
kldiv matrix runs/*.json -f json | jq '.comparisons[]'
"""


@click.command(cls=SplittingCommand, name="matrix")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="FILE...")
@matrix_data_options
@method_options
@output_options
@click.pass_context
def MATRIX(  # noqa: N802  a constant that click makes
    context: click.Context, operands: tuple[str, ...], data: DataOptions, method: MethodOptions, output: Output
) -> None:
    """Compare every pair of operands, of groups (--by), or of the rows of a wide table (--rows).

    All pairs of a column share one support: bins of all operands together, or of --ref.
    """
    if not operands:
        raise UsageError("FILE is missing", remedy="kldiv matrix runs/*.csv, or kldiv matrix topics.csv --rows")
    output.check(matrix=True, outcomes=False)
    settings = method.settings(floors=False)
    from kldiv_cli.cli.progress import progress

    with progress(output.color, quiet=output.quiet) as meter:
        report = (_rows if data.rows else _pairs)(operands, data, settings, meter)
    if output.write_with_failures(report):
        context.exit(TROUBLE)


MATRIX.examples = _EXAMPLES


def _pairs(operands: tuple[str, ...], data: DataOptions, settings: Settings, meter: Meter) -> Report:
    from kldiv_cli.pipeline.matrix import matrix
    from kldiv_cli.sources.operands import operand

    reading = data.read()
    specs = [operand(text, reading) for text in operands]
    reference = None if data.reference is None else operand(data.reference, reading)
    return matrix(specs, reference, settings, data.running(), meter)


def _rows(operands: tuple[str, ...], data: DataOptions, settings: Settings, meter: Meter) -> Report:
    from kldiv_cli.pipeline.matrix_rows import matrix_of_rows
    from kldiv_cli.sources.operands import operand

    if len(operands) > 1 or data.by or data.reference is not None:
        raise UsageError("--rows makes pairs of the rows of one operand", remedy="kldiv matrix topics.csv --rows")
    return matrix_of_rows(operand(operands[0], data.read()), settings, data.running(), meter)
