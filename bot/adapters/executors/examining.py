"""What `nightshift doctor` asks Temporal: whether it can be used, and which hosts ask for work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from bot.adapters.executors.connection import ANSWER, Place, connect, explain_errors
from bot.adapters.executors.temporal import QUEUE, query_open


def find_hosts(place: Place) -> Mapping[str, Sequence[str]]:
    """The hosts that asked for work lately, by queue: of the queue that any host reads, and of each in which an order
    is. Raises ExecutorUnreachable."""
    return asyncio.run(_find_hosts(place))


async def _find_hosts(place: Place) -> Mapping[str, Sequence[str]]:
    client = await connect(place, "doctor")
    with explain_errors(place):
        queues = {place.queue}
        async for each in client.list_workflows(query_open(place), rpc_timeout=ANSWER):
            queues.add(str((await each.memo()).get(QUEUE, place.queue)))
        return {queue: await _hosts_of(client, place, queue) for queue in sorted(queues)}


async def _hosts_of(client: Client, place: Place, queue: str) -> Sequence[str]:
    asked = DescribeTaskQueueRequest(
        namespace=place.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    described = await client.workflow_service.describe_task_queue(asked, timeout=ANSWER)
    return sorted({each.identity for each in described.pollers})
