"""What is past its time is removed and counted; what an open task needs stays; no link leads out of the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.adapters.store import Baseline, Latest, Ledger, LogMark, Store
from bot.adapters.store.retention import KINDS
from bot.adapters.store.schema import TASKS
from bot.core.failures import FailureKind
from bot.core.ran import Ran
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State
from tests.adapters.old_records import DONE, LONG_AGO, NOW, OPEN, counts, foreign_keys, keep_file, pruning


@pytest.fixture
def store(ledger_url: str) -> Iterator[Store]:
    with closing(Store.open(ledger_url)) as store:
        with store.transaction() as ledger:
            _put(ledger, OPEN, State.FAILED)
            _put(ledger, DONE, State.NO_CHANGE)
        yield store


def _put(ledger: Ledger, issue: IssueRef, end: State) -> int:
    snapshot = Snapshot(title="t", body="")
    ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=LONG_AGO)
    claim = ledger.claims.claim(worker="w", now=LONG_AGO, lease=timedelta(minutes=1), per_repository=9)
    assert claim is not None
    failure = FailureKind.STALLED if end is State.FAILED else None
    assert ledger.tasks.move(claim.task.id, State.RUNNING, end, now=LONG_AGO, failure=failure)
    return claim.task.id


def note_everything(ledger: Ledger, at: datetime) -> None:
    for issue in (OPEN, DONE):
        task = ledger.tasks.find(issue)
        assert task is not None
        ledger.issues_read.keep(issue, at)
        ledger.issue_order.keep(issue, Latest(stopped_at=at))
        ledger.comments_begun.keep(issue, "marker", at)
        ledger.refused_patches.keep(task.id, 1, "patch")
        ledger.check_results.keep(task.id, 1, (), at)
    for key in ("said", "given up"):
        ledger.outbox.post(key, kind="status", payload={}, now=at)
    ledger.outbox.finish("said", 1)
    ledger.outbox.give_up("given up", 1, note="403")
    ledger.outbox.post("due", kind="status", payload={}, now=at)
    ledger.deliveries.record(guid="done", event="ping", payload=b"", now=at)
    ledger.deliveries.finish("done", now=at)
    ledger.deliveries.record(guid="to do", event="ping", payload=b"", now=at)
    ledger.replies.keep("comment:8", str(OPEN), at)
    ledger.replies.keep("stranger:octo/tools#1:eve", str(OPEN), at)
    ledger.commands_seen.keep(8, "octo/tools", at)
    ledger.http_cache.keep("url", etag="e", value="v", now=at)
    ledger.delivery_logs.keep("/app", LogMark(since=at))
    ledger.baselines.keep("octo/tools", "ab", Baseline(base="b" * 40, ran=(Ran(code=0, seconds=1),)), at)
    ledger.flaky_tests.keep("octo/tools", ["test_clock"], at)
    ledger.own_errors.add("KeyError at octo/tools", at)


def test_what_is_old_goes_and_what_an_open_task_needs_stays(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        note_everything(ledger, LONG_AGO)
    expected = {
        "deliveries": 1,
        "messages": 2,
        "replies": 1,
        "commands": 1,
        "begun comments": 2,
        "issues read": 1,
        "order of issues": 1,
        "cached answers": 1,
        "refused patches": 1,
        "check results": 1,
        "baselines": 1,
        "flaky tests": 1,
        "events": 3,
    }

    looked = counts(pruning(store, tmp_path).look())
    removed = counts(pruning(store, tmp_path).prune())

    assert looked == removed == expected
    assert set(expected) == set(KINDS)
    assert counts(pruning(store, tmp_path).look()) == {}
    with store.read() as ledger:
        (failed, done) = (ledger.tasks.find(issue) for issue in (OPEN, DONE))
        assert failed is not None
        assert done is not None
        assert len(ledger.events.of(failed.id)) == 3
        assert ledger.refused_patches.of(failed.id, 1) == "patch"
        assert ledger.issues_read.at(OPEN) == LONG_AGO
        assert ledger.replies.unknown(["stranger:octo/tools#1:eve"]) == set()
        assert [item.key for item in ledger.outbox.due(NOW, 9)] == ["due"]
        delivery = ledger.deliveries.next(NOW)
        assert delivery is not None
        assert delivery.guid == "to do"


def test_what_is_young_stays(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        note_everything(ledger, NOW - timedelta(days=1))

    assert counts(pruning(store, tmp_path).look()) == {"events": 3, "refused patches": 1}


def test_more_than_one_step_is_removed_and_a_stop_comes_between(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        for number in range(1201):
            ledger.commands_seen.keep(number, "octo/tools", LONG_AGO)
    asked = iter([False, True])

    assert counts(pruning(store, tmp_path).prune(lambda: next(asked, True)))["commands"] == 500
    assert counts(pruning(store, tmp_path).prune())["commands"] == 701


def test_evidence_and_conversations_go_when_they_are_old(store: Store, tmp_path: Path) -> None:
    old = keep_file(tmp_path / "evidence/octo/tools/2/1/session-1/seal.json")
    young = keep_file(tmp_path / "evidence/octo/tools/2/2/session-1/seal.json", NOW)
    needed = keep_file(tmp_path / "evidence/octo/tools/1/1/session-1/seal.json")
    said = keep_file(tmp_path / "conversations/octo/tools/2.jsonl", text="said")
    of_failed = keep_file(tmp_path / "conversations/octo/tools/1.jsonl")

    looked = {each.what: (each.count, each.bytes) for each in pruning(store, tmp_path).look() if each.count}
    pruning(store, tmp_path).prune()

    assert looked["evidence"] == (1, 4)
    assert looked["conversations"] == (2, 8)
    assert [path.exists() for path in (old, young, needed, said, of_failed)] == [False, True, True, False, False]


def test_environments_go_when_no_attempt_has_used_them_for_long(store: Store, tmp_path: Path) -> None:
    """Whole ones, and what another program left there."""
    old = keep_file(tmp_path / "environments/octo+tools/a/set_up.json").parent
    keep_file(old / "tree/node_modules/x/index.js", NOW, text="12345678")
    young = keep_file(tmp_path / "environments/octo+tools/b/set_up.json", NOW - timedelta(days=13)).parent
    half = keep_file(tmp_path / "environments/octo+other/c/x").parent

    looked = {each.what: (each.count, each.bytes) for each in pruning(store, tmp_path).look() if each.count}
    removed = counts(pruning(store, tmp_path).prune())

    assert looked["environments"] == (2, 16)
    assert removed["environments"] == 2
    assert [path.exists() for path in (old, young, half)] == [False, True, False]


def test_a_conversation_that_a_queued_task_goes_on_from_stays(store: Store, tmp_path: Path) -> None:
    with store.transaction() as ledger:
        snapshot = Snapshot(title="t", body="")
        ledger.tasks.enqueue(OPEN, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)
    kept = keep_file(tmp_path / "conversations/octo/tools/1.jsonl")

    pruning(store, tmp_path).prune()

    assert kept.exists()


def test_a_conversation_that_a_revision_continues_stays_while_its_task_is_in_review(
    store: Store, tmp_path: Path
) -> None:
    """However long the review takes. When the pull request is merged or closed, no session continues it."""
    in_review, merged, cancelled = (IssueRef("octo/tools", number) for number in (3, 4, 5))
    with store.transaction() as ledger:
        review = _put(ledger, in_review, State.IN_REVIEW)
        ended = _put(ledger, merged, State.IN_REVIEW)
        assert ledger.tasks.move(ended, State.IN_REVIEW, State.DONE, now=NOW)
        _put(ledger, cancelled, State.CANCELLED)
    folder = tmp_path / "conversations/octo/tools"
    kept, of_merged, of_cancelled = (keep_file(folder / f"{number}.jsonl") for number in (3, 4, 5))

    looked = counts(pruning(store, tmp_path).look())["conversations"]

    assert looked == counts(pruning(store, tmp_path).prune())["conversations"] == 2

    assert [path.exists() for path in (kept, of_merged, of_cancelled)] == [True, False, False]
    with store.transaction() as ledger:
        assert ledger.tasks.move(review, State.IN_REVIEW, State.CLOSED, now=NOW)
    pruning(store, tmp_path).prune()
    assert not kept.exists()


@pytest.mark.parametrize(
    "place",
    [
        "evidence/octo",
        "evidence/octo/tools",
        "evidence/octo/tools/2",
        "evidence/octo/tools/2/1",
        "conversations/octo/tools",
        "conversations/octo/tools/2.jsonl",
        "environments/octo+tools",
        "environments/octo+tools/1",
    ],
)
def test_a_link_is_not_followed(store: Store, tmp_path: Path, place: str) -> None:
    """Whatever a link in the data folder points to is another program's, however old it is."""
    outside = tmp_path / "outside"
    mine = [
        keep_file(outside / name) for name in ("tools/2/1/seal.json", "2/1/seal.json", "1/seal.json", "2.jsonl", "x")
    ]
    link = tmp_path / place
    link.parent.mkdir(parents=True)
    link.symlink_to(outside / "x" if place.endswith("jsonl") else outside)
    os.utime(link, (LONG_AGO.timestamp(), LONG_AGO.timestamp()), follow_symlinks=False)
    for name in ("tools/2/1", "2/1", "1", "."):  # as old inside as the link itself
        os.utime(outside / name, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))

    assert not {"evidence", "conversations"} & set(counts(pruning(store, tmp_path).prune()))

    assert all(path.exists() for path in mine)
    assert link.is_symlink()


def test_a_link_inside_of_evidence_goes_without_what_it_points_to(store: Store, tmp_path: Path) -> None:
    outside = keep_file(tmp_path / "outside/mine")
    old = keep_file(tmp_path / "evidence/octo/tools/2/1/session-1/seal.json")
    (old.parent / "link").symlink_to(outside.parent)
    (old.parent / "file").symlink_to(outside)
    for each in (old.parent / "link", old.parent / "file", old.parent):
        os.utime(each, (LONG_AGO.timestamp(), LONG_AGO.timestamp()), follow_symlinks=False)

    pruning(store, tmp_path).prune()

    assert not old.parents[1].exists()
    assert outside.exists()


def test_all_that_belongs_to_a_task_is_deleted_with_it(store: Store) -> None:
    """The foreign key of a table that refers to a task decides this."""
    with store.transaction() as ledger:
        task = ledger.tasks.find(DONE)
        assert task is not None
        ledger.pushes.begin(task.id, fence=task.fence, replaces=None, head="a" * 40, now=NOW)
        connection = ledger.tasks._connection
        connection.execute(delete(TASKS).where(TASKS.c.id == task.id))
        assert ledger.pushes.own_heads(task.id) == set()
        assert ledger.events.of(task.id) == []
        kept = foreign_keys(connection)
    assert set(kept.values()) == {"CASCADE"}
    assert len(kept) == 23
