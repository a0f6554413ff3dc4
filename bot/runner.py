"""One attempt: workspace, brief, Claude, proof, commits, push, pull request; and what became of the task.

Whatever happens in between ends here in exactly one way: an outcome is written to the ledger under the claim's
fence, and what GitHub shows follows from the ledger. Nothing is published without the guards' proof, and nothing
under a lease that was lost.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.claude import Session
from bot.adapters.git import Collected
from bot.adapters.github import GitHubFailed
from bot.adapters.store import Claim, Store, StoreUnusable
from bot.core import messages
from bot.core.failures import FailureKind, TaskFailed, policy
from bot.core.messages import PullRequestView
from bot.core.session import Progress
from bot.core.tasks import Attempt, State, Task
from bot.steps.effects import settle, show_status
from bot.steps.lease import Lease
from bot.steps.publish import Publisher
from bot.steps.sessions import AUTHOR, Sessions
from bot.steps.workbench import Preparation, Workbench, pushing_key

_log = logging.getLogger(__name__)

_SESSION = "session"
_HOST_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO})


_MAY_BE_CUT_SHORT = frozenset({FailureKind.WORKER_LOST, FailureKind.SETUP_FAILED, FailureKind.AGENT_CRASHED})


class HostUnusable(Exception):
    """The host cannot go on (disk full, data folder not writable). The task is back in the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt, before the retry policy has its say."""

    state: State
    failure: FailureKind | None = None
    detail: str = ""
    pull_request: int | None = None
    resets_at: datetime | None = None


@dataclass(slots=True)
class _Run:
    """An attempt under way. `attempt` grows as more becomes known, so that a failure keeps its evidence."""

    task: Task
    attempt: Attempt
    lease: Lease
    folder: Path
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
        publisher: Publisher,
        folder: Path,
        lease: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._preparation = preparation
        self._sessions = sessions
        self._publisher = publisher
        self._folder = folder
        self._lease = lease
        self._clock = clock

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
            outcome, trouble = _failed(FailureKind.WORKER_LOST, str(error)), error
        finally:
            shutil.rmtree(run.folder, ignore_errors=True)
        state = self._finish(run, outcome, requeue=trouble is not None or _cut_short(outcome, stopping))
        if trouble is not None:
            raise HostUnusable(f"{run.task.issue} is back in the queue: {trouble}") from trouble
        return state

    def _start(self, task: Task, stopping: Callable[[], bool]) -> _Run:
        now = self._clock()
        with self._store.transaction() as ledger:
            ledger.start_attempt(task.id, task.attempts, now)
            show_status(ledger, task.issue, now)
        return _Run(
            task=task,
            attempt=Attempt(task_id=task.id, number=task.attempts, started_at=now),
            lease=Lease(self._store, task, length=self._lease, clock=self._clock, stopping=stopping),
            folder=self._folder / f"{task.id}-{task.attempts}",
        )

    def _outcome(self, run: _Run) -> Outcome:
        """How the attempt ended. A programming error is on record as one; a host in trouble stops the worker."""
        try:
            return self._attempt(run)
        except TaskFailed as failed:
            return _failed(failed.kind, failed.detail, resets_at=run.resets_at)
        except GitHubFailed as failed:
            return _failed(FailureKind.REPO_MISSING if failed.gone else FailureKind.SETUP_FAILED, str(failed))
        except OSError as error:
            if error.errno in _HOST_ERRORS:
                raise
            return _failed(FailureKind.SETUP_FAILED, str(error))
        except StoreUnusable:
            raise
        except Exception as error:  # noqa: BLE001 - the other place is the door; a bug ends one attempt, not the night
            _log.exception("%s: an error of Nightshift itself", run.task.issue)
            return _failed(FailureKind.AGENT_CRASHED, f"{type(error).__name__} in Nightshift itself; see its log")

    # -- the attempt

    def _attempt(self, run: _Run) -> Outcome:
        with self._store.read() as ledger:
            previous = [each for each in ledger.attempts(run.task.id) if each.finished_at is not None]
        run.folder.mkdir(parents=True, exist_ok=False)
        bench = self._preparation.lay_out(run.task, previous, run.folder)
        run.attempt = replace(run.attempt, turn_limit=bench.turn_limit)
        try:
            session = self._session(run, bench)
            collected = self._collect(run, bench, session)
            if collected is None:
                return Outcome(state=State.NO_CHANGE, detail=session.result.summary)
            return self._publish(run, bench, collected)
        finally:
            bench.mirror.unpin(str(run.task.issue.number))
            bench.workspace.close()

    def _session(self, run: _Run, bench: Workbench) -> Session:
        """A session that ended well under proven guards, or TaskFailed."""
        session = self._sessions.run(
            run.task,
            bench,
            run.folder / _SESSION,
            on_progress=lambda progress: self._show_progress(run.task, progress),
            should_stop=run.lease.reason_to_stop,
        )
        run.sessions.append(session)
        result, proof = session.result, session.proof
        run.resets_at = result.resets_at
        run.attempt = replace(
            run.attempt,
            summary=result.summary,
            completion=result.completion,
            turns=result.turns,
            cost_usd=result.cost_usd,
            claude_seconds=session.seconds,
            guards=proof.guards,
            refused_commands=proof.refused_commands,
            commands=result.commands,
            session_id=result.session_id,
        )
        if result.failure is not None:
            raise TaskFailed(result.failure, result.detail)
        if not proof.ok:
            raise TaskFailed(FailureKind.GUARDS_UNPROVEN, "\n".join(proof.missing))
        return session

    def _collect(self, run: _Run, bench: Workbench, session: Session) -> Collected | None:
        """The session's commits, in the mirror. None: nothing was changed, and the session says so itself."""
        collected = bench.mirror.collect(
            bench.workspace,
            branch=run.task.issue.branch,
            base=bench.base,
            message=f"Keep what the session left uncommitted\n\nFor #{run.task.issue.number}.",
            author=AUTHOR,
            confine=self._sessions.confine(bench, run.folder / _SESSION),
        )
        if session.result.status is not None:
            return collected
        if collected is None or collected.commits <= int(collected.leftovers):
            raise TaskFailed(FailureKind.COMPLETION_SIGNAL_MISSING)
        run.attempt = replace(run.attempt, completion="commits")
        return collected

    def _publish(self, run: _Run, bench: Workbench, collected: Collected) -> Outcome:
        task, issue = run.task, run.task.issue
        run.lease.confirm()
        with self._store.transaction() as ledger:
            ledger.remember(pushing_key(issue), collected.head)
            # What is there now is ours (`lay_out` made sure), but may be known by that key alone until here.
            ledger.update(task.id, fence=task.fence, now=self._clock(), pushed=bench.expected)
        self._publisher.push(bench.mirror, issue, collected.head, expected=bench.expected)
        with self._store.transaction() as ledger:
            ledger.update(task.id, fence=task.fence, now=self._clock(), pushed=collected.head)
        run.lease.confirm()  # a lease that was lost meanwhile made that update change nothing
        elapsed = (self._clock() - run.attempt.started_at).total_seconds()
        view = PullRequestView(
            task=task,
            attempt=replace(run.attempt, seconds=elapsed),
            template=bench.template,
            leftovers=collected.leftovers,
            sandboxed=self._sessions.sandboxed,
            ledgers=tuple(session.seal.head for session in run.sessions),
            refused_hosts=tuple(dict.fromkeys(host for session in run.sessions for host in session.refused_hosts)),
        )
        number = self._publisher.pull_request(
            issue,
            base=bench.default_branch,
            title=messages.pull_request_title(task),
            body=messages.pull_request_body(view),
        )
        return Outcome(state=State.IN_REVIEW, detail=run.attempt.summary, pull_request=number)

    def _show_progress(self, task: Task, progress: Progress) -> None:
        note = f"{progress.tool}: {progress.subject}" if progress.subject else progress.tool
        _log.info("%s turn %d %s", task.issue, progress.turn, note)
        with self._store.transaction() as ledger:
            ledger.progress_attempt(task.id, task.attempts, turns=progress.turn, note=note)

    # -- the end

    def _finish(self, run: _Run, outcome: Outcome, *, requeue: bool) -> State | None:
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
        target, not_before, retries = _next_state(task, outcome, now, requeue=requeue)
        with self._store.transaction() as ledger:
            ledger.finish_attempt(ended)
            moved = ledger.move(
                task.id,
                State.RUNNING,
                target,
                now=now,
                fence=task.fence,
                failure=outcome.failure,
                detail=outcome.detail,
                not_before=not_before,
                pull_request=outcome.pull_request,
                automatic_retries=retries,
            )
            if not moved:
                return None
            show_status(ledger, task.issue, now)
            settle(ledger, task.issue, target is State.IN_REVIEW, now)
            if outcome.failure is not None and policy(outcome.failure).retry.pauses_queue:
                until = outcome.resets_at or now + policy(outcome.failure).retry.after
                ledger.pause(until=until, reason=messages.paused(outcome.failure, until), now=now)
        _log.info("%s attempt %d: %s %s", task.issue, task.attempts, target, outcome.failure or "")
        return target


def _cut_short(outcome: Outcome, stopping: Callable[[], bool]) -> bool:
    """Whether being told to stop may be why it failed. What came to an honest end is not done, and paid for, again."""
    return outcome.failure in _MAY_BE_CUT_SHORT and stopping()


def _failed(kind: FailureKind, detail: str, *, resets_at: datetime | None = None) -> Outcome:
    return Outcome(state=State.FAILED, failure=kind, detail=detail, resets_at=resets_at)


def _next_state(
    task: Task, outcome: Outcome, now: datetime, *, requeue: bool
) -> tuple[State, datetime | None, int | None]:
    """Where the task goes, not before when, and how many automatic retries that makes (None: as many as before)."""
    if requeue:
        return State.QUEUED, None, None
    if outcome.failure is None:
        return outcome.state, None, None
    retry = policy(outcome.failure).retry
    if retry.pauses_queue:
        return State.QUEUED, None, None
    if task.automatic_retries < retry.times:
        return State.QUEUED, now + retry.after, task.automatic_retries + 1
    return State.FAILED, None, None
