"""The link of our pages finds an attempt on Temporal's, and none of another issue."""

from __future__ import annotations

import asyncio
import uuid

from temporalio.client import Client

from bot.adapters.executors.connection import Place
from bot.adapters.executors.temporal import TemporalExecutor
from bot.core.execution import Order, name_attempt
from bot.core.references import IssueRef
from bot.core.temporal_pages import query_workflows
from tests.patience import eventually


def test_the_link_finds_the_claims_of_one_attempt(executor: TemporalExecutor, place: Place) -> None:
    repository = f"octo/clock_{uuid.uuid4().hex[:8]}"
    names = {
        (number, attempt, fence): name_attempt(IssueRef(repository, number), attempt=attempt, fence=fence)
        for number, attempt, fence in ((4, 1, 7), (4, 1, 12), (4, 11, 3), (4, 2, 8), (41, 1, 9))
    }
    for name in names.values():
        executor.start(Order(name=name, fence=1, reference="end"))

    def found(attempt: int | None) -> set[str]:
        return asyncio.run(find(place, query_workflows(IssueRef(repository, 4), attempt)))

    eventually(lambda: len(found(None)) == 4)
    assert found(1) == {names[4, 1, 7], names[4, 1, 12]}


async def find(place: Place, query: str) -> set[str]:
    client = await Client.connect(place.address)
    return {each.id async for each in client.list_workflows(query)}
