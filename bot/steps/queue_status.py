"""While the queue is paused, the status of each queued issue says why; after the pause, each is updated again.

GitHub accepts some hundred edits an hour, and a queue may hold 10,000 tasks. So the statuses are posted a few at a
time, in the order of the queue, only while the outbox is nearly empty, and with at most half of the hour's writes:
commands of people are answered at once meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import AN_HOUR
from bot.adapters.store import Ledger, QueueShown, Store
from bot.core.pauses import Pause
from bot.steps.effects import show_status

_AT_ONCE = 20  # statuses that wait in the outbox
_MOST_WRITES = AN_HOUR // 2


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The ledger remembers which pause the queued issues show, and up to which task."""

    store: Store
    clock: Callable[[], datetime]

    def keep_true(self, pause: Pause | None) -> bool:
        """Post some more statuses, if some do not show `pause` yet. Returns whether it did."""
        told = pause.reason if pause else ""
        with self.store.read() as ledger:
            known = ledger.queue_state.shown()
            if known == QueueShown(reason=told):
                return False
            if not self._may_write(ledger):
                return False
        with self.store.transaction() as ledger:
            self._ask(ledger, told, known)
        return True

    def _may_write(self, ledger: Ledger) -> bool:
        _, writes = ledger.writes.requests(self.clock())
        return writes < _MOST_WRITES and ledger.outbox.size() < _AT_ONCE

    def _ask(self, ledger: Ledger, told: str, known: QueueShown) -> None:
        """Post the next ones; after a change of the pause, again from the first task."""
        after = known.after or 0 if known.reason == told else 0
        tasks = ledger.claims.waiting_after(after, _AT_ONCE)
        for task in tasks:
            show_status(ledger, task.issue, self.clock())
        last = tasks[-1].id if len(tasks) == _AT_ONCE else None
        ledger.queue_state.keep_shown(QueueShown(reason=told, after=last))
