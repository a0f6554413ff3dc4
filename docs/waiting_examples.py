"""Queued tasks that are held back so that people keep up, for `docs/generate.py`."""

from __future__ import annotations

from bot.core.messages import StatusView
from bot.core.pressure import TooManyOpen
from bot.core.tasks import Task


def held(task: Task) -> dict[str, StatusView]:
    return {"waits for reviews": StatusView(task=task, position=3, hold=TooManyOpen(10))}
