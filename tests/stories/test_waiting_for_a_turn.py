"""What waits for its turn: when it is expected to start, and that what waits for long is overtaken no more."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.store import Ledger
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Priority, Snapshot, State
from bot.wiring import utc_now
from tests.stories.times_of_day import at, window
from tests.stories.world import World, a_world, writes

HOUR = timedelta(hours=1)
TASKS = 10  # of fewer tasks no estimate is made


def ran_before(ledger: Ledger, took: timedelta) -> None:
    """Tasks of another repository, each in one attempt."""
    for number in range(1, TASKS + 1):
        now, issue = utc_now(), IssueRef("octo/old", number)
        task = ledger.tasks.enqueue(
            issue, snapshot=Snapshot(title="Old", body=""), blockers=(), priority=Priority.HIGH, now=now
        )
        claim = ledger.claims.claim(worker="w", now=now, lease=HOUR, per_repository=1)
        assert claim is not None
        assert claim.task.id == task.id
        seconds = took.total_seconds()
        ledger.attempts.finish(
            Attempt(task_id=task.id, number=1, started_at=now - took, finished_at=now, seconds=seconds)
        )
        ledger.tasks.move(task.id, State.RUNNING, State.NO_CHANGE, now=now)


def test_an_estimate_counts_the_hours_of_the_night_alone(tmp_path: Path) -> None:
    """The task before it takes three hours, and two are left of the night: the third is in the next one."""
    hours = window(-6 * HOUR, 8 * HOUR)
    opens = datetime.now(UTC) + 18 * HOUR
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=hours) as world:
        with world.services.store.transaction() as ledger:
            ran_before(ledger, took=3 * HOUR)
        first = world.label_issue("First", sessions=[[{"hang": 120}]])
        with world.worker():
            world.wait_until(lambda: world.script.started(first) == 1)
            second = world.label_issue("Second")
            world.wait_until(lambda: world.bot_comments(second))
            told = re.search(r"Estimate, by the last 10 tasks: starts at ([0-9 :-]+) UTC", world.status(second))
            world.comment(second, "/cancel")
            world.comment(first, "/cancel")
            world.wait_until(lambda: world.state(first) is world.state(second) is State.CANCELLED)
        world.run_until_idle()

        assert told is not None
        starts = datetime.strptime(told[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        assert opens + 0.8 * HOUR < starts < opens + 1.2 * HOUR
        world.check()


def test_a_low_priority_that_has_waited_a_day_is_overtaken_no_more(world: World) -> None:
    """By what was labelled after it, without a priority."""
    world.services.operations.pause("", stop=False)
    low = world.open_issue("Low", sessions=[writes("low.txt", "1")])
    world.label(low, "auto", "auto:low")
    world.run_until_idle()
    late = world.label_issue("Late", sessions=[writes("late.txt", "1")])
    world.run_until_idle()

    world.services.operations.resume()
    with at(world, 25 * HOUR):
        world.run_until_idle(clock=world.services.clock)

    assert world.script.began(low) < world.script.began(late)
