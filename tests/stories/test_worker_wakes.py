"""An idle worker sleeps, and is woken by what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.adapters.github import GitHubFailed
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from bot.wiring import utc_now
from bot.worker_services import build_worker
from tests.stories.waiting_rows import count, pending
from tests.stories.world import World, a_world, finish, sleeps

A_DAY = {"POLL_SECONDS": "86400"}


def test_an_idle_worker_is_woken_by_what_comes(tmp_path: Path) -> None:
    """By the event alone: here no time wakes it."""
    with a_world(tmp_path, **A_DAY) as world, world.worker(longest_sleep=86400) as worker:
        issue = world.open_issue("question")
        for number in range(1, 4):
            world.wait_until(lambda: pending(world.services) == 0 and sleeps(worker))
            world.comment(issue, "/help")
            world.wait_until(lambda number=number: len(world.bot_comments(issue)) == number)
            world.github.wait_delivered(60)


def test_an_idle_worker_is_woken_by_the_end_of_a_session(tmp_path: Path) -> None:
    with a_world(tmp_path, **A_DAY) as world, world.worker(longest_sleep=86400):
        issue = world.label_issue(sessions=[[finish()]])
        world.wait_until(lambda: world.tasks().get(issue.number) == State.NO_CHANGE.value)
        world.wait_until(lambda: count(world.services, "outbox WHERE due_at IS NOT NULL") == 0)
        assert world.state(issue) is State.NO_CHANGE


def test_a_wake_up_that_is_lost_costs_seconds(tmp_path: Path) -> None:
    with a_world(tmp_path, **A_DAY) as world, world.worker(longest_sleep=0.2):
        issue = world.open_issue("question")
        world.github.wait_delivered(60)
        world.wait_until(lambda: pending(world.services) == 0)
        with world.services.store.transaction() as ledger:
            payload = {"issue": str(issue), "key": "x", "body": "hello"}
            ledger.outbox.post("x", kind="reply", payload=payload, now=utc_now())
        world.wait_until(lambda: world.bot_comments(issue))


def test_a_limit_holds_back_every_message_until_its_end(world: World) -> None:
    """One message learns of it, and none of the others is tried in vain; then all are sent."""
    issue, clock = world.open_issue(), [0.0]
    begun = utc_now()
    services = replace(world.services, monotonic=lambda: clock[0], clock=lambda: begun + timedelta(seconds=clock[0]))
    due = utc_now() - timedelta(minutes=1)
    with services.store.transaction() as ledger:
        for number in range(5):
            payload = {"issue": str(issue), "key": f"k{number}", "body": "hello"}
            ledger.outbox.post(f"k{number}", kind="reply", payload=payload, now=due)
    world.github.faults.add([Answer(on="POST .*/comments", status=429, message="slow down", retry_after=90)])

    assert services.outbox.flush() == 1
    assert services.outbox.flush() == 0
    clock[0] += 89
    assert services.outbox.flush() == 0
    assert count(services, "outbox WHERE tries > 0 OR note <> ''") == 1

    clock[0] += 2
    assert services.outbox.flush() == 5
    assert len(world.bot_comments(issue)) == 5


def test_a_worker_sleeps_while_github_keeps_the_pass_waiting(world: World) -> None:
    """An App's limit may last an hour: the pass is overdue all the while, and cannot be tried."""
    worker = build_worker(world.services)

    def refuse() -> None:
        raise GitHubFailed(403, "rate limit", retry_after=3600)

    worker.boundary.attempt("periodic pass", refuse)

    assert worker._sleep() > 1


def test_a_worker_does_not_sleep_over_a_pass_that_is_due(world: World) -> None:
    """It becomes due between a round and the sleep after it."""
    assert build_worker(world.services)._sleep() < 0.1
