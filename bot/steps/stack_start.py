"""On which branch the work of a task starts: the default one, or that of the open pull request that it builds on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.git import Mirror
from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.stacking import DependencyMode, can_carry, is_merged
from bot.core.tasks import Task
from bot.steps.chains import below


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """`newest`: where `branch` is on GitHub. `below`: the issue whose branch it is; None: it is the default branch."""

    branch: str
    newest: str
    below: IssueRef | None = None


def find_start(store: Store, task: Task, mirror: Mirror, default: Start) -> Start:
    """`default`: the start of work that builds on none. A branch that is gone was merged or closed meanwhile. Raises
    TaskFailed or CommandFailed."""
    with store.read() as ledger:
        base = find_base(ledger, task)
    if base is None:
        return default
    branch = mirror.own.of(base.issue)
    head = mirror.live_head(branch)
    if head is None:
        return default
    return Start(branch=branch, newest=mirror.bring_branch(branch, head), below=base.issue)


def find_base(ledger: Ledger, task: Task) -> Task | None:
    """The task whose open pull request this one builds on. What an open pull request stands on stays its base until
    that is merged, whatever the settings say by then."""
    known = ledger.stacks.of(task.id)
    lower = ledger.tasks.find(known.issue) if known is not None and task.pull_request is not None else None
    if not is_merged(lower):
        return lower
    if ledger.dependency_modes.of(task.issue.repository) is DependencyMode.MERGE:
        return None
    return select_base(ledger, task)[0]


def select_base(ledger: Ledger, task: Task) -> tuple[Task | None, list[Task]]:
    """The blocker that it can start on, and all those with an open pull request. It starts on the branch of one that
    holds the work of all others: a branch that is older than the merge of another blocker would lack that. One that
    itself stands on the task is none of them."""
    here = set(task.blockers_here)
    tasks = [found for issue in task.blockers_here if (found := ledger.tasks.find(issue)) is not None]
    chains = {each.issue: _stands_on(ledger, each) for each in tasks if can_carry(each)}
    carrying = [each for each in tasks if each.issue in chains and task.issue not in chains[each.issue]]
    holds_all = (each for each in carrying if chains[each.issue] >= here - {each.issue})
    return next(holds_all, None), carrying


def _stands_on(ledger: Ledger, task: Task) -> set[IssueRef]:
    return {each.issue for each in below(ledger, ledger.stacks.of(task.id))}
