"""What reviewers ask for, as a session reads it, and what its summary says of each of their requests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.markdown import code_span
from bot.core.material import material
from bot.core.revisions import ReviewItem
from bot.core.visible import visible, without_invisible

_HUNK = 4000  # characters
_LINE = re.compile(r"^[\s>*_`-]*item[ \t]+(\d{1,4})[*_`]*[ \t]*[:.)-]+[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)


def requests(items: Sequence[ReviewItem], *, by: str) -> str:
    """Each with its number, its place, and the words of people with write permission."""
    if not items:
        return f"{by} asks for another try and says nothing more: compare the change with the issue once more."
    return "\n\n".join(_item(number, each) for number, each in enumerate(items, 1))


def read_answers(summary: str, items: int) -> dict[int, str]:
    """What a summary says of each item, by its number: lines such as `Item 2: renamed it`."""
    found = {int(line[1]): line[2].strip() for line in _LINE.finditer(summary)}
    return {number: text for number, text in found.items() if 0 < number <= items}


def _item(number: int, item: ReviewItem) -> str:
    words = [material(f"words of {login}, who may write to the repository", visible(text)) for login, text in item.said]
    if item.thread is None:
        kind = "a review" if item.key.startswith("review:") else "a comment"
        return "\n\n".join([f"Item {number}: {kind}.", *words])
    line = f", line {item.line}" if item.line is not None else ""
    hunk = material("diff that the thread is about", without_invisible(item.hunk)[-_HUNK:])
    place = code_span(without_invisible(item.path)[:300])
    return "\n\n".join([f"Item {number}: a thread on {place}{line}.", hunk, *words])
