"""`nightshift rehearse --simulate`: seeds that end as they must, each exactly as before, and a judge that notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.adapters.store import Store, url_of
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State
from bot.rehearsal.simulation.attempts import BOT
from bot.rehearsal.simulation.hub import Hub
from bot.rehearsal.simulation.judge import Judge
from bot.rehearsal.simulation.people import LABEL, MAINTAINER, ROLES, STRANGER, TRIAGER, People
from bot.rehearsal.simulation.scheduler import Killed, Process, Scheduler
from bot.rehearsal.simulation.series import play_one
from bot.rehearsal.simulation.services import REPOSITORIES

CLOCK = REPOSITORIES[0]
A_MINUTE = timedelta(minutes=1)


# -- seeds


def told(*options: str, hash_seed: str) -> dict[str, object]:
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "bot", "rehearse", "--json", *options]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    shown: dict[str, object] = json.loads(printed)
    return {name: value for name, value in shown.items() if not name.endswith("seconds")}


@pytest.mark.parametrize("options", [("--simulate", "1"), ("--simulate", "5", "--safety-alone")])
def test_a_seed_ends_as_it_must_and_in_another_process_exactly_so_again(options: tuple[str, ...]) -> None:
    """However Python orders its sets: the digest is of every step, fault, request and move."""
    first = told(*options, hash_seed="1")

    assert (first["ok"], first["failed"]) == (True, [])
    assert told(*options, hash_seed="2") == first


def test_fewer_faults_are_a_prefix_of_all() -> None:
    """So the shortest one that makes a seed fail can be found."""
    whole, shorter = play_one(2), play_one(2, most_faults=2)

    faults = [line for line in whole.trace if "FAULT" in line]
    assert [line for line in shorter.trace if "FAULT" in line] == faults[:2]
    assert len(faults) > 2


# -- the scheduler


def test_time_passes_only_while_all_wait_and_the_seed_orders_the_rest() -> None:
    def run(seed: int) -> list[tuple[float, str]]:
        scheduler, seen = Scheduler(Random(seed)), list[tuple[float, str]]()

        def work(name: str, pause: float) -> None:
            for _ in range(3):
                scheduler.sleep(pause)
                seen.append((scheduler.now, name))

        for name, pause in (("a", 10.0), ("b", 10.0), ("c", 15.0)):
            scheduler.spawn(Process(name), name, lambda name=name, pause=pause: work(name, pause))  # type: ignore[misc]
        scheduler.run(lambda: len(seen) == 9)
        return seen

    assert run(1) == run(1)
    assert [at for at, _ in run(1)] == [10, 10, 15, 20, 20, 30, 30, 30, 45]
    assert len({tuple(run(seed)) for seed in range(8)}) > 1


def test_what_is_killed_runs_no_further_and_what_is_frozen_goes_on_later() -> None:
    scheduler, seen = Scheduler(Random(1)), list[str]()
    victim, sleeper = Process("victim"), Process("sleeper")

    def work(process: Process) -> None:
        try:
            while True:
                scheduler.sleep(1.0)
                seen.append(f"{process.name} at {scheduler.now:.0f}")
        except Killed:
            seen.append(f"{process.name} is killed")
            scheduler.point("too late")  # raises again: nothing that matters can follow

    for process in (victim, sleeper):
        scheduler.spawn(process, process.name, lambda process=process: work(process))  # type: ignore[misc]
    scheduler.freeze(sleeper, 100.0)
    scheduler.run(lambda: scheduler.now > 50)
    scheduler.kill(victim)
    killed_at = len(seen)
    scheduler.run(lambda: scheduler.now > 110)
    scheduler.end()

    assert seen[killed_at - 1] == "victim is killed"
    assert seen[killed_at] == "sleeper at 101"
    assert {each.split()[0] for each in seen[killed_at:]} == {"sleeper"}


# -- the judge


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(Random(1))


@pytest.fixture
def hub(scheduler: Scheduler) -> Hub:
    made = Hub(scheduler, lambda _: None)
    made.set_up(REPOSITORIES, ROLES, BOT)
    return made


@pytest.fixture
def people(scheduler: Scheduler, hub: Hub) -> People:
    return People(hub=hub, scheduler=scheduler, draw=Random(1), acts=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(url_of(tmp_path / "ledger.db"))
    yield made
    made.close()


@pytest.fixture
def judge(tmp_path: Path, scheduler: Scheduler, hub: Hub, people: People) -> Judge:
    return Judge(ledger=tmp_path / "ledger.db", hub=hub, people=people, scheduler=scheduler)


def enqueue(store: Store, scheduler: Scheduler, text: str = "Do it") -> int:
    snapshot = Snapshot(title="A", body=text)
    with store.transaction() as ledger:
        return ledger.tasks.enqueue(
            IssueRef(CLOCK, 1), snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=scheduler.clock()
        ).id


def claim(store: Store, scheduler: Scheduler, judge: Judge) -> None:
    judge.look_at_ledger()
    with store.transaction() as ledger:
        ledger.claims.claim(worker="w", now=scheduler.clock(), lease=A_MINUTE, per_repository=1)
    judge.look_at_ledger()


def set_columns(judge: Judge, values: str) -> None:
    """Past the bot's own rules."""
    judge._rows(f"UPDATE tasks SET {values}")  # noqa: S608 - words of this test
    judge.look_at_ledger()


def test_work_that_no_writer_asked_for_is_noticed(judge: Judge, store: Store, scheduler: Scheduler) -> None:
    enqueue(store, scheduler)
    claim(store, scheduler, judge)

    assert "no person with write permission asked for it" in judge.broken[0]


def test_the_words_of_a_stranger_are_noticed_until_they_are_approved(
    judge: Judge, store: Store, scheduler: Scheduler, people: People
) -> None:
    people.approved[CLOCK, 1] = 1
    people.foreign[CLOCK, 1] = [(1, "eve-17")]
    enqueue(store, scheduler, "Do it\neve-17")
    claim(store, scheduler, judge)
    assert "which a stranger wrote after the approval" in judge.broken[0]

    judge.broken.clear()
    judge.forget_ledger()
    people.approved[CLOCK, 1] = 2
    judge.look_at_ledger()
    assert judge.broken == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'done', slot = NULL, worker = NULL, lease_until = NULL", "moved from running to done"),
        ("fence = 0", "the fence of octo/clock#1 fell"),
        ("fence = fence + 1", "was claimed twice"),
    ],
)
def test_a_move_or_a_fence_that_may_not_be_is_noticed(  # noqa: PLR0917 - fixtures
    change: str, said: str, judge: Judge, store: Store, scheduler: Scheduler, people: People
) -> None:
    people.approved[CLOCK, 1] = 1
    enqueue(store, scheduler)
    claim(store, scheduler, judge)
    assert judge.broken == []

    set_columns(judge, change)
    assert said in judge.broken[0]


def comment_twice(hub: Hub) -> None:
    for _ in range(2):
        hub.comment(CLOCK, 1, "Yes\n\n<!-- nightshift:reply comment:7 -->", by=BOT)


def open_unasked(hub: Hub) -> None:
    hub.push_commit(CLOCK, "auto/1", {"a.txt": "a\n"}, by=BOT)
    hub.open_pull_request(CLOCK, head="auto/1", title="Do it", by=BOT)


@pytest.mark.parametrize(
    ("act", "said"), [(comment_twice, "2 comments reply comment:7"), (open_unasked, "asked for 0 times")]
)
def test_what_is_there_twice_or_unasked_for_is_noticed(
    act: Callable[[Hub], None], said: str, judge: Judge, hub: Hub
) -> None:
    hub.open_issue(CLOCK, title="A", author=MAINTAINER)
    act(hub)
    judge.look_at_hub()

    assert said in judge.broken[0]


@pytest.mark.parametrize(("by", "is_lost"), [(MAINTAINER, True), (TRIAGER, False)])
def test_a_label_of_a_writer_that_got_no_task_is_noticed_at_the_end(
    by: str, is_lost: bool, judge: Judge, hub: Hub, store: Store
) -> None:
    hub.open_issue(CLOCK, title="A", author=STRANGER)
    hub.label_issue(CLOCK, 1, LABEL, by=by)
    judge.look_at_end()

    assert judge.broken == (["at 0 s: octo/clock#1 has the label, and is no task"] if is_lost else [])


def test_a_task_that_did_not_end_and_says_nothing_is_noticed_at_the_end(
    judge: Judge, hub: Hub, store: Store, scheduler: Scheduler, people: People
) -> None:
    people.approved[CLOCK, 1] = 1
    hub.open_issue(CLOCK, title="A", author=MAINTAINER)
    task = enqueue(store, scheduler)
    claim(store, scheduler, judge)
    judge.look_at_end()
    assert {each.partition(": ")[2] for each in judge.broken} == {
        "a slot or a lease is left (1)",
        "octo/clock#1 is running at the end",
        "octo/clock#1 has 0 status comments",
    }

    judge.broken.clear()
    with store.transaction() as ledger:
        moved = ledger.tasks.move(task, State.RUNNING, State.FAILED, now=scheduler.clock(), failure=FailureKind.STALLED)
    assert moved
    record = '{"state":"queued"}'
    hub.comment(CLOCK, 1, f"**Nightshift**: in the queue\n\n<!-- nightshift:status {record} -->", by=BOT)
    judge.look_at_end()
    assert {each.partition(": ")[2] for each in judge.broken} == {
        "octo/clock#1 is failed, and its comment says queued",
        "octo/clock#1 is failed, and has the labels []",
    }
