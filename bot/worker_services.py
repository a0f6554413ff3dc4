"""Builds the worker from services. What only attempts need is loaded when the first one begins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters.claude.credential_check import check_credential
from bot.attempt_runs import AttemptRuns
from bot.idle_work import idle_work, is_fleet
from bot.queue_pauses import QueuePauses
from bot.remarks import Remarks
from bot.steps.queue_status import QueueStatus
from bot.wiring import Services
from bot.worker import Worker

if TYPE_CHECKING:
    from bot.remote_runner import RemoteRunner
    from bot.runner import Runner


def runner_when_needed(services: Services) -> Callable[[], Runner]:
    """One runner for all threads, loaded and built at the first call."""
    lock = threading.Lock()
    built: list[Runner] = []

    def runner() -> Runner:
        from bot.attempt_services import AttemptServices  # noqa: PLC0415 - a quarter of what a worker loads

        with lock:
            if not built:
                built.append(AttemptServices(services).runner)
            return built[0]

    return runner


def remote_when_needed(services: Services) -> Callable[[], RemoteRunner] | None:
    """One for all threads, loaded and built at the first call; None: attempts run here."""
    if not is_fleet(services):
        return None
    lock = threading.Lock()
    built: list[RemoteRunner] = []

    def remote() -> RemoteRunner:
        from bot.remote_services import build_remote_runner  # noqa: PLC0415 - of fleets alone

        with lock:
            if not built:
                built.append(build_remote_runner(services))
            return built[0]

    return remote


def build_worker(services: Services, clock: Callable[[], datetime] | None = None) -> Worker:
    """`clock`: the worker's, if it is not that of the services."""
    settings = services.settings
    now = clock or services.clock
    runner = runner_when_needed(services)
    return Worker(
        store=services.store,
        intake=services.intake,
        outbox=services.outbox,
        runs=AttemptRuns(runner=runner, remote=remote_when_needed(services)),
        removals=services.removals,
        reconciler=services.reconciler,
        remarks=Remarks(
            store=services.store,
            reader=lambda: services.issue_reader,
            clock=services.clock,  # that of the outbox: what one queues as due now, the other sends now
            boundary=services.boundary,
        ),
        queue=services.queue,
        pauses=QueuePauses(
            store=services.store,
            queue=services.queue,
            queue_status=QueueStatus(services.store, now),
            account=lambda: check_credential(services.credential),
            refused=lambda: services.github.refused,
            clock=now,
        ),
        recovery=services.recovery,
        when_idle=idle_work(services, runner, now),
        workers=settings.workers,
        per_repository=settings.per_repository,
        lease=settings.lease,
        poll_every=timedelta(seconds=settings.poll_seconds),
        drain_for=timedelta(seconds=settings.drain_seconds),
        clock=now,
        reached=services.reached,
        boundary=services.boundary,
        wake_folder=services.wake_folder,
    )
