"""Asks GitHub which checks fail on the head of a pull request and not on its base, and for the ends of their logs."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.masking import mask
from bot.core.ci_results import CiResult, CiState, app_of, find_failing, log_tail
from bot.core.facts import Actor, PullRequestFacts
from bot.core.repair_brief import FailingCheck

_log = logging.getLogger(__name__)
_MOST_LOGS = 5
_READ, _TAIL = 1 << 18, 8_000  # bytes that are read of a log's end, and characters that are shown of it


def read_failing(
    github: GitHub, repository: str, pull: PullRequestFacts, *, me: Actor, now: datetime | None
) -> tuple[CiResult, ...] | None:
    """None while it cannot be said; `now` None: by what is known. Raises GitHubFailed. The base is where the pull
    request began, and where its base branch is now: a failure that either of them has is not the change's."""
    head = github.ci_results(repository, pull.head)
    if not any(each.state is CiState.FAILED for each in head):
        return ()
    base = [
        *github.ci_results(repository, pull.base_commit),
        *github.ci_results(repository, pull.base),
    ]
    return find_failing(head, base, own=app_of(me), now=now)


def with_logs(github: GitHub, repository: str, failing: tuple[CiResult, ...]) -> tuple[FailingCheck, ...]:
    """A log that GitHub does not give is left out: the session can run the check itself."""
    found = [FailingCheck(result=each, log=_tail(github, repository, each)) for each in failing[:_MOST_LOGS]]
    return (*found, *(FailingCheck(result=each) for each in failing[_MOST_LOGS:]))


def _tail(github: GitHub, repository: str, failing: CiResult) -> str:
    if failing.job is None:
        return ""
    try:
        log = github.job_log(repository, failing.job, most=_READ)
    except GitHubFailed as error:
        _log.info("%s: the log of job %d could not be read: %s", repository, failing.job, error)
        return ""
    return mask(log_tail(log, _TAIL))
