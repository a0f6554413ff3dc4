"""Judges the first lines of the issue that tells what a rehearsed night came to: what a person does first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.rehearsal.github.records import Issue

_FIRST_LINES = 5


def judge_digest(expected: Sequence[str] | None, found: Sequence[Issue]) -> Iterator[str]:
    """`expected`: a text of each of the first lines, in their order; None: the night makes no digest. `found`: the open
    issues with the digest's label."""
    if len(found) != int(expected is not None):
        wanted = "one" if expected is not None else "no"
        yield f"expected {wanted} issue about the night, found {len(found)}"
        return
    lines = [line for issue in found for line in (issue.body or "").splitlines() if line.strip()][:_FIRST_LINES]
    for place, text in enumerate(expected or (), 1):
        line = lines[place - 1] if place <= len(lines) else ""
        if text not in line:
            yield f"line {place} of the night's issue does not say {text!r}, but {line[:200]!r}"
