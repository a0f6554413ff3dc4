"""What the text of a queued issue leaves open, found before the issue runs for the first time.

A step after the intake: the row of the task does not wait for it, but its claim does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.adapters.store import Store
from bot.core.lint import find_remarks
from bot.core.tasks import Lint, State, Task
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.issue_reader import IssueReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    store: Store
    reader: Callable[[], IssueReader]
    clock: Callable[[], datetime]
    boundary: ErrorBoundary

    def step(self) -> bool:
        """Read one issue. False if none is left, or it has to be tried again later; another one is read meanwhile."""
        with self.store.read() as ledger:
            unread = ledger.tasks.unread()
        for issue in unread:
            name = f"remarks on {issue}"
            if not self.boundary.wait_of(name):
                with self.store.read() as ledger:
                    task = ledger.tasks.find(issue)
                return task is not None and bool(self.boundary.attempt(name, partial(self._read, task)))
        return False

    def _read(self, task: Task) -> bool:
        """The repository's settings are asked for only where there is something to remark. Raises GitHubFailed."""
        lint = Lint.NONE
        if find_remarks(task.snapshot):
            lint = self.reader().lint_settings(task.issue.repository)
        now = self.clock()
        with self.store.transaction() as ledger:
            held = ledger.tasks.by_id(task.id)
            is_same = held is not None and held.state is State.QUEUED and held.lint is Lint.UNREAD
            if held is not None and is_same and held.snapshot == task.snapshot:
                ledger.tasks.update(task.id, now=now, lint=lint)
                ledger.outbox.post_status(task.issue, now)
        return True
