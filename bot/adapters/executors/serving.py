"""The workers of Temporal's SDK: a host's, and the control plane's, which decides for orders that no host has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import (
    CustomSlotSupplier,
    FixedSizeSlotSupplier,
    PollerBehaviorSimpleMaximum,
    SlotMarkUsedContext,
    SlotPermit,
    SlotReleaseContext,
    SlotReserveContext,
    Worker,
    WorkerTuner,
)

from bot.adapters.executors.attempt_workflow import AttemptWorkflow
from bot.adapters.executors.host import AttemptActivity
from bot.core.execution import ExecutorUnreachable

_LOOK = 0.2
_DECISIONS = 20  # workflow tasks at the same time; each takes milliseconds
_HEARTBEATS = timedelta(seconds=1)
_LONGEST_DRAIN = timedelta(days=2)  # after DRAIN_SECONDS we hand back ourselves


class _WhileNotFull(CustomSlotSupplier):
    """Asks for work only while the host has a place, whichever of its queues the last order came from."""

    def __init__(self, attempts: AttemptActivity) -> None:
        self._attempts = attempts

    async def reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit:  # noqa: ARG002 - the SDK's signature
        while self._attempts.is_full:
            await asyncio.sleep(_LOOK)
        return SlotPermit()

    def try_reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit | None:  # noqa: ARG002
        return None

    def mark_slot_used(self, ctx: SlotMarkUsedContext) -> None:
        pass

    def release_slot(self, ctx: SlotReleaseContext) -> None:
        pass


def worker_of_control_plane(client: Client, queue: str) -> Worker:
    """Decides what follows when an order is cancelled or its host is lost, also while no host is there."""
    return Worker(client, task_queue=queue, workflows=[AttemptWorkflow], max_concurrent_workflow_tasks=_DECISIONS)


@dataclass(frozen=True, slots=True)
class Drain:
    """`asked`: take no more work. `at_once`: hand back what still runs."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: asyncio.Event = field(default_factory=asyncio.Event)


async def serve(client: Client, queues: Sequence[str], attempts: AttemptActivity, stop: Drain, drain: float) -> None:
    """Take work of all queues until asked to stop. What runs then may go on for `drain` seconds, and is handed back
    after that. Raises ExecutorUnreachable if Temporal does not let this host work."""
    deciding = worker_of_control_plane(client, queues[0])
    taking = [_of(client, each, attempts) for each in queues]
    running = [asyncio.create_task(each.run()) for each in (deciding, *taking)]
    stopping = asyncio.create_task(stop.asked.wait())
    await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    drained = asyncio.create_task(_hand_back_after(attempts, stop.at_once, drain))
    await asyncio.gather(*(each.shutdown() for each in taking))
    drained.cancel()
    await deciding.shutdown()  # last: it hands on what the others gave back
    failed = [each for each in await asyncio.gather(*running, return_exceptions=True) if each is not None]
    if failed:
        raise ExecutorUnreachable(f"Temporal ended the work of this host: {failed[0]}")


async def _hand_back_after(attempts: AttemptActivity, at_once: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(at_once.wait(), seconds)
    attempts.hand_back()


def _of(client: Client, queue: str, attempts: AttemptActivity) -> Worker:
    """With one poller: a host that is full may get one more order of each queue, which it gives back."""
    return Worker(
        client,
        task_queue=queue,
        activities=[attempts.run],
        tuner=WorkerTuner.create_composite(
            workflow_supplier=FixedSizeSlotSupplier(_DECISIONS),
            activity_supplier=_WhileNotFull(attempts),
            local_activity_supplier=FixedSizeSlotSupplier(1),
            nexus_supplier=FixedSizeSlotSupplier(1),
        ),
        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(1),
        max_heartbeat_throttle_interval=_HEARTBEATS,
        default_heartbeat_throttle_interval=_HEARTBEATS,
        graceful_shutdown_timeout=_LONGEST_DRAIN,
        disable_eager_activity_execution=True,
    )
