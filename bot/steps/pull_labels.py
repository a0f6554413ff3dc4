"""Puts the labels that a repository's settings name on the bot's pull requests, once for each."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.adapters.github import GitHub
from bot.adapters.store import Ledger, Store
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.tasks import Task

_log = logging.getLogger(__name__)


def queue_labels(ledger: Ledger, task: Task, opened: int | None, now: datetime) -> None:
    """Queue them for a pull request that the attempt opened: a person may have taken them off an older one. `task`: as
    it was before; `opened`: the number that the attempt ended with."""
    if opened is None or opened in {task.pull_request, task.draft}:
        return
    if ledger.pull_request_settings.of(task.issue.repository).labels:
        pull = str(IssueRef(task.issue.repository, opened))
        ledger.outbox.post(f"pull labels:{pull}", kind="pull labels", payload={"issue": pull}, now=now)


def show_pull_labels(store: Store, github: GitHub, labels: LabelSet, pull: IssueRef) -> None:
    """GitHub creates those that the repository lacks. Nightshift's own labels say whose turn an issue is, and are left
    out. Repeating it changes nothing. Raises GitHubFailed."""
    with store.read() as ledger:
        wanted = ledger.pull_request_settings.of(pull.repository).labels
    own = {label.name for label in labels.all}
    accepted = [name for name in wanted if not has(own, name)]
    if len(accepted) < len(wanted):
        _log.warning("%s: `labels` names labels of Nightshift itself, which mark issues; they are left out", pull)
    if accepted:
        github.add_label(pull, *accepted)
