"""Holds what the simulated GitHub shows at the night's end against what the scenario expects of it.

GitHub is asked: the ledger only for what GitHub cannot show (attempts, what the gate refused), and it has to agree with
what GitHub shows. What no scenario needs to ask for is asked of every issue: one status comment, one state label, no
word too many.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.labels import LabelSet
from bot.core.messages import STATUS_TAG, read_status
from bot.core.references import IssueRef, parse_issue
from bot.core.tasks import Blocker, Snapshot, State, Task
from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.outcome import Outcome
from bot.rehearsal.scenario import Expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What GitHub shows of one issue: the bot's comments on it, the pull requests of its branch, the branch's files
    (None: no such branch)."""

    issue: Issue
    comments: tuple[str, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    files: Mapping[str, bytes] | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        return tuple(body for body in self.comments if STATUS_TAG in body)

    @property
    def record(self) -> dict[str, Any] | None:
        """What the hidden block of its one status comment says; None if there is not one, or it cannot be read."""
        return read_status(self.statuses[0]) if len(self.statuses) == 1 else None

    @property
    def replies(self) -> tuple[str, ...]:
        return tuple(body for body in self.comments if STATUS_TAG not in body)


def unexpected(
    expect: Expect, seen: Seen, task: Task | None, outcome: Outcome | None, labels: LabelSet
) -> Iterator[str]:
    """Everything about one issue that is not as it should be, as sentences without the issue's name."""
    yield from _replies(expect, seen)
    if not expect.task:
        yield from _untouched(seen, task)
    elif task is None and not seen.statuses:
        yield "it did not become a task"
    else:
        yield from _status(expect, seen, task)
        yield from _label(expect, seen, labels)
        yield from _pull_request(expect, seen)
        yield from _files(expect, seen)
        yield from _ledger(expect, seen, task)
        yield from _figures(expect, outcome)


def _untouched(seen: Seen, task: Task | None) -> Iterator[str]:
    if task is not None:
        yield f"it became a task, which is {task.state}"
    if seen.statuses or seen.pull_requests or seen.files is not None:
        yield "it was to be left alone, but has a status comment, a branch or a pull request"


def _status(expect: Expect, seen: Seen, task: Task | None) -> Iterator[str]:
    """`task` tells why something failed, since the hidden block has only the kind."""
    if len(seen.statuses) != 1:
        yield f"expected one status comment, found {len(seen.statuses)}"
    elif seen.record is None:
        yield "the hidden block of its status comment cannot be read"
    else:
        yield from _end(expect, seen.record, _start(task.detail) if task else "")
    for text in expect.comment:
        if not any(text in status for status in seen.statuses):
            yield f"its status comment does not say {text!r}"


def _end(expect: Expect, record: Mapping[str, Any], detail: str) -> Iterator[str]:
    state, failure = record.get("state"), record.get("failure")
    if state != expect.state:
        why = f" ({failure}: {detail})" if failure else ""
        yield f"expected {expect.state}, found {state}{why}"
    elif failure != expect.failure and expect.failure is not None:
        yield f"expected {expect.failure}, found {failure}: {detail}"


def _label(expect: Expect, seen: Seen, labels: LabelSet) -> Iterator[str]:
    """The one that belongs to what the status comment says; where it says nothing, to what is expected."""
    wanted = {labels.state_label(_shown(expect, seen))} - {None}
    found = labels.states & set(seen.issue.labels)
    if found != wanted:
        yield f"expected the state label {_names(wanted)}, found {_names(found)}"


def _shown(expect: Expect, seen: Seen) -> Task:
    """The task as far as GitHub shows it."""
    record = seen.record or {}
    said = record.get("state")
    blockers = [(parse_issue(name), met) for name, met in record.get("blockers", ())]
    return Task(
        id=0,
        issue=IssueRef("", seen.issue.number),
        state=State(said) if said in list(State) else expect.state,
        snapshot=Snapshot(title=seen.issue.title, body=seen.issue.body or ""),
        blockers=tuple(Blocker(issue=issue, met=met) for issue, met in blockers if issue is not None),
        created_at=seen.issue.created_at,
        updated_at=seen.issue.updated_at,
    )


def _replies(expect: Expect, seen: Seen) -> Iterator[str]:
    for at, reply in enumerate(seen.replies):
        if at >= len(expect.replies):
            yield f"nobody expected the bot's comment {_start(reply)!r}"
        elif expect.replies[at] not in reply:
            yield f"the bot's comment {_start(reply)!r} does not say {expect.replies[at]!r}"
    for text in expect.replies[len(seen.replies) :]:
        yield f"the bot did not comment {text!r}"


def _pull_request(expect: Expect, seen: Seen) -> Iterator[str]:
    if len(seen.pull_requests) != int(expect.has_pull_request):
        wanted = "one pull request" if expect.has_pull_request else "no pull request"
        yield f"expected {wanted}, found {_names({f'#{pull.number}' for pull in seen.pull_requests})}"
    for pull in seen.pull_requests:
        if not _plain(seen.issue.title).startswith(_plain(pull.title).removesuffix("…")):
            yield f"pull request #{pull.number} is called {pull.title!r}, not {seen.issue.title!r}"
        if not re.search(rf"\bCloses #{seen.issue.number}\b", pull.body or ""):
            yield f"pull request #{pull.number} does not say that it closes #{seen.issue.number}"


def _files(expect: Expect, seen: Seen) -> Iterator[str]:
    if seen.files is None:
        if expect.files:
            yield "its branch was not pushed"
        return
    for path, content in expect.files.items():
        found = seen.files.get(path)
        if found != (None if content is None else content.encode()):
            yield f"{path} is not as expected: {_content(found)}"


def _ledger(expect: Expect, seen: Seen, task: Task | None) -> Iterator[str]:
    """The bot's own books must not say anything else than GitHub."""
    shown = (seen.record or {}).get("state", expect.state)
    if task is None:
        yield f"the ledger has no such task, which is {shown}"
    elif task.state != shown:
        why = f" ({task.failure}: {_start(task.detail)})" if task.failure else ""
        yield f"the ledger says {task.state}{why}, not {shown}"


def _figures(expect: Expect, outcome: Outcome | None) -> Iterator[str]:
    """What GitHub cannot show."""
    if outcome is None:
        return
    if expect.attempts not in (None, outcome.attempts):
        yield f"expected {expect.attempts} attempts, found {outcome.attempts}"
    if outcome.guards.refused < expect.refused:
        yield f"expected {expect.refused} refusals of the gate at least, found {outcome.guards.refused}"


def _plain(title: str) -> str:
    """A title as people see it: on one line, without characters that show nothing."""
    return " ".join("".join(char for char in title if char.isprintable() or char.isspace()).split())


def _content(found: bytes | None) -> str:
    return "it is not there" if found is None else f"it holds {_start(found.decode(errors='replace'))!r}"


def _names(names: Collection[str | None]) -> str:
    return ", ".join(sorted(map(str, names))) or "none"


def _start(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"  # noqa: PLR2004 - as much as a line bears
