"""The worker's loop: drain the inbox, claim, run, flush the outbox, reconcile; until told to stop.

Decisions and talk with GitHub happen in this one thread; sessions run in threads of their own, each of which keeps
its own lease alive. Sleeping happens here only.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.claude.credential_check import CredentialState, check_credential
from bot.adapters.github import GitHubFailed
from bot.adapters.store import Claim, Store, StoreUnusable
from bot.core import messages
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.pauses import Cause, Pause
from bot.core.tasks import State
from bot.intake import Intake
from bot.outbox import Outbox
from bot.reconcile import Reconciler
from bot.recovery import Recovery
from bot.runner import HostUnusable, Runner
from bot.steps.queue import Queue, holding, note_holding
from bot.steps.queue_status import QueueStatus
from bot.wiring import Services

_log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.25
_ASK_ACCOUNT_EVERY = timedelta(minutes=2)
_A_STEP = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(hours=1)  # that anything asks for
_TRY_AFTER = timedelta(minutes=15)
_TIDY_FIRST = timedelta(minutes=10)
_TIDY_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Stop:
    """What tells a worker to end: `asked` lets running sessions come to their end, `at_once` does not."""

    asked: threading.Event = field(default_factory=threading.Event)
    at_once: threading.Event = field(default_factory=threading.Event)


class Worker:
    """One per process. `run` returns when it is told to stop, and raises HostUnusable or StoreUnusable."""

    def __init__(
        self,
        *,
        store: Store,
        intake: Intake,
        outbox: Outbox,
        runner: Runner,
        reconciler: Reconciler,
        queue: Queue,
        queue_status: QueueStatus,
        account: Callable[[], CredentialState],
        refused: Callable[[], bool],
        recovery: Recovery,
        tidy: Callable[[Callable[[], bool]], None],
        workers: int,
        per_repository: int,
        lease: timedelta,
        poll_every: timedelta,
        drain: timedelta,
        clock: Callable[[], datetime],
        reached: Reached,
    ) -> None:
        self._store = store
        self._intake = intake
        self._outbox = outbox
        self._runner = runner
        self._reconciler = reconciler
        self._queue = queue
        self._queue_status = queue_status
        self._account = account
        self._refused = refused
        self._ask_account_at: datetime | None = None
        self._must_stop = False
        self._paused: Pause | None = None
        self._recovery = recovery
        self._tidy = tidy
        self._tidy_at: datetime | None = None
        self._tidying: Future[None] | None = None
        self._workers = workers
        self._per_repository = per_repository
        self._lease = lease
        self._poll_every = poll_every
        self._drain_for = drain
        self._over = threading.Event()
        self._clock = clock
        self._reached = reached
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._running: dict[Future[State | None], int] = {}  # with the id of its task
        self._poll_at: datetime | None = None
        self._latest: datetime | None = None  # what the clock said last

    def run(self, stop: Stop) -> None:
        """Work until `stop` is asked for; then start nothing more, and give what runs some time to come to its end.
        What still runs after it is stopped, and queued again."""
        self._recovery.remove_orphans()
        threads = self._workers + 1  # one to tidy up in: no session that was claimed may wait for a thread
        with ThreadPoolExecutor(threads, thread_name_prefix="session") as pool:
            try:
                while not stop.asked.is_set():
                    self._turn(pool)
                    stop.asked.wait(_IDLE_SECONDS)
                self._drain(stop)
            finally:
                self._over.set()  # also when the loop itself failed: the sessions have to end
        self._reap()
        self._outbox.flush()

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        """Everything that is due now. Nothing in here waits for a session. Raises StoreUnusable once a newer program
        has migrated the ledger: what it keeps there, this one would not know."""
        self._store.require_current()
        self._heed_clock()
        self._keep_up()
        self._poll_if_due()
        self._look_at_pauses()
        if self._paused is None:
            self._claim(pool)
        self._tidy_if_idle(pool)
        self._outbox.flush()

    def _heed_clock(self) -> None:
        """Where the clock was set back, nobody knows how long anything still has to wait: it is tried now. What GitHub
        asks to wait is kept apart (`pacing`). It may have been set back before a start, too."""
        now, before = self._clock(), self._latest
        self._latest = now
        if before is None or now < before - _A_STEP:
            with self._store.transaction() as ledger:
                ledger.waits.clamp_waits_after_clock_jump(now, beyond=_LONGEST_WAIT if before is None else timedelta())
            self._poll_at = None

    def _keep_up(self) -> None:
        self._intake.drain()
        self._reap()
        self._recovery.recover_lost(but=set(self._running.values()))

    def _drain(self, stop: Stop) -> None:
        """Go on with everything but polling and new sessions, while some run and there is time."""
        until = self._clock() + self._drain_for
        if self._running:
            _log.info("waiting up to %.0f s for %d to end", self._drain_for.total_seconds(), len(self._running))
        while self._running and self._clock() < until and not stop.at_once.wait(_IDLE_SECONDS):
            self._keep_up()
            self._look_at_pauses()  # one of them may want what runs to be stopped now
            self._outbox.flush()

    def _look_at_pauses(self) -> None:
        now = self._clock()
        self._heed_github(now)
        with self._store.read() as ledger:
            pause = self._queue.pause(ledger, now)
            self._must_stop = self._queue.must_stop(ledger, now)
            broken = next((each for each in ledger.pauses.current(now) if each.cause is Cause.ACCOUNT), None)
        if (pause and pause.cause) != (self._paused and self._paused.cause):
            _log.info("the queue %s", f"waits: {pause.reason}" if pause else "goes on")
        self._paused = pause
        self._queue_status.keep_true(pause)
        if broken is not None:
            self._ask_after_account(broken, now)

    def _heed_github(self, now: datetime) -> None:
        """No session is worth its money while GitHub refuses the token: what it makes could not be published."""
        with self._store.read() as ledger:
            paused = any(pause.cause is Cause.GITHUB for pause in ledger.pauses.current(now))
        if paused == self._refused():
            return
        with self._store.transaction() as ledger:
            if paused:
                ledger.pauses.end(Cause.GITHUB)
            else:
                ledger.pauses.begin(Cause.GITHUB, until=None, reason=messages.token_refused(), now=now)
                _log.error("%s", messages.token_refused())

    def _ask_after_account(self, pause: Pause, now: datetime) -> None:
        """Go on once Claude's API takes the credential again. Where it does not say, a session has to try."""
        if now < max(self._ask_account_at or pause.since, pause.since + _ASK_ACCOUNT_EVERY):
            return
        self._ask_account_at = now + _ASK_ACCOUNT_EVERY
        said = self._account()
        if said is CredentialState.GOOD or (said is CredentialState.UNKNOWN and now - pause.since > _TRY_AFTER):
            with self._store.transaction() as ledger:
                ledger.pauses.end(Cause.ACCOUNT)
                if said is CredentialState.GOOD:
                    note_holding(ledger, holding(ledger).found_good(now))
            _log.info("Claude's credential: %s; the queue goes on", said.value)

    def _claim(self, pool: ThreadPoolExecutor) -> None:
        while len(self._running) < self._workers:
            claim = self._next_claim()
            if claim is None:
                return
            self._reached(Checkpoint.CLAIMED, str(claim.task.issue))
            _log.info("%s attempt %d: running", claim.task.issue, claim.task.attempts)
            self._running[pool.submit(self._runner.run, claim, stopping=self._stops)] = claim.task.id

    def _tidy_if_idle(self, pool: ThreadPoolExecutor) -> None:
        """Mirrors are tidied up beside the loop, which goes on meanwhile; a session on that repository waits for it."""
        now = self._clock()
        if self._tidy_at is None or now < self._tidy_at - _TIDY_EVERY:  # the clock may have been set back
            self._tidy_at = now + _TIDY_FIRST
        if self._tidying is not None and self._tidying.done():
            self._tidying.result()
            self._tidying = None
        if self._tidying is not None or self._running or now < self._tidy_at:
            return
        self._tidy_at = now + _TIDY_EVERY
        self._tidying = pool.submit(self._tidy, self._over.is_set)

    def _stops(self) -> bool:
        """Whether sessions have to end now, to be run again later."""
        return self._over.is_set() or self._must_stop

    def _next_claim(self) -> Claim | None:
        now = self._clock()
        with self._store.transaction() as ledger:
            if self._queue.pause(ledger, now) is not None:  # each claim takes something of tonight's budget
                return None
            return ledger.claims.claim(
                worker=self._name,
                now=now,
                lease=self._lease,
                per_repository=self._per_repository,
                but=self._queue.exhausted(ledger, now),
                behind=holding(ledger).behind(),
            )

    def _reap(self) -> None:
        """Let go of finished sessions. An unusable host or ledger ends the worker. Anything else is an error of one
        attempt: its lease runs out, and it is taken up again as lost."""
        for future in [future for future in self._running if future.done()]:
            del self._running[future]
            try:
                future.result()
            except (HostUnusable, StoreUnusable):
                raise
            except Exception:  # noqa: BLE001 - the worker's loop is one of the two places
                _log.exception("an attempt ended by an error of Nightshift itself")

    def _poll_if_due(self) -> None:
        now = self._clock()
        if self._poll_at is not None and now < self._poll_at:
            return
        self._poll_at = now + self._poll_every
        self._recovery.remove_orphans()  # what could not be removed before
        self._recovery.end_left_open()
        try:
            troubles = self._reconciler.poll()
        except GitHubFailed as error:
            troubles = [str(error)]
        for trouble in troubles:
            _log.warning("periodic pass: %s", trouble)


def build_worker(services: Services, clock: Callable[[], datetime] | None = None) -> Worker:
    """`clock`: the worker's own, where it is another than that of its services."""
    settings = services.settings
    return Worker(
        store=services.store,
        intake=services.intake,
        outbox=services.outbox,
        runner=services.runner,
        reconciler=services.reconciler,
        queue=services.queue,
        queue_status=QueueStatus(services.store, clock or services.clock),
        account=lambda: check_credential(services.credential),
        refused=lambda: services.github.refused,
        recovery=services.recovery,
        tidy=services.tidying.tidy,
        workers=settings.workers,
        per_repository=settings.per_repository,
        lease=settings.lease,
        poll_every=timedelta(seconds=settings.poll_seconds),
        drain=timedelta(seconds=settings.drain_seconds),
        clock=clock or services.clock,
        reached=services.reached,
    )
