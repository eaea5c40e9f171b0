"""kldiv: tell two distributions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kldiv_cli.errors import KldivError
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.report import Report
    from kldiv_cli.sources.spec import As

__all__ = ["KldivError", "__version__", "check", "compare", "profile"]


def compare(
    p: object,
    q: object,
    *,
    measures: str | Sequence[str] = (),
    base: float | str = "e",
    smoothing: str = "none",
    bins: str | int | Sequence[float] = "auto",
    alpha_order: float = 2.0,
    as_: As = "auto",
    labels: tuple[str, str] | None = None,
    n: tuple[float | None, float | None] = (None, None),
    na: str = "drop",
    n_eff: str | None = None,
    seed: int = 0,
    draws: int = 500,
    preset: str | None = None,
    interval: float | None = None,
    neighbours: int = 5,
    jitter: bool = False,
    joint: bool = False,
    directions: int = 200,
    standardise: bool = False,
    **reading: Any,
) -> Report:
    """Compare two distributions; the same numbers as the command line.

    Parameters
    ----------
    p, q : array, sequence, Series, DataFrame, dict, Profile or str
        Reference and candidate. Arrays, sequences and Series are samples, dicts map labels to masses, DataFrames are
        tables, a string is an operand as typed in the shell: a file, masses, or a density such as ``"norm(0,1)"``.
    measures : str or sequence of str
        Keys or aliases of measures, ``"all"``, or empty for the default ones.
    base : {"e"} or float
        Base of the logarithms, above 1.
    smoothing : str
        ``none``, ``add:A``, ``laplace``, ``jeffreys``, ``perks``, ``mix:L``, ``mix:L:pooled``, ``shrink``, ``eps:E``.
    bins : str, int or sequence of float
        ``auto``, ``N``, ``quantile:N``, ``width:N``, ``fd``, ``doane``, ``sturges``, ``mann-wald``, or edges.
    alpha_order : float
        Order of the Renyi and Tsallis divergences, from 0 to infinity.
    as_ : {"auto", "samples", "counts", "probs"}
        What numbers are.
    labels : pair of str, optional
        Names of P and Q in the report.
    n : pair of float or None
        Observations behind bare probabilities.
    na : {"drop", "category"}
        Whether missing values are left out, or are an outcome of their own.
    n_eff : str, optional
        Independent rows, where rows depend on each other: ``"500"``, ``"10%"``, or ``"500,80"`` for P and Q.
    seed, draws : int
        Of the draws that floors and p values are taken from.
    preset : {"evidently", "psi-banking"}, optional
        Another tool whose convention gives the values.
    interval : float, optional
        Level of the intervals of KL, W1 and the energy distance, away from 0.
    neighbours : int
        The k of ``kl-knn``.
    jitter : bool
        Whether repeated values are spread for ``kl-knn``.
    joint : bool
        Whether the rows of tables, shape (rows, columns), are compared as points: all columns at once.
    directions : int
        Directions that joint distances are averaged over.
    standardise : bool
        Whether columns are divided by the standard deviation of P, jointly.
    **reading
        Fields of `kldiv_cli.sources.spec.ReadOptions`.

    Returns
    -------
    Report

    Raises
    ------
    KldivError
        If an operand cannot be read, a setting is wrong, or nothing can be compared.

    Examples
    --------
    >>> from kldiv_cli import compare
    >>> report = compare({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.1, "b": 0.4, "c": 0.5})
    >>> round(report.comparisons[0].estimate("kl", "p:q").value, 6)
    0.535156
    """
    from kldiv_cli.core.settings import settings_from
    from kldiv_cli.sources.spec import ReadOptions, checked_options

    rule = bins if isinstance(bins, (str, int)) else ",".join(map(repr, map(float, bins)))
    settings = settings_from(
        measures,
        base,
        smoothing,
        rule,
        alpha_order,
        na=na,
        n_eff=n_eff,
        seed=seed,
        draws=draws,
        preset=preset,
        interval=interval,
        neighbours=neighbours,
        jitter=jitter,
        joint=joint,
        directions=directions,
        standardise=standardise,
    )
    lists = {name: _listed(name, value) for name, value in reading.items()}
    options = checked_options(ReadOptions(as_=as_, **lists))
    if joint:
        from kldiv_cli.pipeline.joint import compare_objects_jointly

        return compare_objects_jointly((p, q), labels, settings, options)
    from kldiv_cli.pipeline.compare import compare_objects

    return compare_objects((p, q), labels, n, settings, options)


def check(
    reference: object,
    candidates: object,
    *,
    max: str | Sequence[str] = (),  # noqa: A002  the option is called so
    warn_max: str | Sequence[str] = (),
    min: str | Sequence[str] = (),  # noqa: A002  the option is called so
    alpha: float = 0.01,
    correction: str = "bh",
    on_undecided: str = "pass",
    max_drifted: float | str = 0.0,
    schema: Mapping[str, str] | None = None,
    measures: str | Sequence[str] = (),
    base: float | str = "e",
    smoothing: str = "none",
    bins: str | int | Sequence[float] = "auto",
    alpha_order: float = 2.0,
    na: str = "drop",
    n_eff: str | None = None,
    seed: int = 0,
    draws: int = 500,
    preset: str | None = None,
    as_: As = "auto",
    joint: bool = False,
    **reading: Any,
) -> Report:
    """Hold data to rules: the same verdict as ``kldiv check``. No configuration and no environment is read.

    Parameters
    ----------
    reference : array, sequence, Series, DataFrame, dict, Profile or str
        As in `compare`.
    candidates : the same, or a tuple of them
        What is held to the rules; those of a tuple are one run, and their tests are corrected together.
    max, warn_max, min : str or sequence of str
        Limits ``[COLUMN:]MEASURE=X``; X is a number, a share of the maximum (``10%``) or of floors (``3floor``).
    alpha : float
        Level of a failure, between 0 and 1.
    correction : {"bh", "holm", "none"}
        How p values are corrected for the number of tests.
    on_undecided : {"pass", "warn", "fail"}
        What becomes of a value over its limit that may be noise.
    max_drifted : float or str
        Share of the columns that may drift before the run does.
    schema : mapping of str, optional
        Verdict (``pass``, ``warn``, ``drift``) by fault: ``missing-column``, ``changed-type``, ``all-missing``,
        ``new-column``, ``newly-constant``, ``infinite-values``.
    measures, base, smoothing, bins, alpha_order, na, n_eff, seed, draws, preset, as_, joint, **reading
        As in `compare`.

    Returns
    -------
    Report
        Its ``verdict`` is ``pass``, ``warn``, ``undecided`` or ``drift``.

    Raises
    ------
    KldivError
        If something cannot be read, a rule is wrong or fits nothing, or nothing can be compared.

    Examples
    --------
    >>> from kldiv_cli import check
    >>> check({"a": 500, "b": 500}, {"a": 300, "b": 700}).verdict
    'drift'
    """
    from kldiv_cli.core.rules import Gate, checked_gate, limit_from, share_from
    from kldiv_cli.core.schema import policy_from
    from kldiv_cli.core.settings import settings_from
    from kldiv_cli.sources.spec import ReadOptions, checked_options

    rule = bins if isinstance(bins, (str, int)) else ",".join(map(repr, map(float, bins)))
    settings = settings_from(
        measures,
        base,
        smoothing,
        rule,
        alpha_order,
        na=na,
        n_eff=n_eff,
        seed=seed,
        draws=draws,
        preset=preset,
        joint=joint,
    )
    typed = (("max", max), ("warn-max", warn_max), ("min", min))
    limits = [
        limit_from(one, kind, joint=joint)  # type: ignore[arg-type]
        for kind, texts in typed
        for one in ((texts,) if isinstance(texts, str) else texts)
    ]
    share = share_from(max_drifted, "max_drifted")
    policy = policy_from(dict(schema or {}))
    gate = checked_gate(Gate(tuple(limits), alpha, correction, on_undecided, share, policy))  # type: ignore[arg-type]
    lists = {name: _listed(name, value) for name, value in reading.items()}
    options = checked_options(ReadOptions(as_=as_, **lists))
    if joint:
        from kldiv_cli.pipeline.joint_gate import check_objects_jointly

        return check_objects_jointly(reference, candidates, settings, gate, options)
    from kldiv_cli.pipeline.check import check_objects

    return check_objects(reference, candidates, settings, gate, options)


def profile(
    data: object,
    *,
    path: str | None = None,
    points: int = 2048,
    min_count: float = 0.0,
    as_: As = "auto",
    **reading: Any,
) -> Profile:
    """Summarise data once, for later comparisons.

    Parameters
    ----------
    data : array, sequence, Series, DataFrame, dict or str
        As in `compare`.
    path : str, optional
        Where to save what `kldiv profile -o` would save.
    points : int
        Values to save of a numeric column.
    min_count : float
        Save no label that was seen less often.
    as_ : {"auto", "samples", "counts", "probs"}
        What numbers are.
    **reading
        Fields of `kldiv_cli.sources.spec.ReadOptions`.

    Returns
    -------
    Profile
        The summaries of all columns; `compare` takes it for P or Q.

    Raises
    ------
    KldivError
        If the data cannot be read.

    Examples
    --------
    >>> from kldiv_cli import compare, profile
    >>> reference = profile([1.0, 2.0, 2.0, 3.0])
    >>> compare(reference, [2.0, 2.0, 3.0, 3.0], measures="w1").comparisons[0].estimate("w1").value
    0.5
    """
    from kldiv_cli.pipeline.profile import profile_objects
    from kldiv_cli.sources.profile_file import save
    from kldiv_cli.sources.spec import ReadOptions, checked_options

    lists = {name: _listed(name, value) for name, value in reading.items()}
    found, saved = profile_objects(data, "data", checked_options(ReadOptions(as_=as_, **lists)), points, min_count)
    if path is not None:
        save(saved, path)
    return found


def _listed(name: str, value: object) -> Any:
    """Names given as one string, as a tuple of names, where several may be given."""
    from kldiv_cli.sources.spec import ReadOptions

    several = ReadOptions._field_defaults.get(name) == ()
    return tuple(value.split(",")) if several and isinstance(value, str) else value
