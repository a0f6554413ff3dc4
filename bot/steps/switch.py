"""The switch on GitHub, for operators without a shell: a label on one issue pauses the whole queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core import messages
from bot.core.labels import LabelSet, has
from bot.core.pauses import Cause
from bot.core.references import IssueRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """`issue`: STATUS_ISSUE; without one there is no switch."""

    store: Store
    github: GitHub
    labels: LabelSet
    issue: IssueRef | None
    clock: Callable[[], datetime]

    def look(self) -> None:
        """Begin or end the pause, as the label says. Raises GitHubFailed."""
        if self.issue is None:
            return
        wanted = self._is_wanted(self.issue)
        with self.store.read() as ledger:
            present = any(pause.cause is Cause.LABEL for pause in ledger.pauses.current(self.clock()))
        if wanted and not present:
            self._switch_off(self.issue)
        elif present and not wanted:
            with self.store.transaction() as ledger:
                ledger.pauses.end(Cause.LABEL)

    def _is_wanted(self, issue: IssueRef) -> bool:
        """An issue that has not changed costs nothing of GitHub's rate limit."""
        found = self.github.issue_now(issue)
        self.github.keep(found)
        return has(found.value.labels, self.labels.pause)

    def _switch_off(self, issue: IssueRef) -> None:
        """Pause only if the person who added the label may write: triage permission is enough to label."""
        actor = self.github.last_labeled_by(issue, self.labels.pause)
        if actor is None or not self.github.may_write(issue.repository, actor.login):
            return
        with self.store.transaction() as ledger:
            reason = messages.paused_by_label(issue, actor.login)
            ledger.pauses.begin(Cause.LABEL, until=None, reason=reason, now=self.clock())
