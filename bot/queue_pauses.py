"""Keeps up with what pauses the queue: the hours of the night, the budget, Claude's account, GitHub, a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.claude.credential_check import CredentialState
from bot.adapters.store import Store
from bot.core import messages
from bot.core.pauses import Cause, Pause
from bot.steps.queue import Queue
from bot.steps.queue_status import QueueStatus

_log = logging.getLogger(__name__)

_ASK_ACCOUNT_EVERY = timedelta(minutes=2)
_TRY_AFTER = timedelta(minutes=15)


@dataclass(slots=True, kw_only=True)
class QueuePauses:
    """`account` asks Claude's API about the credential; `refused`: whether GitHub refused the token when it was last
    asked. After each `look`, `current` is why nothing may be started, and `must_stop` whether what runs has to end."""

    store: Store
    queue: Queue
    queue_status: QueueStatus
    account: Callable[[], CredentialState]
    refused: Callable[[], bool]
    clock: Callable[[], datetime]
    current: Pause | None = None
    must_stop: bool = False
    _broken: Pause | None = None  # since Claude's account was refused
    _ask_account_at: datetime | None = None

    def look(self) -> bool:
        """Whether statuses were asked for, of which there may be more."""
        now = self.clock()
        self._sync_github_pause(now)
        with self.store.read() as ledger:
            pause = self.queue.pause(ledger, now)
            self.must_stop = self.queue.must_stop(ledger, now)
            full = ledger.pressure.nearly_full().items()
            mistaken = ledger.wrong_settings.all().items()
            wrong = (f"{name} has mistakes {each.version} {each.issue}" for name, each in mistaken)
            spent = {*self.queue.used_up(ledger, now), *(f"{name} takes {free} more" for name, free in full), *wrong}
            self._broken = next((each for each in ledger.pauses.current(now) if each.cause is Cause.ACCOUNT), None)
        if (pause and pause.cause) != (self.current and self.current.cause):
            _log.info("the queue %s", f"waits: {pause.reason}" if pause else "goes on")
        self.current = pause
        shown = self.queue_status.keep_true(pause, spent)
        shown = self.queue_status.show_held_back() or shown
        return self.queue_status.show_new_labels() or shown

    def ask_account(self) -> bool:
        """A step apart from `look`: an error in asking must not hide that a person wants everything to stop."""
        if self._broken is not None:
            self._ask_after_account(self._broken, self.clock())
        return False

    def _sync_github_pause(self, now: datetime) -> None:
        """No session is worth its money while GitHub refuses the token: what it makes could not be published."""
        with self.store.read() as ledger:
            paused = any(pause.cause is Cause.GITHUB for pause in ledger.pauses.current(now))
        if paused == self.refused():
            return
        with self.store.transaction() as ledger:
            if paused:
                ledger.pauses.end(Cause.GITHUB)
            else:
                ledger.pauses.begin(Cause.GITHUB, until=None, reason=messages.token_refused(), now=now)
                _log.error("the queue is paused: %s", messages.token_refused())

    def _ask_after_account(self, pause: Pause, now: datetime) -> None:
        """Go on once Claude's API takes the credential again. Where it does not say, a session has to try."""
        if now < max(self._ask_account_at or pause.since, pause.since + _ASK_ACCOUNT_EVERY):
            return
        self._ask_account_at = now + _ASK_ACCOUNT_EVERY
        said = self.account()
        if said is CredentialState.GOOD or (said is CredentialState.UNKNOWN and now - pause.since > _TRY_AFTER):
            with self.store.transaction() as ledger:
                ledger.pauses.end(Cause.ACCOUNT)
                if said is CredentialState.GOOD:
                    ledger.queue_state.keep_holding(ledger.queue_state.holding().found_good(now))
            _log.info("Claude's credential: %s; the queue goes on", said.value)
