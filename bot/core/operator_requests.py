"""What the operator asks for on the host: `nightshift retry`, and `nightshift add`, which queues, then labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.approval_events import OPERATOR, Labelled, approved_at
from bot.core.tasks import Task

# The approval is of the host's clock; the label comes a request later, and is of GitHub's.
_AT_MOST = timedelta(minutes=10)


def is_label_of_add(label: Labelled, task: Task, stops: Iterable[datetime | None]) -> bool:
    """Only the bot's account can put it on, and only for what the operator approved. `stops`: when the label was taken
    off, the issue closed, or the task cancelled by a comment: after that, the label is a new request."""
    approved = approved_at(task)
    if not label.is_own or approved is None or task.snapshot.approved_by != OPERATOR:
        return False
    is_stopped_since = any(at is not None and at > approved for at in stops)
    return not is_stopped_since and label.at - approved <= _AT_MOST
