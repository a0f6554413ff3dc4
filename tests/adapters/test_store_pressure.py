"""A repository with as many open pull requests as it may have starts no task that would open another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.pressure import OpenPulls
from bot.core.revision import Revision
from bot.core.tasks import Priority, State, Task
from tests.adapters.claims import LEASE, NOW, claim, enqueue


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def published(ledger: Ledger, name: str, number: int) -> Task:
    """A task with an open pull request."""
    task = enqueue(ledger, name, Priority.HIGH)
    found = claim(ledger, per_repository=9)
    assert found is not None
    assert found.task.id == task.id
    assert ledger.tasks.move(task.id, State.RUNNING, State.IN_REVIEW, now=NOW, pull_request=number)
    return task


def revised(ledger: Ledger, task: Task, number: int) -> None:
    ledger.tasks.move(task.id, State.IN_REVIEW, State.QUEUED, now=NOW)
    ledger.revisions.keep(task.id, Revision(pull_request=number, by="ada", at=NOW))


def next_title(ledger: Ledger, per_repository: int = 9) -> str | None:
    found = ledger.claims.claim(
        worker="w", now=NOW, lease=LEASE, per_repository=per_repository, full=ledger.pressure.full()
    )
    return None if found is None else found.task.snapshot.title


def test_pull_requests_in_review_and_tasks_at_work_count(ledger: Ledger) -> None:
    ledger.pressure.keep_limit("octo/a", 2)
    published(ledger, "a#1", 11)
    enqueue(ledger, "a#2")
    enqueue(ledger, "a#3")
    enqueue(ledger, "b#4")

    assert [next_title(ledger) for _ in range(3)] == ["a#2", "b#4", None]
    assert ledger.pressure.open_pulls("octo/a") == OpenPulls(pulls=1, running=1, limit=2)
    assert ledger.pressure.full() == {"octo/a", "octo/b"}, "of b no limit was read yet"


@pytest.mark.parametrize("end", [State.DONE, State.CLOSED])
def test_a_merged_or_closed_pull_request_makes_place(ledger: Ledger, end: State) -> None:
    ledger.pressure.keep_limit("octo/a", 1)
    first = published(ledger, "a#1", 11)
    enqueue(ledger, "a#2")
    assert next_title(ledger) is None

    ledger.tasks.move(first.id, State.IN_REVIEW, end, now=NOW)

    assert next_title(ledger) == "a#2"


@pytest.mark.parametrize("end", [State.NO_CHANGE, State.FAILED, State.QUEUED, State.CANCELLED])
def test_an_attempt_that_opens_none_makes_place(ledger: Ledger, end: State) -> None:
    ledger.pressure.keep_limit("octo/a", 1)
    first = enqueue(ledger, "a#1")
    assert next_title(ledger) == "a#1"
    enqueue(ledger, "a#2", Priority.HIGH)
    assert next_title(ledger) is None

    failure = FailureKind.STALLED if end is State.FAILED else None
    ledger.tasks.move(first.id, State.RUNNING, end, now=NOW, failure=failure)

    assert next_title(ledger) == "a#2"


def test_a_revision_adds_no_pull_request_and_runs_all_the_same(ledger: Ledger) -> None:
    """Also where it came last: what people asked for of an open pull request is how the number of them falls."""
    ledger.pressure.keep_limit("octo/a", 2)
    first = published(ledger, "a#1", 11)
    published(ledger, "a#2", 12)
    enqueue(ledger, "a#3", Priority.HIGH)
    revised(ledger, first, 11)
    assert ledger.pressure.open_pulls("octo/a").pulls == 2

    assert next_title(ledger) == "a#1"
    assert ledger.pressure.open_pulls("octo/a") == OpenPulls(pulls=2, running=0, limit=2)
    assert next_title(ledger) is None


def test_a_revision_in_a_full_repository_still_keeps_to_the_other_limits(ledger: Ledger) -> None:
    ledger.pressure.keep_limit("octo/a", 2)
    first, second = published(ledger, "a#1", 11), published(ledger, "a#2", 12)
    revised(ledger, first, 11)
    revised(ledger, second, 12)

    assert next_title(ledger, per_repository=1) == "a#1"
    assert next_title(ledger, per_repository=1) is None


def test_a_limit_that_was_lowered_counts_at_once(ledger: Ledger) -> None:
    ledger.pressure.keep_limit("octo/a", 5)
    published(ledger, "a#1", 11)
    enqueue(ledger, "a#2")
    ledger.pressure.keep_limit("octo/a", 1)
    assert next_title(ledger) is None
    assert ledger.pressure.nearly_full() == {"octo/a": 0}

    ledger.pressure.keep_limit("octo/a", 3)
    assert ledger.pressure.nearly_full() == {}
    assert next_title(ledger) == "a#2"
