"""Holds the tasks of a repository whose settings have mistakes, and lets them go once the file is fixed.

One issue gets a comment that names the mistakes, once for each version of the file: the issue that came first. The
others say what they wait for.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.core.wrong_settings import WrongSettings

_log = logging.getLogger(__name__)


def hold_repository(ledger: Ledger, repository: str, wrong: WrongSettings, now: datetime) -> None:
    """Once for each version, unless the issue that names the mistakes waits no more, and another one does."""
    known, number = ledger.wrong_settings.of(repository), ledger.wrong_settings.first_held(repository)
    is_known = known is not None and known.version == wrong.version
    if known is not None and is_known and (number is None or _is_queued(ledger, repository, known.issue)):
        return
    ledger.wrong_settings.keep(repository, replace(wrong, issue=number))
    _log.error("%s waits, since its settings have mistakes: %s", repository, "; ".join(wrong.mistakes))
    _show(ledger, repository, {number, known.issue if known is not None else None}, now)


def release_repository(ledger: Ledger, repository: str, now: datetime) -> None:
    """The file has no mistake, or is gone."""
    known = ledger.wrong_settings.of(repository)
    if known is not None:
        ledger.wrong_settings.forget(repository)
        _log.info("%s goes on, since its settings have no mistakes any more", repository)
        _show(ledger, repository, {known.issue}, now)


def _is_queued(ledger: Ledger, repository: str, number: int | None) -> bool:
    task = ledger.tasks.find(IssueRef(repository, number)) if number is not None else None
    return task is not None and task.state is State.QUEUED


def _show(ledger: Ledger, repository: str, numbers: set[int | None], now: datetime) -> None:
    """The other issues follow a few at a time (`queue_status`)."""
    for number in numbers:
        if number is not None:
            ledger.outbox.post_status(IssueRef(repository, number), now)
