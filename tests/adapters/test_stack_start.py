"""From which commit the work of a task starts that waited for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.git import Author, Mirror
from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Priority, Snapshot, State, Task
from bot.steps.stack_start import Start, find_start
from tests.git_host import GitHost, commit_files

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REPOSITORY = "octo/tools"
AUTHOR = Author(name="Nightshift", email="bot@example.com")


@pytest.fixture
def store(ledger_url: str) -> Iterator[Store]:
    with closing(Store.open(ledger_url)) as store:
        yield store


def enqueue(store: Store, number: int, *blockers: int) -> Task:
    with store.transaction() as ledger:
        return ledger.tasks.enqueue(
            IssueRef(REPOSITORY, number),
            snapshot=Snapshot(title="", body=""),
            blockers=[Blocker(issue=IssueRef(REPOSITORY, each), met=True) for each in blockers],
            priority=Priority.NORMAL,
            now=NOW,
        )


def start(store: Store, mirror: Mirror, task: Task, read: str) -> str:
    default = Start(branch="main", newest=read)
    return find_start(store, task, mirror, default, author=AUTHOR, moves=True).newest


@pytest.mark.parametrize("state", [State.DONE, State.IN_REVIEW])
def test_a_blocker_that_is_merged_while_the_work_begins_is_in_it(
    store: Store, mirror: Mirror, git_host: GitHost, state: State
) -> None:
    """The default branch was read before the merge. The branch of the blocker is gone by now, whether the ledger knows
    why or not yet."""
    blocker = enqueue(store, 1)
    with store.transaction() as ledger:
        ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=1)
        ledger.tasks.move(blocker.id, State.RUNNING, State.IN_REVIEW, now=NOW, pull_request=4)
        if state is State.DONE:
            ledger.tasks.move(blocker.id, State.IN_REVIEW, State.DONE, now=NOW)
    task, alone = enqueue(store, 2, 1), enqueue(store, 3)
    read = mirror.live_head("main")
    assert read is not None
    merged = commit_files(git_host.root / f"{REPOSITORY}.git", "main", {"blocker.py": "x = 1\n"}, "Merge")

    assert start(store, mirror, task, read) == merged
    assert mirror.files(merged).read("blocker.py", limit=100) == b"x = 1\n"
    assert start(store, mirror, alone, read) == read
