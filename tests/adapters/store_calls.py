"""Every call of the ledger, by how often it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.adapters.store import Lane, Ledger
from bot.core.holding_back import Behind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import State
from tests.adapters.page_calls import NOW, PAGES, THE_FIRST

LEASE = timedelta(minutes=2)


def update_and_post(ledger: Ledger) -> None:
    """A worker changes its task under its fence, and announces that."""
    ledger.pushes.finish(1, fence=1, head="c0ffee", now=NOW)
    ledger.outbox.post("k", kind="label", payload={}, now=NOW)


OFTEN: dict[str, Callable[[Ledger], object]] = {
    "claim": lambda ledger: ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1),
    "whether a claim would find a task": lambda ledger: ledger.claims.any_ready(),
    "claim in a full repository": lambda ledger: ledger.claims.claim(
        worker="w", now=NOW, lease=LEASE, per_repository=1, full=["octo/tools"]
    ),
    **PAGES,
    "wrong settings": lambda ledger: (ledger.wrong_settings.of("octo/tools"), ledger.wrong_settings.all()),
    "pressure": lambda ledger: (
        ledger.pressure.full(),
        ledger.pressure.nearly_full(),
        ledger.pressure.open_pulls("octo/tools"),
        ledger.pressure.hold(THE_FIRST, 1),
        ledger.held_back.is_news(),
        ledger.pressure.is_ready_in("octo/tools"),
    ),
    "heartbeat": lambda ledger: ledger.claims.extend(1, 1, now=NOW, lease=LEASE),
    "expired": lambda ledger: ledger.claims.find_expired(NOW),
    "running": lambda ledger: ledger.tasks.in_states(State.RUNNING),
    "the delivery of a moment": lambda ledger: ledger.deliveries.find_done(NOW),
    "in review": lambda ledger: ledger.tasks.in_states(State.IN_REVIEW),
    "one task": lambda ledger: ledger.tasks.find(IssueRef("octo/tools", 1)),
    "by pull request": lambda ledger: ledger.tasks.by_pull_request("octo/tools", 1),
    "unread": lambda ledger: ledger.tasks.unread(),
    "in cycles": lambda ledger: ledger.tasks.in_cycles(),
    "removed": lambda ledger: ledger.removed_tasks.find(IssueRef("octo/tools", 1)),
    "settle": lambda ledger: ledger.blockers.settle(IssueRef("octo/tools", 1), BlockerState.COMPLETED),
    "stack": lambda ledger: (
        ledger.stacks.of(1),
        ledger.native_stacks.of(1, 1),
        ledger.native_stacks.is_lacking("octo/tools", NOW),
        ledger.native_stacks.read_adopted(1),
        ledger.stacks.apart(1),
        ledger.stacks.above(IssueRef("octo/tools", 1)),
        ledger.blockers.named_by(IssueRef("octo/tools", 1)),
        ledger.blockers.is_named(IssueRef("octo/tools", 1)),
        ledger.blockers.waiting_for_several(IssueRef("octo/tools", 1)),
        ledger.dependency_modes.of("octo/tools"),
    ),
    "waiting": lambda ledger: ledger.blockers.waiting_for(IssueRef("octo/tools", 1)),
    "who waits first": lambda ledger: ledger.blockers.waits_first(THE_FIRST, IssueRef("octo/tools", 1)),
    "edges": lambda ledger: ledger.blockers.edges_beyond([IssueRef("octo/tools", 1), IssueRef("octo/clock", 1)]),
    "claim behind others": lambda ledger: ledger.claims.claim(
        worker="w", now=NOW, lease=LEASE, per_repository=1, behind={1: Behind.PRIORITY, 2: Behind.QUEUE}
    ),
    "place": lambda ledger: ledger.claims.place(THE_FIRST),
    "place of what has aged": lambda ledger: ledger.claims.place(THE_FIRST, now=NOW),
    "place behind others": lambda ledger: ledger.claims.place(THE_FIRST, {1: Behind.PRIORITY, 2: Behind.QUEUE}),
    "repositories with work": lambda ledger: ledger.claims.repositories_with_work(),
    "raised": lambda ledger: ledger.claims.find_raised(NOW),
    "waiting after": lambda ledger: (
        ledger.claims.waiting_after(0, 20),
        ledger.claims.waiting_after(0, 20, {"octo/tools"}),
    ),
    "delivery": lambda ledger: (
        (ledger.deliveries.next(NOW), ledger.deliveries.is_due(NOW)),
        (ledger.deliveries.select_due(NOW, 16), ledger.deliveries.find_due("guid", NOW)),
    ),
    "outbox": lambda ledger: (ledger.outbox.due(NOW, 10), ledger.outbox.size(), ledger.outbox.given_up()),
    "lanes": lambda ledger: (
        ledger.outbox.due(NOW, 1, lane=Lane.WEBHOOK),
        ledger.outbox.size(Lane.MAIL),
        ledger.outbox.given_up(Lane.WEBHOOK, Lane.MAIL),
    ),
    "update and post": update_and_post,
    "progress": lambda ledger: ledger.attempts.progress(1),
    "attempts of a task": lambda ledger: ledger.attempts.of(1),
    "spent": lambda ledger: ledger.attempts.sum_spent(NOW),
    "lost": lambda ledger: ledger.attempts.find_lost(NOW),
    "ended since": lambda ledger: ledger.attempts.ended_since(NOW),
    "estimate": lambda ledger: (ledger.attempts.last_tasks(100), ledger.attempts.running_for("octo/tools", NOW)),
    "paths": lambda ledger: ledger.attempts.last_by_repository(100),
    "left open": lambda ledger: ledger.attempts.left_open(NOW),
    "known deliveries": lambda ledger: ledger.deliveries.select_known(["guid"]),
    "unmet blockers": lambda ledger: (
        ledger.blockers.unmet("octo/tools"),
        ledger.blockers.is_unseen(IssueRef("octo/tools", 1)),
    ),
    "tasks of a repository": lambda ledger: (ledger.tasks.list_all("octo/tools"), ledger.tasks.oldest("octo/tools")),
    "tasks with questions": lambda ledger: ledger.tasks.with_questions("octo/tools"),
    "move": lambda ledger: ledger.tasks.move(1, State.QUEUED, State.CANCELLED, now=NOW),
    "events": lambda ledger: (
        ledger.events.of(1),
        ledger.events.reached_since(NOW),
        ledger.events.moved_since(NOW),
    ),
    "issue": lambda ledger: (
        ledger.issues_shown.labels(THE_FIRST.issue),
        ledger.issues_read.at(THE_FIRST.issue),
        ledger.issue_order.latest(THE_FIRST.issue),
        ledger.comments_begun.since(THE_FIRST.issue, "marker"),
        ledger.status_comments.of(THE_FIRST.issue),
        ledger.kept_work.of(THE_FIRST.issue),
        ledger.notices.of(1),
        ledger.notices.is_answered(THE_FIRST),
        ledger.shown_checks.of(1),
        ledger.shown_checks.last_update(1),
        ledger.live_attempts.of(1),
    ),
    "said": lambda ledger: (ledger.said.waiting(1, 1), ledger.said.read(1, 1), ledger.said.count(1, 1)),
    "said and read": lambda ledger: ledger.said.note_read(1, "comment:1", NOW),
    "said and not read": lambda ledger: ledger.said.take(1, 1),
    "said anew": lambda ledger: ledger.said.pass_on(1, 1),
    "claimed": lambda ledger: ledger.pushes.claim(1, fence=1, commit="c0ffee", now=NOW),
    "claims left": lambda ledger: ledger.pushes.left_claims("octo/tools"),
    "claim ended": lambda ledger: ledger.pushes.forget_claim(1, "c0ffee"),
    "check run gone": lambda ledger: ledger.shown_checks.forget(1, "Nightshift"),
    "revision planned": lambda ledger: ledger.revisions.plan(1, ()),
    "repair": lambda ledger: ledger.repairs.of(1),
    "what a repair is for": lambda ledger: ledger.revisions.note_about(1, ("test",)),
    "repairs counted anew": lambda ledger: ledger.repairs.forget(1),
    "revision ended": lambda ledger: ledger.revisions.forget(1),
    "revision": lambda ledger: (
        ledger.revisions.of(1),
        ledger.review_items.has("octo/tools", "review:1"),
        ledger.review_items.find_answers(1),
    ),
    "comment made": lambda ledger: ledger.comments_begun.forget(THE_FIRST.issue, "marker"),
    "kept work used up": lambda ledger: ledger.kept_work.forget(THE_FIRST.issue),
    "seen": lambda ledger: (ledger.commands_seen.has(1), ledger.replies.unknown("k"), ledger.labels_made.has("r", "l")),
    "polled": lambda ledger: (
        ledger.bookmarks.of("octo/tools", "issues"),
        ledger.http_cache.of("url"),
        ledger.webhooks.numbers(["octo/tools"]),
        ledger.delivery_logs.of("/app"),
        ledger.baselines.of("octo/tools", "ab"),
        ledger.flaky_tests.of("octo/tools"),
        ledger.check_results.of(1),
    ),
    "work": lambda ledger: (
        ledger.publications.of(1),
        ledger.publications.tasks_of("octo/tools"),
        ledger.pushes.own_heads(1),
        ledger.refused_patches.of(1, 1),
        ledger.ordered_attempts.of(1),
    ),
    "asked to wait": lambda ledger: ledger.holds.note("app 7", 60, NOW),
    "has to wait": lambda ledger: ledger.holds.find_wait("app 7", NOW),
    "recent writes": lambda ledger: ledger.writes.recent(NOW),
    "writes": lambda ledger: (ledger.writes.requests(NOW), ledger.writes.reserve(NOW, reads=1, a_minute=9, an_hour=9)),
}
