"""Every call of the ledger, by how often it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Lane, Ledger
from bot.core.holding_back import Behind
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
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
    ledger.pushes.finish(1, fence=1, head="c0ffee", now=NOW)
    ledger.outbox.post("k", kind="label", payload={}, now=NOW)


OFTEN: dict[str, Callable[[Ledger], object]] = {
    "claim": lambda ledger: ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1),
    "claim in a full repository": lambda ledger: ledger.claims.claim(
        worker="w", now=NOW, lease=LEASE, per_repository=1, full=["octo/tools"]
    ),
    "pressure": lambda ledger: (
        ledger.pressure.full(),
        ledger.pressure.nearly_full(),
        ledger.pressure.open_pulls("octo/tools"),
        ledger.pressure.hold(THE_FIRST, 1),
        ledger.pressure.is_ready_in("octo/tools"),
    ),
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
    "lanes": lambda ledger: (
        ledger.outbox.due(NOW, 1, lane=Lane.WEBHOOK),
        ledger.outbox.size(Lane.MAIL),
        ledger.outbox.given_up(Lane.WEBHOOK, Lane.MAIL),
    ),
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
    "tasks with questions": lambda ledger: ledger.tasks.with_questions("octo/tools"),
    "move": lambda ledger: ledger.tasks.move(1, State.QUEUED, State.CANCELLED, now=NOW),
    "events": lambda ledger: (ledger.events.of(1), ledger.events.reached_since(NOW)),
    "issue": lambda ledger: (
        ledger.issues_shown.labels(THE_FIRST.issue),
        ledger.issues_read.at(THE_FIRST.issue),
        ledger.issue_order.latest(THE_FIRST.issue),
        ledger.comments_begun.since(THE_FIRST.issue, "marker"),
        ledger.status_comments.of(THE_FIRST.issue),
        ledger.kept_work.of(THE_FIRST.issue),
        ledger.notices.of(1),
    ),
    "revision planned": lambda ledger: ledger.revisions.plan(1, ()),
    "repair": lambda ledger: ledger.repairs.of(1),
    "what a repair is for": lambda ledger: ledger.revisions.note_about(1, ("test",)),
    "repairs counted anew": lambda ledger: ledger.repairs.forget(1),
    "revision ended": lambda ledger: ledger.revisions.forget(1),
    "revision": lambda ledger: (
        ledger.revisions.of(1),
        ledger.review_items.has("octo/tools", "review:1"),
        ledger.review_items.answered(1),
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
        ledger.webhooks.numbers(["octo/tools"]),
        ledger.delivery_logs.of("/app"),
        ledger.baselines.of("octo/tools", "ab"),
        ledger.flaky_tests.of("octo/tools"),
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
    "attempts.ended_between": "once for each digest",
    "tasks.changed_since": "once for each digest",
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
    "notices.keep": "by the key",
    "revisions.keep": "by the key",
    "repairs.keep": "by the key",
    "pressure.keep_limit": "by the key",
    "pressure.with_open_pulls": "with a claim in a full repository",
    "review_items.note": "by the key",
    "review_items.answer": "by the key",
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
    "flaky_tests.keep": "by the key",
    "queue_state.holding": "500 rows at most",
    "queue_state.keep_holding": "500 rows at most",
    "queue_state.shown": "one row",
    "queue_state.keep_shown": "one row",
    "queue_state.labels_after": "one row",
    "queue_state.keep_labels_after": "one row",
    "tasks.after": "by the id, once after an update",
    "leftovers.all": "a person who looks",
    "old_rows.count": "every six hours, while nothing runs",
    "old_rows.remove": "every six hours, 500 rows at a time",
    "old_rows.open_issues": "every six hours",
    "old_rows.active_issues": "every six hours",
    "old_rows.ended_issues": "every six hours",
}
