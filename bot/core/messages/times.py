"""Times as people read them: how long something took, when it is, when a task is expected to start."""

from __future__ import annotations

from bot.core.estimate import Estimate
from bot.core.waiting import moment


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def estimated(found: Estimate) -> str:
    """What the last tasks say of one that waits for its turn."""
    return (
        f"Estimate, by the last {found.tasks} tasks: starts at {moment(found.starts)} or later, ends at "
        f"{moment(found.ends)}, costs ${found.usd:.2f}."
    )
