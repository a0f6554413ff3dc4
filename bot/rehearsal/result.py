"""What came of a night: the figures of each task, and what was not as expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.core.checks import CheckStanding
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Guards, State, Task
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """One task at the night's end. `overhead_seconds`: what its attempts took beyond the Claude process itself."""

    issue: IssueRef
    title: str
    state: State
    failure: FailureKind | None
    pull_request: int | None
    attempts: int
    turns: int
    cost_usd: float
    seconds: float
    overhead_seconds: float
    guards: Guards
    verdict: CheckStanding | None = None
    newly_failing: str = ""  # which checks and tests, where that is the failure

    def as_json(self) -> dict[str, Any]:
        return {
            "repository": self.issue.repository,
            "issue": self.issue.number,
            "state": str(self.state),
            "failure": str(self.failure) if self.failure else None,
            "branch": branch_of(self.issue.number),
            "pull_request": self.pull_request,
            "verdict": str(self.verdict) if self.verdict else None,
            "newly_failing": self.newly_failing or None,
            "attempts": self.attempts,
            "turns": self.turns,
            "cost_usd": round(self.cost_usd, 6),
            "seconds": round(self.seconds, 3),
            "overhead_seconds": round(self.overhead_seconds, 3),
            "guards": asdict(self.guards),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to look at something: `what` is `octo/clock#3` or the like."""

    what: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """A whole night. It went as expected if nothing is in `unexpected`."""

    seconds: float
    tasks: tuple[TaskResult, ...]
    requests: int
    comments: int
    pull_requests: int
    unexpected: tuple[str, ...]
    mails: tuple[Mail, ...] = ()  # to people, for what the bot did
    addresses: tuple[Address, ...] = ()
    digest: tuple[str, ...] = ()  # the first lines of what `nightshift digest` prints at its end

    @property
    def ok(self) -> bool:
        return not self.unexpected

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "tasks": [task.as_json() for task in self.tasks],
            "github": {"requests": self.requests, "comments": self.comments, "pull_requests": self.pull_requests},
            "notified": [
                {"person": mail.login, "where": f"{mail.repository}#{mail.number}", "reason": mail.reason}
                | {"event": mail.event}
                for mail in self.mails
            ],
            "digest": list(self.digest),
            "unexpected": list(self.unexpected),
        }


def sum_up(task: Task, attempts: Sequence[Attempt]) -> TaskResult:
    """The task's figures, all its attempts together."""
    return TaskResult(
        issue=task.issue,
        title=task.snapshot.title,
        state=task.state,
        failure=task.failure,
        pull_request=task.pull_request,
        attempts=len(attempts),
        turns=sum(attempt.turns for attempt in attempts),
        cost_usd=sum(attempt.cost_usd for attempt in attempts),
        seconds=sum(attempt.seconds for attempt in attempts),
        overhead_seconds=sum(max(0.0, attempt.seconds - attempt.claude_seconds) for attempt in attempts),
        guards=Guards(
            asked=sum(attempt.guards.asked for attempt in attempts),
            granted=sum(attempt.guards.granted for attempt in attempts),
            refused=sum(attempt.guards.refused for attempt in attempts),
        ),
        verdict=task.verdict.standing if task.verdict is not None else None,
        newly_failing=task.detail if task.failure is FailureKind.VERIFICATION_FAILED else "",
    )
