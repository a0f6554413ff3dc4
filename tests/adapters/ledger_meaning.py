"""What the rows of a ledger mean, as its own calls say it: for the samples of old ledgers."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from bot.adapters.store import Baseline, Ledger
from bot.core.references import IssueRef
from bot.core.tasks import State, Task

NOW = datetime(2026, 3, 1, 22, 0, 0, 1, tzinfo=UTC)
ODD = 'O\'Neil; -- "x" \\ \n\t 🕰 مرحبا \N{RIGHT-TO-LEFT OVERRIDE}'
ISSUE = IssueRef(REPOSITORY := "octo/tools", 1)
ELSEWHERE = IssueRef("octo/zoo", 9)


def leftovers(connection: Connection) -> dict[str, str]:
    """What an older program kept under keys that no table of today takes: no part of this one reads it."""
    return {row.key: row.value for row in connection.execute(text("SELECT key, value FROM leftovers"))}


def meaning(ledger: Ledger) -> dict[str, Any]:
    """Everything that the ledger says through its own API, in JSON."""
    tasks = ledger.tasks.in_states(*State)
    delivery, pause, caught = ledger.deliveries.next(NOW), ledger.pauses.longest(NOW), ledger.own_errors.read_caught()
    said = {
        "tasks": [asdict(task) for task in tasks],
        "attempts": [asdict(attempt) for task in tasks for attempt in ledger.attempts.of(task.id)],
        "delivery": asdict(delivery) if delivery else None,
        "outbox": [asdict(item) for item in ledger.outbox.due(NOW, 100)],
        "memory": leftovers(ledger.tasks._connection),
        "issues": _issues(ledger),
        "work": _work(ledger, tasks),
        "digest": asdict(digest) if (digest := ledger.digests.of(NOW)) else None,
        "events": [asdict(event) for task in tasks for event in ledger.events.of(task.id)],
        "holding": asdict(ledger.queue_state.holding()),
        "queue_shown": asdict(ledger.queue_state.read_shown()),
        "paused": asdict(pause) if pause else None,
        "doctor": asdict(found) if (found := ledger.doctor_findings.read()) else None,
        "counters": ledger.counters.of("relay_answers"),
        "budgets": {account: asdict(budget) for account, budget in ledger.github_budgets.all(NOW).items()},
        "own_errors": asdict(caught) if caught else None,
        "hold": ledger.holds.find_wait(ODD, NOW),
        "requests": ledger.writes.requests(NOW),
        "removed": [ledger.removed_tasks.find(IssueRef(REPOSITORY, number)) for number in (7, 2**40 + 1)],
    }
    return dict(json.loads(json.dumps(said, default=repr)))


def _issues(ledger: Ledger) -> dict[str, Any]:
    bookmark, cached = ledger.bookmarks.of(REPOSITORY, "issues"), ledger.http_cache.of(ODD)
    baseline = ledger.baselines.of(REPOSITORY, "ab" * 16) or Baseline(base="", ran=())
    return {
        "begun": ledger.comments_begun.since(ISSUE, ODD),
        "labels": sorted(ledger.issues_shown.labels(ISSUE) or ()),
        "read": ledger.issues_read.at(ISSUE),
        "unseen": ledger.blockers.is_unseen(ELSEWHERE),
        "order": asdict(ledger.issue_order.latest(ISSUE)),
        "followed": ledger.commands_seen.has(2**40),
        "unanswered": sorted(ledger.replies.unknown({ODD})),
        "made": ledger.labels_made.has(REPOSITORY, ODD),
        "bookmark": asdict(bookmark) if bookmark else None,
        "cached": asdict(cached) if cached else None,
        "hooks": ledger.webhooks.numbers([REPOSITORY]),
        "log": asdict(ledger.delivery_logs.of("/app/hook/deliveries")),
        "baseline": {"base": baseline.base, "ran": [(each.code, each.seconds) for each in baseline.ran]},
        "tests": [each.tests for each in baseline.ran],
        "flaky": sorted(ledger.flaky_tests.of(REPOSITORY)),
    }


def _work(ledger: Ledger, tasks: list[Task]) -> dict[str, Any]:
    task = next(task for task in tasks if task.issue == ISSUE)
    shown, kept = ledger.status_comments.of(ISSUE), ledger.kept_work.of(ISSUE)
    recorded, revision = ledger.publications.of(task.id), ledger.revisions.of(task.id)
    return {
        "status_comment": asdict(shown) if shown else None,
        "notices": {rest: asdict(notice) for rest, notice in ledger.notices.of(task.id).items()},
        "pull_requests": asdict(ledger.pull_request_settings.of(REPOSITORY)),
        "wrong": {name: asdict(wrong) for name, wrong in ledger.wrong_settings.all().items()},
        "checks": {name: asdict(shown) for name, shown in ledger.shown_checks.of(task.id).items()},
        "said": [asdict(each) for each in ledger.said.read(task.id, 2)],
        "live": asdict(ledger.live_attempts.of(task.id)),
        "publication": asdict(recorded[0]) if recorded else None,
        "conflicts": [asdict(conflict) | {"files": list(conflict.files)} for conflict in ledger.pairs.of(REPOSITORY)],
        "native": asdict(made) if (made := ledger.native_stacks.of(task.id, 2**40)) else None,
        "adopted": ledger.native_stacks.read_adopted(task.id),
        "lacks_stacks": ledger.native_stacks.is_lacking(REPOSITORY, NOW - timedelta(days=1)),
        "pushed": ",".join(sorted(ledger.pushes.own_heads(task.id))),
        "kept": asdict(kept) if kept else None,
        "by test": {
            number: [asdict(each) for each in kept] for number, kept in ledger.check_results.of(task.id).items()
        },
        "ordered": asdict(ordered) if (ordered := ledger.ordered_attempts.of(task.id)) else None,
        "patch": ledger.refused_patches.of(task.id, 1),
        "revision": asdict(revision) if revision else None,
        "repairs": asdict(ledger.repairs.of(task.id)),
        "asked": ledger.review_items.has(REPOSITORY, f"review:{2**40}"),
        "answered": ledger.review_items.find_answers(task.id),
    }
