"""Makes the head of a pull request show the check runs of its task (`bot.core.shown_check`).

What they show is computed when it is sent. What an attempt at work does is shown now and then, and not at all while
GitHub takes few writes: the next step shows more. A check run is found again by its reference after a lost answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import A_MINUTE, AN_HOUR, GitHub, GitHubFailed
from bot.adapters.store import CheckShown, Ledger, Store
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.ci_results import app_of
from bot.core.facts import Actor
from bot.core.references import IssueRef
from bot.core.shown_check import (
    AT_WORK,
    COMPLETED,
    NAME,
    CheckView,
    ShownCheck,
    describe_replaced,
    find_checks,
    is_on_any_head,
)
from bot.core.tasks import Task
from bot.steps.queue import Queue

_log = logging.getLogger(__name__)

_FEW = 2  # what is left of GitHub's minute and hour has to be a half at least


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChecks:
    """Every method raises GitHubFailed. `has_buttons`: whether a press reaches this bot, which takes a webhook."""

    store: Store
    github: GitHub
    me: Actor
    queue: Queue
    clock: Callable[[], datetime]
    reached: Reached
    has_buttons: bool

    def plan(self, issue: IssueRef) -> None:
        """Queue what the status of the issue, which is sent now, changes on its pull request."""
        with self.store.read() as ledger:
            task = ledger.tasks.find(issue)
            if task is None or task.pull_request is None:
                return
            has_old = bool(ledger.shown_checks.of(task.id))
            has_new = bool(find_checks(self._view(ledger, task)))
        if (has_old or has_new) and self.github.writes_checks(issue.repository):
            with self.store.transaction() as ledger:
                post_check(ledger, issue, self.clock())

    def send(self, issue: IssueRef) -> None:
        """Make GitHub show what holds now."""
        with self.store.read() as ledger:
            task = ledger.tasks.find(issue)
            if task is None or task.pull_request is None:
                return
            known = ledger.shown_checks.of(task.id)
            wanted = {check.name: check for check in find_checks(self._view(ledger, task))}
        if not (known or wanted) or not self.github.writes_checks(issue.repository):
            return
        head = self._head(IssueRef(issue.repository, task.pull_request)) if wanted else ""
        for name in (NAME, *sorted((known.keys() | wanted.keys()) - {NAME})):
            self._show(task, name, wanted.get(name), known.get(name), head)

    def _view(self, ledger: Ledger, task: Task) -> CheckView:
        paused = self.queue.pause_of(ledger, task.issue.repository, self.clock())
        return CheckView(
            task=task,
            attempts=ledger.attempts.of(task.id),
            revision=ledger.revisions.of(task.id),
            live=ledger.live_attempts.of(task.id),
            paused=paused.reason if paused else None,
            budget_usd=self.queue.session_usd,
            has_buttons=self.has_buttons,
        )

    def _head(self, pull: IssueRef) -> str:
        found = self.github.pull_request_now(pull)
        self.github.keep(found)
        return found.value.head

    def _show(self, task: Task, name: str, wanted: ShownCheck | None, shown: CheckShown | None, head: str) -> None:
        if wanted is not None and not (is_on_any_head(wanted) or head == task.pushed):
            wanted = None
        if shown is not None and (wanted is None or shown.head != head):
            self._leave_behind(task, name, shown)
            shown = None
        if wanted is None or (shown is not None and shown.digest == wanted.digest):
            return
        if shown is not None and not (wanted.is_open and shown.status == COMPLETED):
            self._update(task, wanted, shown)
        else:
            self._make(task, wanted, head)

    def _leave_behind(self, task: Task, name: str, shown: CheckShown) -> None:
        """It is completed, and offers nothing, before another one takes its place. A verdict stays on its commit."""
        repository = task.issue.repository
        if shown.status != COMPLETED:
            self._try(
                lambda: self.github.update_check_run(repository, shown.run, describe_replaced(name, shown.reference))
            )
        elif shown.has_buttons:
            self._try(lambda: self.github.remove_buttons(repository, shown.run))
        with self.store.transaction() as ledger:
            ledger.shown_checks.forget(task.id, name)

    def _update(self, task: Task, wanted: ShownCheck, shown: CheckShown) -> None:
        is_progress = wanted.status == AT_WORK == shown.status
        if is_progress and not self._has_writes_left():
            _log.info("%s: GitHub takes few writes now, so its check run does not show its steps", task.issue)
            return
        try:
            is_there = self._try(lambda: self.github.update_check_run(task.issue.repository, shown.run, wanted))
        except GitHubFailed as error:
            if not is_progress or not error.transient:
                raise
            _log.info("%s: its check run does not show its last step: %s", task.issue, error)
            return
        if is_there:
            self._keep(task, wanted, shown.run, shown.head)
        else:
            self._make(task, wanted, shown.head)

    def _try(self, update: Callable[[], None]) -> bool:
        """False if GitHub has removed the check run, as it does with the oldest of many."""
        try:
            update()
        except GitHubFailed as error:
            if not error.gone:
                raise
            return False
        return True

    def _make(self, task: Task, wanted: ShownCheck, head: str) -> None:
        """An earlier try, or one before the ledger was lost, may have made it."""
        repository = task.issue.repository
        found = self.github.find_check_run(repository, head, wanted, app=app_of(self.me))
        if found is None or (wanted.is_open and found.is_completed):
            run = self.github.create_check_run(repository, head, wanted)
            self.reached(Checkpoint.CHECK_RUN_MADE, str(task.issue))
        else:
            run = found.number
            self.github.update_check_run(repository, run, wanted)
        self._keep(task, wanted, run, head)

    def _keep(self, task: Task, wanted: ShownCheck, run: int, head: str) -> None:
        shown = CheckShown(
            run=run,
            head=head,
            reference=wanted.reference,
            status=wanted.status,
            has_buttons=bool(wanted.buttons),
            digest=wanted.digest,
            shown_at=self.clock(),
        )
        with self.store.transaction() as ledger:
            ledger.shown_checks.keep(task.id, wanted.name, shown)

    def _has_writes_left(self) -> bool:
        with self.store.read() as ledger:
            minute, hour = ledger.writes.recent(self.clock())
        return minute * _FEW <= A_MINUTE and hour * _FEW <= AN_HOUR


def post_check(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Queue an update of the check runs of its pull request. Several updates become one."""
    ledger.outbox.post(f"check:{issue}", kind="check", payload={"issue": str(issue)}, now=now)
