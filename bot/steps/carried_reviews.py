"""What became of a request of a review once Nightshift has repaired the pull request, or put it on another base.

No person asked for that, so it is no new turn: what was asked for before the attempt still holds.
"""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.store import ASK_AGAIN, Ledger
from bot.core.tasks import Task
from bot.core.turns import find_last_review, find_rest


def carry_review(ledger: Ledger, task: Task, *, is_same_change: bool) -> None:
    """Keep the notice of the review that the attempt interrupted, with its requests. `is_same_change`: git alone made
    the new commits; otherwise who has reviewed the earlier ones is asked once more, and others are not."""
    known, rest = ledger.notices.of(task.id), find_rest(task)
    last = find_last_review(known)
    if last is None or rest is None or last == rest.key or not known[last].digest:
        return
    notice = known[last]
    again = notice.asked is not None and not is_same_change
    ledger.notices.move(task.id, last, rest.key, replace(notice, digest=ASK_AGAIN) if again else notice)
