"""One process of the bot in a simulation: real services and the real worker's steps, in threads of the scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from bot.adapters.claude.credential_check import CredentialState
from bot.adapters.github import GitHubFailed, TokenAccount
from bot.adapters.wake import Waker
from bot.attempt_runs import AttemptRuns
from bot.core.checkpoints import Checkpoint
from bot.queue_pauses import QueuePauses
from bot.rehearsal.simulation.attempts import NoSessions, SimulatedPreparer, SimulatedRunner
from bot.rehearsal.simulation.hub import Caller
from bot.rehearsal.simulation.scheduler import Killed, Process, Scheduler, Thread
from bot.rehearsal.simulation.services import SimulatedServices, World
from bot.remarks import Remarks
from bot.runner import Runner
from bot.steps.attempt_record import AttemptRecord
from bot.steps.publish import Publisher
from bot.steps.queue_status import QueueStatus
from bot.worker import Worker

_LONGEST_SLEEP = 60.0


class ThreadWaker(Waker):
    def __init__(self, scheduler: Scheduler, actor: Thread) -> None:
        super().__init__()
        self._scheduler, self._actor = scheduler, actor

    def wake(self) -> None:
        self._scheduler.wake(self._actor)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Stands for the pool of threads."""

    scheduler: Scheduler
    process: Process

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future = Future[Any]()
        self.scheduler.spawn(self.process, f"{self.process.name} session", partial(_carry_out, future, work, arguments))
        return future


def _carry_out(future: Future[Any], work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        future.set_result(work(*arguments))
    except Killed:
        raise
    except Exception as error:  # noqa: BLE001 - as a pool hands it on
        future.set_exception(error)


class SimulatedWorker(Worker):
    """Its loop, round by round, in a thread of the scheduler."""

    scheduler: Scheduler

    def work(self, thread: Thread, process: Process) -> None:
        self._waker = ThreadWaker(self.scheduler, thread)
        self._passes.monotonic = lambda: self.scheduler.now
        pool: Any = Sessions(self.scheduler, process)
        steps = {name: partial(self._step, name, step) for name, step in self._steps(pool).items()}
        while True:
            if not self._round(steps, self._stop.asked):
                self.scheduler.sleep(self._sleep())

    def leave(self) -> None:
        """What a process holds ends with it."""
        self._passes.close()

    @property
    def passes(self) -> int:
        return self._passes.over

    def _step(self, name: str, step: Callable[[], bool]) -> bool:
        self.scheduler.point(name)
        return step()

    def _sleep(self) -> float:
        now, until_try = self.clock(), self.boundary.next_try()
        return max(
            0.05, min(_LONGEST_SLEEP, self._passes.wait(now), _LONGEST_SLEEP if until_try is None else until_try)
        )


@dataclass(slots=True, eq=False)
class BotProcess:
    """One of the bot's workers, in as many lives as it needs. `draw`: for what its sessions end with."""

    world: World
    name: str
    skew: float
    draw: Random
    process: Process = field(init=False)
    main: Thread = field(init=False)
    worker: SimulatedWorker | None = None

    def start(self) -> None:
        self.process = Process(self.name, skew=self.skew, killable=True)
        self.worker = None
        self.main = self.world.scheduler.spawn(self.process, self.name, self._live)

    def wake(self) -> None:
        self.world.scheduler.wake(self.main)

    @property
    def passes(self) -> int:
        return self.worker.passes if self.worker is not None else 0

    def _live(self) -> None:
        process, services = self.process, None
        try:
            services = self.connect(process)
            self.worker = self._build(services)
            self.worker.work(self.main, process)
        except GitHubFailed as error:  # at its start: a service manager starts it again
            self.world.scheduler.say(f"{self.name} ended: {error}")
            process.dead = True
        finally:
            if services is not None and self.worker is not None:
                self.worker.leave()
            if services is not None:
                services.store.close()

    def connect(self, process: Process) -> SimulatedServices:
        """Its services, as far as they ask GitHub for nothing but who the account is. Raises GitHubFailed."""
        scheduler, settings, exchange = self.world.scheduler, self.world.settings, self.world.exchange(process)
        assert settings.github_token is not None  # noqa: S101 - `simulated_settings` has one
        account = TokenAccount(
            settings.github_token.get_secret_value(),
            api_url=settings.github_api_url,
            repositories=settings.repositories,
            connect=Caller(self.world.hub, exchange).connect,
        )
        return SimulatedServices(
            settings=settings,
            world=self.world,
            process=process,
            exchange=exchange,
            own_account=account,
            own_me=account.me(),
            reached=self._reach_point,
            environment={},
            clock=partial(scheduler.clock, process),
            monotonic=lambda: scheduler.now,
            sleep=scheduler.sleep,
        )

    def _reach_point(self, checkpoint: Checkpoint, subject: str) -> None:
        self.world.scheduler.say(f"{checkpoint.value}: {subject}")
        self.world.scheduler.point(checkpoint.value)

    def _build(self, services: SimulatedServices) -> SimulatedWorker:
        settings, clock = services.settings, services.clock
        runner = self._runner(services)
        queue_status = QueueStatus(services.store, clock)
        made = SimulatedWorker(
            store=services.store,
            intake=services.intake,
            outbox=services.outbox,
            runs=AttemptRuns(runner=lambda: runner),
            removals=services.removals,
            reconciler=services.reconciler,
            remarks=Remarks(
                store=services.store, reader=lambda: services.issue_reader, clock=clock, boundary=services.boundary
            ),
            queue=services.queue,
            pauses=QueuePauses(
                store=services.store,
                queue=services.queue,
                queue_status=queue_status,
                account=lambda: CredentialState.GOOD,
                refused=lambda: services.github.refused,
                clock=clock,
            ),
            recovery=services.recovery,
            when_idle={},
            workers=settings.workers,
            per_repository=settings.per_repository,
            lease=settings.lease,
            poll_every=timedelta(seconds=settings.poll_seconds),
            drain_for=settings.lease,
            clock=clock,
            reached=self._reach_point,
            wake_folder=services.wake_folder,
            boundary=services.boundary,
        )
        made.scheduler = self.world.scheduler
        return made

    def _runner(self, services: SimulatedServices) -> Runner:
        preparer: Any = SimulatedPreparer(github=services.github, hub=self.world.hub, exchange=services.exchange)
        sessions: Any = NoSessions()
        nothing: Any = None
        return SimulatedRunner(
            store=services.store,
            preparer=preparer,
            environments=nothing,
            sessions=sessions,
            broker=nothing,
            publisher=Publisher(
                store=services.store,
                github=services.github,
                me=lambda: services.me,
                clock=services.clock,
                reached=self._reach_point,
            ),
            record=self._record(services),
            web_url=services.settings.web_url,
            hide=str,
            clock=services.clock,
            reached=self._reach_point,
            removals=services.removals,
            scheduler=self.world.scheduler,
            draw=self.draw,
            lost=self.world.lost,
        )

    def _record(self, services: SimulatedServices) -> AttemptRecord:
        return AttemptRecord(
            store=services.store,
            queue=services.queue,
            folder=services.settings.data_dir / "attempts",
            lease=services.settings.lease,
            clock=services.clock,
            reached=self._reach_point,
            monotonic=services.monotonic,
            branches=services.branches,
            chance=lambda: 0.5,
        )


def silence() -> None:
    """Thousands of simulations log what each of them provokes."""
    logging.getLogger("bot").setLevel(logging.CRITICAL)
