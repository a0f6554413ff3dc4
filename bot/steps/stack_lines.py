"""Where a pull request is in its stack, for its first line."""

from __future__ import annotations

from itertools import takewhile

from bot.adapters.store import Ledger
from bot.core.attempts import Base
from bot.core.messages.stack_line import StackPlace
from bot.core.references import IssueRef
from bot.core.stacking import DependencyMode, StackedOn, is_merged
from bot.core.tasks import State, Task
from bot.steps.chains import below

_MOST = 200  # tasks that are looked at for a line of text
_ENDED = {State.DONE, State.CLOSED, State.CANCELLED, State.NO_CHANGE}


def place_of(ledger: Ledger, task: Task, on: StackedOn | None) -> StackPlace | None:
    """None for one that stands alone. `on`: what its work stands on."""
    lower, above = _open_below(ledger, on), [ledger.tasks.find(each) for each in ledger.stacks.above(task.issue)]
    waits = ledger.dependency_modes.of(task.issue.repository) is DependencyMode.MERGE
    if waits and not (lower or above):  # what waits for the merge is no part of a stack
        return None
    part, parts = len(lower) + 1, len(lower) + _height(ledger, task.issue, {})
    if parts == 1:
        return None
    return StackPlace(
        part=part,
        parts=parts,
        below=lower[0].pull_request if lower else None,
        is_below_open=bool(lower) and lower[0].state is not State.CLOSED,
        above=[each.pull_request for each in above if each and each.pull_request and each.state not in _ENDED],
    )


def place_in_stack(ledger: Ledger, task: Task, base: Base) -> StackPlace | None:
    """Of work that is about to be published."""
    return place_of(ledger, task, StackedOn(base.below, base.commit) if base.below is not None else None)


def _open_below(ledger: Ledger, on: StackedOn | None) -> list[Task]:
    """From the nearest to that on the default branch."""
    tasks = (ledger.tasks.find(each.issue) for each in below(ledger, on))
    return [each for each in takewhile(lambda task: not is_merged(task), tasks) if each is not None]


def _height(ledger: Ledger, issue: IssueRef, known: dict[IssueRef, int]) -> int:
    """The longest chain of tasks from this one upwards, itself included, also of those that wait. `known`: each is
    counted once, and none for the time that it is being counted: a loop would have no end."""
    if issue not in known:
        known[issue] = 0
        above = ledger.blockers.named_by(issue) if len(known) < _MOST else []
        known[issue] = 1 + max((_height(ledger, each, known) for each in above), default=0)
    return known[issue]
