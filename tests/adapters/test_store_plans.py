"""What is asked often reads only what waits: the cost of a night does not grow with all that was ever done."""

from __future__ import annotations

import inspect
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import get_type_hints

import pytest
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store import Ledger, Store
from bot.adapters.store.claim_statements import HEAD_OF_QUEUE
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Priority, Snapshot, State
from tests.adapters.page_calls import NOW
from tests.adapters.rare_store_calls import RARE
from tests.adapters.store_calls import LEASE, OFTEN

MANY = 10_000
# Tables whose rows are as many as all that was ever done. (Of publications there are as many as are going on.)
GROWING = (
    "tasks|blockers|attempts|deliveries|outbox|task_events|status_comments|kept_work|removed_tasks|refused_patches|"
    "comments_begun|issues_shown|issues_read|issue_order|commands_seen|replies|labels_made|bookmarks|http_cache|"
    "baselines|flaky_tests|notices|review_items|hooks|delivery_logs"
)
# Indexes that hold only rows which still wait for something: reading one of them whole is what a poll is for.
OF_WHAT_WAITS = {
    "tasks_ready",
    "tasks_slots",
    "tasks_queued",
    "tasks_unread",
    "tasks_in_review",
    "tasks_changed_in_review",
    "tasks_blocked",
    "tasks_in_cycles",
    "attempts_open",
    "deliveries_to_do",
    "outbox_to_say",
    "outbox_given_up",
}


NEXT_TASK = """
    INSERT INTO tasks (repository, number, state, priority, snapshot, overrides, detail, attempts, automatic_retries,
                       blocked_by, fence, created_at, updated_at, queued_at)
    SELECT repository, ?, state, priority, snapshot, overrides, detail, attempts, automatic_retries,
           1, fence, created_at, updated_at, queued_at FROM tasks WHERE id = 1
"""
NEXT_BLOCKER = "INSERT INTO blockers (task_id, repository, number, position, met) VALUES (?, 'octo/tools', ?, 0, 0)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


def enqueue_the_first(ledger: Ledger) -> None:
    snapshot = Snapshot(title="t", body="")
    ledger.tasks.enqueue(IssueRef("octo/tools", 1), snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)


@contextmanager
def statements() -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """Every statement that reaches a database meanwhile, with its parameters."""
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def plan_of(path: Path, asked: Callable[[Ledger], object], store: Store) -> list[str]:
    with statements() as seen, store.transaction() as ledger:
        asked(ledger)
    with closing(sqlite3.connect(path)) as file:
        read = [(statement, parameters) for statement, parameters in seen if not statement.startswith("BEGIN")]
        return [step for one in read for *_, step in file.execute(f"EXPLAIN QUERY PLAN {one[0]}", one[1])]


@pytest.mark.parametrize("asked", OFTEN.values(), ids=OFTEN)
def test_what_is_asked_often_never_reads_a_whole_table(
    store: Store, tmp_path: Path, asked: Callable[[Ledger], object]
) -> None:
    with store.transaction() as ledger:
        enqueue_the_first(ledger)

    plan = plan_of(tmp_path / "ledger.db", asked, store)

    whole = [step for step in plan if re.match(rf"SCAN ({GROWING})\b", step)]
    assert plan
    assert not [step for step in whole if not OF_WHAT_WAITS & set(step.split())], plan


def test_every_statement_is_among_the_frequent_or_the_rare_ones() -> None:
    """A part's new method is either watched above or listed among those that may read a whole table, with a reason."""
    parts = get_type_hints(Ledger)
    methods = {
        f"{part}.{name}"
        for part in parts
        for name, _ in inspect.getmembers(parts[part], inspect.isfunction)
        if not name.startswith("_")
    }
    watched = {call for asked in OFTEN.values() for call in methods if _calls(asked, call)}

    assert methods - watched - set(RARE) == set()
    assert set(RARE) - methods == set()


def _calls(asked: Callable[[Ledger], object], call: str) -> bool:
    part, method = call.split(".")
    return {part, method} <= set(asked.__code__.co_names)


def test_the_public_page_counts_without_reading_a_task(store: Store, tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "ledger.db", lambda ledger: ledger.overview.counts(), store)

    assert plan[0] == "SCAN tasks USING COVERING INDEX tasks_counted"


@pytest.mark.parametrize("readable", [None, frozenset({"octo/tools"})])
def test_a_page_walks_along_the_index_of_its_state(
    store: Store, tmp_path: Path, readable: frozenset[str] | None
) -> None:
    """In its order, so that it ends with the page; the tasks are then read by their ids."""
    asked = partial(_list_failed, readable)
    (walk, *_) = plan_of(tmp_path / "ledger.db", asked, store)

    assert re.fullmatch(r"(SCAN|SEARCH) tasks USING INDEX tasks_changed_failed( \(updated_at>\?\))?", walk)
    assert not any("TEMP B-TREE" in step for step in plan_of(tmp_path / "ledger.db", asked, store))


def _list_failed(readable: frozenset[str] | None, ledger: Ledger) -> None:
    ledger.overview.newest(State.FAILED, limit=9, readable=readable)


def test_a_claim_goes_by_the_index_of_ready_tasks(store: Store, tmp_path: Path) -> None:
    """First repository, next repository, first task of each: three steps into the partial index; a fourth counts
    runs by the index of slots. Who waits for whom did not change since the last claim."""
    with store.transaction() as ledger:
        ledger.queue_state.keep_paths_known(known=True)
    plan = plan_of(tmp_path / "ledger.db", OFTEN["claim"], store)

    assert sum("INDEX tasks_ready" in step for step in plan) == 3, plan
    assert sum("INDEX tasks_slots" in step for step in plan) == 1, plan


def head_of_queue_in(dialect: Dialect) -> list[str]:
    asked = HEAD_OF_QUEUE.params(now=NOW, per_repository=1, but=["octo/sundial"], without=[1])
    return str(asked.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split()


def test_the_claim_is_the_same_statement_for_postgresql() -> None:
    """Nothing in it belongs to SQLite alone, but for the way it spells a limit."""
    of_postgresql = head_of_queue_in(postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    of_sqlite = " ".join(head_of_queue_in(sqlite.dialect())).replace(" OFFSET 0", "")

    assert of_sqlite.split() == of_postgresql


def chain_up(store: Store, path: Path) -> None:
    """A queue in which each task waits for the one before it."""
    with store.transaction() as ledger:
        enqueue_the_first(ledger)
    with closing(sqlite3.connect(path)) as file, file:
        file.executemany(NEXT_TASK, ((number,) for number in range(2, MANY + 1)))
        file.executemany(NEXT_BLOCKER, ((number, number - 1) for number in range(2, MANY + 1)))


def test_a_chain_of_ten_thousand_is_worked_off_in_its_order(
    store: Store, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each finished task frees the next one; what a step costs is reported, not judged."""
    chain_up(store, tmp_path / "ledger.db")
    claims, seconds = [], []

    for _ in range(30):
        begun = time.perf_counter()
        with store.transaction() as ledger:
            claim = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=3)
        seconds.append(time.perf_counter() - begun)
        assert claim is not None
        claims.append(claim.task.issue.number)
        with store.transaction() as ledger:
            ledger.tasks.move(claim.task.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=claim.task.fence)
            ledger.blockers.settle(claim.task.issue, BlockerState.COMPLETED)

    record_property("milliseconds_per_claim", round(1000 * median(seconds), 2))
    assert claims == list(range(1, 31))
    with store.read() as ledger:
        assert ledger.blockers.find_miscounts() == []
        assert len(ledger.blockers.edges_beyond([IssueRef("octo/tools", MANY)])) == MANY - 31
