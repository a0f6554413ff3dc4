"""Where a pull request is in its stack, for its first line."""

from __future__ import annotations

from collections.abc import Iterable

from bot.adapters.store import Ledger
from bot.core.attempts import Base
from bot.core.messages.stack_line import StackPlace, describe_apart
from bot.core.references import IssueRef
from bot.core.stacking import DependencyMode, StackedOn, is_merged
from bot.core.tasks import MAY_BE_SHOWN, State, Task
from bot.steps.stack_start import find_apart

_MOST = 200  # tasks that are looked at for a line of text


def place_of(ledger: Ledger, task: Task, on: StackedOn | None) -> StackPlace | None:
    """None for one that stands alone. `on`: what its work stands on."""
    lower, above = _open_below(ledger, on), _open_above(ledger, task.issue)
    depth = _depth(ledger, on, {})
    waits = ledger.dependency_modes.of(task.issue.repository) is DependencyMode.MERGE
    if waits and not (lower or above):  # what waits for the merge is no part of a stack
        return None
    part, parts = depth + 1, depth + _height(ledger, task.issue, {})
    if parts == 1:
        return None
    return StackPlace(
        part=part,
        parts=parts,
        below=[each.pull_request for each in lower if each.pull_request and each.state is not State.CLOSED],
        closed=[each.pull_request for each in lower if each.pull_request and each.state is State.CLOSED],
        apart=_apart(ledger, task, lower),
        above=[each.pull_request for each in above if each.pull_request],
    )


def place_in_stack(ledger: Ledger, task: Task, base: Base) -> StackPlace | None:
    """Of work that is about to be published."""
    on = StackedOn(base.below, base.commit, base.parts) if base.below is not None else None
    return place_of(ledger, task, on)


def _open_below(ledger: Ledger, on: StackedOn | None) -> list[Task]:
    """Of what the work itself stands on, what is not merged."""
    tasks = (ledger.tasks.find(each) for each in (on.heads if on is not None else ()))
    return [each for each in tasks if each is not None and not is_merged(each)]


def _open_above(ledger: Ledger, issue: IssueRef) -> list[Task]:
    """What stands on its work, also the draft of a task that failed."""
    tasks = (ledger.tasks.find(each) for each in ledger.stacks.above(issue))
    return [each for each in tasks if each is not None and each.state in MAY_BE_SHOWN]


def _depth(ledger: Ledger, on: StackedOn | None, known: dict[IssueRef, int]) -> int:
    """The longest chain of what is not merged below the work. `known`: as for the height."""
    for each in _open_below(ledger, on):
        if each.issue not in known and len(known) < _MOST:
            known[each.issue] = 0
            known[each.issue] = 1 + _depth(ledger, ledger.stacks.of(each.id), known)
    return max((known.get(each.issue, 0) for each in _open_below(ledger, on)), default=0)


def _apart(ledger: Ledger, task: Task, lower: list[Task]) -> str:
    """Why it could not be put on what it stands on, as that is now."""
    apart = find_apart(ledger, task, tuple(lower)) if task.pull_request is not None else None
    return describe_apart(apart, pulls_of(lower)) if apart is not None else ""


def pulls_of(tasks: Iterable[Task]) -> dict[int, int]:
    """The pull requests, by the numbers of their issues."""
    return {each.issue.number: each.pull_request for each in tasks if each.pull_request is not None}


def _height(ledger: Ledger, issue: IssueRef, known: dict[IssueRef, int]) -> int:
    """The longest chain of tasks from this one upwards, itself included, also of those that wait. `known`: each is
    counted once, and none for the time that it is being counted: a loop would have no end."""
    if issue not in known:
        known[issue] = 0
        above = set[IssueRef]()
        if len(known) < _MOST:
            above = {*ledger.blockers.named_by(issue), *(each.issue for each in _open_above(ledger, issue))}
        known[issue] = 1 + max((_height(ledger, each, known) for each in above), default=0)
    return known[issue]
