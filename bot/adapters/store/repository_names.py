"""Repositories by GitHub's number, which outlives their names, and what happens in the ledger when a name changes."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, and_, delete, exists, select, update

from bot.adapters.store.part import Part
from bot.adapters.store.review_tables import REVIEW_ITEMS
from bot.adapters.store.said import SAID
from bot.adapters.store.schema import (
    COMMENTS_BEGUN,
    DELIVERY_LOGS,
    HTTP_CACHE,
    METADATA,
    OUTBOX,
    REPLIES,
    TASKS,
    in_state,
)
from bot.core.tasks import State

REPOSITORY_NAMES = Table(
    "repository_names",
    METADATA,
    Column("name", Text, primary_key=True),  # in lower case
    Column("repository_id", BigInteger),
    Column("spelling", Text),
    Column("is_present", Boolean),
)
_TEXTS = (
    *(OUTBOX.c.key, REPLIES.c.issue, REPLIES.c.key, REVIEW_ITEMS.c.item, DELIVERY_LOGS.c.path, SAID.c.place),
    COMMENTS_BEGUN.c.marker,
)
"""In which names are parts: of keys, of addresses, of references to issues."""


class RepositoryNames(Part):
    def id_of(self, name: str) -> int | None:
        """Of the repository that was last called so."""
        found = select(REPOSITORY_NAMES.c.repository_id).where(REPOSITORY_NAMES.c.name == name.lower())
        return self._connection.scalar(found)

    def name_of(self, repository_id: int) -> str | None:
        """As GitHub spells it now."""
        its = (REPOSITORY_NAMES.c.repository_id == repository_id) & REPOSITORY_NAMES.c.is_present
        return self._connection.scalar(select(REPOSITORY_NAMES.c.spelling).where(its))

    def keep(self, repository_id: int, name: str) -> None:
        its = REPOSITORY_NAMES.c.repository_id == repository_id
        self._connection.execute(update(REPOSITORY_NAMES).where(its).values(is_present=False))
        values = {"repository_id": repository_id, "spelling": name, "is_present": True}
        self._put(REPOSITORY_NAMES, {"name": name.lower()}, values)

    def is_at_work(self, name: str) -> bool:
        """Whether an attempt of this repository runs, which knows it by this name."""
        runs = select(TASKS.c.id).where(TASKS.c.repository == name, in_state(State.RUNNING)).limit(1)
        return self._connection.scalar(runs) is not None

    def rename(self, old: str, new: str) -> None:
        """In all that the ledger knows. What was known under the new name already stays as it is."""
        for table in METADATA.tables.values():
            if "repository" in table.c:
                self._rename_in(table, old, new)
        for column in _TEXTS:
            self._rename_texts(column, old, new)
        self._rename_payloads(old, new)
        self._connection.execute(delete(HTTP_CACHE).where(HTTP_CACHE.c.url.contains(old, autoescape=True)))

    def _rename_in(self, table: Table, old: str, new: str) -> None:
        there = table.alias()
        keys = [column for column in table.primary_key if column.name != "repository"]
        if table is TASKS:
            keys = [TASKS.c.number]
        is_taken = exists().where(there.c.repository == new, *(there.c[key.name] == key for key in keys))
        its = table.c.repository == old
        if "repository" in table.primary_key or table is TASKS:
            its = and_(its, ~is_taken)
        self._connection.execute(update(table).where(its).values(repository=new))

    def _rename_texts(self, column: Column[Any], old: str, new: str) -> None:
        found = select(column).where(column.contains(old, autoescape=True)).distinct()
        for text in self._connection.execute(found).scalars().all():
            if (anew := _anew(text, old, new)) != text:
                self._connection.execute(update(column.table).where(column == text).values({column.name: anew}))

    def _rename_payloads(self, old: str, new: str) -> None:
        for row in self._connection.execute(select(OUTBOX.c.id, OUTBOX.c.payload)).all():
            if (payload := _anew(row.payload, old, new)) != row.payload:
                self._connection.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(payload=payload))


def _anew(value: Any, old: str, new: str) -> Any:
    """A name is that of a whole repository: `octo/clock` is none in `octo/clocks` and `an/octo/clock`."""
    if isinstance(value, dict):
        return {key: _anew(inner, old, new) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    return re.sub(rf"(?<![\w.-])(?<![\w.-]/){re.escape(old)}(?![\w.-])", lambda _: new, value)
