"""Reads a night's digest out of the ledger, without GitHub."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import chain

from bot.adapters.store import Ledger
from bot.core.digest import Digest, Night, NightView, make_digest
from bot.core.messages.pressure import held_back
from bot.core.pauses import Pause, Window, next_night, night_began
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.steps.queue import Queue

_LATE = timedelta(minutes=11)  # before a window closes: later the queue starts nothing, whatever else holds it
_MOMENT = timedelta(microseconds=1)
_MOST_HELD = 200  # each costs some statements
_WAIT = (State.QUEUED, State.RUNNING, State.IN_REVIEW, State.FAILED)


def night_of(window: Window | None, at: datetime) -> Night:
    """The night that began last. Without a window it lasts until the next one."""
    begins = night_began(window, at)
    next_begins = next_night(window, begins)
    closes = window.closes(begins) if window is not None else None
    return Night(begins=begins, ends=closes or next_begins, next_begins=next_begins)


def read_digest(
    ledger: Ledger,
    queue: Queue,
    night: Night,
    now: datetime,
    *,
    shown: Collection[str] | None = None,
) -> Digest:
    """`shown`: the repositories whose tasks it may name; None: all."""
    attempts = ledger.attempts.ended_between(night.begins, min(now + _MOMENT, night.next_begins))
    earlier = night_began(queue.window, night.begins - _MOMENT)
    moved = ledger.events.moved_since(night.begins)
    stands_on = _stands_on(ledger)
    known = _tasks(ledger, moved.keys() | {each.task_id for each in attempts}, chain.from_iterable(stands_on.values()))
    tasks = [task for task in known if shown is None or task.issue.repository in shown]
    return make_digest(
        NightView(
            night=night,
            now=now,
            tasks=tasks,
            moved=moved,
            attempts=attempts,
            before=ledger.attempts.ended_between(earlier, night.begins),
            pauses=_pauses(ledger, queue, night, now),
            conflicts=[
                pair for pair in ledger.pairs.all() if shown is None or all(each.repository in shown for each in pair)
            ],
            holds=_holds(ledger, tasks),
            stands_on=stands_on,
            answered={task.issue for task in tasks if ledger.notices.is_answered(task)},
            hidden=len(known) - len(tasks),
        )
    )


def _tasks(ledger: Ledger, active: Collection[int], lower: Iterable[IssueRef]) -> list[Task]:
    """What waits, what something happened to, and what was closed although others stand on it, in the order in which it
    came into the queue, as far as ids tell."""
    closed = [task for issue in set(lower) if (task := ledger.tasks.find(issue)) and task.state is State.CLOSED]
    waiting = ledger.tasks.in_states(*_WAIT)
    found = {task.id: task for task in [*waiting, *ledger.tasks.by_ids(active), *closed]}
    return sorted(found.values(), key=lambda task: task.id)


def _stands_on(ledger: Ledger) -> dict[IssueRef, list[IssueRef]]:
    """Of what has an open pull request, whether it is reviewed or worked on."""
    tasks = [each for each in ledger.tasks.in_states(*_WAIT) if each.pull_request is not None]
    found = {task.issue: ledger.stacks.of(task.id) for task in tasks}
    return {issue: list(on.heads) for issue, on in found.items() if on is not None}


def _pauses(ledger: Ledger, queue: Queue, night: Night, now: datetime) -> Mapping[str, Pause]:
    """Why what waits did not run: once the window is closed, what held it before says more than that."""
    is_over = night.ends < night.next_begins and now > night.ends - _LATE
    at = max(night.begins, night.ends - _LATE) if is_over else now
    repositories = {task.issue.repository for task in ledger.tasks.in_states(State.QUEUED)}
    found = {name: queue.pause_of(ledger, name, at) for name in repositories}
    return {name: pause for name, pause in found.items() if pause is not None}


def _holds(ledger: Ledger, tasks: Collection[Task]) -> Mapping[IssueRef, str]:
    """What its status comment says of a task that is ready and held back."""
    behind = ledger.queue_state.holding().behind()
    ready = [task for task in tasks if task.state is State.QUEUED and not task.unmet]
    found = {task.issue: ledger.pressure.hold(task, ledger.claims.place(task, behind)) for task in ready[:_MOST_HELD]}
    return {issue: held_back(hold) for issue, hold in found.items() if hold is not None}
