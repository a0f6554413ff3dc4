"""Priorities age: an issue of low priority does not wait for ever behind a queue that never ends."""

from __future__ import annotations

from datetime import timedelta

from bot.core.tasks import Priority

LOW_WAITS = timedelta(days=1)
"""After that an issue of low priority counts as a normal one."""
NORMAL_WAITS = timedelta(days=7)
"""After that a normal one counts as one of high priority: long enough for a label to put an issue before a backlog."""


def aged_priority(priority: Priority, waited: timedelta) -> Priority:
    """What an issue that has waited so long counts as."""
    if priority is Priority.HIGH:
        return Priority.HIGH
    if priority is Priority.LOW:
        return Priority.LOW if waited < LOW_WAITS else aged_priority(Priority.NORMAL, waited - LOW_WAITS)
    return Priority.NORMAL if waited < NORMAL_WAITS else Priority.HIGH
