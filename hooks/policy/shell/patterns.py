"""The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*`, `?` and text. What else a pattern holds is not followed."""

from __future__ import annotations

import re

from hooks.policy.shell import marks
from hooks.policy.shell.values import UNKNOWN

LENGTH_LIMITS = (1000, 250, 60)
"""How long a value may be with no `*`, one and two: matching costs its length once more for each of them."""
_NOT_FOLLOWED = re.compile(r"^~|[\[\\\0]|[?*+@!]\(")


def compile_pattern(raw: str, value: str) -> re.Pattern[str] | None:
    """The pattern that a word is whose quoted characters are marked; None if what it matches is unknown.

    `?` matches a character or a byte, as the locale has it, so it is followed in ASCII only.
    """
    stars = raw.count("*")
    if _NOT_FOLLOWED.search(raw) or UNKNOWN in value:
        return None
    if stars >= len(LENGTH_LIMITS) or len(value) > LENGTH_LIMITS[stars]:
        return None
    if "?" in raw and not value.isascii():
        return None
    pieces = {"*": ".*", "?": "."}
    return re.compile("".join(pieces.get(each, re.escape(marks.unmark(each))) for each in raw), re.DOTALL)


def remove(operator: str, value: str, pattern: re.Pattern[str]) -> str:
    """`#`, `##`, `%` and `%%`: the value without the shortest or longest part that matches."""
    lengths = range(len(value) + 1)
    for length in lengths if len(operator) == 1 else reversed(lengths):
        if operator[0] == "#" and pattern.fullmatch(value, 0, length):
            return value[length:]
        if operator[0] == "%" and pattern.fullmatch(value, len(value) - length):
            return value[: len(value) - length]
    return value


def replace(value: str, raw: str, new: str, *, everywhere: bool) -> str:
    """`${x/p/r}`; bash 5.2 reads `&` in the replacement, older ones do not."""
    anchor = raw[:1] if raw[:1] in ("#", "%") and not everywhere else ""
    raw = raw[len(anchor) :]
    matches_many = "*" in raw or "?" in raw
    pattern = compile_pattern(raw, value)
    if pattern is None or UNKNOWN in new or re.search(r"[&\\]", new) or (matches_many and (everywhere or not value)):
        return UNKNOWN
    if not raw:
        return UNKNOWN if anchor else value
    return _replace_match(value, pattern, new, anchor, everywhere=everywhere)


def _replace_match(value: str, pattern: re.Pattern[str], new: str, anchor: str, *, everywhere: bool) -> str:
    if anchor == "#":
        found = pattern.match(value)
        return new + value[found.end() :] if found else value
    if anchor == "%":
        starts = (start for start in range(len(value) + 1) if pattern.fullmatch(value, start))
        return next((value[:start] + new for start in starts), value)
    return pattern.sub(lambda _: new, value, count=0 if everywhere else 1)
