"""Rebuilds a task from GitHub: from the hidden record, the issue and the pull request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.commands import Say, parse_command
from bot.core.facts import Actor, CommentFacts, PullRequestFacts
from bot.core.failure_policy import has_questions
from bot.core.failures import FailureKind
from bot.core.messages import pull_request_marker, read_verdict
from bot.core.messages.status_record import snapshot_digest
from bot.core.references import IssueRef
from bot.core.revision import NO_REPAIRS, Repairs
from bot.core.short_verdict import ShortVerdict
from bot.core.stacking import StackedOn
from bot.core.task_record import MOST_BLOCKERS, Record, read_short_verdict
from bot.core.tasks import Attempt, Blocker, Priority, Snapshot, State, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A task without an id of this ledger. `shows`: what its issue shows has to be brought up to date.
    `is_revised`: it waits for a revision of its pull request. `repairs`: those that Nightshift started. `below`: what
    its work stands on."""

    task: Task
    attempts: tuple[Attempt, ...] = ()
    shows: bool = False
    is_revised: bool = False
    repairs: Repairs = NO_REPAIRS
    below: StackedOn | None = None


def own_pull_request(
    pulls: Sequence[PullRequestFacts], issue: IssueRef, me: Actor, *, branch: str
) -> PullRequestFacts | None:
    """The bot's pull request for the issue, the newest: from its branch in the repository itself, by the bot, with its
    marker at the end. A fork may have a branch of that name, and anybody may type the marker."""
    marker = pull_request_marker(issue)
    for pull in pulls:
        ours = pull.same_repository and pull.author is not None and pull.author.id == me.id
        if ours and pull.head_branch == branch and pull.body.rstrip().endswith(marker):
            return pull
    return None


def rebuild_task(
    issue: IssueRef,
    record: Record | None,
    pull: PullRequestFacts | None,
    *,
    texts: Sequence[Snapshot],
    blockers: Sequence[Blocker],
    priority: Priority,
    now: datetime,
    unknown: Snapshot | None = None,
) -> Rebuilt | None:
    """The task, or None where nothing says that there was one.

    `texts`: what the issue says, in the ways in which it may have been approved, the present one last. `blockers` and
    `priority`: what the issue says now, for where there is no record. A pull request of which the record does not know
    is newer than the record. `unknown`: stands for an approved text that is not known; None for the present one.
    """
    if record is None:
        if pull is None:
            return None
        return _from_pull_request(issue, pull, text=unknown or texts[-1], blockers=blockers, priority=priority, now=now)
    text = next((each for each in texts if snapshot_digest(each) == record.snapshot), None)
    present = _find_present(record, pull, has_text=text is not None)
    return _from_record(
        issue,
        record,
        present,
        text=text or unknown or texts[-1],
        blockers=tuple(blockers) if needs_blockers(record) else record.blockers,
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """What a record comes to with what GitHub shows beside it. `shows` and `is_revised` as in `Rebuilt`."""

    state: State
    failure: FailureKind | None
    pull_request: int | None
    verdict: ShortVerdict | None
    shows: bool = False
    is_revised: bool = False


def _find_present(record: Record, pull: PullRequestFacts | None, *, has_text: bool) -> _Present:
    """`has_text`: whether the approved text is known."""
    recorded = _Present(
        state=record.state, failure=record.failure, pull_request=record.pull_request, verdict=record.verdict
    )
    if record.state not in {State.QUEUED, State.RUNNING}:
        return recorded
    if record.repaired and record.pull_request is not None:
        # Whether there is something to repair, the next pass decides.
        return replace(recorded, state=State.IN_REVIEW, failure=None, shows=True, is_revised=record.revised)
    if record.revised and record.pull_request is not None:
        # What is asked for is read from the pull request, and the issue's text is not the point.
        return replace(recorded, state=State.QUEUED, shows=True, is_revised=True)
    if pull is not None and record.pull_request is None:
        verdict = _verdict_of(pull)
        state, failure = _standing_of(verdict)
        return _Present(state=state, failure=failure, pull_request=pull.number, verdict=verdict, shows=True)
    if not has_text:
        return replace(recorded, state=State.FAILED, failure=FailureKind.SNAPSHOT_STALE, shows=True)
    # A worker that ran it had its lease from the lost ledger.
    return replace(recorded, state=State.QUEUED, shows=record.state is State.RUNNING)


def _from_record(
    issue: IssueRef,
    record: Record,
    present: _Present,
    *,
    text: Snapshot,
    blockers: tuple[Blocker, ...],
    now: datetime,
) -> Rebuilt:
    task = Task(
        id=0,
        issue=issue,
        state=present.state,
        snapshot=_read_approved(text, record),
        priority=record.priority,
        blockers=blockers,
        overrides=record.overrides,
        failure=present.failure,
        attempts=record.attempts,
        automatic_retries=record.automatic_retries,
        not_before=record.not_before if present.state is State.QUEUED else None,
        pushed=record.pushed,
        claimed=record.claimed,
        merged_into=record.merged_into if present.state is State.DONE else None,
        pull_request=present.pull_request,
        verdict=present.verdict,
        lint=record.lint,
        created_at=record.created_at or record.approved_at or now,
        updated_at=record.updated_at or now,
    )
    return Rebuilt(
        task=task,
        attempts=_with_questions(record),
        shows=present.shows,
        is_revised=present.is_revised,
        repairs=record.repairs,
        below=record.below,
    )


def _with_questions(record: Record) -> tuple[Attempt, ...]:
    """The questions are those of the last attempt that asked."""
    asked = max((row.number for row in record.rows if has_questions(row.failure)), default=None)
    return tuple(replace(row, questions=record.questions) if row.number == asked else row for row in record.rows)


def is_followed(
    comment: CommentFacts, status: CommentFacts | None, replies: Collection[str], record: Record | None
) -> bool:
    """A command that changed something was followed by an edit of the status comment, any other by an answer (their
    keys are `replies`). 👀 alone says only that it was read: what it changed was lost with the ledger. Lost as well are
    the words to a session that was at work."""
    if status is None or f"comment:{comment.id}" in replies:
        return True
    if record is not None and record.state is State.RUNNING and isinstance(parse_command(comment.body), Say):
        return record.updated_at is not None and comment.created_at < record.updated_at
    return comment.created_at <= (status.updated_at or status.created_at)


def needs_blockers(record: Record | None) -> bool:
    """Whether the blockers have to be read from the issue: a record holds the first 200."""
    return record is None or len(record.blockers) >= MOST_BLOCKERS


def is_ahead(record: Record, known: Task) -> bool:
    """Whether GitHub shows a later state than the ledger, as after a backup was restored. A ledger that knows
    of more attempts is not behind."""
    return record.attempts >= known.attempts and (
        (record.updated_at is not None and record.updated_at > known.updated_at)
        or record.attempts > known.attempts
        or (record.pull_request is not None and known.pull_request is None)
    )


def _from_pull_request(
    issue: IssueRef,
    pull: PullRequestFacts,
    *,
    text: Snapshot,
    blockers: Sequence[Blocker],
    priority: Priority,
    now: datetime,
) -> Rebuilt:
    """In review; the periodic pass moves it on where the pull request has ended meanwhile."""
    verdict = _verdict_of(pull)
    state, failure = _standing_of(verdict)
    task = Task(
        id=0,
        issue=issue,
        state=state,
        failure=failure,
        snapshot=text,
        priority=priority,
        blockers=tuple(blockers),
        attempts=1,
        pull_request=pull.number,
        verdict=verdict,
        created_at=now,
        updated_at=now,
    )
    return Rebuilt(task=task, shows=True)


def _verdict_of(pull: PullRequestFacts) -> ShortVerdict | None:
    return read_short_verdict(read_verdict(pull.body))


def _standing_of(verdict: ShortVerdict | None) -> tuple[State, FailureKind | None]:
    """Of a task whose pull request is newer than its record."""
    failed = verdict.failed if verdict is not None else None
    return (State.IN_REVIEW, None) if failed is None else (State.FAILED, failed)


def _read_approved(text: Snapshot, record: Record) -> Snapshot:
    return Snapshot(
        title=text.title,
        body=text.body,
        comments=text.comments,
        answers=text.answers,
        approved_by=record.approved_by,
        approved_at=record.approved_at,
    )


# -- fields
