"""The executor `temporal`: an attempt is a workflow, whose name is the order's, and hosts carry it out.

The port is synchronous and the SDK is not: one thread runs its event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from bot.adapters.executors.attempt_workflow import WORKFLOW, AttemptWorkflow, HostWork
from bot.adapters.executors.connection import ANSWER, Place, connect, explain_errors
from bot.adapters.executors.hearing import read_description
from bot.adapters.executors.payloads import InTheClear
from bot.adapters.executors.serving import worker_of_control_plane
from bot.core.execution import Beat, Ended, ExecutorUnreachable, Order
from bot.core.task_queues import name_queue

T = TypeVar("T")
QUEUE = "queue"  # the memo that says which hosts may take it
_LONGEST_CALL = 60.0  # seconds; each question has its own limit
_CLOSED_BEFORE = timedelta(days=7)


@dataclass(slots=True, eq=False)
class TemporalExecutor:
    """`longest`: what one run of an attempt may take; `heartbeat`: after how long without one a host is lost.
    `close()` ends its thread."""

    place: Place
    longest: timedelta = field(kw_only=True)
    heartbeat: timedelta = field(kw_only=True)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, init=False)
    _thread: threading.Thread = field(init=False)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _client: Client | None = field(default=None, init=False)
    _deciding: asyncio.Task[None] | None = field(default=None, init=False)
    _open: set[str] = field(default_factory=set, init=False)  # not forgotten, as far as this process knows
    _forgotten: set[str] = field(default_factory=set, init=False)
    _marks: dict[str, tuple[object, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_forever, name="temporal", daemon=True)
        self._thread.start()

    def start(self, order: Order) -> None:
        self._call(self._start(order))

    def watch(self) -> Sequence[Beat | Ended]:
        return self._call(self._watch())

    def stop(self, name: str) -> None:
        self._call(self._stop(name))

    def is_known(self, name: str) -> bool:
        return self._call(self._is_known(name))

    def forget(self, name: str) -> None:
        self._call(self._forget(name))

    def close(self) -> None:
        """What runs on hosts goes on."""
        with contextlib.suppress(ExecutorUnreachable):
            self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(self._explain_errors(work), self._loop)
        try:
            return future.result(_LONGEST_CALL)
        except TimeoutError:
            future.cancel()
            raise ExecutorUnreachable(f"Temporal at {self.place.address} took too long to answer") from None

    async def _explain_errors(self, work: Coroutine[Any, Any, T]) -> T:
        with explain_errors(self.place):
            return await work

    async def _connected(self) -> Client:
        """Connects with the first call, and decides from then on what follows from cancellations and lost hosts."""
        async with self._connecting:
            if self._client is None:
                self._client = await connect(self.place, f"control plane {os.getpid()}@{socket.gethostname()}")
            if self._deciding is None or self._deciding.done():  # Temporal can end it, as for a key that is withdrawn
                worker = worker_of_control_plane(self._client, self.place.queue)
                self._deciding = asyncio.create_task(worker.run())
            return self._client

    async def _end(self) -> None:
        if self._deciding is not None:
            self._deciding.cancel()
            await asyncio.wait([self._deciding])

    async def _start(self, order: Order) -> None:
        client = await self._connected()
        work = HostWork(
            name=order.name,
            reference=order.reference,
            queue=name_queue(self.place.queue, order.tags),
            seconds=self.longest.total_seconds(),
            heartbeat=self.heartbeat.total_seconds(),
        )
        with contextlib.suppress(WorkflowAlreadyStartedError):
            await client.start_workflow(
                AttemptWorkflow.run,
                work,
                id=order.name,
                task_queue=self.place.queue,
                memo={QUEUE: work.queue},  # by which a host also sees whether it holds the key
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=InTheClear(order.page) if order.page else None,
                rpc_timeout=ANSWER,
            )
        self._open.add(order.name)

    async def _stop(self, name: str) -> None:
        with _unless_gone():
            await (await self._connected()).get_workflow_handle(name).cancel(rpc_timeout=ANSWER)

    async def _is_known(self, name: str) -> bool:
        description = None if name in self._forgotten else await self._describe(name)
        return description is not None and description.status is WorkflowExecutionStatus.RUNNING

    async def _forget(self, name: str) -> None:
        self._open.discard(name)
        self._forgotten.add(name)
        self._marks.pop(name, None)
        with _unless_gone():
            handle = (await self._connected()).get_workflow_handle(name)
            await handle.signal(AttemptWorkflow.forget, rpc_timeout=ANSWER)

    async def _watch(self) -> list[Beat | Ended]:
        async for name in self._not_forgotten():
            self._open.add(name)
        names = sorted(self._open - self._forgotten)
        found = await asyncio.gather(*(self._look_at(name) for name in names))
        return [each for each in found if each is not None]

    async def _not_forgotten(self) -> AsyncIterator[str]:
        """Also what an earlier control plane started, and what somebody ended on Temporal's own pages."""
        client, since = await self._connected(), datetime.now(UTC) - _CLOSED_BEFORE
        for query in (query_open(self.place), _query_broken_off(self.place, since)):
            async for each in client.list_workflows(query, rpc_timeout=ANSWER):
                if each.id not in self._forgotten:
                    yield each.id

    async def _look_at(self, name: str) -> Beat | Ended | None:
        description = await self._describe(name)
        if description is None:
            return Ended(name=name, why="Temporal does not know it any more", lost=True)
        if description.status is WorkflowExecutionStatus.COMPLETED:  # another control plane has written it down
            self._open.discard(name)
            return None
        heard = await read_description(description, datetime.now(UTC))
        if isinstance(heard.said, Beat) and self._marks.get(name) == heard.mark:
            return None
        self._marks[name] = heard.mark
        return heard.said

    async def _describe(self, name: str) -> WorkflowExecutionDescription | None:
        """None if Temporal does not know it."""
        found: list[WorkflowExecutionDescription] = []
        with _unless_gone():
            found.append(await (await self._connected()).get_workflow_handle(name).describe(rpc_timeout=ANSWER))
        return found[0] if found else None


def query_open(place: Place) -> str:
    return f"WorkflowType = '{WORKFLOW}' AND TaskQueue = '{place.queue}' AND ExecutionStatus = 'Running'"


def _query_broken_off(place: Place, since: datetime) -> str:
    ended = f"ExecutionStatus != 'Completed' AND CloseTime > '{since:%Y-%m-%dT%H:%M:%SZ}'"
    return f"WorkflowType = '{WORKFLOW}' AND TaskQueue = '{place.queue}' AND {ended}"


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    """A workflow that has ended, or never was, is left alone."""
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or "amespace" in error.message:
            raise
