"""The worker's loop: rounds of bounded steps, with one error boundary round each of them, until it is asked to stop.

Each step does one thing at most: one delivery, one message, one repository's part of a pass, one recovery, one claim.
The loop checks `stop` between two steps. Decisions and requests to GitHub happen in this one thread. Each session runs
in a separate thread, which extends its own lease. Only this loop sleeps: until it is woken, the next step is due, or a
few seconds have passed, in case a wake-up was lost.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.adapters.github import GitHubFailed
from bot.adapters.store import Claim, Store
from bot.adapters.wake import Waker, waker
from bot.attempt_runs import AttemptRuns
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.tasks import State
from bot.intake import Intake
from bot.outbox import Outbox
from bot.queue_pauses import QueuePauses
from bot.reconcile import Reconciler
from bot.recovery import Lost, Recovery
from bot.remarks import Remarks
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.queue import Queue
from bot.steps.removals import Removals
from bot.steps.stop import StopRequest
from bot.steps.when_idle import WhenIdle
from bot.worker_passes import POLLING, Passes

_log = logging.getLogger(__name__)

_LONGEST_SLEEP = 5.0  # seconds
_LONGEST_SLEEP_BESIDE_SESSIONS = 1.0  # a session posts messages, and a pause may have to end it
_SECONDS_FOR_REMOVALS = 5.0  # systemd kills what takes longer to stop than DRAIN_SECONDS and ten more
_SHORTEST_SLEEP = 0.05
_LAST_MESSAGES_SECONDS = 2.0
_DRAINING_SLEEP = 0.25
_MOST_DELIVERIES_BEFORE_CLAIM = 50  # an inbox that never empties must not keep the queue waiting
_SECOND = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(hours=1)  # what waits for longer checks it once more, as `branch_removal` does


@dataclass(slots=True, kw_only=True)
class Worker:
    """One per process. `run` returns when it is asked to stop, and raises HostUnusable or StoreUnusable. `is_over`:
    after a round in which nothing was done, asked with the number of passes: `run` returns then too. `longest_sleep`:
    seconds. `wake_folder`: where other processes find what wakes this one.
    """

    store: Store
    intake: Intake
    outbox: Outbox
    runs: AttemptRuns
    removals: Removals
    reconciler: Reconciler
    remarks: Remarks
    queue: Queue
    pauses: QueuePauses
    recovery: Recovery
    when_idle: Mapping[str, WhenIdle]
    workers: int
    per_repository: int
    lease: timedelta
    poll_every: timedelta
    drain_for: timedelta
    clock: Callable[[], datetime]
    reached: Reached
    wake_folder: Path
    boundary: ErrorBoundary
    is_over: Callable[[int], bool] = lambda _: False
    longest_sleep: float = _LONGEST_SLEEP
    _stop: StopRequest = field(default_factory=StopRequest)
    _waker: Waker = field(default_factory=Waker)
    _over: threading.Event = field(default_factory=threading.Event)
    _running: dict[Future[State | None], int] = field(default_factory=dict)  # by future, the id of its task
    _rounds_waited: int = 0  # for deliveries, before a claim
    _latest: datetime | None = None  # the last reading of the clock
    _passes: Passes = field(init=False)

    def __post_init__(self) -> None:
        self._passes = Passes(
            recovery=self.recovery,
            reconciler=self.reconciler,
            boundary=self.boundary,
            clock=self.clock,
            every=self.poll_every,
            gives_way=self.intake.is_due,
            hold=partial(self.store.hold, "passes"),
        )

    def run(self, stop: StopRequest) -> None:
        """Work until `stop` is set, then let running sessions end for a while. The rest is stopped and queued again."""
        threads = self.workers + len(self.when_idle)  # a claimed session must not wait for a thread
        with (
            waker(self.wake_folder) as self._waker,
            self.store.woken_by_others(self._waker.wake),
            ThreadPoolExecutor(threads, "session") as pool,
        ):
            self._stop, stop.asked.then = stop, self._waker.wake
            try:
                while not stop.asked.is_set():
                    if not self._round(self._steps(pool), stop.asked):
                        if not self._running and self.is_over(self._passes.over):
                            break
                        self._waker.wait(self._sleep())
                self._drain()
            finally:
                self._over.set()  # also when the loop itself failed: the sessions have to end
                self._passes.close()
        while self._reap():
            pass
        self._say_what_is_left()
        if not stop.at_once.is_set():
            self.removals.wait(_SECONDS_FOR_REMOVALS)

    def _steps(self, pool: ThreadPoolExecutor) -> dict[str, Callable[[], bool]]:
        """What is looked at in each round, in this order. A step says whether it did something that may have more."""
        return {
            "clock": self._detect_clock_jump,
            "deliveries": lambda: self.intake.step(self._stop.check),
            "ended sessions": self._reap,
            "lost attempts": lambda: self._recover(pool),
            POLLING: lambda: self._passes.step(self._stop.asked.is_set),
            "remarks": self.remarks.step,
            "pauses": self.pauses.look,
            "account": self.pauses.ask_account,
            "claim": lambda: self._claim(pool),
            **{
                name: partial(work.step, pool, is_idle=lambda: not self._running, must_end=self._over.is_set)
                for name, work in self.when_idle.items()
            },
            "digest": self.outbox.digests.look,
            "outbox": self.outbox.step,
        }

    def _round(self, steps: Mapping[str, Callable[[], bool]], stopped: threading.Event) -> bool:
        """Whether any step did something. Raises StoreUnusable once a newer program has migrated the ledger: what it
        keeps there, this one would not know."""
        self.store.require_current()
        busy = False
        for name, step in steps.items():
            if stopped.is_set():
                break
            busy = bool(self.boundary.attempt(name, step)) or busy
        return busy

    def _sleep(self) -> float:
        """Seconds until something is due that this process knows of."""
        now = self.clock()
        most = self.longest_sleep if not self._running else min(self.longest_sleep, _LONGEST_SLEEP_BESIDE_SESSIONS)
        until_try = self.boundary.next_try()
        return max(_SHORTEST_SLEEP, min(most, self._passes.wait(now), most if until_try is None else until_try))

    def _detect_clock_jump(self) -> bool:
        """Where the clock was set back, how long anything still has to wait is unknown: it is tried now. What GitHub
        asks to wait is kept apart (`pacing`). It may have been set back before a start, too."""
        now, before = self.clock(), self._latest
        self._latest = now
        if before is None or now < before - _SECOND:
            with self.store.transaction() as ledger:
                ledger.waits.clamp_waits_after_clock_jump(now, beyond=_LONGEST_WAIT if before is None else timedelta())
            self._passes.next_at = None
        return False

    def _recover(self, pool: ThreadPoolExecutor | None) -> bool:
        """One of the lost attempts: the first that does not have to wait after an error. One that goes on elsewhere is
        followed in `pool`, as soon as there is a place."""
        for lost in self.recovery.find_lost(but=set(self._running.values())):
            recover = partial(self.recovery.recover, lost)
            if self.runs.is_ordered(lost.task):
                if pool is None or len(self._running) >= self.workers:
                    continue
                recover = partial(self._take_over, pool, lost) if self.runs.is_known(lost.task) else recover
            if self.boundary.attempt(f"recovery of task {lost.task}", recover):
                return True
        return False

    def _take_over(self, pool: ThreadPoolExecutor, lost: Lost) -> bool:
        with self.store.transaction() as ledger:
            claim = ledger.claims.take_over(
                lost.task, until=lost.until, worker=self._name, now=self.clock(), lease=self.lease
            )
        if claim is None:
            return False
        _log.info("%s attempt %d goes on", claim.task.issue, claim.task.attempts)
        self._submit(pool, claim, goes_on=True)
        return True

    # -- sessions

    def _claim(self, pool: ThreadPoolExecutor) -> bool:
        if self.pauses.current is not None or len(self._running) >= self.workers:
            return False
        if self._waits_for_deliveries():
            return True
        claim = self._next_claim()
        if claim is None:
            return False
        self.reached(Checkpoint.CLAIMED, str(claim.task.issue))
        _log.info("%s attempt %d began", claim.task.issue, claim.task.attempts)
        self._submit(pool, claim, goes_on=False)
        return True

    def _submit(self, pool: ThreadPoolExecutor, claim: Claim, *, goes_on: bool) -> None:
        must_stop, is_over = (lambda: self.pauses.must_stop), self._over.is_set
        work = partial(self.runs.carry_out, claim, goes_on=goes_on, must_stop=must_stop, is_over=is_over)
        future = pool.submit(work)
        self._running[future] = claim.task.id
        future.add_done_callback(lambda _: self._waker.wake())

    @property
    def _name(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}"

    def _waits_for_deliveries(self) -> bool:
        """Whether what has come decides first what runs next: a `/cancel` may be among it, or a more urgent issue."""
        self._rounds_waited = self._rounds_waited + 1 if self.intake.is_due() else 0
        return 0 < self._rounds_waited <= _MOST_DELIVERIES_BEFORE_CLAIM

    def _next_claim(self) -> Claim | None:
        now, unread = self.clock(), self.reconciler.unread
        if unread is None or not self._any_ready():
            return None
        with self.store.transaction() as ledger:
            return self.queue.claim(
                ledger, worker=self._name, now=now, lease=self.lease, per_repository=self.per_repository, unread=unread
            )

    def _any_ready(self) -> bool:
        """Asked in every round: mostly there is none, and what a claim asks for first takes ten times as long."""
        with self.store.read() as ledger:
            return ledger.claims.any_ready()

    def _reap(self) -> bool:
        """Collect one finished session. An unusable host ends the worker; recovery handles any other error."""
        future = next((future for future in self._running if future.done()), None)
        if future is None:
            return False
        del self._running[future]
        self.boundary.attempt("an attempt", future.result, put_off=_until_lease_ends)
        return True

    def _drain(self) -> None:
        """Continue without polling and new sessions, while sessions run and there is time."""
        until = self.clock() + self.drain_for
        steps = {
            "deliveries": lambda: self.intake.step(self._stop.check),
            "ended sessions": self._reap,
            "lost attempts": lambda: self._recover(None),
            "pauses": self.pauses.look,  # a pause may stop running sessions
            "outbox": self.outbox.step,
        }
        at_once = self._stop.at_once
        if self.runs.outlive_worker:
            self._over.set()
        if self._running:
            _log.info(
                "waiting up to %.0f s for %d running attempts to end",
                self.drain_for.total_seconds(),
                len(self._running),
            )
        while self._running and self.clock() < until and not at_once.is_set():
            if not self._round(steps, at_once):
                at_once.wait(_DRAINING_SLEEP)

    def _say_what_is_left(self) -> None:
        """Send messages for a moment; the next worker sends the rest."""
        self.outbox.finish(_LAST_MESSAGES_SECONDS)


def _until_lease_ends(error: GitHubFailed) -> None:
    _log.warning("an attempt ended without a result: %s", error)
