"""Keeps the work of a session that was cut short, so that the next attempt continues it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.adapters.claude import Session
from bot.adapters.git import Collected
from bot.adapters.store import KeptWork, Ledger, Store
from bot.core.failure_policy import has_questions
from bot.core.failures import TaskFailed
from bot.core.tasks import Task
from bot.steps.broker import Broker
from bot.steps.opening import Preparation
from bot.steps.run import Run
from bot.steps.sessions import Sessions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKeeper:
    store: Store
    sessions: Sessions
    broker: Broker

    def keep(self, run: Run, prepared: Preparation, session: Session, collected: Collected | None) -> None:
        """Keep what a session made under proven guards. Failing to is logged, and changes nothing of how it ended."""
        try:
            if self._is_last(run):
                self._note(run, prepared, session, self._release(run, prepared, session, collected))
        except (TaskFailed, OSError) as trouble:
            _log.warning("%s: its work so far could not be kept: %s", run.task.issue, trouble)

    def _release(
        self, run: Run, prepared: Preparation, session: Session, collected: Collected | None
    ) -> Collected | None:
        """The commits that the next attempt may continue. Questions are asked again without them, in the same
        conversation."""
        try:
            if collected is not None:
                # The session was stopped already.
                self.broker.admit(run.task, prepared, collected, should_stop=lambda: None)
                prepared.quarantine.release(collected.head, prepared.branch)
        except TaskFailed as trouble:
            if not has_questions(session.result.failure):
                raise
            _log.warning("%s: its commits could not be kept: %s", run.task.issue, trouble)
            return None
        return collected

    def _note(self, run: Run, prepared: Preparation, session: Session, collected: Collected | None) -> None:
        work = KeptWork(
            base=prepared.held.start,
            head=collected.head if collected else None,
            session_id=self.sessions.keep(run.task, session),
        )
        with self.store.transaction() as ledger:
            if _is_last_claim(ledger, run.task):
                ledger.kept_work.keep(run.task.issue, work)

    def _is_last(self, run: Run) -> bool:
        with self.store.read() as ledger:
            return _is_last_claim(ledger, run.task)


def _is_last_claim(ledger: Ledger, task: Task) -> bool:
    """Whether no later claim has taken the task: another worker may have finished it by now. A task that a person
    cancelled keeps its work."""
    known = ledger.tasks.by_id(task.id)
    return known is not None and known.fence == task.fence
