"""What is said of a task that failed for good: its automatic retries are used up, or it would not have failed."""

from __future__ import annotations

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, Turn

CONFIRM_ANSWERS = "read the answers of the issue's author, then comment `/retry`, which confirms them"


def turn_of_failed(kind: FailureKind) -> Turn:
    """Whose turn it is now."""
    turn = policy(kind).turn
    return Turn.MAINTAINER if turn is Turn.NIGHTSHIFT else turn


def next_of_failed(kind: FailureKind, *, is_answered: bool) -> tuple[Turn, str]:
    """Whose turn it is, and what they do next. `is_answered`: the issue's author replied to the last questions."""
    if is_answered:
        return Turn.MAINTAINER, CONFIRM_ANSWERS
    return turn_of_failed(kind), policy(kind).next_step


def sentence_of_failed(kind: FailureKind) -> str:
    """What happened, and that Nightshift has tried it again already, where it does."""
    rule = policy(kind)
    return f"{rule.sentence} Automatic retries did not help." if rule.turn is Turn.NIGHTSHIFT else rule.sentence
