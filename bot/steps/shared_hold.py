"""The wait that GitHub asked for, and what is left of its hour, shared by all processes on a ledger.

Each would else learn of it by being refused, and GitHub may ban an integration that goes on asking while it is limited
(docs.github.com, "Best practices for using the REST API").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.adapters.store.counters import GitHubBudget


@dataclass(frozen=True, slots=True)
class LedgerHold:
    """See `bot.adapters.github.Hold`. `account`: whose requests GitHub counts."""

    store: Store
    account: str
    clock: Callable[[], datetime]

    def find_wait(self) -> float:
        with self.store.read() as ledger:
            return ledger.holds.find_wait(self.account, self.clock())

    def note(self, seconds: float) -> None:
        with self.store.transaction() as ledger:
            ledger.holds.note(self.account, seconds, self.clock())


def note_budget(
    store: Store, github: GitHub, account: str, clock: Callable[[], datetime]
) -> dict[str, Callable[[Callable[[], None]], None]]:
    """A part of each pass, by its name. `account`: whose requests GitHub counts."""

    def look(_: Callable[[], None]) -> None:
        """Nothing where GitHub counts none, as on an Enterprise Server without limits."""
        found = github.pacer.budget
        if found is not None:
            budget = GitHubBudget(most=found.most, remaining=found.remaining, resets_at=found.resets_at)
            with store.transaction() as ledger:
                ledger.github_budgets.keep(account, budget, clock())

    return {"what is left of GitHub's hour": look}
