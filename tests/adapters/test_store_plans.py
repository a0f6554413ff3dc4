"""What is asked often reads only what waits: the cost of a night does not grow with all that was ever done."""

from __future__ import annotations

import inspect
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import get_type_hints

import pytest
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.store import Ledger, Store
from bot.adapters.store.claims import head_of_queue
from bot.core.holding_back import Behind
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
MANY = 10_000
THE_FIRST = Task(
    id=1,
    issue=IssueRef("octo/tools", 1),
    state=State.QUEUED,
    snapshot=Snapshot(title="t", body=""),
    created_at=NOW,
    updated_at=NOW,
)


def update_and_post(ledger: Ledger) -> None:
    """A worker changes its task under its fence, and announces that."""
    ledger.tasks.update(1, fence=1, now=NOW, pushed="c0ffee")
    ledger.outbox.post("k", kind="label", payload={}, now=NOW)


OFTEN: dict[str, Callable[[Ledger], object]] = {
    "claim": lambda ledger: ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1),
    "heartbeat": lambda ledger: ledger.claims.extend(1, 1, now=NOW, lease=LEASE),
    "expired": lambda ledger: ledger.claims.expired(NOW),
    "running": lambda ledger: ledger.tasks.in_states(State.RUNNING),
    "in review": lambda ledger: ledger.tasks.in_states(State.IN_REVIEW),
    "one task": lambda ledger: ledger.tasks.find(IssueRef("octo/tools", 1)),
    "by pull request": lambda ledger: ledger.tasks.by_pull_request("octo/tools", 1),
    "settle": lambda ledger: ledger.blockers.settle(IssueRef("octo/tools", 1), True),
    "waiting": lambda ledger: ledger.blockers.waiting_for(IssueRef("octo/tools", 1)),
    "edges": lambda ledger: ledger.blockers.edges_beyond([IssueRef("octo/tools", 1), IssueRef("octo/clock", 1)]),
    "claim behind others": lambda ledger: ledger.claims.claim(
        worker="w", now=NOW, lease=LEASE, per_repository=1, behind={1: Behind.PRIORITY, 2: Behind.QUEUE}
    ),
    "place": lambda ledger: ledger.claims.place(THE_FIRST),
    "place behind others": lambda ledger: ledger.claims.place(THE_FIRST, {1: Behind.PRIORITY, 2: Behind.QUEUE}),
    "waiting after": lambda ledger: ledger.claims.waiting_after(0, 20),
    "delivery": lambda ledger: (ledger.deliveries.next(NOW), ledger.deliveries.is_due(NOW)),
    "outbox": lambda ledger: (ledger.outbox.due(NOW, 10), ledger.outbox.size(), ledger.outbox.given_up()),
    "update and post": update_and_post,
    "progress": lambda ledger: ledger.attempts.progress(1),
    "attempts of a task": lambda ledger: ledger.attempts.of(1),
    "spent": lambda ledger: ledger.attempts.spent(NOW),
    "lost": lambda ledger: ledger.attempts.lost(NOW),
    "ended since": lambda ledger: ledger.attempts.ended_since(NOW),
    "left open": lambda ledger: ledger.attempts.left_open(NOW),
    "known deliveries": lambda ledger: ledger.deliveries.known(["guid"]),
    "unmet blockers": lambda ledger: ledger.blockers.unmet("octo/tools"),
    "tasks of a repository": lambda ledger: (ledger.tasks.listed("octo/tools"), ledger.tasks.oldest("octo/tools")),
    "move": lambda ledger: ledger.tasks.move(1, State.QUEUED, State.CANCELLED, now=NOW),
    "events": lambda ledger: (ledger.events.of(1), ledger.events.reached_since(NOW)),
    "issue": lambda ledger: (
        ledger.issues_shown.labels(THE_FIRST.issue),
        ledger.issues_read.at(THE_FIRST.issue),
        ledger.issue_order.latest(THE_FIRST.issue),
        ledger.comments_begun.since(THE_FIRST.issue, "marker"),
        ledger.status_comments.of(THE_FIRST.issue),
        ledger.kept_work.of(THE_FIRST.issue),
    ),
    "comment made": lambda ledger: ledger.comments_begun.forget(THE_FIRST.issue, "marker"),
    "status comment gone": lambda ledger: ledger.status_comments.forget(THE_FIRST.issue),
    "kept work used up": lambda ledger: ledger.kept_work.forget(THE_FIRST.issue),
    "seen": lambda ledger: (
        ledger.commands_seen.has(1),
        ledger.replies.unknown(["k"]),
        ledger.labels_made.has("r", "l"),
    ),
    "polled": lambda ledger: (
        ledger.bookmarks.of("octo/tools", "issues"),
        ledger.http_cache.of("url"),
        ledger.hooks.numbers(["octo/tools"]),
        ledger.delivery_logs.of("/app"),
        ledger.baselines.of("octo/tools", "ab"),
    ),
    "work": lambda ledger: (
        ledger.publications.of(1, approved="x"),
        ledger.publications.tasks_of("octo/tools"),
        ledger.pushes.own_heads(1),
        ledger.refused_patches.of(1, 1),
    ),
    "writes": lambda ledger: (ledger.writes.requests(NOW), ledger.writes.reserve(NOW, reads=1, a_minute=9, an_hour=9)),
}
# What may read a whole table, and how often that happens.
RARE = {
    "tasks.in_states": "with a state that has no index, or with none: `nightshift list`",
    "tasks.known": "by its id: as by_id",
    "tasks.by_id": "by its id",
    "tasks.where": "what the other parts read by",
    "tasks.enqueue": "by the issue: as find and move",
    "tasks.update": "by the id: as move",
    "blockers.find_miscounts": "tests and `nightshift doctor`",
    "blockers.replace": "by the task",
    "blockers.is_news": "by the issue: as settle",
    "claims.leases": "the running ones: as expired",
    "attempts.start": "an insert",
    "attempts.finish": "by the key",
    "attempts.note_progress": "by the key",
    "restoring.restore": "`nightshift sync`",
    "deliveries.record": "an insert",
    "deliveries.finish": "by the GUID",
    "deliveries.postpone": "by the GUID",
    "outbox.finish": "by the key",
    "outbox.give_up": "by the key",
    "outbox.retry": "by the key",
    "outbox.revive": "`nightshift sync`",
    "pauses.begin": "a row for each cause",
    "pauses.end": "a row for each cause",
    "pauses.current": "a row for each cause",
    "pauses.longest": "a row for each cause",
    "waits.clamp_waits_after_clock_jump": "at a start, and when the clock was set back",
    "statistics.read": "`nightshift stats`",
    "statistics.counts": "the public page: one whole index, no task's text",
    "events.add": "an insert",
    "status_comments.keep": "by the key",
    "comments_begun.keep": "by the key",
    "issues_shown.is_label_noted": "by the key",
    "issues_shown.keep_labels": "by the key",
    "issues_read.keep": "by the key",
    "issues_shown.begin_label": "by the key",
    "issues_shown.is_uncommented": "by the key",
    "issues_shown.keep_uncommented": "by the key",
    "issue_order.keep": "by the key",
    "commands_seen.keep": "by the key",
    "replies.keep": "by the key",
    "labels_made.keep": "by the key",
    "publications.keep": "by the key",
    "publications.forget": "by the key",
    "publications.heads": "what is being published: while mirrors are tidied up",
    "pushes.begin": "by the key",
    "pushes.finish": "by the key",
    "kept_work.keep": "by the key",
    "own_errors.add": "one row",
    "own_errors.caught": "one row",
    "kept_work.heads": "what later sessions go on from: while mirrors are tidied up",
    "refused_patches.keep": "by the key",
    "bookmarks.keep": "by the key",
    "http_cache.keep": "by the key",
    "http_cache.forget": "by the key",
    "hooks.keep": "by the key",
    "delivery_logs.keep": "by the key",
    "baselines.keep": "by the key",
    "queue_state.holding": "500 rows at most",
    "queue_state.keep_holding": "500 rows at most",
    "queue_state.shown": "one row",
    "queue_state.keep_shown": "one row",
    "leftovers.all": "a person who looks",
    "old_rows.count": "every six hours, while nothing runs",
    "old_rows.remove": "every six hours, 500 rows at a time",
    "old_rows.open_issues": "every six hours",
    "old_rows.active_issues": "every six hours",
}
# Tables whose rows are as many as all that was ever done. (Of publications there are as many as are going on.)
GROWING = (
    "tasks|blockers|attempts|deliveries|outbox|task_events|status_comments|kept_work|pushes|refused_patches|"
    "comments_begun|issues_shown|issues_read|issue_order|commands_seen|replies|labels_made|bookmarks|http_cache|"
    "baselines|hooks|delivery_logs"
)
# Indexes that hold only rows which still wait for something: reading one of them whole is what a poll is for.
OF_WHAT_WAITS = {
    "tasks_ready",
    "tasks_slots",
    "tasks_queued",
    "tasks_in_review",
    "tasks_blocked",
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
    parts = {field.name: field.type for field in fields(Ledger)}
    hints = get_type_hints(Ledger)
    methods = {
        f"{part}.{name}"
        for part in parts
        for name, _ in inspect.getmembers(hints[part], inspect.isfunction)
        if not name.startswith("_")
    }
    watched = {call for asked in OFTEN.values() for call in methods if _calls(asked, call)}

    assert methods - watched - set(RARE) == set()
    assert set(RARE) - methods == set()


def _calls(asked: Callable[[Ledger], object], call: str) -> bool:
    part, method = call.split(".")
    return {part, method} <= set(asked.__code__.co_names)


def test_the_public_page_counts_without_reading_a_task(store: Store, tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "ledger.db", lambda ledger: ledger.statistics.counts(), store)

    assert plan[0] == "SCAN tasks USING COVERING INDEX tasks_counted"


def test_a_claim_goes_by_the_index_of_ready_tasks(store: Store, tmp_path: Path) -> None:
    """First repository, next repository, first task of each: three steps into the partial index; a fourth counts
    runs by the index of slots."""
    plan = plan_of(tmp_path / "ledger.db", OFTEN["claim"], store)

    assert sum("INDEX tasks_ready" in step for step in plan) == 3, plan
    assert sum("INDEX tasks_slots" in step for step in plan) == 1, plan


def head_of_queue_in(dialect: Dialect) -> list[str]:
    return str(head_of_queue(NOW, 1).compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split()


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
            ledger.blockers.settle(claim.task.issue, True)

    record_property("milliseconds_per_claim", round(1000 * median(seconds), 2))
    assert claims == list(range(1, 31))
    with store.read() as ledger:
        assert ledger.blockers.find_miscounts() == []
        assert len(ledger.blockers.edges_beyond([IssueRef("octo/tools", MANY)])) == MANY - 31
