"""The named points at which a crash matters: between any two of them, something durable or something on GitHub changes.

The code that reaches such a point reports it through a `Reached`. In service that is a line in the log; a rehearsal
with chaos passes an observer that ends the process at exactly this point.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

_log = logging.getLogger(__name__)


class Checkpoint(StrEnum):
    """In the order in which a task meets them."""

    DELIVERY_DECIDED = "delivery decided"
    DELIVERY_DONE = "delivery done"
    CLAIMED = "claimed"
    ATTEMPT_STARTED = "attempt started"
    CLAIM_NOTED = "claim noted"
    BRANCH_CLAIMED = "branch claimed"
    WORKSPACE_OPENED = "workspace opened"
    SESSION_ENDED = "session ended"
    COLLECTED = "collected"
    JUDGED = "judged"
    PUSH_NOTED = "push noted"
    PUSHED = "pushed"
    PUSH_RECORDED = "push recorded"
    PULL_REQUEST_SHOWN = "pull request shown"
    FINISHED = "finished"
    COMMENT_NOTED = "comment noted"
    COMMENT_POSTED = "comment posted"
    COMMENT_RECORDED = "comment recorded"
    REVIEWS_REQUESTED = "reviews requested"
    NOTICE_RECORDED = "notice recorded"
    CHECK_RUN_MADE = "check run made"
    LABEL_ADDED = "label added"
    LABEL_SHOWN = "label shown"
    MESSAGE_SENT = "message sent"
    NOTIFIED = "notified"
    STACK_NOTED = "stack noted"
    STACK_MADE = "stack made"
    BASE_RESTORED = "base restored"
    REOPENED = "reopened"
    BASE_MOVED = "base moved"
    TEXT_SAVED = "text saved"
    RESTACK_QUEUED = "restack queued"
    PUT_ON_TOP = "put on top"
    BRANCH_REMOVED = "branch removed"


Reached = Callable[[Checkpoint, str], None]
"""Called with a checkpoint and its subject (`octo/clock#3`), right after the checkpoint was reached."""


def log_checkpoint(checkpoint: Checkpoint, subject: str) -> None:
    _log.debug("%s: %s", subject, checkpoint.value)
