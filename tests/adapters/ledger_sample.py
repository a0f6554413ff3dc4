"""Samples of old ledgers, for the test that migrates them.

Whoever adds a migration runs, with its module in place, `python -m tests.adapters.ledger_sample`: it writes
`ledgers/vNNNN.sql` (a ledger of the present version with rows in every table) and `ledgers/vNNNN.json` (what they
mean). A sample is made once, by the program of its version, and never again: it refuses to replace one.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.adapters.store import Ledger, Store, url_of
from bot.adapters.store.migrations import MIGRATIONS
from bot.core.failures import FailureKind
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Blocker, Guards, Overrides, Priority, Snapshot, SnapshotComment, State

FOLDER = Path(__file__).parent / "ledgers"
NOW = datetime(2026, 3, 1, 22, 0, 0, 1, tzinfo=UTC)
ODD = 'O\'Neil; -- "x" \\ \n\t 🕰 مرحبا \N{RIGHT-TO-LEFT OVERRIDE}'
REPOSITORY = "octo/tools"
ENDS = (State.IN_REVIEW, State.DONE, State.CLOSED, State.FAILED, State.NO_CHANGE, State.CANCELLED, State.RUNNING)


def fill(ledger: Ledger) -> None:
    """A task in every state, and rows in every other table, with values that are hard to keep."""
    for number, state in enumerate(ENDS, start=1):
        _put_task(ledger, number, state)
    _enqueue(ledger, 2**40, Blocker(issue=IssueRef("octo/zoo", 9)), Blocker(issue=IssueRef(REPOSITORY, 2), met=True))
    ledger.deliveries.record(guid=ODD, event="issues", payload=b'{"\xff\x00": 1}', now=NOW)
    ledger.deliveries.record(guid="done", event="ping", payload=b"", now=NOW)
    ledger.deliveries.finish("done", now=NOW, note=ODD)
    ledger.outbox.post("waits", kind="label", payload={"odd": ODD}, now=NOW)
    ledger.memory.remember("cursor:" + ODD, ODD)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + timedelta(days=400), reason=ODD, now=NOW)
    ledger.writes.reserve(NOW, reads=3, a_minute=9, an_hour=9)


def meaning(ledger: Ledger) -> dict[str, Any]:
    """Everything that the ledger says through its own API, in JSON."""
    tasks = ledger.tasks.in_states(*State)
    delivery, pause = ledger.deliveries.next(NOW), ledger.pauses.longest(NOW)
    said = {
        "tasks": [asdict(task) for task in tasks],
        "attempts": [asdict(attempt) for task in tasks for attempt in ledger.attempts.of(task.id)],
        "delivery": asdict(delivery) if delivery else None,
        "outbox": [asdict(item) for item in ledger.outbox.due(NOW, 100)],
        "memory": ledger.memory.recall_prefix(""),
        "paused": asdict(pause) if pause else None,
        "requests": ledger.writes.requests(NOW),
    }
    return dict(json.loads(json.dumps(said, default=repr)))


def _enqueue(ledger: Ledger, number: int, *blockers: Blocker) -> int:
    comments = (SnapshotComment(author="ada", body=ODD),)
    snapshot = Snapshot(title=ODD, body="\0 \ud800", comments=comments, approved_by="ada", approved_at=NOW)
    overrides = Overrides(turns=9, budget_usd=0.1, model=ODD, fresh=True)
    issue = IssueRef(REPOSITORY, number)
    return ledger.tasks.enqueue(
        issue, snapshot=snapshot, blockers=blockers, priority=Priority.LOW, overrides=overrides, now=NOW
    ).id


def _put_task(ledger: Ledger, number: int, state: State) -> None:
    task_id = _enqueue(ledger, number)
    claim = ledger.claims.claim(worker=ODD, now=NOW, lease=timedelta(minutes=2), per_repository=100)
    assert claim is not None
    assert claim.task.id == task_id
    ledger.attempts.start(task_id, 1, NOW)
    if state is State.RUNNING:
        return
    first = State.IN_REVIEW if state in (State.DONE, State.CLOSED) else state
    failure = FailureKind.VERIFICATION_FAILED if state is State.FAILED else None
    ledger.attempts.finish(_ended(task_id, first, failure))
    assert ledger.tasks.move(task_id, State.RUNNING, first, now=NOW, failure=failure, detail=ODD, pushed="a" * 40)
    if first is not state:
        assert ledger.tasks.move(task_id, first, state, now=NOW, pull_request=2**40 + number)


def _ended(task_id: int, outcome: State, failure: FailureKind | None) -> Attempt:
    return Attempt(
        task_id=task_id,
        number=1,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=1),
        outcome=outcome,
        failure=failure,
        summary=ODD,
        turns=12,
        cost_usd=0.1,
        guards=Guards(asked=3, granted=2, refused=1),
        refused_commands=(ODD,),
        commands=((ODD, 1), ("sleep 9", None)),
    )


def write_sample() -> Path:
    target = FOLDER / f"v{MIGRATIONS[-1].version:04}.sql"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with closing(Store.open(url_of(path))) as store:
            with store.transaction() as ledger:
                fill(ledger)
            with store.read() as ledger:
                said = meaning(ledger)
        with closing(sqlite3.connect(path)) as file, target.open("x", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in file.iterdump())
    target.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{write_sample()}\n")
