"""How fast Nightshift writes to GitHub: below its limits for the whole installation, and not at all while it says wait.

GitHub takes 80 content-creating requests a minute and 500 an hour, one at a time, and 900 points a minute, of which a
write costs five. Every write counts here as content. The record of them outlives a process and is shared by all, as is
the wait that GitHub asks for; points are counted by each process for itself.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from bot.adapters.github.errors import GitHubFailed

A_MINUTE = 70
AN_HOUR = 480
_POINTS = 850
_WRITE_POINTS = 5
_MINUTE = 60.0
_PATIENCE = 3.0
_LIMITED = 429
_UNAUTHORIZED = 401
_LARGEST = 2**31

Reserve = Callable[[int], float]
"""Notes a write that is about to be sent, and how many reads went before it; if the limit is reached, it returns how
many seconds to wait instead."""


class Hold(Protocol):
    """The wait that GitHub asked for, whichever process it asked."""

    def find_wait(self) -> float:
        """Seconds; 0 if there is none."""

    def note(self, seconds: float) -> None:
        """GitHub asks this process to wait so long from now."""


class _OfThisProcess:
    """Shared with no other one."""

    def find_wait(self) -> float:
        return 0.0

    def note(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBudget:
    """Of GitHub's requests in an hour: how many there are, how many are left, and when there are as many again."""

    most: int
    remaining: int
    resets_at: datetime


@dataclass(slots=True, eq=False)
class Pacer:
    """One for each process; `reserve` and `hold` speak for all of them. `sleep`: seconds; for short waits only.
    `most_points`: in a minute; infinite where GitHub has no limits, and it still waits when asked to. `reads`: since
    the process began. `refused`: whether GitHub refused the token when it was last asked. `budget`: as its
    last answers said, of the installation that has least left."""

    reserve: Reserve = lambda _: 0.0
    hold: Hold = field(default_factory=_OfThisProcess)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    most_points: float = _POINTS
    lock: AbstractContextManager[object] = field(default_factory=threading.Lock)
    reads: int = field(default=0, init=False)
    refused: bool = field(default=False, init=False)
    budget: HourBudget | None = field(default=None, init=False)
    _counting: threading.Lock = field(default_factory=threading.Lock, init=False)
    _spent: deque[tuple[float, int]] = field(default_factory=deque, init=False)
    _held_until: float = field(default=0.0, init=False)
    _reads: int = field(default=0, init=False)  # since the last write

    @contextmanager
    def write(self) -> Iterator[None]:
        """One write at a time: GitHub asks for it, and PyGithub's own pacing is not thread-safe (with 2.10.0, eight
        threads sent eight in 0.3 s). Raises GitHubFailed, with how long to wait, where it would take more than a
        moment.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
        """
        with self.lock:
            self._wait_for_points(_WRITE_POINTS)
            while (wait := self.reserve(self._reads)) > 0:
                self._wait(wait, "Nightshift's own pace")
            self._reads = 0
            with self._obeying():
                yield

    @contextmanager
    def read(self) -> Iterator[None]:
        self._wait_for_points(1)
        self._count(1)
        with self._obeying():
            yield

    def cost_nothing(self) -> None:
        """What was asked for has not changed: that is none of the hour's requests, though a point of the minute's."""
        self._count(-1)

    def note_budget(self, remaining: int, most: int, resets_at: int) -> None:
        """What an answer said of the hour. Other numbers than such say nothing."""
        if not (0 <= remaining <= most < _LARGEST and 0 < resets_at < _LARGEST):
            return
        found = HourBudget(most=most, remaining=remaining, resets_at=datetime.fromtimestamp(resets_at, UTC))
        known = self.budget
        if known is None or found.resets_at > known.resets_at or found.remaining <= known.remaining:
            self.budget = found

    def _count(self, reads: int) -> None:
        with self._counting:
            self._reads += reads
            self.reads += reads

    @contextmanager
    def _obeying(self) -> Iterator[None]:
        """If GitHub asks one thread to wait, all wait, and all processes on the ledger."""
        try:
            yield
            self.refused = False
        except GitHubFailed as error:
            self._note_refusal(error)
            if error.retry_after is not None:
                self._held_until = max(self._held_until, self.monotonic() + error.retry_after)
                self.hold.note(error.retry_after)
            raise

    def _note_refusal(self, error: GitHubFailed) -> None:
        """Another refusal shows that GitHub knows the token. An answer that did not come, or an error of GitHub's, says
        nothing of the token."""
        if error.status == _UNAUTHORIZED:
            self.refused = not error.early
        elif not error.transient:
            self.refused = False

    def _wait_for_points(self, points: int) -> None:
        while (held := self._left_of_hold()) > 0:
            self._wait(held, "GitHub asked to wait")
        with self._counting:
            now = self.monotonic()
            while self._spent and self._spent[0][0] <= now - _MINUTE:
                self._spent.popleft()
            over = sum(spent for _, spent in self._spent) + points > self.most_points
            if not over:
                self._spent.append((now, points))
        if over:
            self._wait(self._spent[0][0] + _MINUTE - now, "Nightshift's own pace")
            self._wait_for_points(points)

    def _left_of_hold(self) -> float:
        own = self._held_until - self.monotonic()  # by a clock that is never set
        return own if own > 0 else self.hold.find_wait()

    def _wait(self, seconds: float, why: str) -> None:
        if seconds > _PATIENCE:
            raise GitHubFailed(_LIMITED, f"{why}: {seconds:.0f} s", retry_after=seconds)
        self.sleep(max(seconds, 0.01))
