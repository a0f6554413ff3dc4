"""The beginning and the end of an attempt in the ledger, wherever its sessions run.

However it ends, it ends here in exactly one way: an outcome is written under the claim's fence, and what GitHub shows
follows from that.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.github import GitHubFailed
from bot.adapters.masking import mask
from bot.adapters.store import KeptWork, Store, StoreUnusable
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.failures import FailureKind, TaskFailed
from bot.core.outcomes import AttemptOutcome, as_failure
from bot.core.references import OwnBranches
from bot.core.stacking import StartsLater
from bot.core.tasks import FINISHED, Attempt, State, Task
from bot.core.wrong_settings import SettingsHaveMistakes
from bot.steps.attempt_ends import end_of, kind_of, without_beginning
from bot.steps.dependents import wait_again
from bot.steps.ending import end_attempt
from bot.steps.error_boundary import HOST_ERRORS, note_own_error
from bot.steps.lease import Lease
from bot.steps.queue import Queue
from bot.steps.run import Run
from bot.steps.wrong_settings import hold_repository

_log = logging.getLogger(__name__)


class LeftRunning(Exception):
    """This process ends, or another one has taken the task over: the attempt goes on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """`folder`: of the folders of attempts; `lease`: how long a claim lasts. `monotonic`: seconds, from a clock that is
    never set."""

    store: Store
    queue: Queue
    folder: Path
    lease: timedelta
    clock: Callable[[], datetime]
    reached: Reached
    monotonic: Callable[[], float]
    branches: OwnBranches
    chance: Callable[[], float] = random.random

    def start(self, task: Task, stopping: Callable[[], bool]) -> Run:
        now = self.clock()
        with self.store.transaction() as ledger:
            ledger.attempts.start(task.id, task.attempts, now)
            budget = self.queue.allowance(ledger, task, now)
            ledger.outbox.post_status(task.issue, now)
        self.reached(Checkpoint.ATTEMPT_STARTED, str(task.issue))
        attempt = Attempt(task_id=task.id, number=task.attempts, started_at=now)
        return self.hold(task, attempt, stopping, budget)

    def hold(self, task: Task, attempt: Attempt, stopping: Callable[[], bool], budget_usd: float) -> Run:
        """An attempt that is on record. Its lease begins with the `with` block of `lease`."""
        lease = Lease(
            store=self.store,
            task=task,
            length=self.lease,
            clock=self.clock,
            stopping=stopping,
            monotonic=self.monotonic,
        )
        folder = self.folder / f"{task.id}-{task.attempts}"
        return Run(task=task, attempt=attempt, lease=lease, folder=folder, budget_usd=budget_usd)

    def outcome(self, run: Run, work: Callable[[Run], AttemptOutcome]) -> AttemptOutcome:
        """How the attempt ended. A programming error is on record as one; a host in trouble stops the worker."""
        try:
            return work(run)
        except (SettingsHaveMistakes, StartsLater) as ended:
            return without_beginning(ended)
        except TaskFailed as ended:
            return as_failure(ended.kind, mask(ended.detail), resets_at=run.resets_at)  # the detail is published
        except GitHubFailed as refused:
            return as_failure(kind_of(refused), mask(str(refused)))
        except OSError as error:
            if error.errno in HOST_ERRORS:
                raise
            return as_failure(FailureKind.SETUP_FAILED, mask(str(error)))
        except (StoreUnusable, LeftRunning):
            raise
        except Exception as error:  # noqa: BLE001 - a bug ends one attempt, not the night
            note_own_error(self.store, str(run.task.issue), error, self.clock())
            return as_failure(FailureKind.AGENT_CRASHED, f"{type(error).__name__} in Nightshift itself; see its log")

    def finish(
        self,
        run: Run,
        outcome: AttemptOutcome,
        *,
        requeue: bool,
        kept: KeptWork | None,
        forget: Callable[[Task], None],
    ) -> State | None:
        """Write down how it ended, under the claim's fence: a worker that lost the task changes nothing here. `kept`:
        for a revision; `forget`: removes the conversation of a task that needs none any more."""
        now, task = self.clock(), run.task
        ended, chance, branch = end_of(run, outcome, now), self.chance(), self.branches.of(task.issue)
        with self.store.transaction() as ledger:
            target = end_attempt(
                ledger, task, ended, outcome, now=now, requeue=requeue, chance=chance, kept=kept, branch=branch
            )
            if target is State.QUEUED and outcome.wrong is not None:
                hold_repository(ledger, task.issue.repository, outcome.wrong, now)
            if target is State.QUEUED and outcome.later is not None:
                wait_again(ledger, task, outcome.later, now)
        if target is None:
            return None
        if target in FINISHED and kept is None and outcome.failure is None:
            forget(task)
        self.reached(Checkpoint.FINISHED, str(task.issue))
        _log.info("%s attempt %d ended: %s %s", task.issue, task.attempts, target, outcome.failure or "")
        return target
