"""``kldiv check REF NEW...``: a gate whose exit status is the answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from kldiv_cli.cli.compare import OperandType
from kldiv_cli.cli.data_options import DataOptions, gate_data_options
from kldiv_cli.cli.gate_options import check_options
from kldiv_cli.cli.many_options import ManyOptions, many_options
from kldiv_cli.cli.options import MethodOptions, method_options
from kldiv_cli.cli.output import Output, output_options
from kldiv_cli.cli.parsing import SplittingCommand
from kldiv_cli.cli.streams import say
from kldiv_cli.errors import InputError, KldivError, UsageError

if TYPE_CHECKING:
    from kldiv_cli.config import Configuration
    from kldiv_cli.core.model import Settings
    from kldiv_cli.core.rules import Gate
    from kldiv_cli.engines import Running
    from kldiv_cli.report import Report
    from kldiv_cli.sources.meter import Meter
    from kldiv_cli.sources.spec import SourceSpec

DRIFT, TROUBLE = 1, 2
_LIMITS = {"max_": "--max", "warn_max": "--warn-max", "min_": "--min"}
_OF_SAMPLES = {
    "alpha": "--alpha",
    "correction": "--correction",
    "on_undecided": "--on-undecided",
    "max_drifted": "--max-drifted",
    "draws": "--draws",
    "n_eff": "--n-eff",
}
"""Options that say how sure a failure has to be: rows of masses are no samples."""
_OF_PARTS = {"by": "--by", "every": "--every", "base_group": "--base-group", "against": "--against"}
_EXAMPLES = """
kldiv check ref.csv new.csv
kldiv check baseline.json new.parquet --max js-distance=10% --max dep_delay:w1-scaled=0.2
kldiv check ref.csv new.csv --warn-max psi=0.1 --on-undecided warn
kldiv check ref.csv new.csv -f github --report junit=kldiv.xml --report markdown=kldiv.md
kldiv check base.jsonl quant.jsonl --rows --as logprobs --max kl.p99=0.05
kldiv check real.csv fake.csv --joint -c x1,x2,x3 --max energy=3floor
kldiv check --init ref.csv > kldiv.toml
"""


@click.command(cls=SplittingCommand, name="check")
@click.argument("operands", nargs=-1, type=OperandType(), metavar="REF NEW...")
@gate_data_options
@many_options
@method_options
@check_options
@output_options
@click.pass_context
def CHECK(  # noqa: N802  a constant that click makes from a function
    context: click.Context,
    operands: tuple[str, ...],
    data: DataOptions,
    many: ManyOptions,
    method: MethodOptions,
    rules: dict[str, Any],
    output: Output,
) -> None:
    """Exit 1 if NEW has drifted from REF: beyond a limit, and beyond noise.

    By default no column may have a JS distance above 10 % of its maximum or a missing rate that moved by more than
    0.05, and no column may be gone, empty or of another type. X is a number, a share of the maximum (10%) or a
    multiple of the floor (3floor).
    """
    if data.reference is not None:
        operands = (data.reference, *operands)
    operands = (*operands, *many.listed_paths(operands))
    if rules["init"]:
        _init(operands, data, output)
        return
    output.check(gate=True)
    try:
        report = _report(context, operands, data, method, rules, output)
    except KldivError as fault:
        output.write_fault(fault)
        raise
    if report is None:
        return
    if output.write_with_failures(report):
        context.exit(TROUBLE)
    if report.verdict == "drift" and not rules["exit_zero"]:
        context.exit(DRIFT)


CHECK.examples = _EXAMPLES


def _report(
    context: click.Context,
    operands: tuple[str, ...],
    data: DataOptions,
    method: MethodOptions,
    rules: dict[str, Any],
    output: Output,
) -> Report | None:
    """What a run comes to; None where the configuration was shown and nothing else done.

    Raises
    ------
    KldivError
        If there is no verdict.
    """
    if rules["isolated"] and rules["config"]:
        raise UsageError("--isolated reads no configuration, and --config names one", remedy="leave one of them out")
    found = None if rules["isolated"] else _configured(rules["config"])
    typed = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    settled = {} if found is None else _settled(found, typed, data, method, rules)
    data, method, rules = data.settled(settled), method.settled(settled), {**rules, **_of_rules(settled, rules)}
    gate = _gate(rules, found, joint=data.joint)
    if rules["show_config"]:
        method.settings(joint=data.joint)
        data.read()
        from kldiv_cli.cli.shown_config import shown

        click.echo(shown({**context.params, **settled}, typed, found), nl=False)
        return None
    if len(operands) < (1 if data.by or data.against else 2):
        missing = "NEW, the second operand, is missing" if operands else "REF and NEW are missing"
        raise UsageError(missing, remedy=f"kldiv check {'--ref ' if data.reference else ''}ref.csv new.csv")
    if data.rows:
        _require_of_rows(typed)
    return _checked(operands, data, method, gate, output)


def _checked(operands: tuple[str, ...], data: DataOptions, method: MethodOptions, gate: Gate, output: Output) -> Report:
    settings, reading, running = method.settings(joint=data.joint), data.read(), data.running()
    if not settings.floors:
        raise UsageError("a gate tells change from noise by floors", remedy="leave out --no-floor")
    from kldiv_cli.cli.progress import progress
    from kldiv_cli.pipeline.check import check, check_groups, check_periods
    from kldiv_cli.pipeline.many import candidates_from
    from kldiv_cli.pipeline.trend import checked_against
    from kldiv_cli.sources.operands import operand

    n_p, n_q = data.sizes
    apart = not (data.rows or data.against or data.by) and len(operands) > 2
    texts = operands[:1] if apart else operands
    specs = [operand(text, reading, n=n_q if number else n_p) for number, text in enumerate(texts)]
    with progress(output.color, quiet=output.quiet) as meter:
        if data.rows:
            return _checked_rows(specs, settings, gate, running, meter)
        if data.against:
            return check_periods(specs, checked_against(data.against), settings, gate, running, meter)
        if data.by:
            return check_groups(specs, data.base_group, settings, gate, running, meter)
        candidates = candidates_from(operands[1:], reading, n_q) if apart else specs[1:]
        if specs[0].place == "density":
            from kldiv_cli.pipeline.density_gate import check_against_density

            return check_against_density(specs[0], candidates, settings, gate, running, meter)
        if data.joint:
            from kldiv_cli.pipeline.joint_gate import check_jointly

            return check_jointly(specs[0], candidates, settings, gate, running, meter)
        return check(specs[0], candidates, settings, gate, running, meter)


def _require_of_rows(typed: set[str]) -> None:
    """Refuse what was typed and would have no effect on rows.

    Raises
    ------
    UsageError
        If something was.
    """
    for name, option in {**_OF_SAMPLES, **_OF_PARTS}.items():
        if name in typed:
            why = "rows of masses have no noise" if name in _OF_SAMPLES else "every row meets the same row of REF"
            raise UsageError(f"{option} does not go with --rows: {why}", remedy=f"leave out {option}")


def _checked_rows(specs: list[SourceSpec], settings: Settings, gate: Gate, running: Running, meter: Meter) -> Report:
    from kldiv_cli.pipeline.row_gate import check_rows

    if len(specs) != 2:
        raise UsageError(
            "--rows holds the rows of one operand", remedy="kldiv check base.npy new.npy --rows --max kl=0.1"
        )
    return check_rows(specs[0], specs[1], settings, gate, running, meter)


def _configured(path: str | None) -> Configuration:
    from kldiv_cli.config import configuration

    found = configuration(path, os.environ)
    for note in found.notes:
        say(f"kldiv: {note}")
    return found


def _settled(
    found: Configuration, typed: set[str], data: DataOptions, method: MethodOptions, rules: dict[str, Any]
) -> dict[str, Any]:
    """What file and environment set and nobody typed; each is good by itself, or an error that tells its place.

    Raises
    ------
    KldivError
        If one of them cannot be.
    """

    def require(one: dict[str, Any]) -> None:
        data.settled(one).read()
        data.settled(one).running()
        method.settled(one).settings(joint=data.joint)
        _gate({**rules, **_of_rules(one, rules)}, found, joint=data.joint)

    require({})  # what was typed is to blame for itself
    settled = {}
    for parameter, (value, origin) in found.values.items():
        if parameter in typed:
            if parameter in _LIMITS:
                say(f"kldiv: {_LIMITS[parameter]} as typed replaces the limits of {origin}: {', '.join(value)}.")
            continue
        settled[parameter] = value
        try:
            require({parameter: value})
        except KldivError as fault:
            raise InputError(f"{origin}: {fault.message}", remedy=fault.remedy) from None
    return settled


def _of_rules(settled: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settled.items() if key in rules}


def _gate(rules: dict[str, Any], found: Configuration | None, *, joint: bool) -> Gate:
    from kldiv_cli.core.rules import Gate, checked_gate, limit_from, share_from
    from kldiv_cli.core.schema import policy_from

    kinds = (("max_", "max"), ("warn_max", "warn-max"), ("min_", "min"))
    limits = tuple(limit_from(text, kind, joint=joint) for name, kind in kinds for text in rules[name])  # type: ignore[arg-type]
    policy = {} if found is None else {key: item.value for key, item in found.schema.items()}
    return checked_gate(
        Gate(
            limits,
            rules["alpha"],
            rules["correction"],
            rules["on_undecided"],
            share_from(rules["max_drifted"], "--max-drifted"),
            policy_from(policy),
        )
    )


def _init(operands: tuple[str, ...], data: DataOptions, output: Output) -> None:
    """Print a configuration for a reference; no configuration is read for it."""
    if len(operands) != 1:
        raise UsageError("--init takes REF alone", remedy="kldiv check --init ref.csv > kldiv.toml")
    from kldiv_cli.cli.shown_config import initial
    from kldiv_cli.engines import summarised_all
    from kldiv_cli.sources.operands import operand

    profile = summarised_all([operand(operands[0], data.read())], data.running())[0]
    output.write_text(initial(profile))
