"""How many turns a task gets, by the size of the files that its issue names.

A session that has to read and edit a long file spends turns on finding its way in it:
a file over 800 lines gives 10 turns more, one over 1,500 lines 20, all of them together at most up to the cap.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

LARGE_LINES, LARGE_TURNS = 800, 10
VERY_LARGE_LINES, VERY_LARGE_TURNS = 1500, 20

_CODE = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[\w.@+/-]+")
_SENTENCE_ENDS = ".,-+@"


def files_named(text: str, paths: Collection[str]) -> tuple[str, ...]:
    """Those of the repository's `paths` that `text` names, in the order of the text, each once.

    A file is named by its path or by any end of it that no other file shares (`parser.py`, `core/parser.py`).
    In prose a bare name counts only with a dot in it: "build" is a verb, `Makefile` in a code span is a file.
    """
    ends = _by_basename(paths)
    code = {match.start(1): match[1].strip() for match in _CODE.finditer(text)}
    words = {match.start(): match[0].rstrip(_SENTENCE_ENDS) for match in _WORD.finditer(text)}
    dotted = {start: word for start, word in words.items() if "." in word or "/" in word}
    names = dict.fromkeys(name for _, name in sorted([*code.items(), *dotted.items()]))
    named = (_only_match(name, ends) for name in names)
    return tuple(dict.fromkeys(path for path in named if path))


def turns_for(line_counts: Mapping[str, int], *, base: int, cap: int) -> int:
    """The turn limit for a task whose named files have these numbers of lines. Never under `base`."""
    return max(base, min(cap, base + sum(_more_turns(lines) for lines in line_counts.values())))


def _more_turns(lines: int) -> int:
    if lines > VERY_LARGE_LINES:
        return VERY_LARGE_TURNS
    return LARGE_TURNS if lines > LARGE_LINES else 0


def _by_basename(paths: Collection[str]) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for path in paths:
        ends.setdefault(path.rpartition("/")[2], []).append(path)
    return ends


def _only_match(name: str, ends: Mapping[str, list[str]]) -> str | None:
    name = name.removeprefix("./").removeprefix("/")
    matches = [path for path in ends.get(name.rpartition("/")[2], ()) if f"/{path}".endswith(f"/{name}")]
    exact = [path for path in matches if path == name]
    if exact:
        return name
    return matches[0] if len(matches) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What a session may use up, unless `/retry` says otherwise."""

    turns: int
    turn_cap: int
    budget_usd: float
    session_minutes: float
    stall_minutes: float
    model: str | None
