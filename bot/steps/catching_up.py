"""Brings the ledger to what one issue or pull request is now, whatever was told of it before, or was not.

Its history says who asked for it and what stopped it, in the order in which it happened. What polling cannot see is
the text as it was then, and who changed a description: that counts as approved only if nobody else could.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.approval_events import Role, approved_at
from bot.core.effects import Effect, Settle, ShowStatus
from bot.core.facts import Happened, IssueFacts
from bot.core.issue_history import find_ask_and_stop, find_last_rename, why_stopped
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.task_rules import is_met
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.bookmarks import Bookmarks
from bot.steps.effects import perform

_SAME_MOMENT = timedelta(seconds=2)


class CatchingUp:
    def __init__(
        self,
        *,
        store: Store,
        github: GitHub,
        approver: Approver,
        labels: LabelSet,
        bookmarks: Bookmarks,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._github = github
        self._approver = approver
        self._labels = labels
        self._bookmarks = bookmarks
        self._clock = clock

    def with_issue(self, issue: IssueRef, facts: IssueFacts) -> None:
        """Raises GitHubFailed. One that was looked at as it is costs nothing."""
        if self._bookmarks.is_known(issue, facts):
            return
        if facts.is_pull_request:
            self._with_pull_request(issue, facts)
        elif facts.is_open and has(facts.labels, self._labels.trigger):
            self._with_wanted(issue, facts)
        else:
            self._perform(self.not_wanted(issue, facts, self._approver.reader.task(issue)))
        self._perform(self._settled(issue, facts))
        self._bookmarks.looked(issue, facts)

    def not_wanted(self, issue: IssueRef, facts: IssueFacts, task: Task | None) -> list[Effect]:
        """The issue is closed, or the label is not on it: what was asked for since that was read is not stopped by it,
        such as by `nightshift add`, which puts the label on a moment later."""
        if not facts.is_open:
            return self._approver.close(issue, facts, at=facts.updated_at)
        if task is None or (task.snapshot.approved_at or facts.updated_at) > facts.updated_at:
            return []
        return self._approver.stop(issue, facts, at=facts.updated_at, why="the label was taken off")

    def _with_pull_request(self, pull: IssueRef, facts: IssueFacts) -> None:
        with self._store.read() as ledger:
            task = ledger.tasks.by_pull_request(pull.repository, pull.number)
        self._perform(self._approver.follow_pull_request(task, is_open=facts.is_open, merged_at=facts.merged_at))

    def _with_wanted(self, issue: IssueRef, facts: IssueFacts) -> None:
        task = self._approver.reader.task(issue)
        if task is None or task.state not in ACTIVE or _changed_since(task, facts):
            history = self._github.history(issue)
            self._ask_anew(issue, facts, history)
            self._apply_edit(issue, facts, history)
        task = self._approver.reader.task(issue)
        if task is not None:
            self._perform(self._repaired_label(task, facts))
            self._perform(self._approver.prioritize(issue, facts))

    def _ask_anew(self, issue: IssueRef, facts: IssueFacts, history: Sequence[Happened]) -> None:
        asked, stopped = find_ask_and_stop(history, self._labels.trigger)
        if stopped is not None:
            self._perform(self._approver.stop(issue, facts, at=stopped.at, why=why_stopped(stopped)))
        task = self._approver.reader.task(issue)
        known = approved_at(task) if task is not None else None
        if asked is not None and (known is None or asked.at > known):
            self._perform(self._approver.label(issue, facts, by=asked.actor, at=asked.at, text=None))

    def _apply_edit(self, issue: IssueRef, facts: IssueFacts, history: Sequence[Happened]) -> None:
        """If the author may write, only writers could have edited the issue; else the history says who changed the
        title, and not who changed the body."""
        task = self._approver.reader.task(issue)
        if task is None or task.state is not State.QUEUED or _text_of(task) == (facts.title, facts.body):
            return
        edit = partial(self._approver.edit, issue, facts, title=facts.title)
        if self._approver.reader.role(issue.repository, facts.author) is Role.WRITER:
            self._perform(edit(by=facts.author, at=facts.updated_at, body=facts.body))
            return
        renamed = find_last_rename(history)
        if renamed is not None and facts.title != task.snapshot.title:
            self._perform(edit(by=renamed.actor, at=renamed.at, body=None))

    def _repaired_label(self, task: Task, facts: IssueFacts) -> list[Effect]:
        """People and other bots may take state labels off or put them on; what they show is the ledger's say."""
        shown = self._labels.shown_states(facts.labels)
        wanted = self._labels.state_label(task)
        if shown == ({wanted} if wanted else set()):
            return []
        with self._store.transaction() as ledger:
            known, expected = ledger.issues_shown.labels(task.issue), frozenset({wanted} if wanted else ())
            if known == expected or not ledger.issues_shown.is_label_noted(task.issue):
                ledger.issues_shown.keep_labels(task.issue, shown)
        return [ShowStatus(task.issue)]

    def _settled(self, issue: IssueRef, facts: IssueFacts) -> list[Effect]:
        """Whoever waits for it hears of it."""
        with self._store.read() as ledger:
            met = is_met(facts, ledger.tasks.find(issue))
            return [Settle(issue, met=met)] if ledger.blockers.is_news(issue, met) else []

    def _perform(self, effects: Sequence[Effect]) -> None:
        if effects:
            with self._store.transaction() as ledger:
                perform(effects, ledger, self._clock())


def _changed_since(task: Task, facts: IssueFacts) -> bool:
    known = approved_at(task)
    return known is None or facts.updated_at - known > _SAME_MOMENT or _text_of(task) != (facts.title, facts.body)


def _text_of(task: Task) -> tuple[str, str]:
    return task.snapshot.title, task.snapshot.body
