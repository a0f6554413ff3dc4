"""Shows how far the first fetch of a large repository is: in the log with each step, on the issue now and then."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.adapters.git.first_contact import Arrived
from bot.adapters.store import Store
from bot.core import messages
from bot.core.failures import TaskFailed
from bot.steps.run import Run

_log = logging.getLogger(__name__)

_EVERY = 30.0  # seconds between two edits of the status comment


@dataclass(slots=True)
class ShowArriving:
    """Call it with each step. Raises TaskFailed once the attempt has to stop: what arrived is kept."""

    store: Store
    run: Run
    _shown_at: float | None = None

    def __call__(self, arrived: Arrived) -> None:
        lease, issue = self.run.lease, self.run.task.issue
        note = messages.fetching(issue.repository, files=arrived.files, of=arrived.of, size=arrived.bytes)
        _log.info("%s waits for its repository: %s", issue, note)
        now = lease.monotonic()
        if self._shown_at is None or now - self._shown_at >= _EVERY:
            self._shown_at = now
            self._show(note)
        if (reason := lease.reason_to_stop()) is not None:
            raise TaskFailed(reason, "stopped while the repository was fetched for the first time")

    def end(self) -> None:
        """The fetch is over: what the issue shows of it goes."""
        if self._shown_at is not None:
            self._show("")

    def _show(self, note: str) -> None:
        task = self.run.task
        with self.store.transaction() as ledger:
            ledger.attempts.note_progress(task.id, task.attempts, turns=0, note=note)
            ledger.outbox.post_status(task.issue, self.run.lease.clock())
