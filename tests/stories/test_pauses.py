"""When the queue waits, what people see of it, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import Overrides, State
from bot.doctor import examine
from bot.rehearsal.github.faults import Answer
from bot.webhooks import create_app
from bot.wiring import Services, utc_now
from tests.stories.deliveries import process_deliveries
from tests.stories.times_of_day import window
from tests.stories.world import World, a_world, bash, finish, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


def test_a_refused_account_is_reported_once_and_the_queue_continues_once_it_works(world: World) -> None:
    """The first task says so, and all that wait say why. Doctor finds it, and the pause ends by itself."""
    others = [world.label_issue(f"Later {number}") for number in range(2)]
    world.services.store.close()
    world.services.operations.pause("", stop=False)
    world.run_until_idle()  # the others say that they wait, before anything goes wrong
    for issue in others:
        world.label(issue, "auto:low")
    first = world.label_issue("First", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    world.model.refuses_keys = True
    world.services.operations.resume()
    refused = "Claude's API refused Nightshift's credential. All issues wait until the operator has renewed it"
    with world.worker():
        world.wait_until(lambda: all(refused in world.status(issue) for issue in [first, *others]))

    assert world.task(first).failure is FailureKind.AUTH_FAILED
    assert [world.task(issue).attempts for issue in others] == [0, 0]
    assert all("nightshift doctor" in world.status(issue) for issue in [first, *others])
    assert any(finding.need == "credential" and finding.verdict == "wrong" for finding in examine(world.services))

    world.run_until_idle(clock=lambda: utc_now() + timedelta(minutes=3))
    assert world.state(first) is State.QUEUED  # asked again, and still refused

    world.model.refuses_keys = False
    for issue in others:
        world.script.learn(issue, [])
        world.github.unlabel_issue(issue.repository, issue.number, "auto", by="ada")
    world.run_until_idle(clock=lambda: utc_now() + timedelta(minutes=6))

    assert (world.state(first), world.task(first).automatic_retries) == (State.IN_REVIEW, 0)


def test_outside_its_hours_nothing_is_started(tmp_path: Path) -> None:
    """The issue says when it goes on."""
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=window(timedelta(hours=2), timedelta(hours=3))) as world:
        issue = world.label_issue()
        world.run_until_idle()

        assert (world.state(issue), world.task(issue).attempts) == (State.QUEUED, 0)
        assert "It continues at" in world.status(issue)
        world.check()


def test_shortly_before_the_end_of_the_night_nothing_is_started(tmp_path: Path) -> None:
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=window(-timedelta(hours=3), timedelta(hours=3, minutes=6))) as world:
        issue = world.label_issue()
        world.run_until_idle()

        assert world.task(issue).attempts == 0
        world.check()


def test_pause_now_stops_what_runs_and_resume_runs_it_again(world: World) -> None:
    """No automatic retry is used up by it."""
    slow = [bash("python3 -c 'import time; time.sleep(50)'"), finish()]
    issue = world.label_issue(sessions=[slow, writes("time.txt", "noon")])
    with world.worker():
        world.wait_until(lambda: world.script.started(issue) == 1)
        world.services.operations.pause("the host needs a rest", stop=True)
        world.wait_until(lambda: world.state(issue) is State.QUEUED)
        world.wait_until(lambda: "the host needs a rest" in world.status(issue))
        assert world.services.operations.resume() == [Cause.STOP]
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)

    assert world.task(issue).automatic_retries == 0


def test_a_budget_for_a_repository_holds_that_repository_back(tmp_path: Path) -> None:
    """Others go on. What a session may still cost counts as spent, so that the budget is never exceeded."""
    with a_world(tmp_path, BUDGET_USD="5", REPOSITORY_BUDGET_USD="5.001") as world:
        first = world.label_issue("First", sessions=[writes("one.txt", "1")])
        world.run_until_idle()
        spent = world.services.operations.stats()["cost_usd"]
        second = world.label_issue("Second")
        with world.worker():
            world.wait_until(lambda: "queue" in " ".join(world.bot_comments(second)))

        assert spent > 0.001
        assert world.state(first) is State.IN_REVIEW
        assert world.task(second).attempts == 0
        assert "Tonight's budget of $5.001 for octo/clock is used up. It continues at" in world.status(second)
        assert "by itself" not in world.status(second)
        assert "auto:waiting" in world.labels(second)
        world.check()


def test_a_night_that_is_paid_starts_nothing_more_until_the_next_one(tmp_path: Path) -> None:
    """However much is left of it. The issues and the page say why, and the next night pays for one more."""
    hours = window(-timedelta(hours=2), timedelta(hours=10))
    with a_world(tmp_path, BUDGET_USD="5", NIGHT_BUDGET_USD="5.001", NIGHTSHIFT_WINDOW=hours) as world:
        world.label_issue("First", sessions=[writes("one.txt", "1")])
        world.run_until_idle()
        told = create_app(world.services.store, None, queue=world.services.queue).test_client().get("/status.json")
        assert (told.get_json()["works"], told.get_json()["cause"]) == (False, "budget")
        goes_on = f"{datetime.fromisoformat(told.get_json()['until']):%Y-%m-%d %H:%M} UTC"
        waiting = list[IssueRef]()
        for ahead in (timedelta(), timedelta(hours=7, minutes=45)):
            waiting.append(world.label_issue(sessions=[writes(f"{len(waiting)}.txt", "2")]))
            with later(world, ahead):
                world.wait_until(lambda: world.bot_comments(waiting[-1]))  # so it was not claimed: that comes before
            assert f"Tonight's budget of $5.001 is used up. It continues at {goes_on}." in world.status(waiting[-1])

        with later(world, timedelta(hours=22)):
            world.wait_until(lambda: world.state(waiting[0]) is State.IN_REVIEW)
        assert [world.task(issue).attempts for issue in waiting] == [1, 0]
        world.check()


def later(world: World, ahead: timedelta) -> AbstractContextManager[object]:
    """The worker, started again so much later."""

    def clock() -> datetime:
        return utc_now() + ahead

    world.services = Services(world.services.settings, shared_claude=world.services.claude, clock=clock)
    return world.worker(clock)


def test_no_session_may_cost_more_than_is_left_of_the_night(tmp_path: Path) -> None:
    """Whatever `/retry budget=50` asks for."""
    with a_world(tmp_path, BUDGET_USD="2", NIGHT_BUDGET_USD="6", REPOSITORY_BUDGET_USD="4") as world:
        issue = world.open_issue()
        world.services.operations.pause("", stop=False)
        world.label(issue)
        world.run_until_idle()
        task = replace(world.task(issue), overrides=Overrides(budget_usd=50))
        with world.services.store.read() as ledger:
            queue = world.services.queue
            assert queue.allowance(ledger, world.task(issue), utc_now()) == 2
            assert queue.allowance(ledger, task, utc_now()) == 4
            assert replace(queue, repository_usd=None).allowance(ledger, task, utc_now()) == 6
        world.check()


def test_a_lost_session_may_have_cost_all_that_it_was_allowed(tmp_path: Path) -> None:
    """Its cost died with its worker."""
    with a_world(tmp_path, BUDGET_USD="5", NIGHT_BUDGET_USD="12") as world:
        issue, now = world.label_issue(), utc_now()
        world.github.wait_delivered()
        process_deliveries(world.services.intake)
        with world.services.store.transaction() as ledger:
            claim = ledger.claims.claim(worker="other", now=now, lease=timedelta(0), per_repository=1)
            assert claim is not None
            ledger.attempts.start(claim.task.id, 1, now)
            ledger.attempts.note_progress(claim.task.id, 1, turns=3, note="Bash: make")
        (lost,) = world.services.recovery.find_lost()
        assert world.services.recovery.recover(lost)

        with world.services.store.read() as ledger:
            assert world.services.queue.allowance(ledger, world.task(issue), utc_now()) == 5
            wanted = replace(world.task(issue), overrides=Overrides(budget_usd=50))
            assert world.services.queue.allowance(ledger, wanted, utc_now()) == 7


def test_what_still_runs_at_the_end_of_the_night_is_queued_again(tmp_path: Path) -> None:
    """The worker's clock goes on to the morning while a session runs."""
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=window(-timedelta(hours=1), timedelta(hours=2))) as world:
        ahead = [timedelta()]
        issue = world.label_issue(sessions=[[bash("python3 -c 'import time; time.sleep(50)'"), finish()]])
        with world.worker(lambda: utc_now() + ahead[0]):
            world.wait_until(lambda: world.script.started(issue) == 1)
            ahead[0] = timedelta(hours=1, minutes=1)
            world.wait_until(lambda: world.state(issue) is State.QUEUED)

        assert world.task(issue).automatic_retries == 0


def test_a_token_that_github_refuses_holds_the_queue_until_it_is_taken_again(tmp_path: Path) -> None:
    """Nothing is given up for it: an answer, a status and a delivery can wait."""
    with a_world(tmp_path, POLL_SECONDS="1") as world:
        world.github.faults.add([Answer(on="/repos/", status=401, message="Bad credentials", times=4)])
        issue = world.open_issue(sessions=[writes("time.txt", "noon")])
        with world.worker():
            world.wait_until(lambda: (held := world.services.operations.read_pause()) and held.cause is Cause.GITHUB)
            world.label(issue)
            world.wait_until(lambda: world.tasks().get(issue.number) == "in_review")

        assert world.services.operations.read_pause() is None
        assert world.services.operations.stats()["unsaid"] == 0


def test_a_label_on_the_status_issue_is_a_switch(tmp_path: Path) -> None:
    """For people with write permission; taking it off lets the queue go on."""
    with a_world(tmp_path, STATUS_ISSUE="octo/clock#1") as world:
        status = world.open_issue("Nightshift")
        world.github.set_role("octo/clock", "sam", "triage")
        world.label(status, "auto:pause", by="sam")
        world.run_until_idle()
        assert world.services.operations.read_pause() is None

        world.github.unlabel_issue(status.repository, status.number, "auto:pause", by="ada")
        world.label(status, "auto:pause", by="ada")
        world.run_until_idle()
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        world.run_until_idle()
        assert "`ada` has paused Nightshift with the label on octo/clock#1" in world.status(issue)

        world.github.unlabel_issue(status.repository, status.number, "auto:pause", by="ada")
        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW
        world.check()


def test_the_banner_tells_whether_it_works_and_nothing_else(world: World) -> None:
    """The page may be public, so it has no name of a repository, an issue or a person."""
    page = create_app(world.services.store, None, queue=world.services.queue).test_client()
    assert page.get("/status.json").get_json()["works"] is True

    world.services.operations.pause("<b>ada</b> said so in octo/clock", stop=False)
    world.label_issue("A secret plan")
    world.run_until_idle()
    told, shown = page.get("/status.json"), page.get("/")

    assert (told.get_json()["works"], told.get_json()["cause"], told.get_json()["tasks"]["queued"]) == (
        False,
        "person",
        1,
    )
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "<strong>The queue waits.</strong> Its operator has paused it. Since 20" in shown.text
    assert "<tr><td>queued</td><td>1</td></tr>" in shown.text
    assert "<tr><td>in review</td><td>0</td></tr>" in shown.text
    for text in (told.text, shown.text):
        assert not any(word in text for word in ("octo", "ada", "secret", "<b>"))
