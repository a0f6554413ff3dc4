"""The worker's loop takes bounded steps: it hears a stop between two of them, and no error of one ends the night."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.claude.credential_check import CredentialState
from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.doctor import examine
from bot.rehearsal.github.faults import Answer
from bot.steps.stop import StopRequest
from bot.wiring import Services, utc_now
from bot.worker_services import build_worker
from tests.stories.deliveries import process_deliveries
from tests.stories.waiting_rows import pending
from tests.stories.world import REPOSITORY, World, a_world, finish

MANY = 12


def services_with(world: World, reached: Callable[[Checkpoint, str], None]) -> Services:
    return replace(world.services, reached=reached)


def deliver(world: World, many: int) -> IssueRef:
    """So many comments on one issue, received and not worked off."""
    issue = world.open_issue()
    for number in range(many):
        world.comment(issue, f"thought {number}")
    world.github.wait_delivered(60)
    return issue


def test_a_stop_is_noticed_between_two_deliveries(world: World) -> None:
    """However many wait: what is not worked off stays in the ledger for the next worker."""
    deliver(world, MANY)
    before, stop, done = pending(world.services), StopRequest(), list[str]()

    def reached(step: Checkpoint, subject: str) -> None:
        if step is Checkpoint.DELIVERY_DONE:
            done.append(subject)
            stop.asked.set()

    build_worker(services_with(world, reached)).run(stop)

    assert len(done) == 1
    assert pending(world.services) == before - 1
    world.run_until_idle()


def test_a_stop_is_noticed_between_two_steps_of_a_round(world: World) -> None:
    """What the rest of the round would have done, a claim or a pass, is left to the next worker."""
    issue, stop, taken = world.label_issue(sessions=[[finish()]]), StopRequest(), list[Checkpoint]()
    world.github.wait_delivered(60)

    def reached(step: Checkpoint, subject: str) -> None:
        taken.append(step)
        if step is Checkpoint.DELIVERY_DONE and world.tasks():
            stop.asked.set()

    asked = len(world.github.exchanges)
    build_worker(services_with(world, reached)).run(stop)

    assert world.tasks() == {issue.number: State.QUEUED.value}
    assert Checkpoint.CLAIMED not in taken
    assert not [each for each in world.github.exchanges[asked:] if "since=" in each.path]
    world.run_until_idle()


def test_a_stop_is_noticed_amid_a_pass(world: World) -> None:
    """Between two of the issues that a repository's pass takes in; the next worker takes in the others."""
    seen = [world.open_issue(f"issue {number}", labels=["auto"]) for number in range(8)]
    world.github.wait_delivered(60)
    with world.services.store.transaction() as ledger:
        for _ in range(100):
            if (delivery := ledger.deliveries.next(utc_now())) is None:
                break
            ledger.deliveries.finish(delivery.guid, now=utc_now(), note="as if it had been lost")
    parts = world.services.reconciler.begin(should_stop=lambda: bool(world.tasks()))
    for part in parts:
        part.look()

    assert len(world.tasks()) == 1
    assert world.services.reconciler.poll() == []
    assert len(world.tasks()) == len(seen)


def test_answers_do_not_wait_for_the_inbox_to_be_empty(world: World) -> None:
    """One delivery, one message, in turns: what came first is answered before the rest is worked off."""
    issue = world.open_issue()
    world.comment(issue, "/help")
    deliver(world, MANY)
    stop, left = StopRequest(), list[int]()

    def reached(step: Checkpoint, subject: str) -> None:
        if step is Checkpoint.MESSAGE_SENT and not left:
            left.append(pending(world.services))
            stop.asked.set()

    build_worker(services_with(world, reached)).run(stop)

    assert left
    assert left[0] > MANY // 2
    world.run_until_idle()


def test_a_bug_in_one_delivery_holds_up_that_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its traceback, counted, and tried again later; the others are worked off."""
    issue = deliver(world, 3)
    failed: list[str] = []

    def reached(step: Checkpoint, subject: str) -> None:
        if step is Checkpoint.DELIVERY_DECIDED and not failed:
            failed.append(subject)
            raise KeyError("a bug")

    with caplog.at_level(logging.ERROR), world.worker(services=services_with(world, reached)):
        world.wait_until(lambda: pending(world.services) == 0)

    assert failed
    assert [record.exc_info is not None for record in caplog.records if "itself" in record.message] == [True]
    with world.services.store.read() as ledger:
        caught = ledger.own_errors.read_caught()
    assert caught is not None
    assert caught.count == 1
    assert "KeyError" in caught.last
    (found,) = (each for each in examine(world.services) if each.need == "bugs of Nightshift")
    assert "KeyError" in found.says
    assert not world.bot_comments(issue)


def test_doctor_reports_a_wrong_count_of_blockers(world: World) -> None:
    """The claim of a task relies on the count, which only a bug or another program can bring out of step."""
    blocker = world.open_issue("First")
    issue = world.label_issue(body=f"blocked by #{blocker.number}")
    world.run_until_idle()
    assert not [each for each in examine(world.services) if each.need == "ledger"]

    with closing(sqlite3.connect(world.services.settings.data_dir / "nightshift.sqlite")) as file, file:
        file.execute("UPDATE tasks SET blocked_by = 3")
    (found,) = (each for each in examine(world.services) if each.need == "ledger")
    assert str(issue) in found.says

    with closing(sqlite3.connect(world.services.settings.data_dir / "nightshift.sqlite")) as file, file:
        file.execute("UPDATE tasks SET blocked_by = 1")  # every story ends with a check of the counts


def test_a_bug_in_one_message_holds_up_that_one(world: World) -> None:
    issues = [world.open_issue(f"issue {number}") for number in range(3)]
    for issue in issues:
        world.comment(issue, "/help")
    failed: list[str] = []

    def reached(step: Checkpoint, subject: str) -> None:
        if step is Checkpoint.MESSAGE_SENT and not failed:
            failed.append(subject)
            raise ValueError("a bug")

    with world.worker(services=services_with(world, reached)):
        world.wait_until(lambda: all(world.bot_comments(issue) for issue in issues))

    assert failed
    world.run_until_idle()
    assert all(len(world.bot_comments(issue)) == 1 for issue in issues)


def test_a_bug_in_an_attempt_is_counted_too(world: World) -> None:
    """It ends one attempt, whose issue says so; the log and `nightshift doctor` name it."""

    def reached(step: Checkpoint, subject: str) -> None:
        if step is Checkpoint.SESSION_ENDED:
            raise KeyError("a bug")

    issue = world.label_issue(sessions=[[finish()]] * 3)
    with world.worker(services=services_with(world, reached)):
        world.wait_until(lambda: world.failure(issue) is FailureKind.AGENT_CRASHED)

    with world.services.store.read() as ledger:
        caught = ledger.own_errors.read_caught()
    assert caught is not None
    assert caught.last == f"KeyError at {issue}"
    assert caught.count >= 1


def test_an_answer_that_is_no_issue_does_not_end_the_night(tmp_path: Path) -> None:
    """A proxy's message in JSON where the status issue should be: the other work goes on, and it counts as no bug."""
    with a_world(tmp_path, STATUS_ISSUE=f"{REPOSITORY}#1", POLL_SECONDS="1") as world:
        status = world.open_issue("Nightshift")
        on = f"GET /repos/{REPOSITORY}/issues/{status.number}$"
        world.github.faults.add([Answer(on=on, status=200, message="please log in", times=3)])
        issue = world.label_issue(sessions=[[finish()]])
        with world.worker():
            world.wait_until(lambda: world.tasks().get(issue.number) == State.NO_CHANGE.value)
            world.wait_until(lambda: not world.github.faults.left)
        with world.services.store.read() as ledger:
            assert ledger.own_errors.read_caught() is None


def test_what_a_person_waits_for_is_said_before_the_state_of_things(world: World) -> None:
    """However long the statuses have been due."""
    issue, said = world.open_issue(), list[str]()
    comment = world.comment(issue, "Thanks.")
    world.github.wait_delivered(60)
    services = services_with(
        world, lambda step, subject: said.append(subject) if step is Checkpoint.MESSAGE_SENT else None
    )
    payload = {"issue": str(issue), "key": "k", "body": "hello", "comment": comment.id}
    with services.store.transaction() as ledger:
        for minutes, kind in ((3, "status"), (2, "reply"), (1, "reaction")):
            due = utc_now() - timedelta(minutes=minutes)
            ledger.outbox.post(kind, kind=kind, payload=payload, now=due)

    assert services.outbox.flush() == 3
    assert said == ["reaction", "reply", "status"]


def test_the_budget_is_looked_at_again_for_each_claim_of_a_round(tmp_path: Path) -> None:
    """The first of two takes what is left of the night; the second is not claimed, though nothing paused the queue when
    the round began."""
    with a_world(tmp_path, BUDGET_USD="5", NIGHT_BUDGET_USD="6", PER_REPOSITORY="2", WORKERS="2") as world:
        world.services.operations.pause("", stop=False)
        for number in range(2):
            world.label_issue(f"issue {number}", sessions=[[finish()]])
        world.run_until_idle()
        world.services.operations.resume()
        worker = build_worker(world.services)
        assert worker.pauses.current is None

        assert worker._next_claim() is not None
        assert worker._next_claim() is None


def test_what_has_come_decides_before_the_next_task_is_taken(world: World) -> None:
    """A `/cancel` behind a dozen other deliveries still comes before the session that it is about."""
    issue = world.label_issue(sessions=[[finish("complete", "Done.")]])
    world.github.wait_delivered(60)
    process_deliveries(world.services.intake)
    for number in range(MANY):
        world.comment(issue, f"thought {number}")
    world.later(2)
    world.comment(issue, "/cancel")
    world.github.wait_delivered(60)

    with world.worker():
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)

    with world.services.store.read() as ledger:
        assert ledger.attempts.of(world.task(issue).id) == []


def test_an_error_in_asking_the_account_hides_no_stop(world: World) -> None:
    """The step that asks may have to wait for minutes after it. A person's stop is seen at the next look."""

    def ask() -> CredentialState:
        raise RuntimeError("an answer of a kind that is not known")

    worker = build_worker(world.services)
    worker.pauses.account = ask
    with world.services.store.transaction() as ledger:
        began = utc_now() - timedelta(hours=1)
        ledger.pauses.begin(Cause.ACCOUNT, until=None, reason="refused", now=began)
    with ThreadPoolExecutor(1) as pool:
        steps = worker._steps(pool)
        worker._round({name: steps[name] for name in ("pauses", "account")}, threading.Event())
        assert not worker.pauses.must_stop
        world.services.operations.pause("enough", stop=True)
        worker._round({name: steps[name] for name in ("pauses", "account")}, threading.Event())

    assert worker.pauses.must_stop
