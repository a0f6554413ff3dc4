"""On which branch the work of a task starts: the default one, or that of the open pull request that it builds on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.git import Mirror
from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.stacking import DependencyMode, can_carry, select_bases
from bot.core.tasks import Task


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
    """The task whose open pull request this one builds on. Of several that do not stand on each other, the first: the
    others are waited for (`bot.steps.dependents`). One that is revised stays the base of what stands on it."""
    if ledger.dependency_modes.of(task.issue.repository) is DependencyMode.MERGE:
        return None
    known = ledger.stacks.of(task.id)
    below = known.issue if known is not None else None
    bases = open_bases(ledger, task, keep=below)
    return bases[0] if bases else None


def open_bases(ledger: Ledger, task: Task, keep: IssueRef | None = None) -> list[Task]:
    """Of its blockers in the same repository, those that it could start on and that no other of them stands on."""
    here = [each.issue for each in task.blockers if each.issue.repository == task.issue.repository]
    tasks = [found for issue in here if (found := ledger.tasks.find(issue)) is not None]
    carrying = [each for each in tasks if can_carry(each) or (each.issue == keep and _is_revised(ledger, each))]
    standing = [(each.issue, ledger.stacks.of(each.id)) for each in carrying]
    return select_bases(carrying, {issue: on.issue for issue, on in standing if on is not None})


def _is_revised(ledger: Ledger, task: Task) -> bool:
    return task.pull_request is not None and ledger.revisions.of(task.id) is not None
