"""Attempts without sessions: what a session would have ended with is drawn from the seed, all around it is real.

Real are the attempt's start, its lease, publication and end (`bot.runner`, `bot.steps.publish`, `bot.steps.ending`).
Instead of Claude Code there are turns, which take time; instead of the mirror, the hub's git.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self, cast

from bot.adapters.git import Mirror, NotReached
from bot.adapters.github import GitHub
from bot.adapters.store import Publication
from bot.core import messages
from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind, TaskFailed
from bot.core.outcomes import AttemptOutcome, as_failure
from bot.core.session import SessionProgress
from bot.core.tasks import State, Task
from bot.rehearsal.github import pushes
from bot.rehearsal.github.bare import GitRefused
from bot.rehearsal.simulation.hub import Exchange, Hub, NoAnswer
from bot.rehearsal.simulation.memory_git import MemoryGit
from bot.rehearsal.simulation.scheduler import Scheduler
from bot.runner import Runner
from bot.steps.lease import Lease
from bot.steps.opening import Preparation
from bot.steps.publication import Unfinished, unfinished_publication
from bot.steps.removals import Removals
from bot.steps.run import Run

BOT = "nightshift-bot"
NOT_PREPARED = object()
_TURN_SECONDS = (2.0, 70.0)
_MOST_TURNS = 4
# What a session ends with, and how often of a hundred.
_ENDINGS: tuple[tuple[FailureKind | State, int], ...] = (
    (State.IN_REVIEW, 64),
    (State.NO_CHANGE, 8),
    (FailureKind.AGENT_CRASHED, 7),
    (FailureKind.API_UNAVAILABLE, 5),
    (FailureKind.NEEDS_INFO, 5),
    (FailureKind.USAGE_LIMIT, 3),
    (FailureKind.VERIFICATION_FAILED, 5),
    (FailureKind.SETUP_FAILED, 3),
)


class NoRemovals(Removals):
    """An attempt makes no folder here."""

    def put(self, path: Path) -> None:
        pass

    def wait(self, seconds: float | None = None) -> None:
        pass


class NoSessions:
    """What is left of the sessions of an attempt."""

    def forget(self, task: Task) -> None:
        """It has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMirror:
    """The mirror of one repository: its commits are the hub's, and a push asks the hub as a request does."""

    hub: Hub
    exchange: Exchange
    repository: str

    @property
    def git(self) -> MemoryGit:
        return cast("MemoryGit", self.hub.world.repository(self.repository).git)

    def push(self, commit: str, branch: str, *, expected: str | None, may_be_gone: bool = False) -> None:
        """As `Mirror.push`."""
        path = f"/{self.repository}.git/git-receive-pack"
        try:
            if self.exchange.before("POST", path) is not None:
                raise NotReached("the push was not taken")
            self._move(commit, branch, expected=expected, may_be_gone=may_be_gone)
            self.exchange.after("POST", path, 200)
        except NoAnswer as error:
            raise NotReached(str(error)) from None

    def _move(self, commit: str, branch: str, *, expected: str | None, may_be_gone: bool) -> None:
        there = self.git.branch(branch)
        if there == commit:
            return
        if there != expected and not (there is None and may_be_gone):
            raise TaskFailed(FailureKind.BRANCH_MOVED, f"`{branch}` is at {there}")
        old = there or pushes.NOTHING
        self.git.set_ref(pushes.HEADS + branch, commit, old=old)
        here = self.hub.world.repository(self.repository)
        moved = pushes.Update(ref=pushes.HEADS + branch, old=old, new=commit)
        pushes.pushed(self.hub.world, here, [moved], BOT)

    def live_head(self, branch: str) -> str | None:
        try:
            if self.exchange.before("GET", f"/{self.repository}.git/info/refs") is not None:
                raise NotReached("git was not answered")
            return self.git.branch(branch)
        except NoAnswer as error:
            raise NotReached(str(error)) from None

    def remote_head(self, branch: str) -> str | None:
        return self.git.branch(branch)

    def is_ancestor(self, older: str, newer: str) -> bool:
        try:
            return self.git.is_ancestor(older, newer)
        except GitRefused:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPreparer:
    """As much of `Preparer` as an attempt without a workspace needs."""

    github: GitHub
    hub: Hub
    exchange: Exchange

    def mirror(self, repository: str) -> SimulatedMirror:
        return SimulatedMirror(hub=self.hub, exchange=self.exchange, repository=repository)

    def find_unfinished(self, task: Task, found: Unfinished | None) -> tuple[SimulatedMirror, Publication] | None:
        """As `Preparer.find_unfinished`; every commit that was made is there."""
        if found is None:
            return None
        mirror, noted = self.mirror(task.issue.repository), found.publication
        if found.asked_again and noted.base != "main":
            return None
        live = mirror.live_head(self.github.branches.of(task.issue))
        return (mirror, replace(noted, replaces=live)) if live in {None, noted.replaces, noted.head} else None


class SimulatedLease(Lease):
    """Its heart is a thread of the scheduler. `lost` is called where the task went to another claim."""

    scheduler: Scheduler
    lost: Callable[[Task], None]

    def __enter__(self) -> Self:
        self.heart = self.scheduler.spawn(self.scheduler.here, "heart", self._beat_on)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        if not self.scheduler.here.dead:
            self.scheduler.wake(self.heart)
            self.scheduler.wait_for(self.heart)

    def wait(self, seconds: float) -> None:
        until = self.scheduler.now + seconds
        while self.scheduler.now < until:
            reason = self.reason_to_stop()
            if reason is not None:
                raise TaskFailed(reason, "the worker lost the task, while it waited for GitHub")
            self.scheduler.sleep(min(10.0, until - self.scheduler.now))

    def _beat_on(self) -> None:
        while True:
            self.scheduler.sleep(self.length.total_seconds() / 4)
            if self._over.is_set() or self._reason is not None:
                return
            self._reason = self._beat()

    def _beat(self) -> FailureKind | None:
        reason = super()._beat()
        if reason is FailureKind.WORKER_LOST:
            self.lost(self.task)
        return reason


def simulate_lease(lease: Lease, scheduler: Scheduler, lost: Callable[[Task], None]) -> SimulatedLease:
    made = SimulatedLease(
        store=lease.store,
        task=lease.task,
        length=lease.length,
        clock=lease.clock,
        stopping=lease.stopping,
        monotonic=lease.monotonic,
    )
    made.scheduler, made.lost = scheduler, lost
    return made


@dataclass(frozen=True, kw_only=True)
class SimulatedRunner(Runner):
    """`draw`: for what sessions end with; `lost`: as of a lease."""

    scheduler: Scheduler
    draw: Random
    lost: Callable[[Task], None]

    def _start(self, task: Task, stopping: Any) -> Run:
        run = super()._start(task, stopping)
        self.scheduler.say(f"{task.issue} attempt {task.attempts} under fence {task.fence}")
        run.lease = simulate_lease(run.lease, self.scheduler, self.lost)
        return run

    def _attempt(self, run: Run) -> AttemptOutcome:
        with self.store.read() as ledger:
            noted = unfinished_publication(ledger, run.task)
        preparer = cast("SimulatedPreparer", self.preparer)
        if (unfinished := preparer.find_unfinished(run.task, noted)) is not None:
            mirror, publication = unfinished
            return self._publish(run, cast("Mirror", mirror), publication, run.task.verdict, prepared=None)
        mirror = preparer.mirror(run.task.issue.repository)
        live = mirror.live_head(preparer.github.branches.of(run.task.issue))
        ending = self._work(run)
        if isinstance(ending, FailureKind):
            return as_failure(ending, "as the seed has it")
        if ending is State.NO_CHANGE:
            return self._end_without_change(run)
        run.lease.confirm()
        publication = self._make(run, mirror, live)
        prepared = cast("Preparation", NOT_PREPARED)  # it says only that no earlier attempt has begun
        return self._publish(run, cast("Mirror", mirror), publication, None, prepared=prepared)

    def _end_without_change(self, run: Run) -> AttemptOutcome:
        number = run.task.pull_request if run.task.pushed is not None else None
        state = State.NO_CHANGE if number is None else State.IN_REVIEW
        return AttemptOutcome(state=state, detail="there was nothing to do", pull_request=number)

    def _work(self, run: Run) -> FailureKind | State:
        for turn in range(self.draw.randint(1, _MOST_TURNS)):
            self.scheduler.sleep(self.draw.uniform(*_TURN_SECONDS))
            if (reason := run.lease.reason_to_stop()) is not None:
                raise TaskFailed(reason, "the session was stopped")
            self._show_progress(run.task, SessionProgress(turn=turn + 1, tool="Bash", subject="make"))
        self.reached(Checkpoint.SESSION_ENDED, str(run.task.issue))
        kinds, weights = zip(*_ENDINGS, strict=True)
        ended: FailureKind | State = self.draw.choices(kinds, weights)[0]
        return ended

    def _make(self, run: Run, mirror: SimulatedMirror, live: str | None) -> Publication:
        """A commit on top of the branch, or of the default one where the branch is merged or not there."""
        main = mirror.git.branch("main")
        is_begun = live is not None and not mirror.is_ancestor(live, main or "")
        issue = run.task.issue
        files = {f"issue-{issue.number}.txt": f"attempt {run.task.attempts} of {run.task.id}\n"}
        message = f"Do #{issue.number}\n\nAttempt {run.task.attempts} under {run.task.fence}"
        head = mirror.git.add_commit(
            live if is_begun else main, files, author=BOT, message=message, now=self.scheduler.clock()
        )
        body = f"Fixes #{issue.number}\n\n{messages.pull_request_marker(issue)}"
        return Publication(
            head=head, replaces=live, base="main", title=f"Do #{issue.number}", body=body, summary="it is done"
        )
