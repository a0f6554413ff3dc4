"""The state of a running attempt that its steps share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.adapters.claude import Session
from bot.adapters.git import Collected
from bot.core.public_verdict import PublicVerdict
from bot.core.said import Said
from bot.core.tasks import Attempt, Task
from bot.steps.lease import Lease
from bot.steps.sessions import with_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """The attempt whose sessions wrote what git has put on top of another base. `heads`: of the gate's log and of the
    relay's record, for each session."""

    attempt: Attempt
    heads: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Run:
    """`attempt` grows as more becomes known, so that a failure keeps its evidence. `folder` is the attempt's own.
    `publishes`: the commit that the pull request shows then. `is_rebased`: git made it, without a session;
    `maker`: out of whose work.
    `said`: what people said to its sessions.
    `unfinished`: the commits of proven sessions, which are still in the quarantine, for an attempt that fails;
    `unfinished_verdict`: where they were judged."""

    task: Task
    attempt: Attempt
    lease: Lease
    folder: Path
    budget_usd: float
    sessions: list[Session] = field(default_factory=list)
    publishes: str | None = None
    is_rebased: bool = False
    maker: Maker | None = None
    said: Sequence[Said] = ()
    unfinished: Collected | None = None
    unfinished_verdict: PublicVerdict | None = None

    @property
    def budget_left_usd(self) -> float:
        return self.budget_usd - self.attempt.cost_usd

    @property
    def resets_at(self) -> datetime | None:
        """When the usage limit that ended the last session is over."""
        return self.sessions[-1].result.resets_at if self.sessions else None

    def next_folder(self) -> Path:
        """For the next session: each has a separate one, because a later one must not trust what an earlier left."""
        return self.folder / f"session-{len(self.sessions) + 1}"

    def record(self, session: Session) -> None:
        self.sessions.append(session)
        self.attempt = with_session(self.attempt, session)

    def hide(self, values: Iterable[str]) -> None:
        """No text of the attempt repeats what was found to be a secret."""
        summary = self.attempt.summary
        for value in sorted(values, key=len, reverse=True):
            summary = summary.replace(value, "***")
        self.attempt = replace(self.attempt, summary=summary)

    def allow_turns(self, turns: int) -> None:
        self.attempt = replace(self.attempt, turn_limit=self.attempt.turn_limit + turns)
