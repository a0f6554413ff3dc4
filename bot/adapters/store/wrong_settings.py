"""The repositories whose settings have mistakes: no task of theirs is claimed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Table, Text, delete, literal_column, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA, TASKS, in_state, is_unblocked
from bot.core.tasks import State
from bot.core.wrong_settings import WrongSettings

WRONG_SETTINGS = Table(
    "wrong_settings",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("version", Text),
    Column("mistakes", JSON),
    Column("number", BigInteger),  # of the issue that names them
)


class WrongSettingsRows(Part):
    def of(self, repository: str) -> WrongSettings | None:
        return self.all().get(repository)

    def all(self) -> dict[str, WrongSettings]:
        """By repository; mostly none."""
        rows = self._connection.execute(select(WRONG_SETTINGS))
        return {
            row.repository: WrongSettings(version=row.version, mistakes=tuple(row.mistakes), issue=row.number)
            for row in rows
        }

    def keep(self, repository: str, wrong: WrongSettings) -> None:
        values = {"version": wrong.version, "mistakes": list(wrong.mistakes), "number": wrong.issue}
        self._put(WRONG_SETTINGS, {"repository": repository}, values)

    def forget(self, repository: str) -> None:
        self._connection.execute(delete(WRONG_SETTINGS).where(WRONG_SETTINGS.c.repository == repository))

    def first_held(self, repository: str) -> int | None:
        """The number of the issue that came first of those that would run."""
        ready = in_state(State.QUEUED) & is_unblocked() & (TASKS.c.lint != literal_column("'waits'"))
        found = select(TASKS.c.number).where(ready, TASKS.c.repository == repository)
        return self._connection.scalar(found.order_by(TASKS.c.id).limit(1))
