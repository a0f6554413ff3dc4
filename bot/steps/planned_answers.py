"""What a revision answers where people asked, on record before anything is published, for the attempt after a crash."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Store
from bot.core import messages
from bot.steps.opening import Preparation
from bot.steps.run import Run


def plan_answers(
    store: Store, run: Run, prepared: Preparation, head: str | None, *, web_url: str, now: datetime
) -> None:
    """`head`: the commit that is published; None where nothing changed."""
    if prepared.review is None:
        return
    link = messages.commit_link(f"{web_url}/{run.task.issue.repository}", head)
    answers = prepared.review.answers(run.attempt.summary, link, by_session=run.attempt.turns > 0)
    with store.transaction() as ledger:
        if ledger.tasks.update(run.task.id, fence=run.task.fence, now=now):
            ledger.revisions.plan(run.task.id, answers)
