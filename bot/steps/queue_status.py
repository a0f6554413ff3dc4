"""While nothing may be started, the status of each waiting issue says why; after the pause, each is updated again. What
holds one repository concerns the statuses of that repository alone.

GitHub accepts some hundred edits an hour, and a queue may hold 10,000 tasks. So the statuses are posted a few at a
time, in the order of the queue, only while the outbox is nearly empty, and with at most half of the hour's writes:
commands of people are answered at once meanwhile. In the same way the issues of an older version get their new labels.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import AN_HOUR
from bot.adapters.store import Ledger, QueueShown, Store
from bot.core.pauses import Pause, find_changed, shown_to, tell_queue
from bot.core.references import IssueRef

_AT_ONCE = 20  # statuses that wait in the outbox
_MOST_WRITES = AN_HOUR // 2


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The ledger remembers which pause the waiting issues show, and up to which task."""

    store: Store
    clock: Callable[[], datetime]

    def keep_true(self, pause: Pause | None, spent: Collection[str] = ()) -> bool:
        """Post some more statuses, if some do not show `pause` yet, nor what holds single repositories: `spent` has a
        text for each, which begins with its name. Returns whether it did."""
        reason = tell_queue(pause.reason if pause else "", spent)
        with self.store.read() as ledger:
            known = ledger.queue_state.read_shown()
            if known == QueueShown(reason=reason):
                return False
            if not self._may_write(ledger):
                return False
        with self.store.transaction() as ledger:
            self._ask(ledger, reason, known)
        return True

    def show_held_back(self) -> bool:
        """Post the statuses of tasks that another one holds back, and of those that it does no more. Returns whether
        there were any."""
        with self.store.read() as ledger:
            if not ledger.held_back.is_news():
                return False
        with self.store.transaction() as ledger:
            tasks = [ledger.tasks.by_id(identity) for identity in ledger.held_back.take_news()]
            self._show(ledger, [task.issue for task in tasks if task is not None])
        return True

    def show_new_labels(self) -> bool:
        """After an update: post some more statuses of tasks in any state. Returns whether it did."""
        with self.store.read() as ledger:
            after = ledger.queue_state.labels_after()
            if after is None or not self._may_write(ledger):
                return False
        with self.store.transaction() as ledger:
            tasks = ledger.tasks.after(after, _AT_ONCE)
            self._show(ledger, [issue for _, issue in tasks])
            ledger.queue_state.keep_labels_after(tasks[-1][0] if len(tasks) == _AT_ONCE else None)
        return True

    def _may_write(self, ledger: Ledger) -> bool:
        _, writes = ledger.writes.requests(self.clock())
        return writes < _MOST_WRITES and ledger.outbox.size() < _AT_ONCE

    def _ask(self, ledger: Ledger, text: str, known: QueueShown) -> None:
        """Post the next ones; after a change of the pause, again from the first task, and after a change of what holds
        a repository, from its first one."""
        only = find_changed(known.reason, text, is_walking=known.after is not None)
        reason = shown_to(text, only)
        after = known.after or 0 if known.reason == reason else 0
        tasks = ledger.claims.waiting_after(after, _AT_ONCE, only)
        self._show(ledger, [task.issue for task in tasks])
        is_over = len(tasks) < _AT_ONCE
        shown = QueueShown(reason=text) if is_over else QueueShown(reason=reason, after=tasks[-1].id)
        ledger.queue_state.keep_shown(shown)

    def _show(self, ledger: Ledger, issues: Collection[IssueRef]) -> None:
        for issue in issues:
            ledger.outbox.post_status(issue, self.clock())
