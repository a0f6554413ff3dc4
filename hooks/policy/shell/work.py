"""What a judgement may cost: counted in work, never in time, so that a busy machine judges as a quiet one does.

Some short commands ask for much: `x=$x$x` forty times over, a thousand links, a variable in each of many branches.
A unit is about ten microseconds. A command that costs more than the limit is refused, with the advice to split it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from hooks.policy.shell.outline import DOCUMENT
from hooks.policy.shell.syntax import NotUnderstood

Found = TypeVar("Found")

LIMIT = 7000
FILE_LIMIT = LIMIT // 2
FILE_PARSE_DISCOUNT = 8
TEST_LIMIT = 5 * LIMIT
VALUE_LIMIT = 128 * 1024
FOLDERS_LIMIT = 64
LINKS_LIMIT = 40

_PARSER_START = 300
_WORD, _QUOTED, _EXPANSION, _STATEMENT = 2, 3, 5, 6
_BYTES_FOR_A_UNIT = 2000
_OPERATORS_FOR_A_UNIT = 12
_SINGLE_TOKENS = re.compile(r"'[^']*'|(?<!\S)#[^\n]*|\\.|[\w./:,@%=-]+|[ \t]+", re.DOTALL)
"""What the parser takes as one: quoted text, comments, words, blanks."""
_ENDING = re.compile(r"[;\n]|[&|]+")
_COMPUTED = re.compile(r"\(\([^\n]*?(?:\)\)|$)", re.MULTILINE)
_CHAINING = re.compile(r"[|&+*/<>?-]")


class TooMuch(NotUnderstood):
    """Judging it would take too long."""


class Work:
    """What one judgement, or a part of it, has cost so far."""

    def __init__(self, limit: int = LIMIT, *, parse_discount: int = 1) -> None:
        """`parse_discount`: by how much less parsing counts than it does for a command."""
        self._limit = limit
        self._parse_discount = parse_discount
        self.spent = 0

    def spend_on_parsing(self, text: str) -> None:
        self.spend(estimate_parsing(text) // self._parse_discount)

    def spend(self, units: int) -> None:
        """Raises TooMuch once the limit is passed, and from then on always."""
        self.spent += units
        if self.spent > self._limit:
            raise TooMuch("asks for more than can be judged at once: split it into several commands")


def at_most(limit: int, found: Iterable[Found]) -> list[Found]:
    """All that was found. Raises TooMuch if that is more: a part that was not read must not be granted."""
    kept = list(islice(found, limit + 1))
    if len(kept) > limit:
        raise TooMuch("holds more than can be judged at once")
    return kept


def estimate_parsing(text: str) -> int:
    """What parsing a shell text costs: it grows with words and signs, hardly with the length of quoted text; chains of
    operators nest in the tree, and are printed with an indentation each."""
    bare = _SINGLE_TOKENS.sub(_class_of, DOCUMENT.sub(_expansions, text))
    nested = sum(len(_CHAINING.findall(line)) ** 2 for line in _lines(text, bare)) // _OPERATORS_FOR_A_UNIT
    words = _WORD * bare.count("w") + _QUOTED * bare.count("'") + _EXPANSION * bare.count("$")
    signs = len(bare) // 3 + _STATEMENT * len(_ENDING.findall(bare))
    return _PARSER_START + words + signs + len(text) // _BYTES_FOR_A_UNIT + nested


def _class_of(found: re.Match[str]) -> str:
    """A quoted text, nothing worth counting, or a word."""
    return "'" if found[0][0] == "'" else "" if found[0].isspace() else "w"


def _expansions(document: re.Match[str]) -> str:
    """Of a here-document only what the shell expands in it counts."""
    return "<<\n" + ("" if document["end"] is None else "$" * document[0].count("$"))


def _lines(text: str, bare: str) -> list[str]:
    """The statements, about, and what is computed: signs of arithmetic are parts of words elsewhere."""
    return [*re.split(r"[;\n]", bare), *_COMPUTED.findall(text)]


def limit_size(value: str) -> str:
    """The value, unless it has grown beyond what any command line takes."""
    if len(value) > VALUE_LIMIT:
        raise TooMuch("builds a text that is too long to be judged")
    return value
