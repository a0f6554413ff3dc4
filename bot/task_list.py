"""Every task of the ledger, as `nightshift list` prints them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.adapters.store import Store
from bot.core.failures import Turn
from bot.core.references import IssueRef, OwnBranches
from bot.core.task_rows import task_row
from bot.core.tasks import Attempt, State, Task

if TYPE_CHECKING:
    from bot.core.graph import Graph

SETTINGS = "its repository's settings"
_MOST = 200  # tasks that are asked about: each costs some statements


def read_task_list(store: Store, branches: OwnBranches) -> list[dict[str, Any]]:
    """For programs, by repository and issue, with what the attempts have cost so far."""
    return [task_row(task, attempts, branches) for task, attempts in read_attempts(store)]


def read_attempts(store: Store) -> list[tuple[Task, list[Attempt]]]:
    """Every task with its attempts."""
    with store.read() as ledger:
        return [(task, ledger.attempts.of(task.id)) for task in ledger.tasks.in_states()]


def read_graph(store: Store, repository: str | None = None) -> Graph:
    """Which tasks wait for which. `repository`: None for all."""
    from bot.core.graph import graph_of  # noqa: PLC0415 - the list itself draws none

    with store.read() as ledger:
        return graph_of(ledger.tasks.in_states(repository=repository))


def read_held(store: Store, now: datetime) -> dict[IssueRef, str]:
    """What keeps tasks from their turn, by issue: mistakes in the settings of their repository, open pull requests, or
    a task that runs. Of the first of the queue; the others wait for their turn behind them anyway. Questions whose
    answers a maintainer has to confirm wait for that person."""
    from bot.core.task_order import name_hold  # noqa: PLC0415 - as the list itself

    with store.read() as ledger:
        wrong, behind = ledger.wrong_settings.all(), ledger.queue_state.holding().behind()
        ready = [each for each in ledger.tasks.in_states(State.QUEUED) if not (each.unmet or each.waits_for_go)]
        apart = sorted((each for each in ready if each.issue.repository not in wrong), key=lambda each: each.id)
        held = [
            (each, ledger.pressure.hold(each, ledger.claims.place(each, behind, now=now))) for each in apart[:_MOST]
        ]
        failed = ledger.tasks.in_states(State.FAILED)
        answered = {each.issue: str(Turn.MAINTAINER) for each in failed if ledger.notices.is_answered(each)}
    held_by_settings = {each.issue: SETTINGS for each in ready if each.issue.repository in wrong}
    return answered | held_by_settings | {each.issue: name_hold(hold) for each, hold in held if hold is not None}


def read_pause(store: Store, now: datetime) -> str:
    """Why the whole queue waits, as far as the ledger says; empty if it does not."""
    with store.read() as ledger:
        pause = ledger.pauses.longest(now)
    return pause.reason if pause is not None else ""
