"""While the queue waits, each waiting issue says why; once it goes on, each says that.

GitHub takes some hundred edits an hour, and a queue may hold 10,000 tasks. So the statuses are asked for a few at a
time, in the order in which the tasks came in, only while little else is to be said, and with at most half of the hour's
writes: what people do meanwhile is answered at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.adapters.github import AN_HOUR
from bot.adapters.store import Ledger, QueueShown, Store
from bot.core.pauses import Pause
from bot.steps.effects import show_status

_AT_ONCE = 20  # statuses, of those that wait to be said
_MOST_WRITES = AN_HOUR // 2


class QueueStatus:
    """Remembers which pause the waiting issues were told of, and up to which task."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def keep_true(self, pause: Pause | None) -> None:
        """Ask for some more statuses, if there are some that do not tell of `pause` yet."""
        told = pause.reason if pause else ""
        with self._store.read() as ledger:
            known = ledger.queue_state.shown()
            if known == QueueShown(reason=told):
                return
            if not self._has_room(ledger):
                return
        with self._store.transaction() as ledger:
            self._ask(ledger, told, known)

    def _has_room(self, ledger: Ledger) -> bool:
        _, writes = ledger.writes.requests(self._clock())
        return writes < _MOST_WRITES and ledger.outbox.size() < _AT_ONCE

    def _ask(self, ledger: Ledger, told: str, known: QueueShown) -> None:
        """The next ones. A pause that has changed meanwhile is told from the first one on."""
        after = known.after or 0 if known.reason == told else 0
        tasks = ledger.claims.waiting_after(after, _AT_ONCE)
        for task in tasks:
            show_status(ledger, task.issue, self._clock())
        last = tasks[-1].id if len(tasks) == _AT_ONCE else None
        ledger.queue_state.keep_shown(QueueShown(reason=told, after=last))
