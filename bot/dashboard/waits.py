"""Why each queued task does not run, in words: what else has to end, who has to act, or its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.messages.waiting import why_it_waits
from bot.core.pauses import Pause
from bot.core.pressure import Hold
from bot.core.references import IssueRef
from bot.core.tasks import Task
from bot.core.waiting import QueueWait
from bot.steps.queue import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """`issues`: those that have to be dealt with first; `why`: otherwise, a sentence."""

    task: Task
    why: str = ""
    issues: tuple[IssueRef, ...] = ()


@dataclass(slots=True, kw_only=True)
class Reasons:
    """For the tasks of one page. Each repository is looked at once."""

    ledger: Ledger
    queue: Queue
    now: datetime
    pause: Pause | None
    _pauses: dict[str, Pause | None] = field(default_factory=dict)
    _busy: dict[str, int] = field(default_factory=dict)

    def of(self, tasks: Sequence[Task]) -> list[Wait]:
        """`tasks`: in the order of the queue."""
        places = self._find_places(tasks)
        holds = self.ledger.pressure.holds(places)
        return [self._explain(task, places.get(task), holds.get(task.issue)) for task in tasks]

    def _explain(self, task: Task, place: int | None, hold: Hold | None) -> Wait:
        if task.unmet:
            return Wait(task=task, issues=task.unmet)
        return Wait(task=task, why=self._own(task, place, hold))

    def _own(self, task: Task, place: int | None, hold: Hold | None) -> str:
        repository = task.issue.repository
        pause, busy = self._pause_of(repository), self._busy_in(repository)
        reason = pause.reason if pause is not None else ""
        return why_it_waits(QueueWait(task=task, now=self.now, pause=reason, hold=hold, place=place, busy=busy))

    def _find_places(self, tasks: Sequence[Task]) -> dict[Task, int]:
        """Of those that are ready. The first of a repository is asked for; those after it follow."""
        behind = self.ledger.queue_state.holding().behind()
        last, places = dict[str, int](), dict[Task, int]()
        for task in tasks:
            name = task.issue.repository
            if task.unmet or task.waits_for_go:
                continue
            known = last.get(name)
            place = known + 1 if known is not None else self.ledger.claims.place(task, behind)
            if place is not None:
                places[task] = last[name] = place
        return places

    def _pause_of(self, repository: str) -> Pause | None:
        if self.pause is not None:
            return self.pause
        if repository not in self._pauses:
            self._pauses[repository] = self.queue.pause_of(self.ledger, repository, self.now)
        return self._pauses[repository]

    def _busy_in(self, repository: str) -> int:
        if repository not in self._busy:
            self._busy[repository] = self.queue.busy(self.ledger, repository)
        return self._busy[repository]
