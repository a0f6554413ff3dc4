"""Each issue's label says whose turn it is: exactly one for each task, and those of earlier versions are replaced."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Store, url_of
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.steps.queue_status import QueueStatus
from bot.wiring import utc_now
from tests.adapters.ledger_sample import FOLDER
from tests.stories.world import World, a_world, finish, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


def state_labels(world: World, issue: IssueRef) -> set[str]:
    return world.labels(issue) & world.services.labels.states


def test_the_label_says_whose_turn_it_is(world: World) -> None:
    """A question, a failure, nothing to do, a cancel, a review; a paused queue waits; a merge leaves none."""
    world.services.operations.pause("", stop=False)
    issues = {
        "question": world.label_issue("Ask", sessions=[[finish("needs_info", "It is open.", questions=["Which?"])]]),
        "failed": world.label_issue("Fail", sessions=[[finish("blocked", "No.")]]),
        "nothing-to-do": world.label_issue("Nothing", sessions=[[finish()]]),
        "review": world.label_issue("Do", sessions=[writes("a.txt", "1")]),
        "cancelled": world.label_issue("Cancel"),
    }
    world.run_until_idle()
    assert [state_labels(world, issue) for issue in issues.values()] == [{"auto:waiting"}] * 5

    world.comment(issues["cancelled"], "/cancel")
    world.services.operations.resume()
    world.run_until_idle()
    assert {word: state_labels(world, issue) for word, issue in issues.items()} == {
        word: {f"auto:{word}"} for word in issues
    }

    (pull,) = world.pull_requests()
    world.github.merge_pull_request(issues["review"].repository, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issues["review"]) is State.DONE
    assert state_labels(world, issues["review"]) == set()


def test_a_change_of_the_label_takes_one_request_that_adds_and_one_that_removes(world: World) -> None:
    """However many changes came before the status was sent."""
    world.services.operations.pause("", stop=False)
    issue = world.label_issue()
    world.run_until_idle()
    before = len(world.github.exchanges)
    world.comment(issue, "/cancel")
    world.comment(issue, "/retry")
    world.comment(issue, "/cancel")
    world.run_until_idle()

    labels = [each.method for each in world.github.exchanges[before:] if "/labels" in each.path]
    assert sorted(set(labels)) == ["DELETE", "POST"]
    assert labels.count("DELETE") == 1
    assert state_labels(world, issue) == {"auto:cancelled"}


def test_the_label_of_an_earlier_version_is_replaced_after_an_update(world: World) -> None:
    """An issue that nothing happens to, of a ledger that knew what it showed."""
    first = world.open_issue("First")
    issue = world.label_issue("Second", body=f"blocked by #{first.number}")
    world.run_until_idle()
    world.github.label_issue(issue.repository, issue.number, "auto:blocked", by="nightshift-bot")
    world.github.unlabel_issue(issue.repository, issue.number, "auto:waiting", by="nightshift-bot")
    with world.services.store.transaction() as ledger:
        ledger.issues_shown.keep_labels(issue, {"auto:blocked"})
        ledger.queue_state.keep_labels_after(0)  # as the migration leaves it
    world.run_until_idle()

    assert state_labels(world, issue) == {"auto:waiting"}
    with world.services.store.read() as ledger:
        assert ledger.queue_state.labels_after() is None


def test_an_updated_ledger_shows_every_task_again_once(tmp_path: Path) -> None:
    """A few at a time; a ledger that was new with this version shows none again."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript((FOLDER / "v0005.sql").read_text(encoding="utf-8"))
    with closing(Store.open(url_of(path))) as store:
        with store.transaction() as ledger:
            for item in ledger.outbox.due(utc_now(), 100):
                ledger.outbox.finish(item.key, item.version)
            issues = [task.issue for task in ledger.tasks.in_states()]
        status = QueueStatus(store, utc_now)
        assert status.show_new_labels()
        assert not status.show_new_labels()
        with store.read() as ledger:
            assert {item.key for item in ledger.outbox.due(utc_now(), 100)} == {f"status:{issue}" for issue in issues}
    with closing(Store.open(url_of(tmp_path / "new.db"))) as store:
        assert not QueueStatus(store, utc_now).show_new_labels()
