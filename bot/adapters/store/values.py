"""What the ledger hands out besides tasks and attempts. Times are aware, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook as it came in, under the GUID that GitHub gave it. `tries` counts postponements."""

    guid: str
    event: str
    payload: bytes
    received_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A task that is this worker's to run, until `lease_until` unless a heartbeat extends it."""

    task: Task
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something to be said to GitHub. `version` rises with each posting under the same key."""

    key: str
    kind: str
    payload: Mapping[str, object]
    tries: int
    version: int
