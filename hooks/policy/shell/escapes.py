"""Backslash escapes of `$'…'`, `echo -e` and `printf`, which bash reads in four slightly different ways.

`\\xHH` and octal numbers are bytes: those that form UTF-8 together are that character, any others are unknown. What
`\\u` means beyond ASCII depends on the locale, so it is unknown too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hooks.policy.shell.marks import without_strays
from hooks.policy.shell.values import UNKNOWN

ASCII = 0x80
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v",
          "\\": "\\"}  # fmt: skip
_END = "\ud8ff"
"""Ends the text: `\\c` of echo, and NUL in `$'…'`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the readers takes octal numbers, quotes, `\\c`, NUL, and what only some versions of a program know."""

    octal: str
    quotes: str = ""
    control: bool = False
    stops: bool = False
    unsure: str = ""

    def pattern(self) -> re.Pattern[str]:
        one = rf"\\(?:x[0-9a-fA-F]{{1,2}}|{self.octal})"
        return re.compile(
            rf"(?P<bytes>(?:{one})+)|\\u(?P<u>[0-9a-fA-F]{{1,4}})|\\U(?P<U>[0-9a-fA-F]{{1,8}})"
            rf"|\\x(?P<braced>\{{[^}}]*\}}?)|\\c(?P<control>.?)|\\(?P<plain>.)",
            re.DOTALL,
        )


QUOTED = Dialect(octal=r"[0-7]{1,3}", quotes="'\"?", control=True)
ECHO = Dialect(octal=r"0[0-7]{0,3}", stops=True, unsure="1234567")
ARGUMENT = Dialect(octal=r"(?:0[0-7]{0,3}|[1-7][0-7]{0,2})", quotes='"', stops=True, unsure="'?")
FORMAT = Dialect(octal=r"[0-7]{1,3}", quotes='"', unsure="'?c")
PROGRAM = Dialect(octal=r"[0-7]{1,3}", quotes="'\"?", unsure="c")
"""Roughly how other languages read the texts of a program."""
_PATTERNS = {dialect: dialect.pattern() for dialect in (QUOTED, ECHO, ARGUMENT, FORMAT, PROGRAM)}
_ONE_BYTE = re.compile(r"\\(?:x([0-9a-fA-F]+)|([0-7]+))")


def decode_ansi_c(text: str) -> str:
    """What `$'…'` says."""
    return decode(text, QUOTED)[0]


def decode(text: str, dialect: Dialect) -> tuple[str, bool]:
    """The text after its escapes, and whether one of them ended it."""
    if "\\" not in text:
        return text, False
    decoded = _PATTERNS[dialect].sub(lambda match: _decode_escape(match, dialect), without_strays(text))
    before, ended, _ = decoded.partition(_END)
    return before, bool(ended)


def _decode_escape(match: re.Match[str], dialect: Dialect) -> str:
    if match["bytes"]:
        return _decode_bytes(match["bytes"], dialect)
    if code := match["u"] or match["U"]:
        return _end_at_nul(chr(int(code, 16)), dialect) if int(code, 16) < ASCII else UNKNOWN
    if match["braced"] is not None:
        return UNKNOWN
    if match["control"] is not None:
        return _decode_control(match["control"], dialect)
    return _decode_letter(match["plain"], dialect)


def _decode_bytes(escapes: str, dialect: Dialect) -> str:
    codes = [int(number[1], 16) if number[1] else int(number[2], 8) & 0xFF for number in _ONE_BYTE.finditer(escapes)]
    text = bytes(codes).decode("utf-8", "surrogateescape")
    return "".join(UNKNOWN if "\udc80" <= each <= "\udcff" else _end_at_nul(each, dialect) for each in text)


def _end_at_nul(text: str, dialect: Dialect) -> str:
    return text.replace("\0", _END) if dialect is QUOTED else text


def _decode_control(letter: str, dialect: Dialect) -> str:
    if dialect.stops:
        return _END
    if not dialect.control or letter in ("", "\\") or not letter.isascii():
        return UNKNOWN
    return "\x7f" if letter == "?" else _end_at_nul(chr(ord(letter.upper()) & 0x1F), dialect)


def _decode_letter(letter: str, dialect: Dialect) -> str:
    if letter in dialect.unsure:
        return UNKNOWN
    return letter if letter in dialect.quotes else SIMPLE.get(letter, f"\\{letter}")
