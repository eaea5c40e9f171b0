"""``kldiv gaussian FILE``: Gaussian latents against N(0, I)."""

from __future__ import annotations

import click

from kldiv_cli.cli.compare import OperandType
from kldiv_cli.cli.data_options import DataOptions, data_options
from kldiv_cli.cli.options import MethodOptions, grouped_option, method_of_its_own, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

_EXAMPLES = """
kldiv gaussian latents.csv --mean 'mu*' --log-var 'logvar*'          by dimension, most information first
kldiv gaussian latents.csv --mean 'mu*' --log-var 'logvar*' --rows   by row
"""


@click.command(cls=SplittingCommand, name="gaussian")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="FILE")
@grouped_option("--mean", group="Method", default="mu*", metavar="PATTERN", help="Columns of the means (mu*).")
@grouped_option(
    "--log-var", "log_var", group="Method", default="logvar*", metavar="PATTERN", help="Of log-variances (logvar*)."
)
@grouped_option("--rows", "by_row", group="Method", is_flag=True, help="Report every row, not every dimension.")
@data_options
@method_options
@output_options
def GAUSSIAN(  # noqa: N802  a constant that click makes from a function
    operands: tuple[str, ...],
    mean: str,
    log_var: str,
    by_row: bool,
    data: DataOptions,
    method: MethodOptions,
    output: Output,
) -> None:
    """KL from every row's Gaussian to N(0, I), as of a VAE's posterior: by dimension, by row and in all."""
    if len(operands) != 1:
        raise UsageError(
            "gaussian takes one table", remedy="kldiv gaussian latents.csv --mean 'mu*' --log-var 'logvar*'"
        )
    output.check(outcomes=False)
    settings = method.settings(floors=False)
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.pipeline.gaussian import gaussian
    from kldiv_cli.sources.operands import operand

    with progress(output.color, quiet=output.quiet) as meter:
        spec = operand(operands[0], data.read())
        report = gaussian(spec, (mean, log_var), settings, meter, by_row=by_row)
    output.write(report)


GAUSSIAN.examples = _EXAMPLES
method_of_its_own(GAUSSIAN, "mean", "log_var", "by_row", "base")
