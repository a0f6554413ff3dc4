"""One attempt: workspace, brief, Claude, proof, commits, push, pull request; and what became of the task.

Whatever happens in between ends here in exactly one way: an outcome is written to the ledger under the claim's
fence, and what GitHub shows follows from the ledger. Nothing is published without the guards' proof, and nothing
under a lease that was lost.
"""

from __future__ import annotations

import errno
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.adapters.claude import Session
from bot.adapters.git import Collected, Mirror, Rewriting
from bot.adapters.github import GitHubFailed
from bot.adapters.secrets import masked
from bot.adapters.store import Claim, Store, StoreUnusable
from bot.core import messages
from bot.core.brief import mending_brief
from bot.core.checks import Verdict, failing_told
from bot.core.commit_messages import neutral
from bot.core.failures import FailureKind, TaskFailed, policy
from bot.core.messages import PullRequestView
from bot.core.outcomes import AttemptOutcome, failed, may_be_interrupted
from bot.core.session import Progress
from bot.core.steps import Reached, Step
from bot.core.tasks import FINISHED, Attempt, State, Task
from bot.core.untrusted import one_line
from bot.steps.broker import Broker
from bot.steps.clearing import put_away, remove_folder
from bot.steps.effects import show_status
from bot.steps.ending import end_attempt
from bot.steps.kept_work import KeptWork, note_kept_work
from bot.steps.lease import Lease
from bot.steps.publication import Publication, unfinished_publication
from bot.steps.publish import Publisher
from bot.steps.queue import Queue
from bot.steps.sessions import AUTHOR, Sessions, with_session
from bot.steps.workbench import Preparation, Workbench

_log = logging.getLogger(__name__)

_SESSION, _MENDING, _CHECKS = "session", "session-2", "checks"
_HOST_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO})


class HostUnusable(Exception):
    """The host cannot go on (disk full, data folder not writable). The task is back in the queue."""


@dataclass(slots=True)
class _Run:
    """An attempt under way. `attempt` grows as more becomes known, so that a failure keeps its evidence."""

    task: Task
    attempt: Attempt
    lease: Lease
    folder: Path
    budget_usd: float
    resets_at: datetime | None = None
    sessions: list[Session] = field(default_factory=list)


class Runner:
    """Runs attempts, several at a time in threads of their own. Each keeps to its own folder under `folder`."""

    def __init__(
        self,
        *,
        store: Store,
        preparation: Preparation,
        sessions: Sessions,
        broker: Broker,
        publisher: Publisher,
        queue: Queue,
        folder: Path,
        lease: timedelta,
        clock: Callable[[], datetime],
        reached: Reached,
        monotonic: Callable[[], float],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._chance = chance
        self._monotonic = monotonic
        self._store = store
        self._preparation = preparation
        self._sessions = sessions
        self._broker = broker
        self._publisher = publisher
        self._queue = queue
        self._folder = folder
        self._lease = lease
        self._clock = clock
        self._reached = reached

    def run(self, claim: Claim, *, stopping: Callable[[], bool] = lambda: False) -> State | None:
        """Run the claimed task; returns the state it is in then, None if it was taken away meanwhile.

        Raises HostUnusable, with the task back in the queue.
        """
        run = self._start(claim.task, stopping)
        trouble: Exception | None = None
        try:
            with run.lease:
                outcome = self._outcome(run)
        except (StoreUnusable, OSError) as error:
            outcome, trouble = failed(FailureKind.WORKER_LOST, masked(str(error))), error
        finally:
            remove_folder(run.folder)
        state = self._finish(run, outcome, requeue=trouble is not None or may_be_interrupted(outcome, stopping))
        if trouble is not None:
            raise HostUnusable(f"{run.task.issue} is back in the queue: {trouble}") from trouble
        return state

    def _start(self, task: Task, stopping: Callable[[], bool]) -> _Run:
        now = self._clock()
        with self._store.transaction() as ledger:
            ledger.attempts.start(task.id, task.attempts, now)
            budget = self._queue.allowance(ledger, task, now)
            show_status(ledger, task.issue, now)
        self._reached(Step.ATTEMPT_STARTED, str(task.issue))
        return _Run(
            task=task,
            attempt=Attempt(task_id=task.id, number=task.attempts, started_at=now),
            lease=Lease(
                self._store,
                task,
                length=self._lease,
                clock=self._clock,
                stopping=stopping,
                monotonic=self._monotonic,
            ),
            folder=self._folder / f"{task.id}-{task.attempts}",
            budget_usd=budget,
        )

    def _outcome(self, run: _Run) -> AttemptOutcome:
        """How the attempt ended. A programming error is on record as one; a host in trouble stops the worker."""
        try:
            return self._attempt(run)
        except TaskFailed as ended:
            return failed(ended.kind, masked(ended.detail), resets_at=run.resets_at)  # it is shown
        except GitHubFailed as refused:
            return failed(_kind_of(refused), masked(str(refused)))
        except OSError as error:
            if error.errno in _HOST_ERRORS:
                raise
            return failed(FailureKind.SETUP_FAILED, masked(str(error)))
        except StoreUnusable:
            raise
        except Exception as error:  # noqa: BLE001 - the other place is the door; a bug ends one attempt, not the night
            _log.exception("%s: an error of Nightshift itself", run.task.issue)
            return failed(FailureKind.AGENT_CRASHED, f"{type(error).__name__} in Nightshift itself; see its log")

    # -- the attempt

    def _attempt(self, run: _Run) -> AttemptOutcome:
        with self._store.read() as ledger:
            previous = [each for each in ledger.attempts.of(run.task.id) if each.finished_at is not None]
            noted = unfinished_publication(ledger, run.task)
        if (unfinished := self._preparation.unfinished(run.task, noted)) is not None:
            return self._published(run, *unfinished, goes_on=True)
        run.folder.mkdir(parents=True, exist_ok=False)
        bench = self._preparation.lay_out(run.task, previous, run.folder)
        run.attempt = replace(run.attempt, turn_limit=bench.turn_limit)
        self._reached(Step.LAID_OUT, str(run.task.issue))
        try:
            collected = self._made(run, bench, _SESSION)
            if collected is None:
                return AttemptOutcome(state=State.NO_CHANGE, detail=run.attempt.summary)
            verdict = self._judged(run, bench, collected)
            if verdict.newly_failing and run.attempt.cost_usd < run.budget_usd:
                bench = replace(bench, prompt=mending_brief(bench.prompt, failing_told(verdict.newly_failing)))
                run.attempt = replace(run.attempt, turn_limit=run.attempt.turn_limit + bench.turn_limit)
                collected = self._made(run, bench, _MENDING) or collected
                verdict = self._judged(run, bench, collected)
            if verdict.newly_failing:
                raise TaskFailed(FailureKind.VERIFICATION_FAILED, failing_told(verdict.newly_failing))
            return self._publish(run, bench, collected, verdict)
        finally:
            put_away(run.task, bench)

    def _made(self, run: _Run, bench: Workbench, folder: str) -> Collected | None:
        """What a session made of the workspace; None if it differs in nothing from the base."""
        return self._collect(run, bench, self._session(run, bench, run.folder / folder), run.folder / folder)

    def _judged(self, run: _Run, bench: Workbench, collected: Collected) -> Verdict:
        stop = run.lease.reason_to_stop
        verdict = self._broker.judge(run.task, bench, collected, run.folder / _CHECKS, should_stop=stop)
        self._reached(Step.JUDGED, str(run.task.issue))
        return verdict

    def _session(self, run: _Run, bench: Workbench, folder: Path) -> Session:
        """A session that ended well under proven guards, or TaskFailed."""
        session = self._sessions.run(
            run.task,
            bench,
            folder,
            on_progress=lambda progress: self._show_progress(run.task, progress),
            should_stop=run.lease.reason_to_stop,
            budget_usd=run.budget_usd - run.attempt.cost_usd,
        )
        self._reached(Step.SESSION_ENDED, str(run.task.issue))
        run.sessions.append(session)
        result, proof = session.result, session.proof
        run.resets_at = result.resets_at
        run.attempt = with_session(run.attempt, session)
        if result.failure is not None and policy(result.failure).keeps_work and proof.ok:
            self._keep(run, bench, session, folder)
        if result.failure is not None:
            raise TaskFailed(result.failure, result.detail)
        if not proof.ok:
            raise TaskFailed(FailureKind.GUARDS_UNPROVEN, "\n".join(proof.missing))
        return session

    def _keep(self, run: _Run, bench: Workbench, session: Session, folder: Path) -> None:
        """What a session that was cut short had made, under proven guards, is where the next one goes on from; but
        whoever lost the task keeps nothing, since somebody else may have come to its end with it."""
        try:
            run.lease.confirm()
            collected = self._gather(run, bench, folder)
            if collected is not None:
                self._broker.admit(bench, collected, should_stop=lambda: None)  # it has been stopped already
                bench.quarantine.release(collected.head, run.task.issue.branch)
        except TaskFailed as trouble:
            _log.warning("%s: its work so far could not be kept: %s", run.task.issue, trouble)
            return
        earlier = bench.kept.cost_usd if bench.kept else 0.0
        work = KeptWork(
            attempt=run.task.attempts,
            base=bench.base,
            head=collected.head if collected else None,
            session_id=self._sessions.keep(run.task, session),
            cost_usd=earlier + session.result.cost_usd,
        )
        with self._store.transaction() as ledger:
            if ledger.tasks.update(run.task.id, fence=run.task.fence, now=self._clock()):
                note_kept_work(ledger, run.task.issue, work)

    def _gather(self, run: _Run, bench: Workbench, folder: Path) -> Collected | None:
        issue, since = run.task.issue, run.attempt.started_at
        return bench.quarantine.collect(
            bench.workspace,
            branch=issue.branch,
            base=bench.base,
            message=f"Keep what the session left uncommitted\n\nFor #{issue.number}.",
            rewriting=Rewriting(
                author=AUTHOR, reword=partial(neutral, issue=issue), since=since, until=max(since, self._clock())
            ),
            most_files=bench.settings.limits.files,
            confine=self._sessions.confine(bench, folder),
        )

    def _collect(self, run: _Run, bench: Workbench, session: Session, folder: Path) -> Collected | None:
        """The session's commits, in the quarantine. None: nothing was changed, and the session says so itself."""
        collected = self._gather(run, bench, folder)
        self._reached(Step.COLLECTED, str(run.task.issue))
        if session.result.status is not None:
            return collected
        if collected is None or collected.commits <= int(collected.leftovers):
            raise TaskFailed(FailureKind.COMPLETION_SIGNAL_MISSING)
        run.attempt = replace(run.attempt, completion="commits")
        return collected

    def _publish(self, run: _Run, bench: Workbench, collected: Collected, verdict: Verdict) -> AttemptOutcome:
        run.lease.confirm()
        elapsed = (self._clock() - run.attempt.started_at).total_seconds()
        view = PullRequestView(
            task=run.task,
            attempt=replace(run.attempt, seconds=elapsed),
            template=bench.template,
            leftovers=collected.leftovers,
            verdict=verdict,
            sandboxed=self._sessions.sandboxed,
            ledgers=tuple(session.seal.head for session in run.sessions),
            relay_records=tuple(session.relay_seal.head for session in run.sessions),
            refused_hosts=tuple(
                dict.fromkeys(masked(host) for session in run.sessions for host in session.refused_hosts)
            ),
            commands_run=sum(len(session.result.commands) for session in run.sessions),
        )
        bench.quarantine.release(collected.head, run.task.issue.branch)  # before it is on record
        publication = Publication(
            head=collected.head,
            replaces=bench.expected,
            base=bench.default_branch,
            title=messages.pull_request_title(run.task),
            body=messages.pull_request_body(view),
            summary=run.attempt.summary,
        )
        return self._published(run, bench.mirror, publication)

    def _published(
        self, run: _Run, mirror: Mirror, publication: Publication, *, goes_on: bool = False
    ) -> AttemptOutcome:
        run.attempt = replace(run.attempt, summary=publication.summary)
        number = self._publisher.publish(run.task, mirror, publication, run.lease, goes_on=goes_on)
        return AttemptOutcome(state=State.IN_REVIEW, detail=publication.summary, pull_request=number)

    def _show_progress(self, task: Task, progress: Progress) -> None:
        note = one_line(masked(f"{progress.tool}: {progress.subject}" if progress.subject else progress.tool))
        _log.info("%s turn %d %s", task.issue, progress.turn, note)
        with self._store.transaction() as ledger:
            ledger.attempts.note_progress(task.id, task.attempts, turns=progress.turn, note=note)

    # -- the end

    def _finish(self, run: _Run, outcome: AttemptOutcome, *, requeue: bool) -> State | None:
        """Write down how it ended, under the claim's fence: whoever lost the task changes nothing here."""
        now, task = self._clock(), run.task
        ended = replace(
            run.attempt,
            finished_at=now,
            outcome=outcome.state,
            failure=outcome.failure,
            summary=(outcome.detail if outcome.failure else "") or run.attempt.summary,  # the next attempt is told
            seconds=(now - run.attempt.started_at).total_seconds(),
        )
        chance = self._chance()
        with self._store.transaction() as ledger:
            target = end_attempt(ledger, task, ended, outcome, now=now, requeue=requeue, chance=chance)
        if target is None:
            return None
        if target in FINISHED:
            self._sessions.forget(task)
        self._reached(Step.FINISHED, str(task.issue))
        _log.info("%s attempt %d: %s %s", task.issue, task.attempts, target, outcome.failure or "")
        return target


def _kind_of(refused: GitHubFailed) -> FailureKind:
    """What GitHub's refusal means before anything was published."""
    if refused.gone:
        return FailureKind.REPO_MISSING
    return FailureKind.GITHUB_UNAVAILABLE if refused.transient else FailureKind.SETUP_FAILED
