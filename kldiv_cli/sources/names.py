"""Lists of names as they are typed: with commas between them, in double quotes where a name has one itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)')
_FIRST = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^=,"]*?))\s*=')


def split_names(text: str) -> tuple[str, ...]:
    """Names of a list; blanks around them do not count unless they are inside quotes.

    Examples
    --------
    >>> split_names('low, mid,"2,000 and more"')
    ('low', 'mid', '2,000 and more')
    """
    found = _NAME.finditer(text if text.endswith(",") else f"{text},")
    return tuple(name[2] if name[1] is None else name[1].replace('""', '"') for name in found if name[0])


def split_assignment(text: str) -> tuple[str | None, str]:
    """``NAME=rest``; no name where none stands before the first ``=``."""
    found = _FIRST.match(text)
    if found is None:
        return None, text
    return (found[2] if found[1] is None else found[1].replace('""', '"')), text[found.end() :]


def quoted_name(name: str, also: str = "") -> str:
    """A name as it has to be typed in a list, or before one of the characters of ``also``."""
    if name and name == name.strip() and name[0] != '"' and not any(char in name for char in f",{also}"):
        return name
    return '"' + name.replace('"', '""') + '"'


def joined_names(names: Iterable[str]) -> str:
    """A list of names that `split_names` reads back."""
    return ",".join(map(quoted_name, names))
