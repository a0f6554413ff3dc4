"""The one place of the worker that catches errors: it logs and counts them, and puts off the step that failed.

What ends the worker all the same is `fatal`: the host or the ledger cannot be used, so that whatever it did next would
fail as well (docs/decisions/0036).
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bot.adapters.github import GitHubFailed
from bot.adapters.store import Store, StoreUnusable
from bot.core.retries import next_try

T = TypeVar("T")
PutOff = Callable[[GitHubFailed], float | None]
"""Records when the work is tried again, and returns in how many seconds; None for never. A bug comes as a GitHubFailed
without a status: as one that may pass."""

_log = logging.getLogger(__name__)
_MOST_DOUBLED = 10
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
HOST_ERRORS = _OF_THE_DISK | {errno.EACCES}
"""After one of them in an attempt nothing that the worker does next can go well."""


class HostUnusable(Exception):
    """The host cannot go on (disk full, data folder not writable). The task is back in the queue."""


@dataclass(frozen=True, slots=True)
class _Wait:
    """After so many tries that failed. `until`: on the monotonic clock. `wakes`: whether the loop wakes for it."""

    tries: int = 0
    until: float = 0.0
    wakes: bool = False


_NONE = _Wait()


def _wake_once(wait: _Wait, now: float) -> _Wait:
    return replace(wait, wakes=wait.wakes and wait.until > now)


@dataclass(slots=True, kw_only=True)
class ErrorBoundary:
    """Not thread-safe. `monotonic`: seconds."""

    store: Store
    clock: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    fatal: tuple[type[Exception], ...] = (StoreUnusable,)
    _waits: dict[str, _Wait] = field(default_factory=dict)  # by name
    _recorded: list[float] = field(default_factory=list)  # when what is put off elsewhere is due

    def attempt(
        self, name: str, work: Callable[[], T], *, put_off: PutOff | None = None, wakes: bool = True
    ) -> T | None:
        """What the work returns; None if it failed, or if it failed lately and has to wait.

        `put_off` records a failure where it outlives the process. Without it the work waits in memory, twice as long
        each time, five minutes at the most. `wakes`: false if the next pass tries it again anyway.
        """
        if self._waits.get(name, _NONE).until > self.monotonic():
            return None
        try:
            found = work()
        except self.fatal:
            raise
        except GitHubFailed as error:
            self._put_off(name, error, put_off, wakes)
        except Exception as error:  # noqa: BLE001 - see the module's docstring
            self._put_off(name, self._note(name, error), put_off, wakes)
        else:
            self._waits.pop(name, None)
            return found
        return None

    def wait_of(self, name: str) -> float:
        """Seconds until this step may be tried again; 0 if it did not fail lately."""
        return max(0.0, self._waits.get(name, _NONE).until - self.monotonic())

    def next_try(self) -> float | None:
        """Seconds until the next step that was put off is due; None if there is none.

        One that is overdue counts once: another worker may have done it, or its task may be gone, and then nothing
        comes under its name again.
        """
        now = self.monotonic()
        self._recorded = [at for at in self._recorded if at > now]
        dues = [*self._recorded, *(wait.until for wait in self._waits.values() if wait.wakes)]
        self._waits = {name: _wake_once(wait, now) for name, wait in self._waits.items()}
        return min(dues) - now if dues else None

    def _note(self, name: str, error: Exception) -> GitHubFailed:
        """What is caught here is a bug, unless the disk is full."""
        if _is_of_disk(error):
            return GitHubFailed(None, str(error))
        note_own_error(self.store, name, error, self.clock())
        return GitHubFailed(None, f"{type(error).__name__} in Nightshift itself; see its log")

    def _put_off(self, name: str, error: GitHubFailed, put_off: PutOff | None, wakes: bool) -> None:
        if put_off is not None:
            if (seconds := put_off(error)) is not None:
                self._recorded.append(self.monotonic() + seconds)
            return
        tries = self._waits.get(name, _NONE).tries
        seconds = next_try(min(tries, _MOST_DOUBLED), transient=True, asked=error.retry_after) or 0.0
        self._waits[name] = _Wait(tries + 1, self.monotonic() + seconds, wakes)
        _log.warning("%s failed: %s; again in %.0f s", name, error, seconds)


def note_own_error(store: Store, name: str, error: Exception, now: datetime) -> None:
    """Log a bug with its traceback, and count it for `nightshift doctor`. `name`: the step that it ended."""
    if _is_of_disk(error):
        _log.warning("%s stopped, and is tried again: %s", name, error)
        return
    _log.error("%s: an error of Nightshift itself", name, exc_info=error)
    with store.transaction() as ledger:
        ledger.own_errors.add(f"{type(error).__name__} at {name}", now)


def _is_of_disk(error: Exception) -> bool:
    """A full disk is no bug: it says itself what is wrong."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK
