"""A task that ended long ago is removed with all that belongs to it, and so is a mirror that no repository needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.git.housekeeping import fetch_lock, use_lock
from bot.adapters.git.lock import hold_lock
from bot.adapters.github import GitHubFailed
from bot.adapters.store import KeptWork, Ledger, Publication, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.retention import Retention
from bot.core.stacking import StackedOn
from bot.core.tasks import Attempt, Blocker, Priority, Snapshot, State
from bot.steps.pruning import Pruning
from tests.adapters.old_records import foreign_keys
from tests.git_host import run_git

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=401)
ENDED = {State.DONE, State.CLOSED, State.NO_CHANGE, State.CANCELLED}
NUMBERS = {state: number for number, state in enumerate(State, start=1)}


def issue_in(state: State) -> IssueRef:
    return IssueRef("octo/tools", NUMBERS[state])


def put_task(ledger: Ledger, issue: IssueRef, state: State, at: datetime) -> int:
    """A task that came to this state at that time."""
    blocker = Blocker(issue=IssueRef("octo/tools", 99), met=True)
    snapshot = Snapshot(title="t", body="")
    task = ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=[blocker], priority=Priority.NORMAL, now=at)
    ledger.issues_shown.keep_labels(issue, {"auto:queued"})
    if state is State.QUEUED:
        return task.id
    claim = ledger.claims.claim(worker="w", now=at, lease=timedelta(minutes=1), per_repository=9)
    assert claim is not None
    assert claim.task.id == task.id
    ledger.attempts.start(task.id, 1, at)
    assert ledger.pushes.begin(task.id, fence=claim.task.fence, replaces=None, head="a" * 40, now=at)
    if state is State.RUNNING:
        return task.id
    first = State.IN_REVIEW if state in {State.DONE, State.CLOSED} else state
    failure = FailureKind.STALLED if state is State.FAILED else None
    ledger.attempts.finish(Attempt(task_id=task.id, number=1, started_at=at, finished_at=at, outcome=first))
    assert ledger.tasks.move(task.id, State.RUNNING, first, now=at, failure=failure)
    if first is not state:
        assert ledger.tasks.move(task.id, first, state, now=at, pull_request=NUMBERS[state] + 100)
    return task.id


def put_every_state(store: Store, at: datetime) -> None:
    for state in [*(each for each in State if each is not State.QUEUED), State.QUEUED]:  # a claim takes what is queued
        with store.transaction() as ledger:
            put_task(ledger, issue_in(state), state, at)


def pruning(store: Store, folder: Path, served: Callable[[], Collection[str]] = lambda: ()) -> Pruning:
    return Pruning(store=store, folder=folder, retention=Retention(), clock=lambda: NOW, served=served)


def count(found: Pruning, what: str, *, looks: bool = False) -> int:
    return next(each.count for each in (found.look() if looks else found.prune()) if each.what == what)


def states(store: Store) -> set[State]:
    with store.read() as ledger:
        return {task.state for task in ledger.tasks.in_states(*State)}


def test_tasks_that_ended_long_ago_are_removed_and_no_others(store: Store, tmp_path: Path) -> None:
    """What waits, runs, is in review or has failed stays, whatever its age: a person may still ask for more."""
    put_every_state(store, LONG_AGO)

    assert count(pruning(store, tmp_path), "tasks", looks=True) == len(ENDED)
    assert states(store) == set(State)
    assert count(pruning(store, tmp_path), "tasks") == len(ENDED)
    assert states(store) == set(State) - ENDED
    assert count(pruning(store, tmp_path), "tasks") == 0


def test_tasks_that_ended_lately_stay(store: Store, tmp_path: Path) -> None:
    put_every_state(store, NOW - timedelta(days=399))

    assert count(pruning(store, tmp_path), "tasks") == 0


def test_all_that_belongs_to_a_removed_task_goes_with_it(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        task_id = put_task(ledger, issue_in(State.DONE), State.DONE, LONG_AGO)

    pruning(store, tmp_path).prune()

    with store.read() as ledger:
        connection = ledger.tasks._connection
        of_tasks = [table for table, _ in foreign_keys(connection)]
        left = [table for table in of_tasks if connection.exec_driver_sql(f"SELECT 1 FROM {table}").first()]  # noqa: S608
        assert len(of_tasks) > 10
        assert left == []
        assert ledger.attempts.of(task_id) == []
        assert ledger.issues_shown.labels(issue_in(State.DONE)) is None


def test_what_a_later_attempt_may_finish_keeps_its_task(store: Store, tmp_path: Path) -> None:
    """A publication that has begun, and work that is kept."""
    begun, kept = issue_in(State.CANCELLED), issue_in(State.NO_CHANGE)
    with store.transaction() as ledger:
        publication = Publication(head="a" * 40, replaces=None, base="main", title="", body="", summary="")
        ledger.publications.keep(put_task(ledger, begun, State.CANCELLED, LONG_AGO), publication, approved="1 x")
        put_task(ledger, kept, State.NO_CHANGE, LONG_AGO)
        ledger.kept_work.keep(kept, KeptWork(base="b" * 40, head=None, session_id="s"))

    assert count(pruning(store, tmp_path), "tasks") == 0


def test_what_an_open_pull_request_stands_on_keeps_its_task(store: Store, tmp_path: Path) -> None:
    """What becomes of the one above depends on it. A task of that number in another repository keeps none."""
    with store.transaction() as ledger:
        lower, other = (put_task(ledger, issue_in(each), each, LONG_AGO) for each in (State.DONE, State.CLOSED))
        upper = put_task(ledger, IssueRef("octo/tools", 80), State.IN_REVIEW, NOW)
        ledger.stacks.keep(upper, StackedOn(issue_in(State.DONE), "a" * 40))
        away = put_task(ledger, IssueRef("octo/other", 81), State.IN_REVIEW, NOW)
        ledger.stacks.keep(away, StackedOn(IssueRef("octo/other", NUMBERS[State.CLOSED]), "a" * 40))
    assert count(pruning(store, tmp_path), "tasks") == 1
    with store.read() as ledger:
        assert ledger.tasks.by_id(lower) is not None
        assert ledger.tasks.by_id(other) is None


def test_a_removed_task_is_remembered_by_its_issue_and_its_pull_request(store: Store, tmp_path: Path) -> None:
    put_every_state(store, LONG_AGO)
    pruning(store, tmp_path).prune()

    done, pull = issue_in(State.DONE), IssueRef("octo/tools", NUMBERS[State.DONE] + 100)
    with store.transaction() as ledger:
        assert ledger.removed_tasks.numbers("octo/tools") == {NUMBERS[state] for state in ENDED}
        assert ledger.removed_tasks.find(done) == ledger.removed_tasks.find(pull) == (done, NOW)
        assert ledger.removed_tasks.find(IssueRef("octo/other", done.number)) is None
        assert ledger.removed_tasks.was_done(done)
        assert not ledger.removed_tasks.was_done(issue_in(State.CANCELLED))
        put_task(ledger, done, State.QUEUED, NOW)
        assert ledger.removed_tasks.find(done) is None, "it has a task again"


def test_many_tasks_are_removed_some_at_a_time(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        for number in range(1, 121):
            put_task(ledger, IssueRef("octo/tools", number), State.NO_CHANGE, LONG_AGO)
    asked = iter([False, True])
    found = pruning(store, tmp_path)

    assert found._remove_tasks(lambda: next(asked, True)).count == 100
    assert count(found, "tasks") == 20


# -- mirrors


def put_mirror(folder: Path, name: str, at: datetime) -> Path:
    mirror = folder / "mirrors" / f"{name}.git"
    mirror.mkdir(parents=True)
    run_git("init", "-q", "--bare", ".", cwd=mirror)
    for each in (*mirror.rglob("*"), mirror):
        os.utime(each, (at.timestamp(), at.timestamp()))
    return mirror


def fail_to_say() -> Collection[str]:
    raise GitHubFailed(None, "no answer")


def test_a_mirror_that_no_repository_needs_is_removed(store: Store, tmp_path: Path) -> None:
    served, gone = put_mirror(tmp_path, "octo/tools", LONG_AGO), put_mirror(tmp_path, "octo/gone", LONG_AGO)
    other_case, young = put_mirror(tmp_path, "Octo/Clock", LONG_AGO), put_mirror(tmp_path, "octo/young", NOW)
    found = pruning(store, tmp_path, lambda: ("octo/tools", "octo/clock"))

    assert count(found, "mirrors", looks=True) == 1
    assert gone.is_dir()
    assert count(found, "mirrors") == 1
    assert [each.is_dir() for each in (served, gone, other_case, young)] == [True, False, True, True]


@pytest.mark.parametrize("served", [fail_to_say, tuple])
def test_no_mirror_goes_while_it_is_unknown_what_is_served(
    store: Store, tmp_path: Path, served: Callable[[], Collection[str]]
) -> None:
    put_mirror(tmp_path, "octo/gone", LONG_AGO)

    assert count(pruning(store, tmp_path, served), "mirrors") == 0


@pytest.mark.parametrize("state", sorted(set(State) - ENDED))
def test_the_mirror_of_an_open_task_stays(store: Store, tmp_path: Path, state: State) -> None:
    """A maintainer may take a repository out of the settings for a while."""
    put_mirror(tmp_path, "octo/tools", LONG_AGO)
    with store.transaction() as ledger:
        put_task(ledger, issue_in(state), state, LONG_AGO)

    assert count(pruning(store, tmp_path, lambda: ("octo/other",)), "mirrors") == 0


def test_a_mirror_with_work_that_is_kept_stays(store: Store, tmp_path: Path) -> None:
    mirror = put_mirror(tmp_path, "octo/gone", LONG_AGO)
    tree = run_git("mktree", cwd=mirror, stdin=b"").strip()
    commit = run_git("commit-tree", tree, "-m", "work", cwd=mirror).strip()
    for each in (*mirror.rglob("*"), mirror):
        os.utime(each, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    issue = IssueRef("octo/gone", 1)
    with store.transaction() as ledger:
        put_task(ledger, issue, State.CANCELLED, LONG_AGO)
        ledger.kept_work.keep(issue, KeptWork(base="b" * 40, head=commit, session_id="s"))

    assert count(pruning(store, tmp_path, lambda: ("octo/other",)), "mirrors") == 0


@pytest.mark.parametrize("lock_of", [use_lock, fetch_lock])
def test_a_mirror_in_use_stays(store: Store, tmp_path: Path, lock_of: Callable[[Path], Path]) -> None:
    mirror = put_mirror(tmp_path, "octo/gone", LONG_AGO)
    found = pruning(store, tmp_path, lambda: ("octo/other",))
    with hold_lock(lock_of(mirror), wait=0.0):
        assert count(found, "mirrors") == 0
    assert count(found, "mirrors") == 1
