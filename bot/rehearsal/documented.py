"""What people see of Nightshift on GitHub, as its documentation says it, written down by hand.

The judge of a rehearsed night compares GitHub with this, and with nothing of the bot: a judge that asked the bot what
is right would find every mistake right. So this module imports nothing of `bot`; `tests/rehearsal/test_documented.py`
compares the two, and fails where either has changed alone. docs/rehearsal.md has the forms in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TRIGGER_LABEL = "auto"

STATES = ("queued", "running", "in_review", "done", "failed", "no_change", "cancelled", "closed")

COMMANDS = ("/retry", "/go", "/revise", "/say", "/allow", "/cancel", "/status", "/help")
ACKNOWLEDGED = "eyes"  # GitHub's name for 👀
WRITING_ROLES = ("write", "maintain", "admin")

CLOSING_KEYWORDS = ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")

# Whose turn it is. A merged pull request closes the issue, which then has none of them.
_LABEL_OF_STATE = {
    "queued": "queued",
    "running": "running",
    "in_review": "review",
    "failed": "failed",
    "no_change": "nothing-to-do",
    "cancelled": "cancelled",
    "closed": "cancelled",
}
_WAITING_LABEL, _QUESTION_LABEL, _QUESTIONS = "waiting", "question", "needs_info"
_ANSWERED_LABEL = "answered"
_FORMER_LABEL = "blocked"  # of earlier versions

# What the checks said of a change, as the status comment's record spells it. A pull request begins it with a capital.
STANDINGS = ("verified", "not verified", "fails as before")
_VERDICT_LABEL = {"verified": "verified", "not verified": "not-verified", "fails as before": "fails-as-before"}
_WAITS = "**Nightshift**: waits"
# The comments that notify a person: one that mentions them, or says why none is mentioned; and what becomes of it.
_YOUR_TURN = re.compile(r"@([A-Za-z0-9_-]+), it is your turn(?:, or the operator's)?: \S.*")
_NO_ONES_TURN = re.compile(
    r"It is the turn of (?:a maintainer|the operator|the issue's author): \S.* No person is mentioned, because \S.*"
)
_TURN_IS_OVER = re.compile(r"No action is needed any more: \S.*")
_ANSWERED = "the questions about this issue are answered"
_TURNS_OF_AUTHORS = ("needs_info", "prompt_too_long", "dependency_cycle")
_RESTS = ("in_review", "failed")

_STATUS_HEADLINE = re.compile(r"\*\*Nightshift\*\*: \S.*")
_STATUS_RECORD = re.compile(r"<!-- nightshift:status (\{.*\}) -->\s*\Z")
_MARKER = "<!-- nightshift:"
_ANSWERED_REVIEW = re.compile(r"<!-- nightshift:reply review:(\d+) -->\s*\Z")
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_NEXT = re.compile(r"^\*\*Next\*\* \([^()]+\): .*\S", re.MULTILINE)

# Columns of a row of the record's `rows`, one row for each attempt.
_REFUSED = 10

_CODE = re.compile(r"(`+).*?\1", re.DOTALL)  # GitHub shows it, and closes nothing for it
_CLOSES = re.compile(
    rf"(?<![\w-])(?:{'|'.join(CLOSING_KEYWORDS)}):?\s+"
    r"(?:([\w.-]+/[\w.-]+)?#|gh-|https?://[^/\s]+/([\w.-]+/[\w.-]+)/(?:issues|pull)/)(\d+)",
    re.IGNORECASE,
)


def branch_of(number: int) -> str:
    """The branch that the bot owns for an issue."""
    return f"auto/{number}"


def state_label(
    state: str, *, failure: str | None = None, waits: bool = False, is_answered: bool = False, prefix: str
) -> str | None:
    """The one state label of an issue, None for none. `waits`: its status comment says so; `is_answered`: a comment
    says so of its questions; `prefix`: the trigger label."""
    if state == "queued" and waits:
        return f"{prefix}:{_WAITING_LABEL}"
    if state == "failed" and failure == _QUESTIONS:
        return f"{prefix}:{_ANSWERED_LABEL if is_answered else _QUESTION_LABEL}"
    return f"{prefix}:{_LABEL_OF_STATE[state]}" if state in _LABEL_OF_STATE else None


def state_labels(prefix: str) -> frozenset[str]:
    """All labels that tell a state, of which an issue has at most one."""
    words = {*_LABEL_OF_STATE.values(), _WAITING_LABEL, _QUESTION_LABEL, _ANSWERED_LABEL, _FORMER_LABEL}
    return frozenset(f"{prefix}:{word}" for word in words)


def says_it_waits(comment: str) -> bool:
    """Whether the headline of a status comment says that the task waits: for other issues, for a later time, or for
    the end of a pause."""
    return comment.startswith(_WAITS)


def verdict_label(standing: str, *, prefix: str) -> str:
    """The label beside the state label of an issue in review. `standing`: one of STANDINGS."""
    return f"{prefix}:{_VERDICT_LABEL[standing]}"


def verdict_labels(prefix: str) -> frozenset[str]:
    return frozenset(f"{prefix}:{word}" for word in _VERDICT_LABEL.values())


def recorded_standing(record: Mapping[str, Any]) -> str | None:
    """The standing of the change in review; None where the record of a status comment has none."""
    verdict = record.get("verdict")
    standing = verdict.get("standing") if isinstance(verdict, dict) else None
    return standing if standing in STANDINGS else None


def begins_with_verdict(comment: str, standing: str) -> bool:
    """Whether the headline of a status comment says the standing first."""
    return comment.startswith(f"**Nightshift**: {standing}, ")


def find_command(comment: str) -> str | None:
    """The first line that is a command, such as `/retry turns=20`; None without one."""
    lines = map(str.strip, comment.splitlines())
    return next((line for line in lines if line.split(" ")[0].rstrip(".,:;!?…") in COMMANDS), None)


def find_answered_review(comment: str) -> int | None:
    """The review that a comment of the bot on a pull request answers, as its hidden block says; None if it answers
    none. GitHub has no reactions to reviews."""
    found = _ANSWERED_REVIEW.search(comment)
    return int(found[1]) if found else None


def needs_answer(line: str) -> bool:
    """Whether a command in a review is answered by a comment. What `/cancel` did, the status comment shows."""
    return line.split(" ", maxsplit=1)[0] != "/cancel"


def has_status_shape(comment: str) -> bool:
    """Whether a comment of the bot is a status comment, by what people see of it: a headline in a paragraph by itself,
    and more under it. Answers to commands are one paragraph, or begin otherwise. Hidden blocks do not count."""
    paragraphs = re.split(r"\n\s*\n", _HIDDEN.sub("", comment).strip())
    return len(paragraphs) > 1 and _STATUS_HEADLINE.fullmatch(paragraphs[0]) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTurn:
    """A comment that notifies a person. `login`: who is mentioned, None for no person; `is_over`: the task went on;
    `is_answered`: its questions are answered, so that it is the turn of who confirms them."""

    login: str | None
    is_over: bool
    is_answered: bool = False


def read_notice(comment: str) -> StatedTurn | None:
    """None if the comment of the bot is no notice: one paragraph in one of the three forms. Hidden blocks do not
    count."""
    text = _HIDDEN.sub("", comment).strip()
    if (found := _YOUR_TURN.fullmatch(text)) is not None:
        return StatedTurn(login=found[1], is_over=False, is_answered=_ANSWERED in text)
    if _NO_ONES_TURN.fullmatch(text):
        return StatedTurn(login=None, is_over=False, is_answered=_ANSWERED in text)
    return StatedTurn(login=None, is_over=True) if _TURN_IS_OVER.fullmatch(text) else None


def needs_a_person(state: str) -> bool:
    """Whether a task in that state goes on only after a person acted, who is notified."""
    return state in _RESTS


def waits_for_go(record: Mapping[str, Any]) -> bool:
    """Whether a record says that its issue starts only once a person has accepted it as it is, who is notified."""
    return record.get("state") == "queued" and record.get("lint") == "waits"


def whose_turn(failure: str | None, *, author: str, approver: str) -> str:
    """The login of the person to mention: the issue's author where they have to answer or to change the issue."""
    return author if failure in _TURNS_OF_AUTHORS else approver


def may_be_login(name: str) -> bool:
    """Whether a person can be called so: the operator's name has a space, a bot's brackets."""
    return re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None


def tells_what_is_next(comment: str) -> bool:
    """Whether it says whose turn it is, and what that person can do: `**Next** (a maintainer): review #4.`"""
    return _NEXT.search(comment) is not None


def read_record(comment: str) -> Mapping[str, Any] | None:
    """The hidden block at the end of a status comment: one HTML comment with one JSON object. None if there is none,
    more than one, or it cannot be read."""
    found = _STATUS_RECORD.search(comment)
    if found is None or comment.count(_MARKER) != 1:
        return None
    try:
        record = json.loads(found[1])
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def find_blockers(comment: str) -> Iterator[tuple[str, int]]:
    """Repository and number of each issue that the task waited for, by its record."""
    record = read_record(comment) or {}
    for name, _ in record.get("blockers", ()):
        repository, _, number = str(name).rpartition("#")
        yield repository, int(number)


def waits_for_others(record: Mapping[str, Any]) -> bool:
    """Whether a record says that a blocker of its issue is not met yet: `blockers` holds pairs of issue and met."""
    return any(not met for _, met in record.get("blockers", ()))


def count_refusals(record: Mapping[str, Any]) -> int:
    """How many calls the gate has refused in all attempts of a record."""
    return sum(int(row[_REFUSED]) for row in record.get("rows", ()))


def find_closed_issues(text: str) -> Iterator[tuple[str, int]]:
    """Each issue that a merge with this text closes, as repository (empty: the same) and number."""
    for found in _CLOSES.finditer(_CODE.sub("", text)):
        yield found[1] or found[2] or "", int(found[3])
