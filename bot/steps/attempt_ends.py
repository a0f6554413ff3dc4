"""The ends of an attempt that need no further request: what follows from the sessions, or from GitHub's refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapters.github import GitHubFailed
from bot.adapters.masking import mask
from bot.core.failures import FailureKind
from bot.core.outcomes import AttemptOutcome, as_failure
from bot.core.stacking import StartsLater
from bot.core.tasks import Attempt, State
from bot.core.wrong_settings import SettingsHaveMistakes
from bot.steps.opening import Preparation
from bot.steps.run import Run


def without_change(run: Run, prepared: Preparation) -> AttemptOutcome:
    """A pull request whose branch holds commits stays as it was."""
    summary, number, verdict = run.attempt.summary, run.task.pull_request, run.task.verdict
    if prepared.held.continues and verdict is not None and verdict.failed is not None:
        return as_failure(verdict.failed, "This session added nothing to the draft.", pull_request=number)
    if prepared.held.continues and number is not None:
        return AttemptOutcome(state=State.IN_REVIEW, detail=summary, pull_request=number)
    return AttemptOutcome(state=State.NO_CHANGE, detail=summary)


def without_beginning(ended: SettingsHaveMistakes | StartsLater) -> AttemptOutcome:
    outcome = as_failure(ended.kind, mask(ended.detail))
    if isinstance(ended, StartsLater):
        return replace(outcome, later=ended)
    return replace(outcome, wrong=ended.wrong)


def end_of(run: Run, outcome: AttemptOutcome, now: datetime) -> Attempt:
    """The attempt as the ledger keeps it."""
    return replace(
        run.attempt,
        finished_at=now,
        outcome=outcome.state,
        failure=outcome.failure,
        detail=outcome.detail if outcome.failure else "",
        seconds=(now - run.attempt.started_at).total_seconds(),
    )


def kind_of(refused: GitHubFailed) -> FailureKind:
    """What GitHub's refusal means before anything was published."""
    if refused.gone:
        return FailureKind.REPO_MISSING
    return FailureKind.GITHUB_UNAVAILABLE if refused.transient else FailureKind.SETUP_FAILED
