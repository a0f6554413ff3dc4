"""The alternatives of a pattern, each taken out in turn: what remains must be noticed by some example."""

from __future__ import annotations

import re
from collections.abc import Iterator


def without_each_alternative(pattern: str) -> Iterator[tuple[str, str]]:
    """Each alternative, in whatever group it stands, and the pattern without it."""
    for start, end in _groups(pattern):
        parts = _split(pattern[start:end])
        for index, part in enumerate(parts):
            rest = "|".join((*parts[:index], *parts[index + 1 :]))
            if len(parts) > 1:
                yield part, pattern[:start] + rest + pattern[end:]


def _groups(pattern: str) -> Iterator[tuple[int, int]]:
    """Where the contents of each group begin and end; the whole pattern is one."""
    yield 0, len(pattern)
    opened: list[int] = []
    for position, character in _syntax(pattern):
        if character == "(":
            found = re.compile(r"\((\?(:|!|=|<!|<=|[a-z]:|P<\w+>))?").match(pattern, position)
            opened.append(found.end() if found else position + 1)
        elif character == ")":
            yield opened.pop(), position


def _split(text: str) -> list[str]:
    parts, depth, begun = [], 0, 0
    for position, character in _syntax(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            parts.append(text[begun:position])
            begun = position + 1
    return [*parts, text[begun:]]


def _syntax(pattern: str) -> Iterator[tuple[int, str]]:
    """Characters that are no literals: not escaped, and not in a class."""
    skipped, in_class = False, False
    for position, character in enumerate(pattern):
        if skipped:
            skipped = False
        elif character == "\\":
            skipped = True
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        else:
            yield position, character
