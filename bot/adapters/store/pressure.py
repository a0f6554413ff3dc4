"""How many pull requests of the bot are open in each repository, and how many may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Row, func, select

from bot.adapters.store.held_back import HeldBack
from bot.adapters.store.part import Part, Transaction
from bot.adapters.store.pressure_tables import REPOSITORY_LIMITS
from bot.adapters.store.review_tables import REVISIONS
from bot.adapters.store.schema import TASKS, in_state, is_unblocked
from bot.core.pressure import Hold, OpenPulls, TooManyOpen
from bot.core.references import IssueRef
from bot.core.tasks import State, Task


class Pressure(Part):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._held_back = HeldBack(transaction)

    def keep_limit(self, repository: str, limit: int) -> None:
        """What the repository's settings say now."""
        self._put(REPOSITORY_LIMITS, {"repository": repository}, {"max_open_pull_requests": limit})

    def open_pulls(self, repository: str) -> OpenPulls:
        return self._count().get(repository) or OpenPulls(limit=self._limits().get(repository))

    def hold(self, task: Task, position: int | None) -> Hold | None:
        """What holds the task back although it is ready; None for one that waits for its turn alone. `position`: its
        place in the queue of its repository."""
        if task.state is not State.QUEUED or any(row.id == task.id for row in self._find_revised()):
            return None
        pulls = self.open_pulls(task.issue.repository)
        return TooManyOpen(pulls.most) if pulls.holds(position) else self._held_back.of(task.id)

    def holds(self, places: Mapping[Task, int]) -> dict[IssueRef, Hold]:
        """As `hold`, of many tasks with their places at once."""
        revised = {row.id for row in self._find_revised()}
        pulls, usual = self._count(), self._limits()
        found = dict[IssueRef, Hold]()
        for task, place in places.items():
            here = pulls.get(task.issue.repository) or OpenPulls(limit=usual.get(task.issue.repository))
            hold = TooManyOpen(here.most) if here.holds(place) else self._held_back.of(task.id)
            if hold is not None and task.id not in revised:
                found[task.issue] = hold
        return found

    def full(self) -> frozenset[str]:
        """The repositories in which no further task may start that may open a pull request."""
        return frozenset(name for name, pulls in self._count().items() if pulls.left == 0)

    def nearly_full(self) -> dict[str, int]:
        """How many further tasks may start, by repository: of those whose waiting issues say that they wait for it."""
        return {name: pulls.free for name, pulls in self._count().items() if pulls.is_nearly_full}

    def with_open_pulls(self, repositories: Collection[str]) -> list[int]:
        """The ids of the queued tasks there whose pull request is open already: none of them adds one."""
        return [row.id for row in self._find_revised() if row.state == State.QUEUED and row.repository in repositories]

    def is_ready_in(self, repository: str) -> bool:
        """Whether a task there could start, but for pauses and limits."""
        ready = in_state(State.QUEUED) & is_unblocked() & (TASKS.c.repository == repository)
        return self._connection.scalar(select(TASKS.c.id).where(ready).limit(1)) is not None

    def _count(self) -> dict[str, OpenPulls]:
        """Of every repository where something is in review, is revised or runs. A task that is revised has its pull
        request open while it waits and while it runs."""
        in_review, running = self._by_repository(State.IN_REVIEW), self._by_repository(State.RUNNING)
        revised = [(row.repository, State(row.state)) for row in self._find_revised()]
        waits, runs = (
            Counter(name for name, its in revised if its is state) for state in (State.QUEUED, State.RUNNING)
        )
        limits = self._limits()
        return {
            name: OpenPulls(
                pulls=in_review[name] + waits[name] + runs[name],
                running=running[name] - runs[name],
                limit=limits.get(name),
            )
            for name in in_review | running | waits
        }

    def _by_repository(self, state: State) -> Counter[str]:
        counted = select(TASKS.c.repository, func.count().label("tasks")).where(in_state(state))
        rows = self._connection.execute(counted.group_by(TASKS.c.repository))
        return Counter({row.repository: row.tasks for row in rows})

    def _find_revised(self) -> Sequence[Row[int, str, str]]:
        """The few tasks that wait for a revision or run one."""
        found = select(TASKS.c.id, TASKS.c.repository, TASKS.c.state)
        return self._connection.execute(found.where(TASKS.c.id.in_(select(REVISIONS.c.task_id)))).all()

    def _limits(self) -> dict[str, int]:
        rows = self._connection.execute(select(REPOSITORY_LIMITS))
        return {row.repository: row.max_open_pull_requests for row in rows}
