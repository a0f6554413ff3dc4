"""Runs attempts on other hosts: finds what each starts from, orders it, follows it, and publishes what it made.

The claim stays with this process as long as it lives: it renews the lease while the executor knows the attempt. A
process that ends leaves the attempt running; once the lease is over, the next one takes the task over with a new fence
and follows it under its old name. So only one can publish.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.adapters.masking import mask
from bot.adapters.object_store import ObjectStore, ObjectsUnusable
from bot.adapters.store import Claim, KeptWork, OrderedAttempt, StoreUnusable
from bot.core.execution import Beat, Ended, ExecutorUnreachable, Order, name_attempt
from bot.core.failures import FailureKind, TaskFailed
from bot.core.outcomes import AttemptOutcome, as_failure, may_be_interrupted
from bot.core.references import IssueRef
from bot.core.session import SessionProgress
from bot.core.tasks import State
from bot.core.untrusted import one_line
from bot.steps.attempt_documents import AttemptInput, AttemptResult, DocumentWrong, read_document, write_document
from bot.steps.attempt_order import OrderWriter
from bot.steps.attempt_record import AttemptRecord, LeftRunning
from bot.steps.error_boundary import HostUnusable
from bot.steps.executor import Executor
from bot.steps.live_steps import note_step
from bot.steps.publication import unfinished_publication
from bot.steps.received_work import ReceivedWork
from bot.steps.run import Run
from bot.steps.watching import Watching

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_LONGEST_NOTE = 500
Asked = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRunner:
    """`watching`: hands out what the executor reports; `page_of`: the address at which people find a task; `quiet`: how
    long an attempt may be silent until the executor is asked for it."""

    record: AttemptRecord
    executor: Executor
    watching: Watching
    objects: ObjectStore
    orders: OrderWriter
    received: ReceivedWork
    page_of: Callable[[IssueRef], str]
    quiet: timedelta

    def run(self, claim: Claim, *, stopping: Asked, leaving: Asked) -> State | None:
        """Order it, and follow it to its end. `stopping`: sessions have to end; `leaving`: this process ends."""
        run = self.record.start(claim.task, stopping)
        return self._end(run, lambda: self._begin(run, leaving))

    def resume(self, claim: Claim, *, stopping: Asked, leaving: Asked) -> State | None:
        """Follow one that an earlier process ordered."""
        ordered = self._find(claim.task.id)
        with self.record.store.read() as ledger:
            known = [each for each in ledger.attempts.of(claim.task.id) if each.number == claim.task.attempts]
        if ordered is None or not known:
            return None
        run = self.record.hold(claim.task, known[0], stopping, 0.0)
        return self._end(run, lambda: self._follow(run, ordered, leaving))

    def is_ordered(self, task: int) -> bool:
        """Whether the attempt of a running task is another host's."""
        return self._find(task) is not None

    def is_known(self, task: int) -> bool:
        """Whether the executor knows it, or does not answer."""
        ordered = self._find(task)
        return ordered is not None and self._is_known(ordered.name)

    def _find(self, task: int) -> OrderedAttempt | None:
        with self.record.store.read() as ledger:
            ordered, known = ledger.ordered_attempts.of(task), ledger.tasks.by_id(task)
        return ordered if ordered is not None and known is not None and ordered.number == known.attempts else None

    def _end(self, run: Run, work: Callable[[], tuple[AttemptOutcome, KeptWork | None]]) -> State | None:
        kept: KeptWork | None = None

        def carry_out(_: Run) -> AttemptOutcome:
            nonlocal kept
            outcome, kept = work()
            return outcome

        trouble: Exception | None = None
        try:
            with run.lease:
                outcome = self.record.outcome(run, carry_out)
        except LeftRunning:
            _log.info("%s attempt %d goes on without this process", run.task.issue, run.task.attempts)
            return None
        except (StoreUnusable, OSError) as error:
            outcome, trouble = as_failure(FailureKind.WORKER_LOST, mask(str(error))), error
        finally:
            self.received.clear(run)
        stopped = may_be_interrupted(outcome, run.lease.stopping)
        requeue = trouble is not None or stopped or not outcome.has_begun
        forget = self.received.forget
        state = self.record.finish(run, outcome, requeue=requeue, kept=kept, forget=forget)
        self._forget(run)
        if trouble is not None:
            raise HostUnusable(f"{run.task.issue} is back in the queue: {trouble}") from trouble
        return state

    def _forget(self, run: Run) -> None:
        with self.record.store.transaction() as ledger:
            ordered = ledger.ordered_attempts.of(run.task.id)
            if ordered is None or ordered.number != run.task.attempts:
                return
            ledger.ordered_attempts.forget(run.task.id)
        try:
            self.executor.forget(ordered.name)
        except ExecutorUnreachable as trouble:  # what ended is reported again then, and belongs to no task
            _log.warning("%s: the executor could not be told that it is over: %s", run.task.issue, trouble)

    def _begin(self, run: Run, leaving: Asked) -> tuple[AttemptOutcome, KeptWork | None]:
        with self.record.store.read() as ledger:
            previous = [each for each in ledger.attempts.of(run.task.id) if each.finished_at is not None]
            noted = unfinished_publication(ledger, run.task)
        unfinished = self.orders.preparer.find_unfinished(run.task, noted)
        if unfinished is not None:
            return self.received.finish(run, *unfinished), None
        name = name_attempt(run.task.issue, attempt=run.task.attempts, fence=run.task.fence)
        given = self.orders.write(run, previous, name)
        reference = self._put(given)
        ordered = OrderedAttempt(
            task_id=run.task.id, number=run.task.attempts, name=name, fence=run.task.fence, reference=reference
        )
        run.lease.confirm()
        with self.record.store.transaction() as ledger:
            ledger.ordered_attempts.keep(ordered)
        tags = self.orders.tags_of(given)
        order = Order(
            name=name, fence=run.task.fence, tags=tags, reference=reference, page=self.page_of(run.task.issue)
        )
        self._try(lambda: self.executor.start(order))
        return self._follow(run, ordered, leaving)

    def _put(self, given: AttemptInput) -> str:
        try:
            return self.objects.put(write_document(given))
        except ObjectsUnusable as trouble:
            raise TaskFailed(FailureKind.SETUP_FAILED, f"object storage: {trouble}") from trouble

    def _try(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        except ExecutorUnreachable as trouble:
            raise TaskFailed(FailureKind.WORKER_LOST, f"the executor did not answer: {trouble}") from trouble

    def _follow(self, run: Run, ordered: OrderedAttempt, leaving: Asked) -> tuple[AttemptOutcome, KeptWork | None]:
        """Until it ends, however that is."""
        asked: FailureKind | None = None
        heard = self.record.monotonic()
        while True:
            beat, ended = self.watching.take(ordered.name)
            if ended is not None:
                return self._apply(run, ordered, ended, asked)
            if beat is not None:
                heard = self.record.monotonic()
                self._show(run, beat)
            if leaving():
                raise LeftRunning
            reason = run.lease.reason_to_stop()
            if reason is not None and asked is None:
                self._require_ours(run, ordered)
                asked = reason
                self._try(lambda: self.executor.stop(ordered.name))
            if self.record.monotonic() - heard > self.quiet.total_seconds():
                heard = self.record.monotonic()
                if not self._is_known(ordered.name):
                    return as_failure(FailureKind.WORKER_LOST, "its host was lost"), None
            self.watching.wait(_LOOK_SECONDS)

    def _require_ours(self, run: Run, ordered: OrderedAttempt) -> None:
        """Raises LeftRunning if another control plane follows the attempt now."""
        with self.record.store.read() as ledger:
            now, task = ledger.ordered_attempts.of(run.task.id), ledger.tasks.by_id(run.task.id)
        is_theirs = task is not None and task.state is State.RUNNING and task.fence != run.task.fence
        if is_theirs and now is not None and now.name == ordered.name:
            raise LeftRunning

    def _is_known(self, name: str) -> bool:
        try:
            return self.executor.is_known(name)
        except ExecutorUnreachable:  # nothing is known of it: it may well run
            return True

    def _show(self, run: Run, beat: Beat) -> None:
        details, task, now = beat.details, run.task, self.record.clock()
        turns, usd = details.get("turns"), details.get("usd")
        note = one_line(mask(str(details.get("note") or "")))[:_LONGEST_NOTE]
        if not isinstance(turns, int) or not note:
            return
        progress = SessionProgress(
            turn=turns, tool="", subject=note, cost_usd=float(usd) if isinstance(usd, int | float) else 0.0
        )
        with self.record.store.transaction() as ledger:
            ledger.attempts.note_progress(task.id, task.attempts, turns=turns, note=note, usd=progress.cost_usd)
            note_step(ledger, task, progress, note, now)

    def _apply(
        self, run: Run, ordered: OrderedAttempt, ended: Ended, asked: FailureKind | None
    ) -> tuple[AttemptOutcome, KeptWork | None]:
        if ended.result is None:
            return as_failure(asked or FailureKind.WORKER_LOST, mask(ended.why)), None
        try:
            given = read_document(AttemptInput, self.objects.get(ordered.reference))
            result = read_document(AttemptResult, self.objects.get(ended.result))
            _require_of(ordered, result)
            outcome = self.received.apply(run, given, result)
        except (ObjectsUnusable, DocumentWrong) as wrong:
            return as_failure(FailureKind.AGENT_CRASHED, mask(f"The host's result was refused: {wrong}")), None
        if asked is not None and outcome.failure is not None:
            outcome = replace(outcome, failure=asked)
        return outcome, self.received.keep_conversation(run, outcome, result)


def _require_of(ordered: OrderedAttempt, result: AttemptResult) -> None:
    if (result.name, result.fence) != (ordered.name, ordered.fence):
        raise DocumentWrong("it is the result of another attempt")
