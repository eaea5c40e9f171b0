"""``kldiv fit FILE:COLUMN``: which family of densities is nearest."""

from __future__ import annotations

import click

from kldiv_cli.cli.compare import OperandType
from kldiv_cli.cli.data_options import DataOptions, data_options
from kldiv_cli.cli.options import MethodOptions, grouped_option, listed, method_of_its_own, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.errors import UsageError

_EXAMPLES = """
kldiv fit claims.csv:amount                              families that are often tried
kldiv fit claims.csv:amount --family norm,gamma,lognorm
kldiv fit claims.csv:amount --family gamma --plot        the data against the fit
"""


@click.command(cls=SplittingCommand, name="fit")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="FILE:COLUMN")
@grouped_option(
    "--family",
    "families",
    group="Method",
    multiple=True,
    metavar="NAME[,..]",
    help="Families, as scipy.stats calls them.",
)
@data_options
@method_options
@output_options
def FIT(  # noqa: N802  a constant that click makes from a function
    operands: tuple[str, ...], families: tuple[str, ...], data: DataOptions, method: MethodOptions, output: Output
) -> None:
    """Fit families of densities to a sample by maximum likelihood, and rank them by KL(data || model)."""
    if len(operands) != 1:
        raise UsageError("fit takes one sample", remedy="kldiv fit claims.csv:amount --family norm,gamma")
    output.check()
    settings = method.settings(floors=False)
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.pipeline.fit import fit
    from kldiv_cli.sources.operands import operand

    with progress(output.color, quiet=output.quiet) as meter:
        report = fit(operand(operands[0], data.read()), listed(families), settings, data.running(), meter)
    output.write(report)


FIT.examples = _EXAMPLES
method_of_its_own(FIT, "families", "bins", "base")
