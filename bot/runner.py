"""Runs one attempt: prepare, run the sessions, judge, publish; then write down how it ended.

However an attempt ends, it ends here in exactly one way: an outcome is written to the ledger under the claim's fence,
and what GitHub shows follows from that. Nothing is published without the guards' proof, or under a lost lease.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.adapters.git import Mirror
from bot.adapters.masking import mask
from bot.adapters.store import Claim, KeptWork, Store, StoreUnusable
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.failures import FailureKind, TaskFailed
from bot.core.outcomes import AttemptOutcome, as_failure, may_be_interrupted
from bot.core.services import describe_missing
from bot.core.session import SessionProgress
from bot.core.short_verdict import ShortVerdict, in_short
from bot.core.tasks import State, Task
from bot.core.untrusted import one_line
from bot.steps.attempt_ends import without_change
from bot.steps.attempt_parts import Prepares, Publishes
from bot.steps.attempt_record import AttemptRecord
from bot.steps.broker import Broker
from bot.steps.clearing import put_away
from bot.steps.environment import Environments
from bot.steps.equipment import equip
from bot.steps.error_boundary import HostUnusable
from bot.steps.failed_work import FailedWork
from bot.steps.keep_work import WorkKeeper
from bot.steps.live_steps import note_step
from bot.steps.opening import Preparation
from bot.steps.planned_answers import plan_answers
from bot.steps.publication import Publication, unfinished_publication
from bot.steps.pull_request import describe, open_before, size_of
from bot.steps.rebased_work import find_maker
from bot.steps.removals import Removals
from bot.steps.run import Run
from bot.steps.session_series import Accepted, SessionSeries
from bot.steps.sessions import Sessions
from bot.steps.show_arriving import ShowArriving
from bot.steps.sound_start import require_sound_start
from bot.steps.speaker import Speaker
from bot.steps.stack_lines import place_in_stack

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs attempts, several at a time, each in a separate thread. Each keeps to its own folder. `hide`: takes the
    host's paths out of texts; `tell`: called with each step of a session, and with it in words."""

    store: Store
    record: AttemptRecord
    preparer: Prepares
    environments: Environments
    sessions: Sessions
    broker: Broker
    publisher: Publishes
    web_url: str
    hide: Callable[[str], str]
    clock: Callable[[], datetime]
    reached: Reached
    tell: Callable[[SessionProgress, str], None] = lambda _, __: None
    removals: Removals = field(default_factory=Removals)

    def run(self, claim: Claim, *, stopping: Callable[[], bool] = lambda: False) -> State | None:
        """Run the claimed task; returns the state it is in then, None if it was taken away meanwhile.

        Raises HostUnusable, with the task back in the queue.
        """
        run = self._start(claim.task, stopping)
        trouble: Exception | None = None
        try:
            with run.lease:
                outcome = self.carry_out(run)
        except (StoreUnusable, OSError) as error:
            outcome, trouble = as_failure(FailureKind.WORKER_LOST, mask(str(error))), error
        finally:
            self.removals.put(run.folder)
        if trouble is not None:
            self.removals.wait()  # on a full disk the ledger needs the space
        is_none_of_the_tasks = trouble is not None or not outcome.has_begun
        requeue = is_none_of_the_tasks or may_be_interrupted(outcome, stopping)
        kept, forget = self.keep_conversation(run, outcome), self.sessions.forget
        state = self.record.finish(run, outcome, requeue=requeue, kept=kept, forget=forget)
        if trouble is not None:
            raise HostUnusable(f"{run.task.issue} is back in the queue: {trouble}") from trouble
        return state

    def _start(self, task: Task, stopping: Callable[[], bool]) -> Run:
        return self.record.start(task, stopping)

    def carry_out(self, run: Run) -> AttemptOutcome:
        """Under its lease, which the caller holds."""
        return self.record.outcome(run, self._attempt)

    def _attempt(self, run: Run) -> AttemptOutcome:
        with self.store.read() as ledger:
            previous = [each for each in ledger.attempts.of(run.task.id) if each.finished_at is not None]
            noted = unfinished_publication(ledger, run.task)
        if (unfinished := self.preparer.find_unfinished(run.task, noted)) is not None:
            return self._publish(run, *unfinished, run.task.verdict, prepared=None)
        run.folder.mkdir(parents=True, exist_ok=False)
        arriving = ShowArriving(self.store, run)
        prepared = self.preparer.prepare(run.task, previous, run.folder, arriving)
        arriving.end()
        self._note_missing(run, prepared)
        self.reached(Checkpoint.WORKSPACE_OPENED, str(run.task.issue))
        try:
            prepared = equip(self.environments, run, prepared)
            require_sound_start(self.store, self.broker.checks, run, prepared)
            accepted = self._series().carry_out(run, prepared)
            if accepted is None:
                self._plan_answers(run, prepared, None)
                return without_change(run, prepared)
            publication = self._release(run, prepared, accepted)
            self._plan_answers(run, prepared, publication.head)
            verdict = in_short(accepted.verdict, size_of(prepared, accepted))
            return self._publish(run, prepared.mirror, publication, verdict, prepared=prepared)
        except TaskFailed as ended:
            shown = self._failed_work().show(run, prepared, ended)
            if shown is None:
                raise
            return shown
        finally:
            put_away(run.task, prepared)

    def _note_missing(self, run: Run, prepared: Preparation) -> None:
        """What the repository asks for and this host has not, before anything is paid: the issue shows it."""
        task = run.task
        missing = "; ".join([*map(str, prepared.tools.missing), *map(describe_missing, prepared.services.missing)])
        if missing:
            _log.warning("%s: missing on this host: %s", task.issue, missing)
            run.attempt = replace(run.attempt, missing=missing.replace("`", ""))
            with self.store.transaction() as ledger:
                ledger.attempts.note_progress(task.id, task.attempts, turns=0, note=run.attempt.missing)
                ledger.outbox.post_status(task.issue, self.clock())

    def _series(self) -> SessionSeries:
        keeper = WorkKeeper(store=self.store, sessions=self.sessions, broker=self.broker)
        return SessionSeries(
            sessions=self.sessions,
            broker=self.broker,
            keeper=keeper,
            clock=self.clock,
            reached=self.reached,
            on_progress=self._show_progress,
            speaker=Speaker(store=self.store, clock=self.clock),
            hide=self.hide,
        )

    def _failed_work(self) -> FailedWork:
        return FailedWork(
            store=self.store,
            broker=self.broker,
            publisher=self.publisher,
            clock=self.clock,
            sandboxed=self.sessions.sandboxed,
        )

    def _release(self, run: Run, prepared: Preparation, accepted: Accepted) -> Publication:
        """Take the accepted commits out of the quarantine, and say what the pull request is to show."""
        run.lease.confirm()
        elapsed = (self.clock() - run.attempt.started_at).total_seconds()
        with self.store.read() as ledger:
            first = open_before(ledger, run.task)
            stack = place_in_stack(ledger, run.task, prepared.base)
            run.maker = find_maker(ledger, self.sessions.evidence, run)
        publication = describe(
            run, prepared, accepted, seconds=elapsed, sandboxed=self.sessions.sandboxed, merge_first=first, stack=stack
        )
        # Before it is on record: a publication that names a commit which the mirror does not hold cannot be finished.
        prepared.quarantine.release(accepted.work.head, prepared.branch)
        return publication

    def _plan_answers(self, run: Run, prepared: Preparation, head: str | None) -> None:
        plan_answers(self.store, run, prepared, head, web_url=self.web_url, now=self.clock())

    def _publish(
        self,
        run: Run,
        mirror: Mirror,
        publication: Publication,
        verdict: ShortVerdict | None,
        *,
        prepared: Preparation | None,
    ) -> AttemptOutcome:
        """`prepared`: None for what an earlier attempt began."""
        run.attempt = replace(run.attempt, summary=publication.summary)
        signed = self.publisher.sign(run.task, mirror, publication, run.lease, verdict=verdict)
        if prepared is not None and signed.head != publication.head:
            self._plan_answers(run, prepared, signed.head)
        run.publishes, goes_on = signed.head, prepared is None
        number = self.publisher.publish(run.task, mirror, signed, run.lease, verdict=verdict, goes_on=goes_on)
        if publication.failure is not None:  # begun by an earlier attempt
            return as_failure(FailureKind(publication.failure), publication.detail, pull_request=number)
        return AttemptOutcome(state=State.IN_REVIEW, detail=publication.summary, pull_request=number)

    def _show_progress(self, task: Task, progress: SessionProgress) -> None:
        note = one_line(mask(f"{progress.tool}: {progress.subject}" if progress.subject else progress.tool))
        _log.info("%s is at turn %d: %s", task.issue, progress.turn, note)
        with self.store.transaction() as ledger:
            ledger.attempts.note_progress(task.id, task.attempts, turns=progress.turn, note=note, usd=progress.cost_usd)
            note_step(ledger, task, progress, note, self.clock())
        self.tell(progress, note)

    def keep_conversation(self, run: Run, outcome: AttemptOutcome) -> KeptWork | None:
        """A revision of the pull request continues the conversation that made it."""
        if outcome.state is not State.IN_REVIEW or run.publishes is None:
            return None
        if run.is_rebased:
            return self._kept_before(run.task, run.publishes)
        if not run.sessions:
            return None
        try:
            session_id = self.sessions.keep(run.task, run.sessions[-1])
        except OSError as trouble:  # what was published is published all the same
            _log.warning("%s: its conversation could not be kept: %s", run.task.issue, trouble)
            return None
        return KeptWork(base=run.publishes, head=None, session_id=session_id) if session_id else None

    def _kept_before(self, task: Task, head: str) -> KeptWork | None:
        """The conversation that an earlier attempt kept, for the commit that is published now."""
        with self.store.read() as ledger:
            kept = ledger.kept_work.of(task.issue)
        return replace(kept, base=head, head=None) if kept is not None and kept.session_id else None
