"""The statements of a claim, each built once: to build one takes longer than to run it.

The head of the queue is found over one index of tasks that are ready, repository by repository: its cost grows with
the repositories that have work, not with the tasks that wait.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    Update,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bot.adapters.store.columns import Moment
from bot.adapters.store.schema import BLOCKERS, TASKS, in_state, is_unblocked
from bot.core.tasks import Priority, State

_HEAD = (TASKS.c.id, TASKS.c.repository, TASKS.c.priority, TASKS.c.path_seconds)
QUEUE_ORDER = (TASKS.c.priority, TASKS.c.path_seconds.desc(), TASKS.c.id)  # as the index of ready tasks has it
_MOST_RAISED = 20  # tasks whose priority has aged; once they run, others follow


def is_ready() -> ColumnElement[bool]:
    """As the index has it, whose words SQLite looks for."""
    may_start = (TASKS.c.lint != literal_column("'waits'")) & (TASKS.c.lint != literal_column("'unread'"))
    return in_state(State.QUEUED) & is_unblocked() & may_start


def _moment(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=Moment)


def _repositories_with_work() -> CTE:
    """Hop over the index from one repository to the next; a DISTINCT would read every ready task."""
    hops = (
        select(func.min(TASKS.c.repository).label("repository")).where(is_ready()).cte("repositories", recursive=True)
    )
    following = (
        select(func.min(TASKS.c.repository))
        .where(is_ready(), TASKS.c.repository > hops.c.repository)
        .correlate(hops)
        .scalar_subquery()
    )
    return hops.union_all(select(following).where(hops.c.repository.is_not(None)))


def _running_in(repositories: CTE) -> ColumnElement[Any]:
    running = select(func.count()).where(TASKS.c.repository == repositories.c.repository, in_state(State.RUNNING))
    return running.correlate(repositories).scalar_subquery()


def _is_due() -> ColumnElement[bool]:
    return or_(TASKS.c.not_before.is_(None), TASKS.c.not_before <= _moment("now"))


def _head_of_queue() -> Select[tuple[int, str, int, int]]:
    repositories = _repositories_with_work()
    first = (
        select(TASKS.c.id)
        .where(is_ready(), TASKS.c.repository == repositories.c.repository, _is_due())
        .where(TASKS.c.id.not_in(bindparam("without", expanding=True)))
        .order_by(*QUEUE_ORDER)
        .limit(1)
        .correlate(repositories)
        .scalar_subquery()
    )
    free = _running_in(repositories) < bindparam("per_repository")
    free &= repositories.c.repository.not_in(bindparam("but", expanding=True))
    heads = select(first.label("id")).select_from(repositories).where(free).subquery("heads")
    chosen = select(*_HEAD).join(heads, heads.c.id == TASKS.c.id)
    return chosen.order_by(*QUEUE_ORDER).limit(1)


def _among() -> Select[tuple[int, str, int, int]]:
    running = TASKS.alias("running")
    there = select(func.count()).where(running.c.repository == TASKS.c.repository, in_state(State.RUNNING, running))
    free = there.correlate(TASKS).scalar_subquery() < bindparam("per_repository")
    free &= TASKS.c.repository.not_in(bindparam("but", expanding=True))
    these = TASKS.c.id.in_(bindparam("these", expanding=True))
    return select(*_HEAD).where(these, is_ready(), _is_due(), free)


def _find_raised() -> Select[Any]:
    low = (TASKS.c.priority == Priority.LOW) & (TASKS.c.queued_at <= _moment("low"))
    normal = (TASKS.c.priority == Priority.NORMAL) & (TASKS.c.queued_at <= _moment("normal"))
    found = select(TASKS.c.id, TASKS.c.priority, TASKS.c.queued_at)
    found = found.where(is_ready(), TASKS.c.queued_at <= _moment("low"), low | normal)
    return found.order_by(TASKS.c.queued_at).limit(_MOST_RAISED)


def _find_next_fence() -> Select[tuple[int]]:
    claimed = TASKS.alias("claimed")
    return select(func.coalesce(func.max(claimed.c.fence), 0) + 1).where(claimed.c.fence > 0)


def _start() -> Update:
    """When it changed never goes back, even if the clock does."""
    now = _moment("now")
    started = update(TASKS).where(TASKS.c.id == bindparam("task"), in_state(State.QUEUED))
    run: dict[str, Any] = {name: bindparam(name) for name in ("slot", "worker", "lease_until")}
    fresh = {"failure": None, "detail": "", "not_before": None}
    changed = {"updated_at": case((TASKS.c.updated_at > now, TASKS.c.updated_at), else_=now)}
    counted = {"state": State.RUNNING, "attempts": TASKS.c.attempts + 1, "fence": NEXT_FENCE.scalar_subquery()}
    return started.values(run | fresh | changed | counted).returning(TASKS)


REPOSITORIES_WITH_WORK = select(_repositories_with_work().c.repository)
"""None after the last one."""
NEXT_FENCE = _find_next_fence()
HEAD_OF_QUEUE = _head_of_queue()
"""The best of the repositories' first ready tasks, among repositories that may run one more. Takes `now`,
`per_repository`, the repositories `but` and the tasks `without`."""
AMONG = _among()
"""Those of the tasks `these` that could run; `now`, `per_repository` and `but` as above."""
RAISED = _find_raised()
"""Tasks that have waited so long that they may count as more urgent: since `low` or, of normal priority, `normal`."""
START = _start()
"""Takes `task`, `slot`, `worker`, `lease_until` and `now`; returns the row, unless the task is no longer queued."""
RUNNING = select(TASKS.c.id, TASKS.c.slot, TASKS.c.snapshot).where(
    in_state(State.RUNNING), TASKS.c.repository == bindparam("repository")
)
SNAPSHOT = select(TASKS.c.snapshot).where(TASKS.c.id == bindparam("task"))
BLOCKERS_OF = select(BLOCKERS).where(BLOCKERS.c.task_id == bindparam("task")).order_by(BLOCKERS.c.position)
