"""kldiv: tell two distributions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kldiv_cli.errors import KldivError
from kldiv_cli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.report import Report
    from kldiv_cli.sources.spec import As

__all__ = ["KldivError", "__version__", "compare", "profile"]


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
    **reading: Any,
) -> Report:
    """Compare two distributions; the same numbers as the command line.

    Parameters
    ----------
    p, q : array, sequence, Series, DataFrame, dict, Profile or str
        Reference and candidate. Arrays, sequences and Series are samples, dicts map labels to masses, DataFrames are
        tables, a string is an operand as typed in the shell.
    measures : str or sequence of str
        Keys or aliases of measures, ``"all"``, or empty for the default ones.
    base : {"e"} or float
        Base of the logarithms, above 1.
    smoothing : str
        ``none``, ``add:A``, ``laplace``, ``jeffreys``, ``perks``, ``mix:L``, ``mix:L:pooled``, ``shrink``, ``eps:E``.
    bins : str, int or sequence of float
        ``auto``, ``N``, ``quantile:N``, ``width:N``, or edges.
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
    from kldiv_cli.pipeline.compare import compare_objects
    from kldiv_cli.sources.spec import ReadOptions, checked_options

    rule = bins if isinstance(bins, (str, int)) else ",".join(map(repr, map(float, bins)))
    settings = settings_from(measures, base, smoothing, rule, alpha_order, na=na, n_eff=n_eff, seed=seed, draws=draws)
    lists = {name: _listed(name, value) for name, value in reading.items()}
    options = checked_options(ReadOptions(as_=as_, **lists))
    return compare_objects((p, q), labels, n, settings, options)


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
