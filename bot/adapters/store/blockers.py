"""Who waits for whom. `blocked_by` on a task counts its unmet blockers, so that a claim never walks the graph.

Every change of a blocker changes that count in the same transaction; `find_miscounts` counts again and compares.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from bot.adapters.store.critical_paths import CriticalPaths
from bot.adapters.store.part import Part, Transaction, of_issue
from bot.adapters.store.schema import BLOCKERS, TASKS, in_state
from bot.adapters.store.stacks import DependencyModes
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState, is_met
from bot.core.tasks import Blocker, State, Task


class Blockers(Part):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._modes = DependencyModes(transaction)
        self._paths = CriticalPaths(transaction)

    def replace(self, task_id: int, blockers: Sequence[Blocker]) -> None:
        """Make these the task's blockers, in this order; of two for one issue the later counts."""
        self._paths.note_change(task_id)
        self._connection.execute(delete(BLOCKERS).where(BLOCKERS.c.task_id == task_id))
        each = {blocker.issue: blocker.met for blocker in blockers}
        rows = [
            {
                "task_id": task_id,
                "repository": issue.repository,
                "number": issue.number,
                "position": position,
                "met": met,
                "is_unseen": False,
                "is_held": False,
            }
            for position, (issue, met) in enumerate(each.items())
        ]
        if rows:
            self._connection.execute(insert(BLOCKERS), rows)
            self._paths.note_change(task_id)
        unmet = sum(not met for met in each.values())
        self._connection.execute(update(TASKS).where(TASKS.c.id == task_id).values(blocked_by=unmet))

    def settle(self, issue: IssueRef, state: BlockerState) -> list[int]:
        """Mark the issue as met or unmet wherever it blocks; returns the ids of the tasks for which that is news."""
        return sorted(each for news, met in self._news(issue, state) for each in self._mark(news, met))

    def _mark(self, news: ColumnElement[bool], met: bool) -> list[int]:
        touched = TASKS.c.id.in_(select(BLOCKERS.c.task_id).where(news))
        unmet = TASKS.c.blocked_by + (-1 if met else 1)
        counted = update(TASKS).where(touched).values(blocked_by=unmet).returning(TASKS.c.id)
        ids = self._connection.execute(counted).scalars().all()
        self._connection.execute(update(BLOCKERS).where(news).values(met=met, is_held=False))
        return list(ids)

    def is_news(self, issue: IssueRef, state: BlockerState) -> bool:
        """Whether some task takes the issue for a blocker that is in another state."""
        return any(self._has(news) for news, _ in self._news(issue, state))

    def is_met(self, state: BlockerState, blocker: IssueRef, issue: IssueRef) -> bool:
        """Whether the issue need not wait for this blocker of it."""
        mode = self._modes.of(issue.repository)
        return is_met(state, mode, same_repository=blocker.repository == issue.repository)

    def _news(self, issue: IssueRef, state: BlockerState) -> list[tuple[ColumnElement[bool], bool]]:
        """Where the issue blocks tasks of the same repository, then of others: those marked otherwise than they should
        be, and how they should be. What is held stays so until the issue is completed: how far it is is no news."""
        mode, found = self._modes.of(issue.repository), list[tuple[ColumnElement[bool], bool]]()
        waiting = TASKS.alias("waiting")
        is_here = exists().where(waiting.c.id == BLOCKERS.c.task_id, waiting.c.repository == issue.repository)
        for there, same in ((is_here, True), (~is_here, False)):
            met = is_met(state, mode, same_repository=same)
            row = of_issue(BLOCKERS, issue) & (BLOCKERS.c.met != met) & there
            if state is not BlockerState.COMPLETED:
                row &= BLOCKERS.c.is_held == false()
            found.append((row, met))
        return found

    def unmet(self, repository: str) -> list[IssueRef]:
        """What a repository's queued tasks wait for, each once: by the tasks' numbers, as each names them."""
        named = (
            select(BLOCKERS.c.repository, BLOCKERS.c.number)
            .join(TASKS, TASKS.c.id == BLOCKERS.c.task_id)
            .where(TASKS.c.repository == repository, in_state(State.QUEUED), TASKS.c.blocked_by > literal_column("0"))
            .where(BLOCKERS.c.met == false())
            .order_by(TASKS.c.number, BLOCKERS.c.position)
        )
        return list(dict.fromkeys(IssueRef(name, number) for name, number in self._connection.execute(named)))

    def is_unseen(self, issue: IssueRef) -> bool:
        """Whether the issue, which some task waits for, could not be read when it was last asked for."""
        return self._has(of_issue(BLOCKERS, issue) & BLOCKERS.c.is_unseen)

    def note_seen(self, issue: IssueRef, *, seen: bool) -> None:
        self._connection.execute(update(BLOCKERS).where(of_issue(BLOCKERS, issue)).values(is_unseen=not seen))

    def is_named(self, issue: IssueRef) -> bool:
        """Whether any task names the issue as a blocker."""
        return self._has(of_issue(BLOCKERS, issue))

    def _has(self, which: ColumnElement[bool]) -> bool:
        return self._connection.execute(select(BLOCKERS.c.task_id).where(which).limit(1)).first() is not None

    def named_by(self, issue: IssueRef) -> list[IssueRef]:
        """The tasks of its repository that name the issue as a blocker, by number, but for those that have ended."""
        return self._named_by(issue, or_(*(in_state(each) for each in (State.QUEUED, State.RUNNING, State.IN_REVIEW))))

    def waiting_for_several(self, issue: IssueRef) -> list[IssueRef]:
        """The queued tasks of its repository that name the issue, and another one there, as blockers."""
        others = BLOCKERS.alias("others")
        several = exists().where(
            others.c.task_id == TASKS.c.id, others.c.repository == issue.repository, others.c.number != issue.number
        )
        return self._named_by(issue, in_state(State.QUEUED) & several)

    def _named_by(self, issue: IssueRef, which: ColumnElement[bool]) -> list[IssueRef]:
        found = (
            select(TASKS.c.number)
            .join(BLOCKERS, BLOCKERS.c.task_id == TASKS.c.id)
            .where(of_issue(BLOCKERS, issue), TASKS.c.repository == issue.repository, which)
            .order_by(TASKS.c.number)
        )
        return [IssueRef(issue.repository, number) for number in self._connection.execute(found).scalars()]

    def hold(self, task_id: int, blockers: Collection[IssueRef], *, released: Collection[IssueRef]) -> bool:
        """Hold the task back by these blockers in the same repository and by no others. `released`: those that it need
        not wait for, if it was held back by them. Whether that is news."""
        changed = False
        for is_held, issues in ((True, blockers), (False, released)):
            row = (BLOCKERS.c.task_id == task_id) & (BLOCKERS.c.is_held != is_held) & _is_one_of(issues)
            values = {"is_held": is_held, "met": not is_held}
            changed |= self._connection.execute(update(BLOCKERS).where(row).values(values)).rowcount > 0
        others = (BLOCKERS.c.task_id == task_id) & (BLOCKERS.c.is_held != false()) & ~_is_one_of(blockers)
        self._connection.execute(update(BLOCKERS).where(others).values(is_held=False))  # how far each is says the rest
        if changed:
            counted = _unmet_blockers()
            self._connection.execute(update(TASKS).where(TASKS.c.id == task_id).values(blocked_by=counted))
        return changed

    def waits_first(self, task: Task, issue: IssueRef) -> bool:
        """Whether the task is the oldest of its repository that waits for the issue."""
        unmet = of_issue(BLOCKERS, issue) & (BLOCKERS.c.met == false())
        waits = in_state(State.QUEUED) & (TASKS.c.repository == task.issue.repository)
        found = select(func.min(TASKS.c.id)).join(BLOCKERS, BLOCKERS.c.task_id == TASKS.c.id).where(unmet, waits)
        return bool(self._connection.scalar(found) == task.id)

    def waiting_for(self, issue: IssueRef) -> list[IssueRef]:
        """The queued tasks that name the issue as a blocker which is not met."""
        waiting = (
            select(TASKS.c.repository, TASKS.c.number)
            .join(BLOCKERS, BLOCKERS.c.task_id == TASKS.c.id)
            .where(of_issue(BLOCKERS, issue), BLOCKERS.c.met == false(), in_state(State.QUEUED))
            .order_by(TASKS.c.repository, TASKS.c.number)
        )
        return [IssueRef(repository, number) for repository, number in self._connection.execute(waiting)]

    def edges_beyond(self, issues: Collection[IssueRef]) -> dict[IssueRef, tuple[IssueRef, ...]]:
        """For each queued task that these issues lead to, themselves included: its unmet blockers, in the order in
        which it names them. Only those that are reachable are read, however many tasks wait.

        They need not be tasks yet: the cycle closes when the last of its issues is labelled. A task that has failed,
        for closing a cycle perhaps, waits for no task.
        """
        if not issues:
            return {}
        reached = _reached_from(issues)
        edges = (
            select(TASKS.c.repository, TASKS.c.number, BLOCKERS.c.repository, BLOCKERS.c.number)
            .select_from(reached)
            .join(TASKS, TASKS.c.id == reached.c.id)
            .join(BLOCKERS, BLOCKERS.c.task_id == TASKS.c.id)
            .where(BLOCKERS.c.met == false())
            .order_by(TASKS.c.repository, TASKS.c.number, BLOCKERS.c.position)
        )
        found: dict[IssueRef, list[IssueRef]] = {}
        for repository, number, their_repository, their_number in self._connection.execute(edges):
            found.setdefault(IssueRef(repository, number), []).append(IssueRef(their_repository, their_number))
        return {waiting: tuple(blockers) for waiting, blockers in found.items()}

    def find_miscounts(self) -> list[str]:
        """Count again what is kept as a count; one line for each that differs, none in a sound ledger."""
        counted = _unmet_blockers()
        wrong = (
            select(TASKS.c.repository, TASKS.c.number, TASKS.c.blocked_by, counted.label("counted"))
            .where(TASKS.c.blocked_by != counted)
            .order_by(TASKS.c.repository, TASKS.c.number)
        )
        return [
            f"{repository}#{number} is kept as waiting for {kept} issues, but {really} of its blockers are unmet"
            for repository, number, kept, really in self._connection.execute(wrong)
        ]


def _reached_from(issues: Collection[IssueRef]) -> CTE:
    """The ids of the queued tasks of these issues, of what they wait for, and so on; each once."""
    numbers: dict[str, list[int]] = {}
    for issue in issues:
        numbers.setdefault(issue.repository, []).append(issue.number)
    named = or_(*((TASKS.c.repository == name) & TASKS.c.number.in_(each) for name, each in numbers.items()))
    reached = select(TASKS.c.id).where(in_state(State.QUEUED), named).cte("reached", recursive=True)
    beyond = (
        select(TASKS.c.id)
        .select_from(reached)
        .join(BLOCKERS, BLOCKERS.c.task_id == reached.c.id)
        .join(TASKS, (TASKS.c.repository == BLOCKERS.c.repository) & (TASKS.c.number == BLOCKERS.c.number))
        .where(BLOCKERS.c.met == false(), in_state(State.QUEUED))
    )
    return reached.union(beyond)


def _is_one_of(issues: Collection[IssueRef]) -> ColumnElement[bool]:
    """`issues`: of one repository."""
    named = BLOCKERS.c.number.in_([each.number for each in issues])
    return named & BLOCKERS.c.repository.in_({each.repository for each in issues})


def _unmet_blockers() -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(BLOCKERS)
        .where(BLOCKERS.c.task_id == TASKS.c.id, BLOCKERS.c.met == false())
        .correlate(TASKS)
        .scalar_subquery()
    )
