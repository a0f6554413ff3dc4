"""Attempts that run on other hosts: under which name the executor knows them, and with which input."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, Table, Text, delete, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA

ORDERED_ATTEMPTS = Table(
    "ordered_attempts",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", Integer),
    Column("name", Text),
    Column("fence", BigInteger),
    Column("reference", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedAttempt:
    """`number`: of the attempt; `fence`: of the claim that ordered it, which may be an earlier one than the present;
    `reference`: of its input."""

    task_id: int
    number: int
    name: str
    fence: int
    reference: str


class OrderedAttempts(Part):
    """The last one of each task, until its end is on record."""

    def of(self, task_id: int) -> OrderedAttempt | None:
        row = self._connection.execute(
            select(ORDERED_ATTEMPTS).where(ORDERED_ATTEMPTS.c.task_id == task_id)
        ).one_or_none()
        return None if row is None else OrderedAttempt(**row._mapping)

    def keep(self, ordered: OrderedAttempt) -> None:
        values = {
            "number": ordered.number,
            "name": ordered.name,
            "fence": ordered.fence,
            "reference": ordered.reference,
        }
        self._put(ORDERED_ATTEMPTS, {"task_id": ordered.task_id}, values)

    def forget(self, task_id: int) -> None:
        self._connection.execute(delete(ORDERED_ATTEMPTS).where(ORDERED_ATTEMPTS.c.task_id == task_id))
