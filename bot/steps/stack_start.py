"""On which branch the work of a task starts: the default one, that of the open pull request that it builds on, or a
merge of several of those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NoReturn

from bot.adapters.git import Author, Mirror
from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.stacking import (
    Apart,
    Chosen,
    DependencyMode,
    Parts,
    StackedOn,
    StartsLater,
    can_carry,
    choose_branches,
    is_merged,
)
from bot.core.tasks import Task
from bot.steps.chains import below


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """`newest`: where `branch` is on GitHub. `below`: the issue whose branch it is; None: it is the default branch.
    `parts`: the branches of which `newest` is a merge, with their issues. `is_new`: it was merged for this attempt, and
    nothing is known of its checks."""

    branch: str
    newest: str
    below: IssueRef | None = None
    parts: Parts = ()
    is_new: bool = False

    @property
    def stands_on(self) -> StackedOn | None:
        return StackedOn(self.below, self.newest, self.parts) if self.below is not None else None

    @property
    def heads(self) -> dict[IssueRef, str]:
        return self.stands_on.heads if self.stands_on is not None else {}


def find_start(store: Store, task: Task, mirror: Mirror, default: Start, *, author: Author, moves: bool) -> Start:
    """`default`: the start of work that builds on none. `author`: of a merge. `moves`: the work is put on what is there
    now; else it goes on from what it stands on. A branch that is gone was merged or closed meanwhile. Raises
    TaskFailed, CommandFailed, or StartsLater where branches cannot be merged."""
    with store.read() as ledger:
        known = ledger.stacks.of(task.id)
        chosen = choose_base(ledger, task)
    if not chosen.tasks:
        return _read_again(mirror, default) if task.blockers_here else default
    if known is not None and known.parts and not moves and mirror.holds(known.commit):
        return Start(branch=mirror.own.of(known.issue), newest=known.commit, below=known.issue, parts=known.parts)
    heads = _find_heads(mirror, chosen, known)
    if len(heads) < len(chosen.tasks):
        default = _read_again(mirror, default)
    if not heads:
        return default
    first = next(iter(heads))
    start = Start(branch=mirror.own.of(first), newest=heads[first], below=first)
    with_default = chosen.with_default or len(heads) < len(chosen.tasks)
    if len(heads) == 1 and not with_default:
        return start
    found = _Branches(
        mirror=mirror, tasks=chosen.tasks, heads=heads, default=default if with_default else None, author=author
    )
    return found.merge(start)


def _read_again(mirror: Mirror, default: Start) -> Start:
    """What it waited for may have been merged after the default branch was read, and its branch be gone by now."""
    head = mirror.live_head(default.branch)
    return default if head is None else replace(default, newest=mirror.bring_branch(default.branch, head))


def _find_heads(mirror: Mirror, chosen: Chosen, known: StackedOn | None) -> dict[IssueRef, str]:
    """Where each branch is, in the mirror. One on which nothing may be built now is left where it was."""
    heads = dict[IssueRef, str]()
    for each in chosen.tasks:
        before = known.heads.get(each.issue) if known is not None else None
        if before is not None and not can_carry(each) and mirror.holds(before):
            heads[each.issue] = before
        elif (head := mirror.live_head(mirror.own.of(each.issue))) is not None:
            heads[each.issue] = mirror.bring_branch(mirror.own.of(each.issue), head)
    return heads


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branches:
    """Those of these tasks, which are at `heads` in the mirror. `default`: with the default branch."""

    mirror: Mirror
    tasks: tuple[Task, ...]
    heads: Mapping[IssueRef, str]
    default: Start | None
    author: Author

    def merge(self, start: Start) -> Start:
        """Into the first one, which is the `start` without the others."""
        made = start.newest
        named = [(self.mirror.own.of(issue), head) for issue, head in self.heads.items()][1:]
        named += [(self.default.branch, self.default.newest)] if self.default is not None else []
        for branch, head in named:
            joined = self.mirror.join(made, head, message=f"Merge branch '{branch}'", author=self.author)
            if joined.conflicts:
                self._refuse(joined.conflicts)
            made = joined.commit
        if len(self.heads) == 1 and made == start.newest:
            return start
        # `parts` also where one branch holds the others: what becomes of each of them matters.
        return replace(start, newest=made, parts=tuple(self.heads.items()), is_new=made not in self.heads.values())

    def _refuse(self, files: tuple[str, ...]) -> NoReturn:
        """Names two branches that conflict, or one that conflicts with the default branch; all where only the merge of
        some conflicts with another one."""
        between = tuple(issue.number for issue in self.heads)
        pairs = [*combinations(self.heads.items(), 2)]
        if self.default is not None:
            pairs += [((issue, head), (issue, self.default.newest)) for issue, head in self.heads.items()]
        for (one, head), (other, other_head) in pairs:
            if found := self.mirror.find_conflicts_of(head, other_head):
                between, files = tuple(dict.fromkeys((one.number, other.number))), found
                break
        raise StartsLater(
            f"They conflict in {', '.join(files)}", apart_of(self.tasks, self.heads, between, files=files)
        )


def apart_of(
    tasks: tuple[Task, ...],
    heads: Mapping[IssueRef, str],
    between: tuple[int, ...],
    *,
    files: tuple[str, ...] = (),
    checks: tuple[str, ...] = (),
) -> Apart:
    return Apart(
        left={each.issue.number: each.pushed for each in tasks},
        there={issue.number: head for issue, head in heads.items()},
        between=between,
        files=files,
        checks=checks,
    )


def leave_in_place(store: Store, task: Task, later: StartsLater) -> TaskFailed:
    """For a pull request that cannot be put on what it stands on now: it stays as it is, and says so."""
    with store.transaction() as ledger:
        ledger.stacks.keep_apart(task.id, later.apart)
    return TaskFailed(FailureKind.CANCELLED, later.detail)


def choose_base(ledger: Ledger, task: Task) -> Chosen:
    """Whose branches its work starts on. What an open pull request stands on stays its base until that is merged,
    whatever the settings say by then."""
    known = ledger.stacks.of(task.id)
    if known is not None and task.pull_request is not None and (kept := _keep_base(ledger, task, known)).tasks:
        return kept
    if ledger.dependency_modes.of(task.issue.repository) is DependencyMode.MERGE:
        return Chosen()
    return choose_anew(ledger, task)


def _keep_base(ledger: Ledger, task: Task, known: StackedOn) -> Chosen:
    found = [ledger.tasks.find(issue) for issue in known.heads]
    there = tuple(each for each in found if each is not None and not is_merged(each))
    if not known.parts:
        return Chosen(there)
    held = {issue for each in there for issue in (each.issue, *_stands_on(ledger, each))}
    return Chosen(there, with_default=not {*known.heads, *task.blockers_here} <= held)


def choose_anew(ledger: Ledger, task: Task) -> Chosen:
    lower = find_carrying(ledger, task)
    found = (ledger.tasks.find(issue) for issue in lower)
    return choose_branches(task.blockers_here, [each for each in found if each is not None], lower)


def find_carrying(ledger: Ledger, task: Task) -> dict[IssueRef, set[IssueRef]]:
    """The blockers whose branches it can start on, with all that each stands on. One that itself stands on the task is
    none of them."""
    found = (ledger.tasks.find(issue) for issue in task.blockers_here)
    lower = {each.issue: _stands_on(ledger, each) for each in found if each is not None and can_carry(each)}
    return {issue: under for issue, under in lower.items() if task.issue not in under}


def find_apart(ledger: Ledger, task: Task, tasks: tuple[Task, ...]) -> Apart | None:
    """Why its work cannot start from the branches of these tasks, as far as that was tried with them as they are."""
    apart = ledger.stacks.apart(task.id)
    return apart if apart is not None and apart.is_of(tasks) else None


def _stands_on(ledger: Ledger, task: Task) -> set[IssueRef]:
    return set(below(ledger, ledger.stacks.of(task.id)))
