"""Claims: who runs what next, under a lease and a fence; and what a worker that lost its claim can no longer do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Claim, Ledger, Store
from bot.core.failures import FailureKind
from bot.core.holding_back import Behind
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Priority, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
BLOCKED = (Blocker(issue=IssueRef("octo/zoo", 99)),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with store.transaction() as ledger:
        yield ledger


def enqueue(
    ledger: Ledger, name: str, priority: Priority = Priority.NORMAL, blockers: tuple[Blocker, ...] = ()
) -> Task:
    repository, number = name.split("#")
    issue = IssueRef(f"octo/{repository}", int(number))
    snapshot = Snapshot(title=name, body="")
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=priority, now=NOW)


def claim(ledger: Ledger, *, now: datetime = NOW, per_repository: int = 1) -> Claim | None:
    return ledger.claims.claim(worker="w", now=now, lease=LEASE, per_repository=per_repository)


def claimed(ledger: Ledger, *, now: datetime = NOW, per_repository: int = 1) -> list[str]:
    """The titles of what is claimed, one after the other, until nothing more may run."""
    titles = []
    while (one := claim(ledger, now=now, per_repository=per_repository)) is not None:
        titles.append(one.task.snapshot.title)
    return titles


def the_claim(ledger: Ledger, now: datetime = NOW) -> Claim:
    found = claim(ledger, now=now)
    assert found is not None
    return found


def known(ledger: Ledger, task: Task) -> Task:
    found = ledger.tasks.by_id(task.id)
    assert found is not None
    return found


def test_a_claim_starts_the_task_under_a_lease_and_a_fence(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")

    one = the_claim(ledger)

    assert (one.task.state, one.task.attempts, one.lease_until) == (State.RUNNING, 1, NOW + LEASE)
    assert one.task.fence > 0
    assert known(ledger, one.task) == one.task


def test_an_empty_queue_gives_nothing(ledger: Ledger) -> None:
    assert claim(ledger) is None


def test_the_best_priority_goes_first_then_first_come(ledger: Ledger) -> None:
    enqueue(ledger, "a#3")
    enqueue(ledger, "b#1", Priority.LOW)
    enqueue(ledger, "a#2")
    enqueue(ledger, "c#9", Priority.HIGH)

    assert claimed(ledger, per_repository=10) == ["c#9", "a#3", "a#2", "b#1"]


def test_a_repository_with_a_run_waits_and_others_do_not(ledger: Ledger) -> None:
    for name in ("a#1", "a#2", "b#1"):
        enqueue(ledger, name)

    assert claimed(ledger) == ["a#1", "b#1"]
    ledger.tasks.move(1, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger) == ["a#2"]


def test_more_than_one_may_run_where_that_is_configured(ledger: Ledger) -> None:
    """And after the limit was lowered, the runs that are too many end before another starts."""
    for number in range(1, 6):
        enqueue(ledger, f"a#{number}")

    assert claimed(ledger, per_repository=3) == ["a#1", "a#2", "a#3"]
    ledger.tasks.move(1, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger, per_repository=2) == []
    ledger.tasks.move(2, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger, per_repository=2) == ["a#4"]


def test_a_task_waits_for_its_blocker(ledger: Ledger) -> None:
    first = enqueue(ledger, "a#1")
    enqueue(ledger, "b#2", blockers=(Blocker(issue=first.issue),))
    assert claimed(ledger) == ["a#1"]

    ledger.blockers.settle(first.issue, True)

    assert claimed(ledger) == ["b#2"]


def test_a_delayed_task_lets_others_pass_until_its_time(ledger: Ledger) -> None:
    task = enqueue(ledger, "a#1", Priority.HIGH)
    enqueue(ledger, "a#2")
    the_claim(ledger)
    ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=NOW, not_before=NOW + LEASE)

    assert claimed(ledger) == ["a#2"]
    ledger.tasks.move(2, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger) == []
    assert claimed(ledger, now=NOW + LEASE) == ["a#1"]


def test_a_run_starts_with_a_clean_sheet(ledger: Ledger) -> None:
    """Why the last run went back to the queue says nothing about this one."""
    task = enqueue(ledger, "a#1")
    the_claim(ledger)
    ledger.tasks.move(
        task.id,
        State.RUNNING,
        State.QUEUED,
        now=NOW,
        failure=FailureKind.API_UNAVAILABLE,
        detail="529",
        not_before=NOW,
        automatic_retries=1,
    )

    again = the_claim(ledger).task

    assert (again.failure, again.detail, again.not_before) == (None, "", None)
    assert (again.attempts, again.automatic_retries) == (2, 1)


def test_a_pause_holds_everything_back_until_it_is_over(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="usage limit", now=NOW)

    assert claim(ledger) is None
    pause = ledger.pauses.longest(NOW)
    assert pause is not None
    assert (pause.until, pause.reason, pause.since) == (NOW + LEASE, "usage limit", NOW)
    assert ledger.pauses.longest(NOW + LEASE) is None
    assert claimed(ledger, now=NOW + LEASE) == ["a#1"]


def test_a_pause_without_an_end_lasts_until_somebody_resumes(ledger: Ledger) -> None:
    """A usage limit's reset does not end what a person asked for."""
    enqueue(ledger, "a#1")
    ledger.pauses.begin(Cause.PERSON, until=None, reason="a person asked", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="usage limit", now=NOW)

    assert claim(ledger, now=NOW + 100 * LEASE) is None
    ledger.pauses.end(Cause.USAGE_LIMIT)
    assert claim(ledger, now=NOW + 100 * LEASE) is None
    assert ledger.pauses.end() == [Cause.PERSON]
    assert claimed(ledger) == ["a#1"]


def test_a_longer_pause_replaces_a_shorter_one(ledger: Ledger) -> None:
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="short", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + 2 * LEASE, reason="long", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="short again", now=NOW)

    pause = ledger.pauses.longest(NOW)
    assert pause is not None
    assert pause.reason == "long"


def test_heartbeats_keep_a_lease(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")
    one = the_claim(ledger)

    assert ledger.claims.expired(NOW + LEASE / 2) == []
    assert ledger.claims.expired(NOW + LEASE) == [one.task]
    assert ledger.claims.extend(one.task.id, one.task.fence, now=NOW + LEASE / 2, lease=LEASE)
    assert ledger.claims.expired(NOW + LEASE) == []


def test_a_lost_claim_can_change_nothing(store: Store) -> None:
    """A worker froze, its task was claimed anew; when it wakes up, none of its writes goes through."""
    with store.transaction() as ledger:
        enqueue(ledger, "a#1")
        old = the_claim(ledger).task
    with store.transaction() as ledger:
        ledger.tasks.move(old.id, State.RUNNING, State.QUEUED, now=NOW, fence=old.fence)
        new = the_claim(ledger, now=NOW + LEASE).task
    assert new.fence > old.fence

    with store.transaction() as ledger:
        assert not ledger.claims.extend(old.id, old.fence, now=NOW, lease=LEASE)
        assert not ledger.tasks.update(old.id, fence=old.fence, now=NOW, pushed="bad")
        assert not ledger.tasks.move(old.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=old.fence, pull_request=1)
        assert known(ledger, old) == new
        assert ledger.tasks.update(new.id, fence=new.fence, now=NOW, pushed="good")


@pytest.mark.parametrize("target", [State.CANCELLED, State.FAILED, State.QUEUED])
def test_a_claim_is_lost_when_somebody_else_moves_the_task(ledger: Ledger, target: State) -> None:
    """`/cancel` needs no fence, and from then on the run cannot publish."""
    enqueue(ledger, "a#1")
    run = the_claim(ledger).task
    ledger.tasks.move(run.id, State.RUNNING, target, now=NOW, failure=FailureKind.CANCELLED)

    assert not ledger.claims.extend(run.id, run.fence, now=NOW, lease=LEASE)
    assert not ledger.tasks.update(run.id, fence=run.fence, now=NOW, pushed="bad")


def test_the_transaction_that_ends_a_run_may_still_write_under_its_fence(store: Store) -> None:
    """The move and its other changes belong together; the next transaction under the same fence is too late."""
    with store.transaction() as ledger:
        enqueue(ledger, "a#1")
        run = the_claim(ledger).task

    with store.transaction() as ledger:
        assert ledger.tasks.move(run.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=run.fence, pull_request=7)
        assert ledger.tasks.update(run.id, fence=run.fence, now=NOW, pushed="c0ffee")

    with store.transaction() as ledger:
        assert not ledger.tasks.update(run.id, fence=run.fence, now=NOW, pushed="bad")


def test_a_fence_belongs_to_one_claim_of_one_task(ledger: Ledger) -> None:
    """No two claims share a number, so a fence alone says whose write it is; and no claim has 0."""
    for name in ("a#1", "b#1", "c#1"):
        enqueue(ledger, name)
    one, two = the_claim(ledger).task, the_claim(ledger).task

    assert one.fence != two.fence
    assert not ledger.tasks.update(one.id, fence=two.fence, now=NOW, pushed="bad")
    assert not ledger.tasks.move(
        one.id, State.RUNNING, State.FAILED, now=NOW, fence=two.fence, failure=FailureKind.STALLED
    )
    assert not ledger.tasks.update(one.id, fence=0, now=NOW, pushed="bad")


QUEUED = st.tuples(
    st.sampled_from("abc"), st.sampled_from(Priority), st.booleans(), st.sampled_from([None, -LEASE, LEASE])
)


def queue_up(ledger: Ledger, tasks: list[tuple[str, Priority, bool, timedelta | None]]) -> None:
    """Each task goes through a first run, which is how a task comes to have a delay."""
    for number, (repository, priority, _, delay) in enumerate(tasks, start=1):
        task = enqueue(ledger, f"{repository}#{number}", priority)
        the_claim(ledger)
        not_before = None if delay is None else NOW + delay
        ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=NOW, not_before=not_before)
        ledger.blockers.replace(task.id, BLOCKED)
    for number, (_, _, blocked, _) in enumerate(tasks, start=1):
        ledger.blockers.replace(number, BLOCKED if blocked else ())


@settings(max_examples=30, deadline=None)
@given(tasks=st.lists(QUEUED, max_size=12), per_repository=st.integers(1, 3))
def test_claims_are_those_that_a_plain_reading_of_the_rule_gives(
    tasks: list[tuple[str, Priority, bool, timedelta | None]], per_repository: int
) -> None:
    """The rule, read plainly: sort what may run by priority and arrival; take each whose repository has a free slot."""
    may_run = sorted(
        (priority, number, repository)
        for number, (repository, priority, blocked, delay) in enumerate(tasks, start=1)
        if not blocked and delay != LEASE
    )
    expected: list[str] = []
    for _, number, repository in may_run:
        if sum(name.startswith(repository) for name in expected) < per_repository:
            expected.append(f"{repository}#{number}")

    with (
        TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/ledger.db")) as store,
        store.transaction() as ledger,
    ):
        queue_up(ledger, tasks)
        assert claimed(ledger, per_repository=per_repository) == expected


def test_the_place_that_is_told_is_the_place_in_which_tasks_run(ledger: Ledger) -> None:
    """Each repository has a separate queue; a blocked task has no place in it yet."""
    tasks = [
        enqueue(ledger, "tools#1", Priority.LOW),
        enqueue(ledger, "tools#2"),
        enqueue(ledger, "zoo#3", Priority.HIGH),
        enqueue(ledger, "tools#4", Priority.HIGH),
        enqueue(ledger, "tools#5", blockers=BLOCKED),
        enqueue(ledger, "tools#6"),
    ]

    told = {task.snapshot.title: ledger.claims.place(task) for task in tasks}

    assert told == {"tools#4": 1, "tools#2": 2, "tools#6": 3, "tools#1": 4, "zoo#3": 1, "tools#5": None}
    order = [title for title in claimed(ledger, per_repository=9) if title.startswith("tools")]
    assert order == ["tools#4", "tools#2", "tools#6", "tools#1"]


def claimed_with(ledger: Ledger, behind: dict[int, Behind]) -> list[str]:
    titles = []
    while (one := ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9, behind=behind)) is not None:
        titles.append(one.task.snapshot.title)
    return titles


def test_a_task_can_stand_behind_the_others_of_its_priority(ledger: Ledger) -> None:
    """Whatever repository they are of. One that stands behind the queue is overtaken by every priority."""
    first = enqueue(ledger, "a#1", Priority.HIGH)
    for name in ("a#2", "b#3"):
        enqueue(ledger, name, Priority.HIGH)
    last = enqueue(ledger, "a#4", Priority.HIGH)
    for name in ("b#5", "c#6"):
        enqueue(ledger, name)
    behind = {first.id: Behind.PRIORITY, last.id: Behind.QUEUE, 999: Behind.QUEUE}

    assert claimed_with(ledger, behind) == ["a#2", "b#3", "a#1", "b#5", "c#6", "a#4"]


def test_its_place_says_so(ledger: Ledger) -> None:
    tasks = [enqueue(ledger, f"a#{number}", Priority.HIGH) for number in range(1, 5)]
    tasks.append(enqueue(ledger, "a#9"))
    behind = {tasks[0].id: Behind.PRIORITY, tasks[1].id: Behind.QUEUE}

    assert [ledger.claims.place(task, behind) for task in tasks] == [3, 5, 1, 2, 4]
    assert [ledger.claims.place(task) for task in tasks] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("but", [(), ("octo/a",)])
def test_who_stands_behind_gets_no_slot_that_others_do_not_get(ledger: Ledger, but: tuple[str, ...]) -> None:
    """A repository with no free slot, or with no budget left, has none for these either."""
    enqueue(ledger, "a#1")
    held = enqueue(ledger, "a#2")
    behind = {held.id: Behind.PRIORITY}
    first = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1, behind=behind)
    second = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1 + len(but), behind=behind, but=but)

    assert first is not None
    assert second is None


def test_a_limit_from_an_older_ledger_or_a_clock_that_was_ahead_is_not_waited_for(ledger: Ledger) -> None:
    """No usage limit lasts longer than eight days. What a person paused stays paused."""
    for until, stays in ((datetime(2099, 1, 1, tzinfo=UTC), False), (NOW + timedelta(days=8), True)):
        ledger.pauses.begin(Cause.USAGE_LIMIT, until=until, reason="x", now=NOW)
        ledger.waits.clamp_waits_after_clock_jump(NOW, beyond=timedelta(hours=1))
        assert (ledger.pauses.longest(NOW) is not None) == stays

    ledger.pauses.begin(Cause.PERSON, until=None, reason="x", now=NOW)
    ledger.waits.clamp_waits_after_clock_jump(NOW - timedelta(days=1), beyond=timedelta())
    assert [pause.cause for pause in ledger.pauses.current(NOW)] == [Cause.PERSON]
