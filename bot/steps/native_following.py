"""What GitHub moves in a native stack: after a merge, the base of the next part and the commits of all above.

GitHub does so within seconds, and refuses that anybody else moves a base. Nightshift looks at what became of it: it
saves the text again, so that closing keywords take effect, and has a new head compared and checked. Where GitHub does
nothing, as for parts that do not stand on each other any more (https://github.com/github/gh-stack/discussions/605),
Nightshift dissolves a stack that it made itself, and goes on as without one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import messages
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.repairs import follow_stack
from bot.core.tasks import Task
from bot.steps.effects import perform
from bot.steps.open_pulls import queue_removal, show_conflicts

_log = logging.getLogger(__name__)

GITHUBS_TIME = timedelta(minutes=10)
"""After a merge: for so long GitHub may be about to move what stood on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a pull request stood on: the issue, and when its pull request was merged."""

    issue: IssueRef
    at: datetime


def leave_to_github(
    store: Store, github: GitHub, task: Task, pull: PullRequestFacts, merged: Merged | None, *, now: datetime
) -> PullRequestFacts | None:
    """The pull request as Nightshift has to move it itself; None where GitHub has done so, or still may. `merged`: what
    it stood on, if that was merged. Raises GitHubFailed."""
    if not pull.is_stacked:
        return pull
    source = github.branches.of(merged.issue) if merged is not None else pull.base
    if merged is not None and pull.base != source:
        _save_text(store, github, pull, merged, now)
    if effects := follow_stack(task, pull):
        with store.transaction() as ledger:
            perform(effects, ledger, now)
        return None
    if merged is None:
        return pull
    if now - merged.at < GITHUBS_TIME:
        return None
    return pull if pull.base != source else _dissolve(store, github, task, pull)


def _save_text(store: Store, github: GitHub, pull: PullRequestFacts, merged: Merged, now: datetime) -> None:
    """Once: GitHub has moved the base, and reads the closing keywords again when the text is changed."""
    source, target = github.branches.of(merged.issue), pull.base
    if not pull.is_open or messages.shows_base_moved(pull.body, source=source, target=target):
        return
    body = messages.with_base_moved(pull.body, source=source, target=target)
    github.edit_pull_request(merged.issue.repository, pull.number, title=None, body=body)
    with store.transaction() as ledger:
        queue_removal(ledger, merged.issue, now)  # the branch stayed while a pull request had it as its base
        show_conflicts(ledger, merged.issue.repository, pull.number, now)  # its first line said to wait for the base


def _dissolve(store: Store, github: GitHub, task: Task, pull: PullRequestFacts) -> PullRequestFacts | None:
    """GitHub has not moved it in time. Only a stack that Nightshift made is dissolved: there is no way to take one part
    out of it."""
    name = task.issue.repository
    with store.read() as ledger:
        made = ledger.native_stacks.of(task.id, pull.number)
    if made is None or made.stack is None:
        _log.info("%s#%d: GitHub has not moved it in the native stack that people made of it", name, pull.number)
        return None
    try:
        github.dissolve_native_stack(name, made.stack)
    except GitHubFailed as error:
        if error.transient:
            raise
        _log.warning("%s#%d: GitHub neither moves it nor dissolves its native stack: %s", name, pull.number, error)
        return None
    _log.warning("%s#%d: GitHub did not move it: its native stack is dissolved", name, pull.number)
    return replace(pull, is_stacked=False)
