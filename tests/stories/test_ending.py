"""What an attempt that ended leaves to the next one."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Store
from bot.attempt_services import AttemptServices
from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.outcomes import as_failure
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Priority, Snapshot, State
from bot.steps.ending import end_attempt
from bot.steps.publication import Publication, Unfinished, note_publication, unfinished_publication
from bot.wiring import Services, utc_now
from tests.stories.deliveries import process_deliveries
from tests.stories.world import a_world, finish

ISSUE = IssueRef("octo/clock", 1)
NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
PUBLICATION = Publication(head="a" * 40, replaces=None, base="main", title="Tell", body="So.", summary="Told.")


@pytest.mark.parametrize(
    ("failure", "stays"),
    [
        (FailureKind.WORKER_LOST, True),
        (FailureKind.GITHUB_UNAVAILABLE, True),
        (FailureKind.SETUP_FAILED, True),  # such as a git that was killed on the way
        (FailureKind.PUSH_REJECTED, True),  # by a rule, which people change
        (FailureKind.AGENT_CRASHED, False),
    ],
)
def test_what_was_judged_is_kept_as_long_as_nothing_is_wrong_with_it(
    failure: FailureKind, stays: bool, tmp_path: Path
) -> None:
    """A session is paid for once."""
    with Store.open(f"sqlite:///{tmp_path / 'ledger.db'}").transaction() as ledger:
        snapshot = Snapshot(title="Tell the time", body="")
        ledger.tasks.enqueue(ISSUE, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)
        claim = ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=1)
        assert claim is not None
        ledger.attempts.start(claim.task.id, 1, NOW)
        note_publication(ledger, claim.task, PUBLICATION)
        ended = Attempt(task_id=claim.task.id, number=1, started_at=NOW, finished_at=NOW, failure=failure)

        end_attempt(
            ledger, claim.task, ended, as_failure(failure, ""), now=NOW, requeue=False, chance=0.5, branch="auto/1"
        )

        assert (unfinished_publication(ledger, claim.task) == Unfinished(publication=PUBLICATION)) == stays


def test_what_cannot_be_put_away_does_not_change_how_an_attempt_ended(tmp_path: Path) -> None:
    """Some git holds the lock of all refs, and does not come to its end."""
    with a_world(tmp_path) as world:
        issue = world.label_issue(sessions=[[finish()]])
        world.github.wait_delivered()
        process_deliveries(world.services.intake)

        def hold(step: Checkpoint, _subject: str) -> None:
            if step is Checkpoint.COLLECTED:
                lock = world.services.settings.data_dir / f"mirrors/{issue.repository}.git/packed-refs.lock"
                lock.touch()
                os.utime(lock, (time.time() + 3600,) * 2)

        services = Services(world.services.settings, world.services.claude, reached=hold)
        with services.store.transaction() as ledger:
            claim = ledger.claims.claim(worker="w", now=utc_now(), lease=services.settings.lease, per_repository=1)
        assert claim is not None

        assert AttemptServices(services).runner.run(claim) is State.NO_CHANGE
