"""Times as people read them: how long something took, when it is, when a task is expected to start."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.estimate import Estimate


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def estimated(found: Estimate) -> str:
    """What the last tasks say of one that waits for its turn."""
    return (
        f"Estimate, by the last {found.tasks} tasks: starts at {moment(found.starts)} or later, ends at "
        f"{moment(found.ends)}, costs ${found.usd:.2f}."
    )
