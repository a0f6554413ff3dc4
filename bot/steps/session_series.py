"""The sessions of one attempt, one after the other, until the broker accepts what they made.

The first makes the change. If that makes checks of the repository fail that passed before, a second one fixes it in the
same workspace, while there is budget left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.claude import Session
from bot.adapters.git import Collected, Rewriting
from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.brief import follow_up
from bot.core.broker import list_paths
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.checks import describe_failing
from bot.core.commit_messages import neutral, sign_off, signed_off
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, TaskFailed
from bot.core.public_verdict import PublicVerdict
from bot.core.references import IssueRef
from bot.core.session import SessionProgress
from bot.core.tasks import Task
from bot.steps.broker import Broker
from bot.steps.keep_work import WorkKeeper
from bot.steps.monitored import note_relay
from bot.steps.opening import Preparation
from bot.steps.rebased_work import add_to_branch, demand_resolved, take_rebased
from bot.steps.run import Run
from bot.steps.secret_search import SecretsFound
from bot.steps.sessions import Sessions
from bot.steps.speaker import Speaker

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Work that may be published: its commits, which are still in the quarantine, and what the broker found."""

    work: Collected
    verdict: PublicVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSeries:
    """`on_progress` is called with the task at each step of a session. `hide`: takes the host's paths out of the
    commits' messages."""

    sessions: Sessions
    broker: Broker
    keeper: WorkKeeper
    clock: Callable[[], datetime]
    reached: Reached
    on_progress: Callable[[Task, SessionProgress], None]
    speaker: Speaker
    hide: Callable[[str], str] = str

    def carry_out(self, run: Run, prepared: Preparation) -> Accepted | None:
        """None if nothing has to change. Raises TaskFailed."""
        work = take_rebased(run, prepared)
        if work is not None:
            self.reached(Checkpoint.PUT_ON_TOP, str(run.task.issue))
        work = work or self._run_session(run, prepared, prepared.brief)
        if work is None:
            return None
        demand_resolved(prepared, work)
        verdict = self._judge(run, prepared, work)
        run.unfinished, run.unfinished_verdict = work, verdict
        if verdict.newly_failing and run.budget_left_usd > 0:
            fix_brief = follow_up(Purpose.MEND, prepared.brief, describe_failing(verdict.newly_failing))
            work = self._run_session(run, prepared, fix_brief) or work
            run.is_rebased = False
            verdict = self._judge(run, prepared, work)
            run.unfinished, run.unfinished_verdict = work, verdict
        if verdict.newly_failing:
            raise TaskFailed(FailureKind.VERIFICATION_FAILED, describe_failing(verdict.newly_failing))
        return Accepted(work=add_to_branch(prepared, work, self.sessions.author()), verdict=verdict)

    def _run_session(self, run: Run, prepared: Preparation, brief: str) -> Collected | None:
        """The commits of a session that succeeded under proven guards; None if nothing differs from the base."""
        run.allow_turns(prepared.turn_limit)
        folder = run.next_folder()
        session = self.sessions.run(
            run.task,
            prepared,
            folder,
            brief=brief,
            on_progress=partial(self._show, run),
            should_stop=run.lease.reason_to_stop,
            budget_usd=run.budget_left_usd,
            incoming=self.speaker.incoming(run.task),
        )
        self.reached(Checkpoint.SESSION_ENDED, str(run.task.issue))
        run.record(session)
        note_relay(self.keeper.store, session.relay)
        run.said = self.speaker.find_read(run.task)
        failure = session.result.failure
        if failure is not None and session.proof.ok:
            self._keep_unfinished(run, prepared, session, partial(self._collect, run, prepared, folder))
        _demand_proven_success(session)
        collected = self._collect(run, prepared, folder)
        self.reached(Checkpoint.COLLECTED, str(run.task.issue))
        if collected is None and (edits := prepared.submodules.edits(prepared.workspace.path)):
            raise TaskFailed(FailureKind.PROTECTED_PATH, list_paths(edits))
        if session.result.status is None:
            _demand_commits(collected)
            run.attempt = replace(run.attempt, completion="commits")
        return collected

    def _show(self, run: Run, progress: SessionProgress) -> None:
        """What the attempt has cost so far, and not its present session alone."""
        self.on_progress(run.task, replace(progress, cost_usd=run.attempt.cost_usd + progress.cost_usd))

    def _keep_unfinished(
        self, run: Run, prepared: Preparation, session: Session, collect: Callable[[], Collected | None]
    ) -> None:
        """What a session that failed has made: for the next attempt, and for people to look at. Failing to take it is
        logged, and changes nothing of how the session ended."""
        failure = session.result.failure
        rule = policy(failure) if failure is not None else None
        if rule is None or not (rule.keeps_work or rule.shows_work):
            return
        try:
            collected = collect()
        except (TaskFailed, OSError) as trouble:
            _log.warning("%s: its work so far could not be taken: %s", run.task.issue, trouble)
            if rule.has_questions:  # the conversation goes on all the same
                self.keeper.keep(run, prepared, session, None)
            return
        if rule.keeps_work:
            self.keeper.keep(run, prepared, session, collected)
        if collected is not None:
            run.unfinished, run.unfinished_verdict = collected, None

    def _collect(self, run: Run, prepared: Preparation, folder: Path) -> Collected | None:
        """The workspace's commits, in the quarantine, rewritten as the bot's. None if nothing differs from the base."""
        issue, since, author = run.task.issue, run.attempt.started_at, self.sessions.author()
        return prepared.quarantine.collect(
            prepared.workspace,
            branch=prepared.branch,
            base=prepared.held.start,
            adds_only=prepared.held.continues,
            message=neutral(messages.leftovers_commit(run.task), issue),
            rewriting=Rewriting(
                author=author,
                reword=self._reword(issue, sign_off(author.name, author.email) if prepared.settings.sign_off else ""),
                since=since,
                until=max(since, self.clock()),
            ),
            most_files=prepared.settings.limits.files,
            never=prepared.ignored,
            confine=self.sessions.confine(prepared, folder),
            submodules=prepared.submodules.paths,
        )

    def _reword(self, issue: IssueRef, trailer: str) -> Callable[[str], str]:
        def reword(text: str) -> str:
            return neutral(self.hide(text), issue)

        return (lambda text: signed_off(text, trailer, reword)) if trailer else reword

    def _judge(self, run: Run, prepared: Preparation, work: Collected) -> PublicVerdict:
        stop = run.lease.reason_to_stop
        try:
            verdict = self.broker.judge(run.task, prepared, work, run.folder / "checks", should_stop=stop)
        except SecretsFound as found:
            run.hide(found.values)
            raise
        self.reached(Checkpoint.JUDGED, str(run.task.issue))
        return verdict


def _demand_proven_success(session: Session) -> None:
    """No proof, no push: without it no commit of the session is read."""
    result, proof = session.result, session.proof
    if result.failure is not None:
        raise TaskFailed(result.failure, result.detail)
    if not proof.ok:
        raise TaskFailed(FailureKind.GUARDS_UNPROVEN, "\n".join(proof.missing))


def _demand_commits(collected: Collected | None) -> None:
    """A session that does not say how it ended counts as successful only if it committed something itself."""
    if collected is None or collected.commits <= int(collected.leftovers):
        raise TaskFailed(FailureKind.COMPLETION_SIGNAL_MISSING)
