"""Which open pull requests of the bot conflict with each other, as the last trial merges found."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, or_, select

from bot.adapters.store.part import Part
from bot.adapters.store.pressure_tables import CONFLICTS, TRIAL_MERGES
from bot.core.pressure import Conflict
from bot.core.references import IssueRef


class Pairs(Part):
    def of(self, repository: str, number: int | None = None) -> list[Conflict]:
        """The conflicts of a repository, or of one of its pull requests, by their numbers."""
        found = select(CONFLICTS).where(CONFLICTS.c.repository == repository)
        if number is not None:
            found = found.where(or_(CONFLICTS.c.one == number, CONFLICTS.c.other == number))
        rows = self._connection.execute(found.order_by(CONFLICTS.c.one, CONFLICTS.c.other))
        return [Conflict(one=row.one, other=row.other, files=tuple(row.files)) for row in rows]

    def all(self) -> list[tuple[IssueRef, IssueRef]]:
        """The two pull requests of each conflict, of all repositories."""
        rows = self._connection.execute(select(CONFLICTS.c.repository, CONFLICTS.c.one, CONFLICTS.c.other))
        return [(IssueRef(row.repository, row.one), IssueRef(row.repository, row.other)) for row in rows]

    def read_tested(self, repository: str) -> str | None:
        """What the last trial merges were made of; None if there were none."""
        return self._connection.scalar(select(TRIAL_MERGES.c.tested).where(TRIAL_MERGES.c.repository == repository))

    def replace(self, repository: str, conflicts: Iterable[Conflict], *, tested: str) -> set[int]:
        """Record what was found. Returns the numbers of the pull requests that are or were in a conflict."""
        before = self.of(repository)
        self._connection.execute(delete(CONFLICTS).where(CONFLICTS.c.repository == repository))
        now = list(conflicts)
        rows = [{"repository": repository, "one": c.one, "other": c.other, "files": list(c.files)} for c in now]
        if rows:
            self._connection.execute(insert(CONFLICTS), rows)
        self._put(TRIAL_MERGES, {"repository": repository}, {"tested": tested})
        return {number for each in (*before, *now) for number in (each.one, each.other)}

    def drop(self, repository: str, number: int) -> set[int]:
        """The pull request is merged or closed. Returns those that it was in conflict with."""
        gone = (CONFLICTS.c.repository == repository) & or_(CONFLICTS.c.one == number, CONFLICTS.c.other == number)
        partners = {each.one if each.other == number else each.other for each in self.of(repository, number)}
        self._connection.execute(delete(CONFLICTS).where(gone))
        return partners
