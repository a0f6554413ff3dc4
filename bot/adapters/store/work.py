"""What an attempt leaves for the next one: a publication that has begun, work that was cut short, a refused patch.

Each belongs to a task, and is deleted with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.adapters.store.part import Part, of_issue
from bot.adapters.store.schema import KEPT_WORK, PUBLICATIONS, REFUSED_PATCHES, TASKS, in_state
from bot.adapters.store.tasks import later
from bot.adapters.store.values import KeptWork, Publication
from bot.core.references import IssueRef
from bot.core.tasks import State


class Publications(Part):
    def keep(self, task_id: int, publication: Publication, *, approved: str) -> None:
        """`approved` names the approval that it was made for."""
        self._put(PUBLICATIONS, {"task_id": task_id}, asdict(publication) | {"approved": approved})

    def of(self, task_id: int) -> tuple[Publication, str] | None:
        """The publication that has begun and not ended, and the approval that it was made for."""
        row = self._connection.execute(select(PUBLICATIONS).where(PUBLICATIONS.c.task_id == task_id)).one_or_none()
        if row is None:
            return None
        return Publication(**{name: row._mapping[name] for name in Publication.__slots__}), str(row.approved)

    def forget(self, task_id: int) -> None:
        """It came to its end, whichever that is."""
        self._connection.execute(delete(PUBLICATIONS).where(PUBLICATIONS.c.task_id == task_id))

    def heads(self) -> set[str]:
        """The commits that are on record to be published, of all repositories."""
        return set(self._connection.execute(select(PUBLICATIONS.c.head)).scalars())

    def tasks_of(self, repository: str) -> list[int]:
        """The ids of a repository's tasks with a publication that has begun."""
        begun = select(PUBLICATIONS.c.task_id).join(TASKS, TASKS.c.id == PUBLICATIONS.c.task_id)
        found = begun.where(TASKS.c.repository == repository).order_by(PUBLICATIONS.c.task_id)
        return list(self._connection.execute(found).scalars())


class Pushes(Part):
    """The one place that records which commits the bot put on a task's branch.

    A commit is recorded before it is pushed: after a crash the branch may be there, and it is the bot's all the same.
    """

    def begin(self, task_id: int, *, fence: int, replaces: str | None, head: str, now: datetime) -> bool:
        """Record that `head` is about to replace `replaces`. False, and nothing recorded, if the fence is stale."""
        # What the branch holds now is the bot's, but may have been recorded as begun only, until here.
        known = {} if replaces is None else {"pushed": replaces}
        return self._record(task_id, fence, later(now) | known | {"pushing": head})

    def finish(self, task_id: int, *, fence: int, head: str, now: datetime) -> bool:
        """GitHub has accepted the push. False, and nothing recorded, if the fence is stale."""
        return self._record(task_id, fence, later(now) | {"pushed": head, "claimed": None})

    def claim(self, task_id: int, *, fence: int, commit: str, now: datetime) -> bool:
        """Record that the branch is about to be created there, with no work on it. False if the fence is stale."""
        return self._record(task_id, fence, later(now) | {"claimed": commit})

    def forget_claim(self, task_id: int, commit: str) -> None:
        """The branch is gone, or is more than the sign of a claim by now."""
        its = (TASKS.c.id == task_id) & (TASKS.c.claimed == commit)
        self._connection.execute(update(TASKS).where(its).values(claimed=None))

    def left_claims(self, repository: str) -> list[IssueRef]:
        """Those of tasks that do not run."""
        claimed = (TASKS.c.repository == repository) & TASKS.c.claimed.is_not(None) & ~in_state(State.RUNNING)
        numbers = self._connection.execute(select(TASKS.c.number).where(claimed)).scalars()
        return [IssueRef(repository, number) for number in sorted(numbers)]

    def own_heads(self, task_id: int) -> set[str]:
        """The commits of which the branch may be at one without a person having pushed."""
        row = self._connection.execute(select(TASKS.c.pushing, TASKS.c.pushed).where(TASKS.c.id == task_id)).first()
        return {str(commit) for commit in row or () if commit is not None}

    def _record(self, task_id: int, fence: int, values: Mapping[str, object]) -> bool:
        its = (TASKS.c.id == task_id) & (TASKS.c.fence == fence)
        return self._holds(fence) and self._connection.execute(update(TASKS).where(its).values(values)).rowcount == 1


class KeptWorks(Part):
    def of(self, issue: IssueRef) -> KeptWork | None:
        found = select(KEPT_WORK).join(TASKS, TASKS.c.id == KEPT_WORK.c.task_id).where(of_issue(TASKS, issue))
        row = self._connection.execute(found).one_or_none()
        return None if row is None else KeptWork(**{name: row._mapping[name] for name in KeptWork.__slots__})

    def keep(self, issue: IssueRef, work: KeptWork) -> None:
        """Raises LookupError if the issue has no task."""
        self._put(KEPT_WORK, {"task_id": self._task_id(issue)}, asdict(work))

    def forget(self, issue: IssueRef) -> None:
        task = select(TASKS.c.id).where(of_issue(TASKS, issue)).scalar_subquery()
        self._connection.execute(delete(KEPT_WORK).where(KEPT_WORK.c.task_id == task))

    def heads(self) -> set[str]:
        """The commits that later sessions may go on from, of all repositories."""
        found = select(KEPT_WORK.c.head).where(KEPT_WORK.c.head.is_not(None))
        return {str(head) for head in self._connection.execute(found).scalars()}


class RefusedPatches(Part):
    """What an attempt wanted to change of protected files, to be shown; of each task only the latest."""

    def of(self, task_id: int, attempt: int) -> str | None:
        its = (REFUSED_PATCHES.c.task_id == task_id) & (REFUSED_PATCHES.c.attempt == attempt)
        return self._connection.scalar(select(REFUSED_PATCHES.c.patch).where(its))

    def keep(self, task_id: int, attempt: int, patch: str) -> None:
        self._connection.execute(delete(REFUSED_PATCHES).where(REFUSED_PATCHES.c.task_id == task_id))
        self._put(REFUSED_PATCHES, {"task_id": task_id, "attempt": attempt}, {"patch": patch})
