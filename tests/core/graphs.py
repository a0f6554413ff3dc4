"""Tasks that wait for each other, for the tests of what is drawn of them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Snapshot, State, Task

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HIDDEN = IssueRef("octo/clock", 2**31 - 1)


def ref(number: int, repository: str = "octo/clock") -> IssueRef:
    return IssueRef(repository, number)


def task(number: int, state: State = State.QUEUED, *blockers: IssueRef, title: str = "x") -> Task:
    return Task(
        id=number,
        issue=ref(number),
        state=state,
        snapshot=Snapshot(title=title, body=""),
        blockers=tuple(Blocker(issue=each) for each in blockers),
        pull_request=100 + number if state is State.IN_REVIEW else None,
        created_at=NOW,
        updated_at=NOW,
    )
