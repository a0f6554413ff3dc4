"""One repository cannot stop the queue: a task that pauses it runs after the others, and fails after a number of
tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.effects import Enqueue
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.outcomes import as_failure
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Blocker, Priority, Snapshot, State
from bot.steps.effects import perform
from bot.steps.ending import end_attempt
from bot.steps.queue_status import QueueStatus
from bot.wiring import utc_now
from tests.stories.claude_errors import limit_until, refused_key
from tests.stories.world import World, a_world, bash, finish, writes

SUBSCRIPTION = {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-thetokenofthesubscription"}
BEGUN = bash("echo half > work.txt && git add work.txt && git commit -qm 'Begin'")
ENDED = [bash("cat work.txt > whole.txt && git add whole.txt && git commit -qm 'End'"), finish()]
TIMES = policy(FailureKind.AUTH_FAILED).retries


class Clock:
    """The worker's clock, which the story moves on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def account_is_asked(world: World, clock: Clock) -> None:
    """The account was in order all the time; some minutes later the worker has found that."""
    read = world.services.operations.read_pause
    world.wait_until(lambda: (held := read()) is not None and held.cause is Cause.ACCOUNT)
    clock.ahead += timedelta(minutes=3)


def test_the_others_go_first_after_a_task_has_paused_the_queue(tmp_path: Path) -> None:
    """Though it was there before them. Its attempts count, and after its tries it fails with that kind."""
    clock = Clock()
    with a_world(tmp_path) as world:
        world.services.operations.pause("", stop=False)
        hostile = world.label_issue("Hostile", sessions=[[refused_key()]] * 20)
        good = [world.label_issue(f"Good {n}", sessions=[writes(f"{n}.txt", "1")]) for n in range(TIMES + 1)]
        world.run_until_idle()
        world.services.operations.resume()
        with world.worker(clock):
            account_is_asked(world, clock)
            world.wait_until(lambda: all(world.state(issue) is State.IN_REVIEW for issue in good), seconds=180)
            for _ in range(TIMES):
                account_is_asked(world, clock)
                world.wait_until(lambda: world.services.operations.read_pause() is None, seconds=60)
            account_is_asked(world, clock)
            world.wait_until(lambda: world.state(hostile) is State.FAILED, seconds=60)
        world.run_until_idle()  # what it has to write about that may wait for the pace of writes

        assert world.failure(hostile) is FailureKind.AUTH_FAILED
        assert world.task(hostile).attempts == TIMES + 2
        assert [world.task(issue).attempts for issue in good] == [1] * len(good)
        world.check()


def test_an_issue_of_high_priority_cannot_keep_lower_ones_from_running(tmp_path: Path) -> None:
    """The account answered in order, so the task that paused the queue runs after all others."""
    clock = Clock()
    with a_world(tmp_path) as world:
        world.services.operations.pause("", stop=False)
        hostile = world.open_issue("Hostile", sessions=[[refused_key()]] * 20)
        world.label(hostile, "auto", "auto:high")
        good = world.label_issue("Good", sessions=[writes("good.txt", "1")])
        world.run_until_idle()
        world.services.operations.resume()
        with world.worker(clock):
            account_is_asked(world, clock)
            world.wait_until(lambda: world.state(good) is State.IN_REVIEW, seconds=120)

        with world.services.store.read() as ledger:
            again = [attempt.started_at for attempt in ledger.attempts.of(world.task(hostile).id)[1:]]
            (first,) = ledger.attempts.of(world.task(good).id)
        assert all(first.started_at < started for started in again)


def test_a_limit_until_2099_is_waited_for_eight_days_at_the_most(tmp_path: Path) -> None:
    """And then the other one goes first."""
    far = datetime(2099, 1, 1, tzinfo=utc_now().tzinfo)
    clock = Clock()
    with a_world(tmp_path, **SUBSCRIPTION) as world:
        first = world.label_issue("First", sessions=[[BEGUN, limit_until(far)], ENDED])
        world.run_until_idle()
        pause = world.services.operations.read_pause()
        second = world.label_issue("Second", sessions=[writes("two.txt", "2")])
        world.github.wait_delivered(30)  # it is in the inbox before the worker starts
        clock.ahead = timedelta(days=8, minutes=1)
        with world.worker(clock):
            world.wait_until(lambda: all(world.tasks().get(each.number) == "in_review" for each in (first, second)))

        assert pause is not None
        assert pause.until is not None
        assert pause.until - utc_now() < timedelta(days=8)
        assert "2099" not in world.status(first)
        with world.services.store.read() as ledger:
            started = {task.issue: ledger.attempts.of(task.id)[-1].started_at for task in ledger.tasks.in_states()}
        assert started[second] < started[first]


def say(world: World, issues: list[IssueRef], text: str) -> bool:
    return all(text in " ".join(world.bot_comments(issue)) for issue in issues)


def test_every_waiting_issue_says_why_it_waits_and_when_that_is_over(tmp_path: Path) -> None:
    """Also those that waited before the pause began."""
    with a_world(tmp_path) as world:
        slow = [bash("python3 -c 'import time; time.sleep(20)'"), finish()]
        running = world.label_issue("Running", sessions=[slow, [finish()]])
        with world.worker():
            world.wait_until(lambda: world.script.started(running) == 1)
            waiting = [world.label_issue(f"Waiting {number}", sessions=[[finish()]]) for number in range(3)]
            world.wait_until(lambda: say(world, waiting, "It starts by itself."))
            world.services.operations.pause("the host needs a rest", stop=False)
            world.wait_until(lambda: say(world, waiting, "waits, nothing is started now"))
            world.wait_until(lambda: say(world, waiting, "the host needs a rest"))
            world.services.operations.pause("and another", stop=False)
            world.wait_until(lambda: say(world, waiting, "and another"))
            world.services.operations.resume()
            world.wait_until(lambda: not any("nothing is started" in world.status(issue) for issue in waiting))
        world.run_until_idle()
        assert {world.state(issue) for issue in waiting} == {State.NO_CHANGE}


# -- many issues, without sessions


def queue_of(ledger: Ledger, number: int, now: datetime) -> None:
    for each in range(1, number + 1):
        issue = IssueRef("octo/clock", each)
        ledger.tasks.enqueue(
            issue, snapshot=Snapshot(title="x", body=""), blockers=(), priority=Priority.NORMAL, now=now
        )


def test_a_long_queue_is_reported_a_few_at_a_time(tmp_path: Path) -> None:
    """What people wait for never stands behind thousands of statuses, and half of the hour's writes stay for it."""
    now = utc_now()
    store = Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    status = QueueStatus(store, lambda: now)
    with store.transaction() as ledger:
        queue_of(ledger, 50, now)
        ledger.pauses.begin(Cause.PERSON, until=None, reason="a rest", now=now)
        (pause,) = ledger.pauses.current(now)
    told: list[str] = []
    for _ in range(10):
        status.keep_true(pause)
        with store.transaction() as ledger:
            assert ledger.outbox.size() <= 20
            for item in ledger.outbox.due(now, 100):
                told.append(item.key)
                ledger.outbox.finish(item.key, item.version)

    assert told == [f"status:octo/clock#{number}" for number in range(1, 51)]
    status.keep_true(pause)
    status.keep_true(None)
    with store.transaction() as ledger:
        assert ledger.outbox.size() == 20  # and now that it is over
        for _ in range(240):
            ledger.writes.reserve(now, reads=0, a_minute=1000, an_hour=1000)
        for item in ledger.outbox.due(now, 100):
            ledger.outbox.finish(item.key, item.version)
    status.keep_true(None)
    with store.read() as ledger:
        assert ledger.outbox.size() == 0


def test_issues_that_wait_for_others_and_for_their_repositorys_budget_say_so_too(tmp_path: Path) -> None:
    """Each is shown again when a pause begins, when a budget is used up, and when that is over; and once each."""
    now = utc_now()
    store = Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    with store.transaction() as ledger:
        blocked = Blocker(issue=IssueRef("octo/clock", 99))
        for number, blockers in ((1, ()), (2, (blocked,))):
            ledger.tasks.enqueue(
                IssueRef("octo/clock", number),
                snapshot=Snapshot(title="x", body=""),
                blockers=blockers,
                priority=Priority.NORMAL,
                now=now,
            )
        ledger.pauses.begin(Cause.PERSON, until=None, reason="a rest", now=now)
        (pause,) = ledger.pauses.current(now)
    for waits in ((pause, ()), (None, ()), (None, ("octo/clock",)), (None, ())):
        for is_first in (True, False):
            assert QueueStatus(store, lambda: now).keep_true(*waits) is is_first
            with store.transaction() as ledger:
                due = ledger.outbox.due(now, 100)
                assert [item.key for item in due] == [f"status:octo/clock#{n}" for n in (1, 2) if is_first]
                for item in due:
                    ledger.outbox.finish(item.key, item.version)


def test_a_pause_that_changes_on_the_way_is_reported_from_the_first_issue_on(tmp_path: Path) -> None:
    now = utc_now()
    store = Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    with store.transaction() as ledger:
        queue_of(ledger, 25, now)
        ledger.pauses.begin(Cause.PERSON, until=None, reason="a rest", now=now)
        (pause,) = ledger.pauses.current(now)
    for each in (pause, None):
        QueueStatus(store, lambda: now).keep_true(each)
        with store.transaction() as ledger:
            due = ledger.outbox.due(now, 100)
            assert [item.key for item in due] == [f"status:octo/clock#{number}" for number in range(1, 21)]
            for item in due:
                ledger.outbox.finish(item.key, item.version)


@pytest.mark.parametrize("kind", [FailureKind.AUTH_FAILED, FailureKind.CREDIT_EXHAUSTED, FailureKind.USAGE_LIMIT])
def test_a_night_of_outage_fails_no_issue(kind: FailureKind, tmp_path: Path) -> None:
    """Twenty issues meet it again and again, in turns, and all of them wait to the end."""
    now = utc_now()
    store = Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    with store.transaction() as ledger:
        queue_of(ledger, 20, now)
    order = []
    for _ in range(100):
        now += timedelta(minutes=20)
        order.append(one_end(store, now, kind))

    with store.read() as ledger:
        assert {task.state for task in ledger.tasks.in_states()} == {State.QUEUED}
        assert {task.attempts for task in ledger.tasks.in_states()} == {5}
    assert order[:20] == order[20:40]


def test_a_person_who_asks_again_gives_it_new_tries(tmp_path: Path) -> None:
    now = utc_now()
    store = Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    with store.transaction() as ledger:
        queue_of(ledger, 1, now)
    one_end(store, now, FailureKind.AUTH_FAILED)
    with store.transaction() as ledger:
        assert ledger.queue_state.holding().behind()
    ask_again(store, now)
    with store.read() as ledger:
        assert ledger.queue_state.holding().behind() == {}


def ask_again(store: Store, now: datetime) -> None:
    with store.transaction() as ledger:
        (task,) = ledger.tasks.in_states()
        again = Enqueue(
            issue=task.issue,
            snapshot=task.snapshot,
            blockers=(),
            priority=task.priority,
            overrides=task.overrides,
            after_attempts=task.attempts,
        )
        perform([again], ledger, now)


def one_end(store: Store, now: datetime, kind: FailureKind) -> int:
    """The next task is claimed, and pauses the queue; which a person then lifts. Returns the number of its issue."""
    with store.transaction() as ledger:
        ledger.pauses.end()
        claim = ledger.claims.claim(
            worker="w",
            now=now,
            lease=timedelta(minutes=1),
            per_repository=1,
            behind=ledger.queue_state.holding().behind(),
        )
        assert claim is not None
        ledger.attempts.start(claim.task.id, claim.task.attempts, now)
        ended = Attempt(
            task_id=claim.task.id, number=claim.task.attempts, started_at=now, finished_at=now, failure=kind, turns=1
        )
        end_attempt(
            ledger, claim.task, ended, as_failure(kind, ""), now=now, requeue=False, chance=0.5, branch="auto/1"
        )
        return claim.task.issue.number
