"""Reads the bot's ledger while a night runs: for progress lines, and to know when the night is over.

Whether it went well is read from the simulated GitHub (`bot.rehearsal.judge`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store import Lane, Ledger, Store
from bot.core.pressure import TooManyOpen
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.report import progress_line
from bot.rehearsal.result import TaskResult, sum_up


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The ledger at one moment. `quiet`: no delivery waits to be read, and nothing waits to be said. `held`: what waits
    for people to merge or close pull requests, or to fix the repository's settings."""

    tasks: tuple[Task, ...] = ()
    progress: tuple[tuple[int, str], ...] = ()  # turns and note, task by task
    quiet: bool = False
    held: frozenset[IssueRef] = frozenset()

    def moving(self, until: datetime) -> frozenset[IssueRef]:
        """The tasks that may still get on by themselves before `until`."""
        return find_moving([task for task in self.tasks if task.issue not in self.held], until)

    def state_of(self, issue: IssueRef) -> State | None:
        return next((task.state for task in self.tasks if task.issue == issue), None)


def read_view(store: Store, now: datetime) -> View:
    with store.read() as ledger:
        tasks = tuple(ledger.tasks.in_states())
        return View(
            tasks=tasks,
            progress=tuple(ledger.attempts.progress(task.id) for task in tasks),
            quiet=_quiet(ledger, now),
            held=frozenset(task.issue for task in tasks if _waits_for_people(ledger, task)),
        )


def read_results(store: Store) -> tuple[TaskResult, ...]:
    with store.read() as ledger:
        return tuple(sum_up(task, ledger.attempts.of(task.id)) for task in ledger.tasks.in_states())


def _waits_for_people(ledger: Ledger, task: Task) -> bool:
    if task.state is State.QUEUED and ledger.wrong_settings.of(task.issue.repository) is not None:
        return True
    return isinstance(ledger.pressure.hold(task, ledger.claims.place(task)), TooManyOpen)


def _quiet(ledger: Ledger, now: datetime) -> bool:
    unsent = ledger.outbox.size() or ledger.outbox.due(now, 1, lane=Lane.GIT)
    return not unsent and ledger.deliveries.next(now) is None


def find_moving(tasks: Iterable[Task], until: datetime) -> frozenset[IssueRef]:
    """The tasks that may still get on by themselves before `until`.

    A queued task does unless it is put off beyond that, or waits for an issue that does not move either.
    """
    known = {task.issue: task for task in tasks}
    found = {issue for issue, task in known.items() if _moves_alone(task, until)}
    while freed := {task.issue for task in known.values() if task.issue not in found and _moves_after(task, found)}:
        found |= freed
    return frozenset(found)


def _moves_alone(task: Task, until: datetime) -> bool:
    if task.state is State.RUNNING:
        return True
    put_off = task.not_before is not None and task.not_before > until
    return task.state is State.QUEUED and not task.unmet and not put_off and not task.waits_for_go


def _moves_after(task: Task, others: set[IssueRef]) -> bool:
    return task.state is State.QUEUED and not task.waits_for_go and bool(task.unmet) and others.issuperset(task.unmet)


class NightProgress:
    """Turns views into progress lines: one for each task whose state, turn or doing has changed."""

    def __init__(self) -> None:
        self._shown: dict[IssueRef, tuple[str, int, str]] = {}

    def lines(self, seconds: float, view: View) -> list[str]:
        lines = []
        for task, (turns, note) in zip(view.tasks, view.progress, strict=True):
            shown = _describe(task, turns, note)
            if self._shown.get(task.issue) != shown:
                self._shown[task.issue] = shown
                lines.append(progress_line(seconds, task.issue, *shown))
        return lines


def _describe(task: Task, turns: int, note: str) -> tuple[str, int, str]:
    """The state in words, the turn, and a note beside it."""
    if task.state is State.RUNNING:
        return "running", turns, note
    if task.state is State.QUEUED and task.unmet:
        return "blocked", 0, f"by {', '.join(map(str, task.unmet))}"
    if task.failure is not None:
        return str(task.state), 0, str(task.failure)
    made = f"pull request #{task.pull_request}" if task.pull_request else ""
    return str(task.state).replace("_", " "), 0, made
