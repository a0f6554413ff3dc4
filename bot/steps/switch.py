"""The switch on GitHub, for whoever has no shell at hand: a label on one issue pauses the whole queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core import messages
from bot.core.labels import LabelSet, has
from bot.core.pauses import Cause
from bot.core.references import IssueRef


class Switch:
    """`issue`: STATUS_ISSUE; without one there is no switch."""

    def __init__(
        self,
        *,
        store: Store,
        github: GitHub,
        labels: LabelSet,
        issue: IssueRef | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._github = github
        self._labels = labels
        self._issue = issue
        self._clock = clock
        self._seen: tuple[bool, str] = (False, "")

    def look(self) -> None:
        """Make the pause what the label says. Raises GitHubFailed."""
        if self._issue is None:
            return
        wanted = self._is_wanted(self._issue)
        with self._store.read() as ledger:
            present = any(pause.cause is Cause.LABEL for pause in ledger.pauses.current(self._clock()))
        if wanted and not present:
            self._switch_off(self._issue)
        elif present and not wanted:
            with self._store.transaction() as ledger:
                ledger.pauses.end(Cause.LABEL)

    def _is_wanted(self, issue: IssueRef) -> bool:
        """An issue that is as it was costs nothing."""
        found = self._github.issue_if_changed(issue, self._seen[1])
        if found is not None:
            self._seen = has(found[0].labels, self._labels.pause), found[1]
        return self._seen[0]

    def _switch_off(self, issue: IssueRef) -> None:
        """Only for somebody who may start tasks too: with triage permission one may label, and no more."""
        labeling = self._github.last_labeling(issue, self._labels.pause)
        if labeling is None or not self._github.may_write(issue.repository, labeling.actor.login):
            return
        with self._store.transaction() as ledger:
            reason = messages.paused_by_label(issue, labeling.actor.login)
            ledger.pauses.begin(Cause.LABEL, until=None, reason=reason, now=self._clock())
