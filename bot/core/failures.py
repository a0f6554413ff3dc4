"""Every way in which a task can fail: a closed list, each with whose turn it is, what is retried, and what to say.

A failure is data. An adapter raises `TaskFailed` with a kind; the runner records it; `bot.core.messages` prints
the kind's sentence. Programming errors stay ordinary exceptions and end in the worker's loop as `agent_crashed`
or `worker_lost`, never as something that looks understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    BRANCH_CONFLICT = "branch_conflict"
    COMPLETION_SIGNAL_MISSING = "completion_signal_missing"
    SESSION_TIMEOUT = "session_timeout"
    REPO_LOCKED = "repo_locked"
    REPO_MISSING = "repo_missing"
    WALL_CLOCK_TIMEOUT = "wall_clock_timeout"
    STALLED = "stalled"
    BUDGET_EXHAUSTED = "budget_exhausted"
    TASK_BLOCKED = "task_blocked"
    NEEDS_INFO = "needs_info"
    VERIFICATION_FAILED = "verification_failed"
    PROTECTED_PATH = "protected_path"
    SECRET_DETECTED = "secret_detected"  # noqa: S105 - the name of a failure, no secret
    DIFF_TOO_LARGE = "diff_too_large"
    GUARDS_UNPROVEN = "guards_unproven"
    SETUP_FAILED = "setup_failed"
    AGENT_CRASHED = "agent_crashed"
    AUTH_FAILED = "auth_failed"
    CREDIT_EXHAUSTED = "credit_exhausted"
    USAGE_LIMIT = "usage_limit"
    API_UNAVAILABLE = "api_unavailable"
    GITHUB_UNAVAILABLE = "github_unavailable"
    PROMPT_TOO_LONG = "prompt_too_long"
    PUSH_REJECTED = "push_rejected"
    PULL_REQUEST_REJECTED = "pull_request_rejected"
    DEPENDENCY_CYCLE = "dependency_cycle"
    SNAPSHOT_STALE = "snapshot_stale"
    WORKER_LOST = "worker_lost"
    CANCELLED = "cancelled"


class Turn(StrEnum):
    """Whose turn it is after a failure."""

    AUTHOR = "the issue's author"
    MAINTAINER = "a maintainer"
    OPERATOR = "whoever runs Nightshift"
    NIGHTSHIFT = "Nightshift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What happens by itself. `times` counts automatic retries after this kind; `pauses_queue` holds every other task
    back too, and only those ends count that something shows to be the task's own (`bot.core.holding_back`)."""

    times: int = 0
    after: timedelta = timedelta()
    pauses_queue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`turn`: who acts next; `sentence`: what happened, for the person; `next_step`: what to do, in one line."""

    turn: Turn
    sentence: str
    next_step: str
    retry: Retry = Retry()


@dataclass(eq=False)
class TaskFailed(Exception):
    """Raised by adapters and the runner to end an attempt. `detail` is evidence for the person (never a secret)."""

    kind: FailureKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


_RETRY = "comment `/retry`"
_PAUSE = Retry(times=3, after=timedelta(minutes=15), pauses_queue=True)

_POLICIES: dict[FailureKind, Policy] = {
    FailureKind.BRANCH_CONFLICT: Policy(
        turn=Turn.MAINTAINER,
        sentence="The branch holds a commit that Nightshift did not make, so nothing was overwritten.",
        next_step="rename or delete that branch, then comment `/retry`",
    ),
    FailureKind.COMPLETION_SIGNAL_MISSING: Policy(
        turn=Turn.MAINTAINER,
        sentence="The session ended without saying that it had finished, and left no commit to judge.",
        next_step=_RETRY,
        retry=Retry(times=1),
    ),
    FailureKind.SESSION_TIMEOUT: Policy(
        turn=Turn.MAINTAINER,
        sentence="The session used up its turns before it finished.",
        next_step="give it more turns, such as `/retry turns=40`, or split the issue",
    ),
    FailureKind.REPO_LOCKED: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="Another process held the repository's mirror for too long.",
        next_step="nothing: it is tried again by itself",
        retry=Retry(times=5, after=timedelta(minutes=1)),
    ),
    FailureKind.REPO_MISSING: Policy(
        turn=Turn.OPERATOR,
        sentence="The repository is gone, archived, empty, or not open to Nightshift.",
        next_step="restore it or give Nightshift access, then comment `/retry`",
    ),
    FailureKind.WALL_CLOCK_TIMEOUT: Policy(
        turn=Turn.MAINTAINER,
        sentence="The session ran past its time limit and was stopped.",
        next_step="split the issue, or raise SESSION_MINUTES and comment `/retry`",
    ),
    FailureKind.STALLED: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="The session showed no sign of life for too long and was stopped.",
        next_step=_RETRY,
        retry=Retry(times=1),
    ),
    FailureKind.BUDGET_EXHAUSTED: Policy(
        turn=Turn.MAINTAINER,
        sentence="The session used up its budget before it finished.",
        next_step="give it more, such as `/retry budget=10`, or split the issue",
    ),
    FailureKind.TASK_BLOCKED: Policy(
        turn=Turn.MAINTAINER,
        sentence="Claude says that it cannot do this as things stand.",
        next_step="clear what it names, then comment `/retry`",
    ),
    FailureKind.NEEDS_INFO: Policy(
        turn=Turn.AUTHOR,
        sentence="Claude needs answers before it can do this.",
        next_step="answer the questions in a comment, then comment `/retry`",
    ),
    FailureKind.VERIFICATION_FAILED: Policy(
        turn=Turn.MAINTAINER,
        sentence="The repository's own checks fail with this change and did not fail before it.",
        next_step="look at the failing checks, say in a comment what to heed, then comment `/retry`",
    ),
    FailureKind.PROTECTED_PATH: Policy(
        turn=Turn.MAINTAINER,
        sentence="The change touches files that only people may change, so it was not published.",
        next_step=(
            "apply the attached patch yourself; or reword the issue, or list the path under `flagged:` in "
            "`.github/nightshift.yml`, and comment `/retry`"
        ),
    ),
    FailureKind.SECRET_DETECTED: Policy(
        turn=Turn.MAINTAINER,
        sentence="The change holds what looks like a secret, so nothing was pushed.",
        next_step="see which file it names, then comment `/retry`",
    ),
    FailureKind.DIFF_TOO_LARGE: Policy(
        turn=Turn.MAINTAINER,
        sentence="The change is larger than the limits allow, so it was not published.",
        next_step="split the issue, then comment `/retry`",
    ),
    FailureKind.GUARDS_UNPROVEN: Policy(
        turn=Turn.OPERATOR,
        sentence="It could not be proven that the guards saw every step, so nothing was published.",
        next_step="run `nightshift doctor`, then comment `/retry`",
    ),
    FailureKind.SETUP_FAILED: Policy(
        turn=Turn.OPERATOR,
        sentence="The workspace or the session could not be set up.",
        next_step="run `nightshift doctor`, then comment `/retry`",
        retry=Retry(times=1, after=timedelta(minutes=1)),
    ),
    FailureKind.AGENT_CRASHED: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="Claude Code ended in a way that Nightshift does not understand.",
        next_step=_RETRY,
        retry=Retry(times=1, after=timedelta(minutes=1)),
    ),
    FailureKind.AUTH_FAILED: Policy(
        turn=Turn.OPERATOR,
        sentence="Claude refused Nightshift's credentials. The whole queue waits.",
        next_step="renew the credential; the queue then goes on by itself",
        retry=_PAUSE,
    ),
    FailureKind.CREDIT_EXHAUSTED: Policy(
        turn=Turn.OPERATOR,
        sentence="The Claude account has no credit left. The whole queue waits.",
        next_step="add credit; the queue then goes on by itself",
        retry=_PAUSE,
    ),
    FailureKind.USAGE_LIMIT: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="The Claude account has reached its usage limit. The whole queue waits until it resets.",
        next_step="nothing: the queue goes on by itself",
        retry=_PAUSE,
    ),
    FailureKind.API_UNAVAILABLE: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="Claude's API could not be reached or kept failing.",
        next_step=_RETRY,
        retry=Retry(times=10, after=timedelta(minutes=2)),
    ),
    FailureKind.GITHUB_UNAVAILABLE: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="GitHub could not be reached or kept failing.",
        next_step=_RETRY,
        retry=Retry(times=30, after=timedelta(minutes=1)),
    ),
    FailureKind.PROMPT_TOO_LONG: Policy(
        turn=Turn.AUTHOR,
        sentence="The issue, or what the session read for it, does not fit into the model's context.",
        next_step="shorten or split the issue, then comment `/retry fresh`",
    ),
    FailureKind.PUSH_REJECTED: Policy(
        turn=Turn.MAINTAINER,
        sentence="GitHub refused the push.",
        next_step="see GitHub's reason, mend the rule or the permission, then comment `/retry`",
    ),
    FailureKind.PULL_REQUEST_REJECTED: Policy(
        turn=Turn.MAINTAINER,
        sentence="The branch was pushed, but GitHub refused the pull request.",
        next_step="see GitHub's reason, mend it, then comment `/retry`",
    ),
    FailureKind.DEPENDENCY_CYCLE: Policy(
        turn=Turn.AUTHOR,
        sentence="These issues wait for each other in a circle.",
        next_step="take one `blocked by` out of an issue of the circle, then comment `/retry`",
    ),
    FailureKind.SNAPSHOT_STALE: Policy(
        turn=Turn.MAINTAINER,
        sentence="The issue changed after it was approved.",
        next_step="read it again, then comment `/retry` to approve what it says now",
    ),
    FailureKind.WORKER_LOST: Policy(
        turn=Turn.NIGHTSHIFT,
        sentence="The worker that ran this task went away.",
        next_step=_RETRY,
        retry=Retry(times=3),
    ),
    FailureKind.CANCELLED: Policy(
        turn=Turn.MAINTAINER,
        sentence="The task was cancelled.",
        next_step="put the label back on, or comment `/retry`",
    ),
}


def policy(kind: FailureKind) -> Policy:
    """Whose turn it is after a failure of this kind, what is retried, and what to say."""
    return _POLICIES[kind]
