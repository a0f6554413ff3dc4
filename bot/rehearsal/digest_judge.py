"""Judges the issue that tells what a rehearsed night came to: what a person does first stands in its first lines.

Its title and its label are written down here a second time, by hand, as in `documented`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import Issue

_FIRST_LINES = 5
_TITLE = re.compile(r"Nightshift: the night of \d{4}-\d{2}-\d{2}")


def digest_label(prefix: str) -> str:
    return f"{prefix}:digest"


def judge_digest(expected: Sequence[str] | None, found: Sequence[Issue], prefix: str) -> Iterator[str]:
    """`expected`: a text of each of the first lines, in their order; None: the night makes no digest. `found`: the open
    issues with the digest's label, which begins with `prefix`."""
    if len(found) != int(expected is not None):
        wanted = "one" if expected is not None else "no"
        yield f"expected {wanted} issue with {digest_label(prefix)}, found {len(found)}"
        return
    for issue in found:
        yield from _judge(expected or (), issue)


def _judge(expected: Sequence[str], issue: Issue) -> Iterator[str]:
    if not _TITLE.fullmatch(issue.title):
        yield f"the night's issue is called {issue.title!r}"
    if mentioned := find_mentions(issue.body or ""):
        yield f"the night's issue mentions {', '.join(mentioned)}"
    lines = [line for line in (issue.body or "").splitlines() if line.strip()][:_FIRST_LINES]
    for place, text in enumerate(expected, 1):
        line = lines[place - 1] if place <= len(lines) else ""
        if text not in line:
            yield f"line {place} of the night's issue does not say {text!r}, but {line[:200]!r}"
