"""A task: one labelled issue, and the table of moves between its states.

The table is the only authority on which move is allowed; the ledger moves a task with compare-and-set in SQL
against it (`bot.adapters.store`). Blocked and paused are derived, not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.core.failures import FailureKind
from bot.core.plan_windows import WindowUse
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    IN_REVIEW = "in_review"
    DONE = "done"
    FAILED = "failed"
    NO_CHANGE = "no_change"
    CANCELLED = "cancelled"
    CLOSED = "closed"


MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.IN_REVIEW, State.FAILED, State.NO_CHANGE, State.CANCELLED, State.QUEUED}),
    State.IN_REVIEW: frozenset({State.DONE, State.CLOSED, State.QUEUED, State.CANCELLED}),
    # A pull request of an earlier attempt may still be merged, and a closed one be opened again.
    State.FAILED: frozenset({State.QUEUED, State.CANCELLED, State.DONE}),
    State.NO_CHANGE: frozenset({State.QUEUED, State.DONE}),
    State.CANCELLED: frozenset({State.QUEUED, State.IN_REVIEW, State.DONE, State.CLOSED}),
    State.CLOSED: frozenset({State.QUEUED, State.IN_REVIEW, State.DONE}),
    State.DONE: frozenset({State.QUEUED}),
}

ACTIVE = frozenset({State.QUEUED, State.RUNNING})
FINISHED = frozenset({State.IN_REVIEW, State.NO_CHANGE})
MAY_BE_SHOWN = frozenset({State.QUEUED, State.RUNNING, State.IN_REVIEW, State.FAILED})
"""States in which the pull request of a task may be open."""
"""States after which no later session resumes the commits that an earlier one left; a revision of what is in review
continues its conversation."""


def may_move(source: State, target: State) -> bool:
    return target in MOVES[source]


class Priority(IntEnum):
    """Lower runs first."""

    HIGH = 0
    NORMAL = 1
    LOW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotComment:
    author: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotAnswer:
    """A reply of the issue's author to Claude's questions, which a person with write permission confirmed. `comment`:
    its number."""

    comment: int
    author: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The issue's text when a person with write permission approved it: the brief is made from this alone.

    `approved_at` is GitHub's time of the label, the comment or the reaction that approved it: the same one is followed
    once. `answers`: words of an author who may not write.
    """

    title: str
    body: str
    comments: tuple[SnapshotComment, ...] = ()
    answers: tuple[SnapshotAnswer, ...] = ()
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What `/retry turns=20 budget=5 model=opus fresh` asks for. None means: as configured. `allow`: the fingerprints
    of values that look like secrets and that `/allow` permits, for as long as there is the task."""

    turns: int | None = None
    budget_usd: float | None = None
    model: str | None = None
    fresh: bool = False
    allow: tuple[str, ...] = ()

    def with_allowed(self, before: Overrides) -> Overrides:
        """What was allowed before stays so."""
        return replace(self, allow=tuple(sorted({*self.allow, *before.allow})))


class Lint(StrEnum):
    """What became of the remarks on an issue (`bot.core.lint`)."""

    NONE = ""
    UNREAD = "unread"  # whether there are any is not known yet
    SAID = "said"
    WAITS = "waits"  # for `/go`
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """An issue that has to be dealt with first. `met`: its task is in review or done, or it was closed as completed."""

    issue: IssueRef
    met: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The number of calls that the gate judged in a session. asked == granted + refused."""

    asked: int = 0
    granted: int = 0
    refused: int = 0


class MergeReach(StrEnum):
    """How far a merge into the branch of another part brought the work."""

    BRANCH = "branch"
    """That branch, whose own pull request is not merged yet."""
    DEFAULT = "default"
    """The default branch: that pull request was merged after it."""
    LATE = "late"
    """That branch alone: its pull request had been merged before."""


@dataclass(frozen=True, slots=True)
class MergedInto:
    """A pull request was merged into the branch of this issue instead of the default branch."""

    issue: IssueRef
    reached: MergeReach


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One labelled issue as the ledger holds it. Times are aware, UTC."""

    id: int
    issue: IssueRef
    state: State
    snapshot: Snapshot
    priority: Priority = Priority.NORMAL
    blockers: tuple[Blocker, ...] = ()
    overrides: Overrides = Overrides()
    failure: FailureKind | None = None
    detail: str = ""  # evidence behind the failure, or the summary of what was done
    attempts: int = 0  # sessions started
    automatic_retries: int = 0  # since a person last asked for a run
    not_before: datetime | None = None
    pushed: str | None = None  # the commit that the bot itself last pushed to the branch
    claimed: str | None = None  # the commit at which its branch was created to show that it is worked on
    pull_request: int | None = None
    verdict: ShortVerdict | None = None  # on the change that was published last, None where none is on record
    fence: int = 0  # raised by each claim: a write under an older one changes nothing
    lint: Lint = Lint.NONE
    merged_into: MergedInto | None = None  # None: into the default branch, if it was merged
    path_seconds: int = 0  # of the work that begins with it, by `bot.core.critical_path`; 0: no issue waits for it
    created_at: datetime
    updated_at: datetime

    @property
    def unmet(self) -> tuple[IssueRef, ...]:
        return tuple(blocker.issue for blocker in self.blockers if not blocker.met)

    @property
    def blockers_here(self) -> tuple[IssueRef, ...]:
        """Those of the same repository, met or not."""
        return tuple(each.issue for each in self.blockers if each.issue.repository == self.issue.repository)

    @property
    def is_in_default_branch(self) -> bool:
        """Whether its work was merged there, by itself or with the branch of another part."""
        detour = self.merged_into
        return self.state is State.DONE and (detour is None or detour.reached is MergeReach.DEFAULT)

    @property
    def draft(self) -> int | None:
        """The pull request that shows the work of a failure. No person can take it for a change that is ready."""
        return self.pull_request if self.verdict is not None and self.verdict.failed is not None else None

    @property
    def is_in_cycle(self) -> bool:
        """Whether it failed because it waits for itself, over other issues or alone."""
        return self.state is State.FAILED and self.failure is FailureKind.DEPENDENCY_CYCLE

    @property
    def waits_for_go(self) -> bool:
        """Whether it starts only once a person has commented `/go`, or improved the issue."""
        return self.state is State.QUEUED and self.lint is Lint.WAITS

    @property
    def hears(self) -> bool:
        """Whether a session reads what people say: the one at work, or the next one of a task that was at work and goes
        on, such as after its worker or the ledger was lost."""
        return self.state is State.RUNNING or (self.state is State.QUEUED and self.attempts > 0)

    @property
    def hearing_attempt(self) -> int:
        """The number of the attempt whose sessions read it."""
        return self.attempts if self.state is State.RUNNING else self.attempts + 1


def waits_for_others(task: Task) -> bool:
    """Whether what it waits for matters now: in the queue, or out of it for as long as it waits for itself."""
    return task.is_in_cycle or task.state is State.QUEUED


def met_blockers(task: Task) -> tuple[Blocker, ...]:
    """Of a task whose pull request is open: what it builds on is there, and its revisions wait for no other issue."""
    return tuple(replace(each, met=True) for each in task.blockers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One session for a task, as it ended (or as far as it is known while `finished_at` is None)."""

    task_id: int
    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: State | None = None
    failure: FailureKind | None = None
    summary: str = ""  # in Claude's words: what was done, or as far as it got
    detail: str = ""  # evidence behind the failure
    completion: str = ""  # how the end was known: "structured", "words", "commits", or ""
    turns: int = 0
    turn_limit: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    claude_seconds: float = 0.0
    guards: Guards = Guards()
    refused_commands: tuple[str, ...] = ()
    commands: tuple[tuple[str, int | None], ...] = ()  # a shell command and its exit code, None where unknown
    questions: tuple[str, ...] = ()  # what the session asked people
    windows: tuple[WindowUse, ...] = ()  # how much of a subscription's was used meanwhile
    missing: str = ""  # which tools and services that the repository names the host lacks, once it has ended


class EventKind(StrEnum):
    QUEUED = "queued"  # a person asked for it, anew or again
    STARTED = "started"
    MOVED = "moved"
    RESTORED = "restored"  # from what GitHub holds
    APPROVED = "approved"  # again, as it is
    PRIORITIZED = "prioritized"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """Something that happened to a task. `source`: the state before, None for a new task; `actor`: a GitHub login,
    "the operator", or "nightshift"; `why`: a failure kind, or what was done on GitHub."""

    at: datetime
    kind: EventKind
    source: State | None
    target: State
    actor: str
    why: str
    details: Mapping[str, object]
