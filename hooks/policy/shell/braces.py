"""Brace expansion: `{a,b}`, `{1..9..2}`, `{a..e}`, as bash's braces.c finds them.

It comes first in bash, and sees only characters that were neither quoted nor substituted.
"""

from __future__ import annotations

import re
from itertools import product

from hooks.policy.shell.marks import END_OF_NAME, without_names
from hooks.policy.shell.values import UNKNOWN

LIMIT = 512
_SEQUENCE = re.compile(r"(?:([a-zA-Z])\.\.([a-zA-Z])|(-?[0-9]+)\.\.(-?[0-9]+))(?:\.\.(-?[0-9]{1,6}))?")
_PADDED = re.compile(r"-?0[0-9]")
_JOINED = re.compile(rf"{END_OF_NAME}(?=[A-Za-z0-9_])|\$(?=.)", re.DOTALL)
"""`{$a,$b}c` is `$ac $bc` in bash: what follows the braces is part of the name."""


def expand_braces(word: str) -> list[str]:
    """The words that a word becomes; what makes more than LIMIT of them is unknown in that place."""
    words = _expand(word) if "{" in word else [word]
    if words != [word]:
        words = [UNKNOWN if _JOINED.search(each) else each for each in words]
    return [without_names(each) for each in words]


def _expand(word: str) -> list[str]:
    found = _find_group(word)
    if found is None:
        return [word]
    start, end = found
    heads, tails = _expand_group(word[start + 1 : end]), _expand(word[end + 1 :])
    if len(heads) * len(tails) > LIMIT:
        heads, tails = [UNKNOWN], tails if len(tails) <= LIMIT else [UNKNOWN]
    return [word[:start] + head + tail for head, tail in product(heads, tails)]


def _find_group(word: str) -> tuple[int, int] | None:
    """The first `{` that has a closing `}`, with it; a `{}` that begins a word is text."""
    for start, character in enumerate(word):
        if character == "{" and not (start == 0 and word[1:2] == "}"):
            end = _find_closing(word, start + 1)
            if end is not None:
                return start, end
    return None


def _find_closing(word: str, start: int) -> int | None:
    """The `}` that closes a group: the first one outside of inner groups that a comma or `..` precedes."""
    depth = separators = 0
    for position in range(start, len(word)):
        character = word[position]
        if character == "}" and depth == 0 and separators:
            return position
        if character in "{}":
            depth = max(0, depth + (1 if character == "{" else -1))
        elif depth == 0:
            separators += character == "," or (
                word.startswith("..", position) and word[position + 2 : position + 3] != "}"
            )
    return None


def _expand_group(body: str) -> list[str]:
    if "," in body:
        return [inner for choice in _split_commas(body) for inner in _expand(choice)][: LIMIT + 1]
    return _count(body) or [f"{{{body}}}"]


def _count(body: str) -> list[str]:
    """The members of a sequence; none if it is none. Between small and capital letters it is not followed."""
    found = _SEQUENCE.fullmatch(body)
    if found is None:
        return []
    first_letter, last_letter, first, last, step = found.groups()
    if first_letter:
        if first_letter.islower() != last_letter.islower():
            return [UNKNOWN]
        return [chr(code) for code in _numbers(ord(first_letter), ord(last_letter), step)]
    if len(first + last) > 12:  # noqa: PLR2004 -- far from where bash's numbers end
        return [UNKNOWN]
    width = max(len(first), len(last)) if _PADDED.match(first) or _PADDED.match(last) else 0
    return [f"{number:0{width}d}" for number in _numbers(int(first), int(last), step)]


def _numbers(first: int, last: int, step: str | None) -> range:
    width = abs(int(step or 1)) or 1
    return (range(first, last + 1, width) if first <= last else range(first, last - 1, -width))[: LIMIT + 1]


def _split_commas(body: str) -> list[str]:
    pieces, depth = [""], 0
    for character in body:
        if character in "{}":
            depth = max(0, depth + (1 if character == "{" else -1))
        if character == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces
