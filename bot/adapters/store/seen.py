"""What was done on GitHub once and must not be done again: commands followed, replies given, labels made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import COMMANDS_SEEN, LABELS_MADE, REPLIES


class CommandsSeen(Part):
    def has(self, comment: int) -> bool:
        """Whether this comment's command was followed, through whichever event it came."""
        found = select(COMMANDS_SEEN.c.comment).where(COMMANDS_SEEN.c.comment == comment)
        return self._connection.scalar(found) is not None

    def keep(self, comment: int, repository: str, now: datetime) -> None:
        row = self._insert(COMMANDS_SEEN).values(comment=comment, repository=repository, at=now)
        self._connection.execute(row.on_conflict_do_nothing())


class Replies(Part):
    def keep(self, key: str, issue: str, now: datetime) -> bool:
        """Note that `key` is answered. False if it was before: the answer must not be given a second time."""
        row = self._insert(REPLIES).values(key=key, issue=issue, at=now).on_conflict_do_nothing()
        return bool(self._connection.execute(row.returning(REPLIES.c.key)).all())

    def unknown(self, keys: Iterable[str]) -> set[str]:
        """Which of these are not noted as answered."""
        wanted = set(keys)
        return wanted - set(self._connection.execute(select(REPLIES.c.key).where(REPLIES.c.key.in_(wanted))).scalars())


class LabelsMade(Part):
    def has(self, repository: str, label: str) -> bool:
        made = (LABELS_MADE.c.repository == repository) & (LABELS_MADE.c.label == label)
        return self._connection.scalar(select(LABELS_MADE.c.label).where(made)) is not None

    def keep(self, repository: str, label: str) -> None:
        row = self._insert(LABELS_MADE).values(repository=repository, label=label)
        self._connection.execute(row.on_conflict_do_nothing())
