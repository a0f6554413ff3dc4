"""When a night without a server is over, and what it came to: `nightshift night`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.core.pauses import Cause, Pause

PASSES_TO_READ_ALL = 3
"""So often GitHub may fail to show a repository before the night goes on without it."""
_NEEDS_A_PERSON = frozenset({Cause.ACCOUNT, Cause.GITHUB})


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStanding:
    """What a worker knows after a round in which no step did anything, so that nothing could be started in it.

    `passes`: how many periodic passes are over. `all_read`: whether each repository was
    read. `claims`: whether starting a task was tried, which an error may put off. `running`: tasks, of any worker.
    `unread`: whether a delivery waits; `unsent`: whether a message is due, or will be soon.
    """

    passes: int
    all_read: bool
    claims: bool
    running: int
    unread: bool
    unsent: bool


def is_idle(standing: NightStanding) -> bool:
    """Whether nothing runs and nothing can be started now, and GitHub shows all that there is to say. What waits for a
    time, a pause, a person or another issue waits for a later night."""
    has_read = standing.passes >= (1 if standing.all_read else PASSES_TO_READ_ALL)
    return has_read and standing.claims and not (standing.running or standing.unread or standing.unsent)


class End(StrEnum):
    """Why a night ended."""

    IDLE = "idle"
    TIME = "time"
    STOPPED = "stopped"  # by a signal
    FAILED = "failed"  # host, ledger or GitHub could not be used


_SAYS = {
    End.IDLE: "nothing is left to start",
    End.TIME: "its time is over",
    End.STOPPED: "it was stopped",
    End.FAILED: "it could not go on",
}


@dataclass(slots=True, kw_only=True)
class NightResult:
    """`tasks`: rows as of `nightshift list --json`, of those with an attempt in this night, whose figures are this
    night's. `restored`: how many came back from GitHub. `waiting`: how many are queued; `unsent`: messages.
    `troubles`: a line for each thing that could not be run at all."""

    end: End
    minutes: float
    restored: int = 0
    tasks: Sequence[dict[str, Any]] = ()
    waiting: int = 0
    unsent: int = 0
    paused: str = ""
    troubles: list[str] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """A task that failed is no failure of the night: its issue says so."""
        return self.end is End.FAILED or bool(self.troubles)

    def as_json(self) -> dict[str, Any]:
        return {
            "ended": self.end.value,
            "minutes": round(self.minutes, 1),
            "restored": self.restored,
            "tasks": list(self.tasks),
            "waiting": self.waiting,
            "unsent": self.unsent,
            "paused": self.paused,
            "troubles": self.troubles,
        }

    def lines(self) -> list[str]:
        ran = [_describe(row) for row in self.tasks]
        paused = f"; the queue waits: {self.paused}" if self.paused else ""
        unsent = f"; {self.unsent} messages were not sent" if self.unsent else ""
        last = f"The night ended after {self.minutes:.0f} min: {_SAYS[self.end]}. Worked on: {len(ran)}."
        return [*ran, f"{last} Still queued: {self.waiting}{paused}{unsent}."]


def find_trouble(unread: Collection[str] | None, pause: Pause | None) -> list[str]:
    """What kept a night from running anything. `unread`: repositories that could not be read; None where not even
    their list was."""
    if unread is None:
        return ["GitHub did not show which repositories there are"]
    lines = [f"{repository}: GitHub did not show its issues" for repository in sorted(unread)]
    return lines + ([pause.reason] if pause is not None and pause.cause in _NEEDS_A_PERSON else [])


def _describe(row: dict[str, Any]) -> str:
    pull = f", pull request #{row['pull_request']}" if row["pull_request"] else ""
    failure = f", {row['failure']}" if row["failure"] else ""
    return (
        f"{row['repository']}#{row['issue']}: {row['state'].replace('_', ' ')}{failure}{pull}, ${row['cost_usd']:.2f}"
    )


def explain_unusable_token(token: str) -> str:
    """Why a night cannot run with this token; empty if it can. Those of workflows and of Apps begin with `ghs_`."""
    if not token.startswith("ghs_"):
        return ""
    return (
        "GITHUB_TOKEN is a workflow's own token, or an App's. GitHub starts no workflow for what is pushed with a "
        "workflow's own token, so that its pull requests would have no CI, and such a token has no account: give "
        "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE, or a personal access token"
    )
