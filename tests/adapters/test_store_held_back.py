"""Tasks of one repository that are likely to change one file do not run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.holding_back import Behind
from bot.core.pressure import SharesFile
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, SnapshotComment, State, Task
from tests.adapters.claims import LEASE, NOW


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        ledger.pressure.keep_limit("octo/a", 100)
        yield ledger


def queue(ledger: Ledger, number: int, body: str, *, repository: str = "octo/a", comment: str = "") -> Task:
    comments = (SnapshotComment(author="ada", body=comment),) if comment else ()
    snapshot = Snapshot(title=f"Task {number}", body=body, comments=comments)
    issue = IssueRef(repository, number)
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)


def claimed(ledger: Ledger, **more: object) -> list[int]:
    """The numbers of what is claimed until nothing more may run."""
    numbers = []
    terms = {"worker": "w", "now": NOW, "lease": LEASE, "per_repository": 9} | more
    while (one := ledger.claims.claim(**terms)) is not None:  # type: ignore[arg-type]
        numbers.append(one.task.issue.number)
    return numbers


def test_the_next_task_that_fits_runs_instead(ledger: Ledger) -> None:
    first = queue(ledger, 1, "Fix shop/cart.py")
    second = queue(ledger, 2, "Round in `cart.py`")
    queue(ledger, 3, "Fix order.py")
    queue(ledger, 4, "Something else", comment="It is in tests/test_cart.py")

    assert claimed(ledger) == [1, 3]
    assert ledger.pressure.hold(second, 1) == SharesFile(first.issue, "cart.py")

    ledger.tasks.move(first.id, State.RUNNING, State.IN_REVIEW, now=NOW, pull_request=9)
    assert ledger.pressure.hold(second, 1) is None
    assert claimed(ledger) == [2]


def test_other_repositories_have_other_files(ledger: Ledger) -> None:
    queue(ledger, 1, "Fix cart.py")
    ledger.pressure.keep_limit("octo/b", 100)
    queue(ledger, 2, "Fix cart.py", repository="octo/b")
    assert claimed(ledger) == [1, 2]


def test_a_task_behind_others_is_held_back_as_well(ledger: Ledger) -> None:
    queue(ledger, 1, "Fix cart.py")
    second = queue(ledger, 2, "Fix cart.py")
    assert claimed(ledger, behind={second.id: Behind.QUEUE}) == [1]


def test_issues_show_it_once_and_that_it_is_over(ledger: Ledger) -> None:
    first, second = queue(ledger, 1, "Fix cart.py"), queue(ledger, 2, "Fix cart.py")
    assert claimed(ledger) == [1]
    assert ledger.held_back.is_news()
    assert ledger.held_back.take_news() == [second.id]

    assert claimed(ledger, now=NOW + timedelta(seconds=1)) == []
    assert not ledger.held_back.is_news(), "each round of the worker claims"

    ledger.tasks.move(first.id, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert ledger.held_back.take_news() == [second.id]
    assert not ledger.held_back.is_news()


def test_with_one_task_at_a_time_nothing_is_held_back(ledger: Ledger) -> None:
    """It waits for its turn: nothing else is said."""
    queue(ledger, 1, "Fix cart.py")
    second = queue(ledger, 2, "Fix cart.py")
    assert claimed(ledger, per_repository=1) == [1]
    assert ledger.pressure.hold(second, 1) is None


def test_many_that_share_a_file_end_the_search(ledger: Ledger) -> None:
    for number in range(1, 60):
        queue(ledger, number, "Fix cart.py")
    queue(ledger, 99, "Fix order.py")
    assert claimed(ledger) == [1]
