"""How long data that no open task needs is kept: one duration for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`tasks`: those that ended, with all that the ledger has of them. `records`: messages that were sent, and what
    shows that a command was followed. `work`: commits of ended attempts in the mirrors, and contents under Git LFS.
    `conversations`: the last one kept of each issue, of a published change or of a session that stopped early.
    `evidence`: of each attempt. `environments`: what set-ups made, since their last use, and what killed trials
    left."""

    deliveries: timedelta = timedelta(days=7)  # GitHub redelivers what is up to three days old
    records: timedelta = timedelta(days=90)
    events: timedelta = timedelta(days=365)
    tasks: timedelta = timedelta(days=400)
    work: timedelta = timedelta(days=14)
    conversations: timedelta = timedelta(days=14)
    evidence: timedelta = timedelta(days=365)
    environments: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How much of one kind was removed, or would be. `bytes`: as it lies on the disk or in its columns."""

    what: str
    count: int
    bytes: int
