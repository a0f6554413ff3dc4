"""For monitoring: sums that only grow, whatever is removed, and what is left of GitHub's hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Double, Integer, Table, Text, select

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("value", Double),
)
GITHUB_BUDGETS = Table(
    "github_budgets",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("most", Integer),
    Column("remaining", Integer),
    Column("resets_at", Moment),
    Column("noted_at", Moment),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubBudget:
    """Of GitHub's requests in an hour. `most`: how many there are; `resets_at`: when there are as many again."""

    most: int
    remaining: int
    resets_at: datetime


class Counters(Part):
    def add(self, name: str, values: Mapping[str, float]) -> None:
        """To what was counted under this name, by label."""
        for label, value in values.items():
            row = self._insert(COUNTERS).values(name=name, label=label, value=value)
            again = {"value": COUNTERS.c.value + value}
            self._connection.execute(row.on_conflict_do_update(index_elements=["name", "label"], set_=again))

    def of(self, name: str) -> dict[str, float]:
        """By label."""
        rows = self._connection.execute(select(COUNTERS.c.label, COUNTERS.c.value).where(COUNTERS.c.name == name))
        return {row.label: row.value for row in rows}


class GitHubBudgets(Part):
    def keep(self, account: str, budget: GitHubBudget, now: datetime) -> None:
        values = {"most": budget.most, "remaining": budget.remaining, "resets_at": budget.resets_at, "noted_at": now}
        self._put(GITHUB_BUDGETS, {"account": account}, values)

    def all(self, now: datetime) -> dict[str, GitHubBudget]:
        """By account. After its hour an account has as many again as there are at most."""
        return {
            row.account: GitHubBudget(
                most=row.most,
                remaining=row.remaining if now < row.resets_at else row.most,
                resets_at=row.resets_at,
            )
            for row in self._connection.execute(select(GITHUB_BUDGETS))
        }
