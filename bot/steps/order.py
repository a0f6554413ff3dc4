"""What the ledger remembers of what came last to an issue, so that what is older and comes later is known as past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.effects import Commanded, Edited, Stopped
from bot.core.references import IssueRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """`edited_at`: when the text that waits was written. `stopped_at`: when the label went, or the issue was closed.
    `command`: the number of the comment whose `/retry` or `/cancel` was followed; `cancelled_at`: if it was `/cancel`.
    """

    edited_at: datetime | None = None
    stopped_at: datetime | None = None
    command: int = 0
    cancelled_at: datetime | None = None


def latest(ledger: Ledger, issue: IssueRef) -> Latest:
    command, _, cancelled = (ledger.memory.recall(_commanded(issue)) or "0").partition(" ")
    return Latest(
        edited_at=_moment(ledger.memory.recall(_edited(issue))),
        stopped_at=_moment(ledger.memory.recall(_stopped(issue))),
        command=int(command),
        cancelled_at=_moment(cancelled),
    )


def keep_order(effect: Edited | Stopped | Commanded, ledger: Ledger) -> None:
    known = latest(ledger, effect.issue)
    match effect:
        case Edited():
            _keep(ledger, _edited(effect.issue), known.edited_at, effect.at)
        case Stopped():
            _keep(ledger, _stopped(effect.issue), known.stopped_at, effect.at)
        case Commanded() if effect.comment > known.command:
            at = f" {effect.at.isoformat()}" if effect.cancels else ""
            ledger.memory.remember(_commanded(effect.issue), f"{effect.comment}{at}")


def _keep(ledger: Ledger, key: str, known: datetime | None, at: datetime) -> None:
    if known is None or known < at:
        ledger.memory.remember(key, at.isoformat())


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _edited(issue: IssueRef) -> str:
    return f"edited:{issue}"


def _stopped(issue: IssueRef) -> str:
    return f"stopped:{issue}"


def _commanded(issue: IssueRef) -> str:
    return f"commanded:{issue}"
