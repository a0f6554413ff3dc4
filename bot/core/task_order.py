"""All tasks in the order in which a person has something to do with them, for `nightshift list`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.core.failure_policy import has_questions, policy
from bot.core.final_failures import turn_of_failed
from bot.core.pressure import Hold, TooManyOpen
from bot.core.references import IssueRef
from bot.core.task_history import address, span, state_words
from bot.core.tasks import Attempt, State, Task
from bot.core.waiting import QueueWait, what_it_waits_for

# What a person has to do first, then what goes on alone, then what is over.
_ORDER = (
    State.IN_REVIEW,
    State.FAILED,
    State.RUNNING,
    State.QUEUED,
    State.CLOSED,
    State.NO_CHANGE,
    State.CANCELLED,
    State.DONE,
)
_QUESTION = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One row, in words. `link`: to the pull request if that is what to look at, else to the issue."""

    state: str
    issue: str
    age: str
    waits_for: str
    turns: int
    cost_usd: float
    title: str
    link: str


def order_tasks(
    tasks: Iterable[tuple[Task, Sequence[Attempt]]],
    *,
    web_url: str,
    now: datetime,
    held: Mapping[IssueRef, str] = MappingProxyType({}),
) -> list[TaskLine]:
    """`held`: what tasks wait for that nothing else keeps from their turn."""
    lines = ((task, attempts, held.get(task.issue, "")) for task, attempts in sorted(tasks, key=_rank))
    return [_line(task, attempts, web_url, now, by) for task, attempts, by in lines]


def name_hold(hold: Hold) -> str:
    return "reviews" if isinstance(hold, TooManyOpen) else str(hold.issue)


def _rank(row: tuple[Task, Sequence[Attempt]]) -> tuple[int, int, bool, int, int, datetime, IssueRef]:
    """Reviews, then questions, then other failures by urgency; the queue as it is worked off; otherwise the oldest
    first."""
    task, _ = row
    is_waiting = bool(task.unmet) or task.waits_for_go or task.not_before is not None
    path = task.path_seconds if task.state is State.QUEUED else 0
    place = (task.priority, -path, task.created_at, task.issue)
    return _ORDER.index(task.state), _urgency(task), is_waiting, *place


def _urgency(task: Task) -> int:
    if task.state is not State.FAILED or task.failure is None or has_questions(task.failure):
        return 0
    return policy(task.failure).urgency


def _line(task: Task, attempts: Sequence[Attempt], web_url: str, now: datetime, held: str) -> TaskLine:
    return TaskLine(
        state=_state(task),
        issue=str(task.issue),
        age=" ".join(span(max((now - task.created_at).total_seconds(), 0)).split()[:2]),
        waits_for=_waits_for(task, held, now),
        turns=sum(each.turns for each in attempts),
        cost_usd=sum(each.cost_usd for each in attempts),
        title=task.snapshot.title,
        link=_link(task, web_url),
    )


def _state(task: Task) -> str:
    if task.state is not State.FAILED or task.failure is None:
        return state_words(task.state)
    return _QUESTION if has_questions(task.failure) else f"failed: {task.failure}"


def _waits_for(task: Task, held: str, now: datetime) -> str:
    match task.state:
        case State.IN_REVIEW:
            return "a review"
        case State.FAILED if task.failure is not None:
            return held or turn_of_failed(task.failure)
        case State.QUEUED:
            return what_it_waits_for(QueueWait(task=task, now=now), held=held)
        case _:
            return ""


def _link(task: Task, web_url: str) -> str:
    is_shown = task.state in {State.IN_REVIEW, State.CLOSED, State.DONE}
    if task.pull_request is not None and (is_shown or (task.state is State.FAILED and task.draft is not None)):
        return address(web_url, IssueRef(task.issue.repository, task.pull_request), "pull")
    return address(web_url, task.issue)
