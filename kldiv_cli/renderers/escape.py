"""Foreign text made harmless: a label must not colour a terminal, break a table, or start a formula."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|#~!])")
_LINKS = re.compile(r"@(?=\w)|(?<=:)(?=//)|(?i:(?<=www)(?=\.))|(?i:(?<=mailto:)|(?<=xmpp:))(?=\w)")
"""Where GitHub would name a person or make a link: after an @, and within what begins an address."""


def visible(text: str) -> str:
    """Text whose control and format characters (U+202E too) are spelled out.

    A ``::`` that begins a word and every ``##`` are broken up: CI systems take commands from them.
    """
    shown = text if text.isprintable() else "".join(char if char.isprintable() else _spelled(char) for char in text)
    if "::" in shown or "##" in shown:
        shown = _COMMAND.sub(lambda match: f"\\x{ord(match[0]):02x}", shown)
    return shown


def plain(text: str) -> str:
    r"""One word of a line of words: blanks and backslashes are spelled out, an empty text is ``""``, - is ``\x2d``."""
    if text in ("", "-", '""'):
        return {"": '""', "-": "\\x2d"}.get(text, "\\x22\\x22")
    return visible(text.replace("\\", "\\\\")).replace(" ", "\\x20")


def spreadsheet(text: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    shown = visible(text)
    return f"'{shown}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else shown


def markdown(text: str) -> str:
    """Text that is neither markup, HTML nor the end of a table cell, names nobody, and is no link and no formula."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKDOWN.sub(r"\\\1", shown).replace("$", "&#36;")
    return _LINKS.sub(r"\g<0>&#8203;", shown)


def cells(text: str) -> int:
    """Columns of a terminal that a text takes: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def _spelled(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
