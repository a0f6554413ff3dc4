"""Quoted characters travel under marks until the word is complete.

Whether `*`, `{`, `~` or a blank is syntax or text depends on quoting, and a word is put together from quoted and
unquoted pieces. Each quoted character is therefore moved to half a surrogate pair, which no text that bash can run
holds, and moved back at the end. Text that holds such a half all the same is unknown.
"""

from __future__ import annotations

import re

from hooks.policy.shell.values import UNKNOWN

BASE = 0xD800
EMPTY, BETWEEN, BLANK, SEPARATOR, END_OF_NAME = (chr(BASE + 0x300 + number) for number in range(5))
"""An empty quoted text; the border between two fields; a character of IFS that is a blank, and one that is none; the
end of a variable's name that no brace closes."""

MARKED = {code: BASE + code for code in range(1, 128)}
UNMARKED = {**{mark: plain for plain, mark in MARKED.items()}, ord(EMPTY): None}
STRAY = re.compile("[\ud800-\udfff]")
PATTERN = re.compile(r"[*?]|\[[^\]]+\]|[@!+]\(")
MATCHING = frozenset("*?[]")
"""What still matches file names when it comes out of an unquoted variable."""
BLANKS = " \t\n"
_BORDERS = re.compile(f"{BLANK}*{SEPARATOR}{BLANK}*|{BLANK}+")


def mark(text: str) -> str:
    """The text as it travels inside a word when it was quoted."""
    return without_strays(text).translate(MARKED)


def mark_value(text: str, separators: str) -> str:
    """A value that was not quoted: it is split at the separators and matches file names; the rest is text."""
    plain = {ord(each): BLANK if each in BLANKS else SEPARATOR for each in separators}
    return without_strays(text).translate({**MARKED, **_PLAIN_MATCHING, **plain})


_PLAIN_MATCHING = {ord(each): each for each in MATCHING}


def without_strays(text: str) -> str:
    """The text, halves of surrogate pairs unknown: bash knows bytes, and these are the bytes of no character."""
    return text if text.isascii() else STRAY.sub(UNKNOWN, text)


def unmark(text: str) -> str:
    """The text with all marks taken off."""
    return text.translate(UNMARKED)


def without_names(text: str) -> str:
    """The word without the marks that only brace expansion needs."""
    return text.replace(END_OF_NAME, "")


def is_pattern(text: str) -> bool:
    """Whether the shell would match file names with this word."""
    return PATTERN.search(text) is not None


def split_fields(word: str) -> list[str]:
    """The fields of a word; an empty one only where it was quoted, or stands before a separator that is no blank."""
    if not any(border in word for border in (BETWEEN, BLANK, SEPARATOR)):
        return [word] if word else []
    return [field for piece in word.split(BETWEEN) for field in _split_piece(piece.strip(BLANK))]


def _split_piece(piece: str) -> list[str]:
    fields, start = [], 0
    for border in _BORDERS.finditer(piece):
        fields.append(piece[start : border.start()] or EMPTY)
        start = border.end()
    return [*fields, *filter(None, [piece[start:]])]


def unescape(text: str) -> str:
    """Unquoted text: each backslash quotes the next character, and joins lines."""
    return re.sub(r"\\(.)", lambda match: "" if match[1] == "\n" else mark(match[1]), text, flags=re.DOTALL)


def unescape_operand(text: str, separators: str) -> str:
    """Unquoted text inside `${x:-…}`: like the value of a variable, but a backslash quotes."""
    pieces = re.split(r"\\(.)", text, flags=re.DOTALL)
    return "".join(
        ("" if piece == "\n" else mark(piece)) if number % 2 else mark_value(piece, separators)
        for number, piece in enumerate(pieces)
    )


def unescape_in_quotes(text: str, special: str = '\\\\"$`') -> str:
    """Text between double quotes: a backslash quotes only what is special there."""
    joined = re.sub(rf"\\([{special}\n])", lambda match: "" if match[1] == "\n" else match[1], text)
    return mark(joined)
