"""The place of a part is found in a time that grows with what is below it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.stacking import StackedOn
from bot.core.tasks import Snapshot, State, Task
from bot.steps.stack_lines import place_of

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
DIAMONDS = 30  # each doubles the ways down


def add(ledger: Ledger, number: int, *below: int) -> Task:
    issue, snapshot = IssueRef("octo/tools", number), Snapshot(title="t", body="")
    task = Task(id=0, issue=issue, state=State.IN_REVIEW, snapshot=snapshot, created_at=NOW, updated_at=NOW)
    ledger.restoring.restore(replace(task, pull_request=1000 + number, pushed="a" * 40), [])
    made = ledger.tasks.find(issue)
    assert made is not None
    if below:
        parts = tuple((IssueRef("octo/tools", each), "b" * 40) for each in below)
        ledger.stacks.keep(made.id, StackedOn(parts[0][0], "c" * 40, parts if len(parts) > 1 else ()))
    return made


def test_diamonds_on_diamonds_are_counted_once(store: Store) -> None:
    with store.transaction() as ledger:
        top = add(ledger, 1)
        for bottom in range(1, 3 * DIAMONDS, 3):
            add(ledger, bottom + 1, bottom)
            add(ledger, bottom + 2, bottom)
            top = add(ledger, bottom + 3, bottom + 1, bottom + 2)
        place = place_of(ledger, top, ledger.stacks.of(top.id))

    assert place is not None
    assert (place.part, place.parts) == (2 * DIAMONDS + 1, 2 * DIAMONDS + 1)
    assert list(place.below) == [1000 + 3 * DIAMONDS - 1, 1000 + 3 * DIAMONDS]
