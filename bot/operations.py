"""What an operator does by hand, on the host: add, retry, cancel, pause, resume, stats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.github import AN_HOUR, GitHub
from bot.adapters.store import Store
from bot.core import messages
from bot.core.approval_events import OPERATOR
from bot.core.command_rules import retry_obstacle
from bot.core.facts import Actor
from bot.core.labels import LabelSet, has
from bot.core.pauses import Cause, Pause
from bot.core.references import IssueRef
from bot.core.task_rules import cancel, prioritize
from bot.core.tasks import Overrides, Priority, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.effects import perform
from bot.steps.queue import Queue

# Why there is nothing to cancel. Active and failed tasks can be cancelled.
_ENDED = {
    State.IN_REVIEW: "has ended: its pull request is in review",
    State.DONE: "has ended: its pull request is merged",
    State.CLOSED: "has ended: its pull request was closed without merging",
    State.NO_CHANGE: "has ended: nothing needed to change",
    State.CANCELLED: "was cancelled already",
}


class Refused(Exception):
    """The operation is impossible; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Calls GitHub only where it must: comments and labels go through the outbox, and the worker sends them."""

    store: Store
    github: Callable[[], GitHub]
    approver: Callable[[], Approver]
    labels: LabelSet
    queue: Queue
    clock: Callable[[], datetime]

    def add(self, issue: IssueRef) -> Task:
        """Put the label on, as GitHub is the record, and queue the issue. Raises Refused or GitHubFailed."""
        task = self._task(issue)
        if task is not None and (task.issue != issue or task.state is not State.CANCELLED):
            raise Refused(f"{task.issue} is a task already and {_words(task)}; try: nightshift retry {task.issue}")
        self._refuse_unfit(issue)
        queued = self._enqueue(issue, Overrides())  # first, so that the event of the label finds the task queued
        self.github().add_label(issue, self.labels.trigger)
        return queued

    def _refuse_unfit(self, issue: IssueRef) -> None:
        known = self.github().account.repositories()
        if issue.repository not in known:
            expected = ", ".join(known) or "REPOSITORIES"
            raise Refused(f"{issue.repository} is not one of the bot's repositories; expected one of {expected}")
        facts = self.github().issue(issue)
        if facts.is_pull_request:
            raise Refused(f"{issue} is a pull request; expected the number of an issue")
        if not facts.is_open:
            raise Refused(f"{issue} is closed: reopen it first")

    def retry(self, issue: IssueRef, overrides: Overrides, *, by: Actor | None = None) -> Task:
        """`by`: a person with write permission; None: the operator."""
        task = self.demand_task(issue)
        obstacle = retry_obstacle(self.github().issue(task.issue), task, self.labels.trigger)
        if obstacle is not None:
            raise Refused(f"{task.issue}: {obstacle}")
        return self._enqueue(task.issue, overrides, by)

    def cancel(self, issue: IssueRef, *, by: Actor | None = None) -> Task:
        task, who = self.demand_task(issue), OPERATOR if by is None else by.login
        effects = cancel(task, f"{who} cancelled it", actor=who)
        if not effects:
            raise Refused(f"{task.issue} {_ENDED[task.state]}; there is nothing to cancel")
        with self.store.transaction() as ledger:
            perform(effects, ledger, self.clock())
        return self.demand_task(task.issue)

    def prioritize(self, issue: IssueRef, priority: Priority) -> Task:
        """By the labels of the issue, as GitHub is the record. Raises Refused or GitHubFailed."""
        task = self.demand_task(issue)
        if task.state is not State.QUEUED:
            raise Refused(f"{task.issue} does not wait for its turn, so its priority does not count")
        wanted = {Priority.HIGH: self.labels.high, Priority.LOW: self.labels.low}.get(priority)
        shown = self.github().issue(task.issue).labels
        for name in (self.labels.high, self.labels.low):
            if name != wanted and has(shown, name):
                self.github().remove_label(task.issue, name)
        if wanted is not None and not has(shown, wanted):
            self.github().add_label(task.issue, wanted)
        with self.store.transaction() as ledger:
            perform(prioritize(task, priority), ledger, self.clock())
        return self.demand_task(task.issue)

    def pause(self, reason: str, *, stop: bool) -> None:
        """Hold the queue until `resume`. `stop`: running sessions are stopped too, and their tasks queued again."""
        now = self.clock()
        with self.store.transaction() as ledger:
            present = [each for each in ledger.pauses.current(now) if each.cause in {Cause.STOP, Cause.PERSON}]
            ledger.pauses.end(Cause.STOP, Cause.PERSON)
            # The newer reason counts; a pause without one keeps the reason that was given before.
            words = present[-1].reason if present and not reason.strip() else messages.paused_by_person(reason.strip())
            ledger.pauses.begin(Cause.STOP if stop else Cause.PERSON, until=None, reason=words, now=now)

    def resume(self) -> list[Cause]:
        """Lift every pause on record except the one by label, which ends when the label is removed. Returns their
        causes."""
        with self.store.transaction() as ledger:
            return ledger.pauses.end(*(cause for cause in Cause if cause is not Cause.LABEL))

    def read_pause(self) -> Pause | None:
        """Why the queue waits now, hours and budget included."""
        with self.store.read() as ledger:
            return self.queue.pause(ledger, self.clock())

    def stats(self) -> dict[str, Any]:
        pause = self.read_pause()
        with self.store.read() as ledger:
            now = self.clock()
            found = ledger.statistics.read(now) | {"paused": pause.reason if pause else None}
            return found | _requests(
                *ledger.writes.requests(now), ended=ledger.attempts.ended_since(now - timedelta(hours=1))
            )

    def _enqueue(self, issue: IssueRef, overrides: Overrides, by: Actor | None = None) -> Task:
        now = self.clock()
        effects = self.approver().by_operator(issue, overrides, now, by)
        with self.store.transaction() as ledger:
            perform(effects, ledger, now)
        return self.demand_task(issue)

    def demand_task(self, issue: IssueRef) -> Task:
        """The task of an issue or of its pull request. Raises Refused."""
        task = self._task(issue)
        if task is None:
            raise Refused(f"{issue} is not known here; try: nightshift add {issue}")
        return task

    def known_issue(self, number: IssueRef) -> IssueRef:
        """The issue whose pull request this is, or the same."""
        task = self._task(number)
        return number if task is None else task.issue

    def _task(self, issue: IssueRef) -> Task | None:
        with self.store.read() as ledger:
            return ledger.tasks.find(issue) or ledger.tasks.by_pull_request(issue.repository, issue.number)


def _requests(reads: int, writes: int, *, ended: int) -> dict[str, Any]:
    """The requests to GitHub of the last hour's attempts, and how many attempts an hour its limits allow at that
    rate."""
    each = round(writes / ended, 1) if ended else None
    return {
        "requests_last_hour": reads + writes,
        "writes_last_hour": writes,
        "writes_left_this_hour": max(AN_HOUR - writes, 0),
        "requests_per_attempt": round((reads + writes) / ended, 1) if ended else None,
        "writes_per_attempt": each,
        "attempts_an_hour_possible": int(AN_HOUR / each) if each else None,
    }


def _words(task: Task) -> str:
    return task.state.value.replace("_", " ")
