"""P and Q as typed -> SourceSpec. The order of the rules is the contract: the first that fits is taken."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kldiv_cli.errors import UsageError
from kldiv_cli.sources.inline import is_inline
from kldiv_cli.sources.spec import SourceSpec

if TYPE_CHECKING:
    from kldiv_cli.sources.spec import ReadOptions


def operand(text: str, options: ReadOptions, *, n: float | None = None) -> SourceSpec:
    """Read one operand.

    Parameters
    ----------
    text : str
        ``-``, a file, inline masses, ``uniform``, ``FILE:COLUMN``, ``-:COLUMN`` or ``LABEL=OPERAND``.
    options : ReadOptions
    n : float, optional
        Observations behind bare probabilities.

    Raises
    ------
    UsageError
        If it is none of these; the error names the nearest file.
    """
    found = _recognised(text, options, n)
    if found is None:
        raise _unknown(text)
    return found


def _recognised(text: str, options: ReadOptions, n: float | None) -> SourceSpec | None:
    label = shown(text)
    if text == "-":
        return SourceSpec("stdin", "stdin", "-", n=n, options=options)
    if "://" in text.partition("=")[0]:
        raise UsageError(f"{label}: kldiv does not fetch URLs", remedy="curl -s URL | kldiv ... -")
    if _exists(text):
        return SourceSpec(label, "file", text, n=n, options=options)
    if text == "uniform":
        return SourceSpec("uniform", "uniform", text, n=n, options=options)
    in_column = _file_and_column(text)
    if is_inline(text) and not (in_column and _exists(in_column[0])):
        if not _is_labelled(text):
            return SourceSpec(label, "inline", text, n=n, options=options)
    elif in_column is not None:
        place, column = in_column
        if place == "-":
            return SourceSpec(f"stdin:{shown(column)}", "stdin", "-", column, n, options)
        return SourceSpec(label, "file", place, column, n, options)
    if _is_labelled(text):
        name, _, rest = text.partition("=")
        inner = _recognised(rest, options, n)
        return None if inner is None else inner._replace(label=shown(name))
    return None


def _is_labelled(text: str) -> bool:
    """Whether it is ``LABEL=OPERAND``; a label holds none of ``/ : , [ {``."""
    name, _, rest = text.partition("=")
    return bool(name and rest) and not any(char in name for char in "/:,[{")


def shown(text: str) -> str:
    """Text of an operand as UTF-8: bytes of a file name that are none are spelled out."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _file_and_column(text: str) -> tuple[str, str] | None:
    """``FILE:COLUMN`` with a file that exists, or ``-:COLUMN``; a column may hold colons."""
    start = text.find(":")
    while start > 0:
        place, column = text[:start], text[start + 1 :]
        if column and (place == "-" or _exists(place)):
            return place, column
        start = text.find(":", start + 1)
    return None


def _exists(path: str) -> bool:
    return "\x00" not in path and os.path.exists(path)


def _unknown(text: str) -> UsageError:
    if text.endswith(":") and _exists(text[:-1]):
        return UsageError(
            f"{shown(text)!r} names no column after the colon", remedy=f"{shown(text)}COLUMN, or without it"
        )
    place = text.rpartition(":")[0] or text
    folder, name = os.path.split(place)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return UsageError(f"there is no file {shown(place)!r}: no folder {shown(folder)!r}", remedy="check the path")
    import difflib

    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if nearest:
        return UsageError(f"there is no file {shown(place)!r}", remedy=f"{shown(os.path.join(folder, nearest[0]))!r}?")
    remedy = "check the path; masses are typed with commas (0.2,0.4,0.4 or a:3,b:5)"
    return UsageError(f"there is no file {shown(text)!r}", remedy=remedy)
