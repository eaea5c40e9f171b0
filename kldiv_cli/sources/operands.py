"""P and Q as typed -> SourceSpec. The order of the rules is the contract: the first that fits is taken."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from kldiv_cli.errors import UsageError
from kldiv_cli.sources.inline import is_inline
from kldiv_cli.sources.spec import SourceSpec, is_pattern

if TYPE_CHECKING:
    from kldiv_cli.sources.spec import ReadOptions


_URL = re.compile(r"[a-z][a-z0-9+.-]*://")


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
    plain = SourceSpec(shown(text), "file", text, n=n, options=options)
    if text == "-":
        return plain._replace(label="stdin", place="stdin")
    if _URL.match(text):
        place, column = _url_and_column(text)
        return _expanded(plain._replace(place="url", location=place, column=column))
    if _exists(text):
        return _expanded(plain)
    if text == "uniform" or _is_density(text):
        return plain._replace(place="uniform" if text == "uniform" else "density")
    in_column = _file_and_column(text)
    if is_inline(text) and not (in_column and _exists(in_column[0])):
        if not _is_labelled(text):
            return plain._replace(place="inline")
    elif in_column is not None:
        return _of_column(plain, *in_column)
    if _is_labelled(text) and not _is_partition(text):
        name, _, rest = text.partition("=")
        inner = _recognised(rest, options, n)
        return None if inner is None else inner._replace(label=shown(name))
    return _of_pattern(plain) if is_pattern(text) else None


def _is_density(text: str) -> bool:
    """Whether it is a density; few operands have parentheses, and the grammar is imported for those."""
    if "(" not in text:
        return False
    from kldiv_cli.core.densities.grammar import looks_like_density

    return looks_like_density(text)


def _of_column(plain: SourceSpec, place: str, column: str) -> SourceSpec:
    """A column of a file or of stdin."""
    if place == "-":
        return plain._replace(label=f"stdin:{shown(column)}", place="stdin", location="-", column=column)
    return _expanded(plain._replace(location=place, column=column))


def _is_partition(text: str) -> bool:
    """Whether it begins with a folder such as ``day=*``: a pattern, no label; LABEL=./*/x.csv is one."""
    first, slash, _ = text.partition("/")
    return bool(slash) and (is_pattern(first.partition("=")[2]) or os.path.isdir(first))


def _of_pattern(plain: SourceSpec) -> SourceSpec:
    """A pattern, which may name a column after its last colon, where no file has the colon in its name."""
    from glob import glob

    place, _, column = plain.location.rpartition(":")
    if column and is_pattern(place) and not glob(plain.location):
        return _expanded(plain._replace(location=place, column=column))
    return _expanded(plain)


def _expanded(spec: SourceSpec) -> SourceSpec:
    """A folder or a pattern as the set of its files."""
    if spec.place == "file" and not (os.path.isdir(spec.location) or is_pattern(spec.location)):
        return spec
    from kldiv_cli.sources.data_sets import expanded

    return expanded(spec)


def _url_and_column(text: str) -> tuple[str, str | None]:
    """``s3://bucket/x.parquet:column``; the colon of a port stands before a slash."""
    place, _, column = text.rpartition(":")
    named = column and "/" not in column and "/" in place.partition("://")[2]
    return (place, column) if named else (text, None)


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
