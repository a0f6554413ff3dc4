"""Every way in which a task can fail: a closed list. What follows from each kind is in `bot.core.failure_policy`.

A failure is data: an adapter raises `TaskFailed`, the runner records it, and `bot.core.messages` shows the sentence of
its kind. Programming errors are not caught here: `bot/runner.py` and `bot/steps/error_boundary.py` record them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    BRANCH_CONFLICT = "branch_conflict"
    BRANCH_MOVED = "branch_moved"
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
    OPERATOR = "the operator"
    NIGHTSHIFT = "Nightshift"


@dataclass(eq=False)
class TaskFailed(Exception):
    """Raised by adapters and the runner to end an attempt. `detail` is evidence for the person (never a secret)."""

    kind: FailureKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)
