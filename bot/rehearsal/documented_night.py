"""What people see of a whole night, as Nightshift's documentation says it, written down by hand like `documented.py`.

It imports nothing of `bot` either, and `tests/rehearsal/test_documented_night.py` compares it with the bot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DIGEST_LABEL_WORD = "digest"
SETTINGS_FILE = ".github/nightshift.yml"
MOST_OPEN = 10
"""Pull requests that may be open in a repository whose settings say nothing of it."""

_MOST_OPEN = re.compile(r"^max_open_pull_requests:[ \t]*(\d+)[ \t]*(?:#.*)?$", re.MULTILINE)
_DIGEST_TITLE = re.compile(r"Nightshift: the night of (\d{4}-\d{2}-\d{2})")
_DIGEST_TAG = re.compile(r"<!-- nightshift:digest [^<>]+ -->\s*\Z")
_HEADLINE = re.compile(r"\*\*[^*\n]+\*\*(?: \S.*)?")
_STEP = re.compile(r"(\d+)\. \S.*")
_MOST_STEPS = 4  # the headline and these are the first five lines

_QUESTION = re.compile(r"^[> ]*(\d+)\. .*\S", re.MULTILINE)
_A_DRAFT = re.compile(r"/pull/(\d+)\), a draft\b")
_DAY = 24 * 60 * 60  # seconds


def digest_label(prefix: str) -> str:
    """The label of the issue that tells what a night came to. `prefix`: the trigger label."""
    return f"{prefix}:{DIGEST_LABEL_WORD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDigest:
    """`night`: the day on which it began, as the title has it. `first`: the first lines of the text."""

    night: str
    first: tuple[str, ...]


def read_digest(title: str, body: str) -> StatedDigest | None:
    """None if the issue has not the form of a digest: a headline in bold, at most four numbered steps, then an empty
    line, and the hidden tag at the end."""
    night, lines = _DIGEST_TITLE.fullmatch(title), body.splitlines()
    first = lines[: lines.index("")] if "" in lines else lines
    if night is None or _DIGEST_TAG.search(body) is None or not first or not _HEADLINE.fullmatch(first[0]):
        return None
    steps = [_STEP.fullmatch(line) for line in first[1:]]
    numbers = [int(step[1]) for step in steps if step is not None]
    is_numbered = len(numbers) == len(steps) <= _MOST_STEPS and numbers == list(range(1, len(steps) + 1))
    return StatedDigest(night=night[1], first=tuple(first)) if is_numbered else None


def most_open(settings: str) -> int:
    """How many pull requests of the bot may be open in a repository with this file of settings, empty for none."""
    found = _MOST_OPEN.search(settings)
    return int(found[1]) if found else MOST_OPEN


def has_questions(record: Mapping[str, Any]) -> bool:
    """Whether the hidden block of a status comment says that Claude's questions wait for answers."""
    return record.get("state") == "failed" and record.get("failure") == "needs_info"


def asks_numbered_questions(comment: str) -> bool:
    """Whether a status comment has questions that are counted from 1."""
    numbers = [int(number) for number in _QUESTION.findall(comment)]
    return bool(numbers) and numbers == list(range(1, len(numbers) + 1))


def names_draft(comment: str, number: int) -> bool:
    """Whether a status comment of a task that failed says that its work is in this draft."""
    return str(number) in _A_DRAFT.findall(comment)


def may_be_removed(*, merged: bool, closed_for: float | None, by_people: bool, is_needed: bool) -> bool | None:
    """Whether the bot has to remove the branch of a pull request: True at once, False not, None for either.
    `closed_for`: seconds since it was closed unmerged, None while it is open; `by_people`: a person committed to the
    branch; `is_needed`: an open pull request begins there or is to be merged into it."""
    if by_people or is_needed or (not merged and (closed_for is None or closed_for < _DAY)):
        return False
    return True if merged else None
