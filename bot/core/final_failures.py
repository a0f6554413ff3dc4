"""What is said of a task that failed for good: its automatic retries are used up, or it would not have failed."""

from __future__ import annotations

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, Turn

CONFIRM_ANSWERS = "read the answers of the issue's author, then comment `/retry`, which confirms them"
"""The next step of a maintainer once questions are answered."""


def turn_of_failed(kind: FailureKind) -> Turn:
    """Whose turn it is now."""
    turn = policy(kind).turn
    return Turn.MAINTAINER if turn is Turn.NIGHTSHIFT else turn


def sentence_of_failed(kind: FailureKind) -> str:
    """What happened, and that Nightshift has tried it again already, where it does."""
    rule = policy(kind)
    return f"{rule.sentence} Automatic retries did not help." if rule.turn is Turn.NIGHTSHIFT else rule.sentence
