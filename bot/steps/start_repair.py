"""Queues a repair that Nightshift starts by itself, once for each head of the pull request."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.attempts import Purpose
from bot.core.effects import NoteRepaired, QueueRepair
from bot.core.revision import Repairs, Revision
from bot.core.tasks import State, met_blockers
from bot.steps.queue import waits_where_it_came_in

_log = logging.getLogger(__name__)
_WHY = {
    Purpose.REPAIR: "checks of its pull request fail on GitHub",
    Purpose.REBASE: "its pull request conflicts with the base branch",
}
_RESTACKED = "what its pull request stands on was merged or has changed"


def start_repair(effect: QueueRepair, ledger: Ledger, now: datetime) -> bool:
    """False, and nothing changed, if the task is not in review any more or the head was taken up already. The approved
    text, and who approved it, stay as they are. A conflict may be that of a person's commit."""
    task = ledger.tasks.find(effect.issue)
    if task is None or task.state is not State.IN_REVIEW:
        return False
    if task.pushed != effect.head and effect.purpose is not Purpose.REBASE:
        return False
    known = ledger.repairs.of(task.id)
    begun = _begin(known, effect)
    if begun == known:
        return False
    why = _RESTACKED if effect.onto else _WHY[effect.purpose]
    ledger.repairs.keep(task.id, begun)
    ledger.tasks.enqueue(
        effect.issue,
        snapshot=task.snapshot,
        blockers=met_blockers(task),
        priority=task.priority,
        overrides=task.overrides,
        now=now,
        why=why,
    )
    ledger.revisions.keep(task.id, Revision(pull_request=effect.pull_request, by="", at=now, purpose=effect.purpose))
    waits_where_it_came_in(ledger, task.id)
    _log.info("%s: a repair is queued, since %s", effect.issue, why)
    return True


def note_repaired(effect: NoteRepaired, ledger: Ledger) -> None:
    """The head was taken up, though nothing is started for it."""
    task = ledger.tasks.find(effect.issue)
    if task is not None:
        ledger.repairs.keep(task.id, replace(ledger.repairs.of(task.id), checked=effect.head))


def _begin(known: Repairs, effect: QueueRepair) -> Repairs:
    if effect.onto:
        return known.restack(effect.head, effect.onto)
    if effect.purpose is Purpose.REBASE:
        return replace(known, conflicted=effect.head)
    return known if known.checked == effect.head else replace(known, checked=effect.head, checks=known.checks + 1)
