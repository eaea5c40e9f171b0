"""Masses typed as an operand: ``0.2,0.4,0.4``, ``1/3,2/3``, ``a:3,b:5``, ``[0.2, 0.4]``."""

from __future__ import annotations

import math

import numpy as np

from kldiv_cli.core.instants import seconds
from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Labels, Numbers, Table
from kldiv_cli.sources.table import CellRule, is_instant

_RULE = CellRule()
MASS = "mass"
OUTCOME = "outcome"


def is_inline(text: str) -> bool:
    """Whether an operand that is no file is meant as masses: it holds a comma, or is a JSON list or object."""
    return "," in text or text.startswith(("[", "{"))


def table_from_inline(text: str, label: str) -> Table:
    """Masses, with labels where every item has one.

    Raises
    ------
    InputError
        If an item is no number, or only some have labels.
    """
    items = [item.strip() for item in text.split(",")]
    if items and items[-1] == "":
        items.pop()  # a trailing comma
    if not items:
        raise InputError(f"{label!r} holds no masses", remedy="0.2,0.4,0.4 or a:3,b:5")
    parts = [item.rpartition(":") for item in items]
    labelled = [bool(colon) for _, colon, _ in parts]
    if any(labelled) and not all(labelled):
        bare = items[labelled.index(False)]
        raise InputError(f"{label!r}: {bare!r} has no label, others have", remedy="label every mass (a:3,b:5) or none")
    masses = np.array([_mass(number.strip(), label) for _, _, number in parts])
    return mass_table(masses, [name.strip() for name, _, _ in parts] if labelled[0] else None)


def mass_table(masses: np.typing.NDArray[np.float64], labels: list[str] | None) -> Table:
    """Table of masses with their labels; labels that are all numbers are positions."""
    columns: dict[str, Numbers | Labels] = {}
    if labels is not None:
        columns[OUTCOME] = outcomes(labels)
    columns[MASS] = Numbers(masses)
    batch = Batch(columns, masses.size)
    return Table(tuple(columns), True, batch, lambda _names: iter(()), shape="masses")


def histogram_table(edges: np.typing.NDArray[np.float64], masses: np.typing.NDArray[np.float64], label: str) -> Table:
    """Masses on bins; the midpoints stand for the bins.

    Raises
    ------
    InputError
        If the edges are not finite and increasing.
    """
    if not (np.isfinite(edges).all() and (edges[1:] > edges[:-1]).all()):
        raise InputError(
            f"{label}: the edges of the bins must be finite and increase",
            remedy="sort the bins; leave out open ones",
        )
    midpoints = 0.5 * edges[:-1] + 0.5 * edges[1:]
    batch = Batch({"bin": Numbers(midpoints), "mass": Numbers(masses)}, masses.size)
    return Table(("bin", "mass"), True, batch, lambda _names: iter(()), shape="bins", bin_edges=edges)


def outcomes(labels: list[str]) -> Numbers | Labels:
    """Labels, or positions when all of them are numbers."""
    if all(_RULE.is_number(label) and math.isfinite(float(label)) for label in labels):
        return Numbers(np.array([float(label) for label in labels]))
    if all(is_instant(label) for label in labels):
        return Numbers(np.array([seconds(label) for label in labels]), instants=True)
    names = tuple(dict.fromkeys(labels))
    index = {name: code for code, name in enumerate(names)}
    return Labels(np.array([index[label] for label in labels], dtype=np.intp), names)


def _mass(text: str, label: str) -> float:
    try:
        above, slash, below = text.partition("/")
        return _number(above) / _number(below) if slash else _number(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(
            f"{label!r} is no file, and {text!r} in it is no number",
            remedy="masses look like 0.2,0.4,0.4 or 1/3,2/3 or a:3,b:5",
        ) from None


def _number(text: str) -> float:
    """A number in ASCII; ``float`` alone would read 1_000 and digits of other scripts."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)
