"""The named steps at which a crash matters: between any two of them something durable, or something on GitHub, changes.

Whoever takes such a step says so through a `Reached`. In service that is a line in the log; a rehearsal with chaos
puts an observer there that ends the process at that very point.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

_log = logging.getLogger(__name__)


class Step(StrEnum):
    """In the order in which a task meets them."""

    DELIVERY_DECIDED = "delivery decided"
    DELIVERY_DONE = "delivery done"
    CLAIMED = "claimed"
    ATTEMPT_STARTED = "attempt started"
    LAID_OUT = "laid out"
    SESSION_ENDED = "session ended"
    COLLECTED = "collected"
    JUDGED = "judged"
    PUSH_NOTED = "push noted"
    PUSHED = "pushed"
    PUSH_RECORDED = "push recorded"
    PULL_REQUEST_SHOWN = "pull request shown"
    FINISHED = "finished"
    COMMENT_NOTED = "comment noted"
    COMMENT_SAID = "comment said"
    COMMENT_RECORDED = "comment recorded"
    LABEL_ADDED = "label added"
    LABEL_SHOWN = "label shown"
    SAID = "said"


Reached = Callable[[Step, str], None]
"""Called with a step and what it was about (`octo/clock#3`), right after the step was taken."""


def log_step(step: Step, subject: str) -> None:
    _log.debug("%s: %s", subject, step.value)
