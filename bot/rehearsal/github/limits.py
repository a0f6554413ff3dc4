"""GitHub's rate limits: how much is left is always counted; requests are refused only where limits are enforced.

The numbers and the ways of saying so are those of
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: so many requests an hour (the primary
limit), so many points a minute (a read is one, a write five) and so many requests that create content, a minute and an
hour (secondary limits). A request that is answered "not modified" is none of the hour's.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

_HOUR, _MINUTE = 3600.0, 60.0
_READS = frozenset({"GET", "HEAD"})
_WRITE_POINTS = 5
_AN_HOUR_WITHOUT_TOKEN = 60
_FORBIDDEN, _TOO_MANY = 403, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLimits:
    an_hour: int = 5000
    points_a_minute: int = 900
    content_a_minute: int = 80
    content_an_hour: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLimit:
    """A refusal. `retry_after`: the header, where GitHub sends it; a client without it waits for the hour's reset, or a
    minute."""

    status: int
    message: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    at: float
    content: bool

    @property
    def points(self) -> int:
        return _WRITE_POINTS if self.content else 1


@dataclass(slots=True)
class RateLimits:
    """Counts by account; `None` is a client without a token. Its caller holds the world's lock."""

    enforced: ApiLimits | None = None
    refusals: int = 0
    too_early: list[str] = field(default_factory=list)  # refused again during the time that a refusal asked to wait
    _used: Counter[tuple[str | None, int]] = field(default_factory=Counter)  # by account and hour
    _sent: dict[str | None, deque[_Sent]] = field(default_factory=dict)
    _waits: dict[str | None, float] = field(default_factory=dict)

    def count(self, account: str | None, now: datetime) -> None:
        """One request of the hour."""
        self._used[account, _hour(now)] += 1

    def shown(self, account: str | None, now: datetime) -> dict[str, int]:
        """What `/rate_limit` and the headers say."""
        limit, used = self._hourly(account), self._used[account, _hour(now)]
        reset = int((_hour(now) + 1) * _HOUR)
        return {"limit": limit, "remaining": max(0, limit - used), "reset": reset, "used": used}

    def refusal(self, account: str | None, method: str, path: str, now: datetime) -> OverLimit | None:
        """Why this request is not performed; None if it may be: then it counts for the minute."""
        if self.enforced is None:
            return None
        at = now.timestamp()
        content = method not in _READS
        over = self._over(account, content=content, now=now)
        if over is None:
            self._sent.setdefault(account, deque()).append(_Sent(at=at, content=content))
            return None
        if at < self._waits.get(account, 0.0):
            self.too_early.append(f"{method} {path}")
        self.refusals += 1
        self._waits[account] = at + self._wait(over, now)
        return over

    def _over(self, account: str | None, *, content: bool, now: datetime) -> OverLimit | None:
        assert self.enforced is not None  # noqa: S101 - asked by the caller
        if self._used[account, _hour(now)] >= self._hourly(account):
            return OverLimit(status=_FORBIDDEN, message=f"API rate limit exceeded for user {account or 'of this IP'}.")
        at = now.timestamp()
        minute, hour = self._recent(account, at, _MINUTE), self._recent(account, at, _HOUR)
        secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        if sum(each.points for each in minute) >= self.enforced.points_a_minute:
            return OverLimit(status=_FORBIDDEN, message=secondary)
        written = [[each for each in recent if each.content] for recent in (minute, hour)]
        if content and len(written[0]) >= self.enforced.content_a_minute:
            return OverLimit(status=_TOO_MANY, message=secondary, retry_after=_until(written[0][0].at + _MINUTE, at))
        if content and len(written[1]) >= self.enforced.content_an_hour:
            return OverLimit(status=_TOO_MANY, message=secondary, retry_after=_until(written[1][0].at + _HOUR, at))
        return None

    def _recent(self, account: str | None, at: float, seconds: float) -> list[_Sent]:
        sent = self._sent.setdefault(account, deque())
        while sent and sent[0].at <= at - _HOUR:
            sent.popleft()
        return [each for each in sent if each.at > at - seconds]

    def _wait(self, over: OverLimit, now: datetime) -> float:
        if over.retry_after is not None:
            return over.retry_after
        return (_hour(now) + 1) * _HOUR - now.timestamp() if over.message.startswith("API rate limit") else _MINUTE

    def _hourly(self, account: str | None) -> int:
        if account is None:
            return _AN_HOUR_WITHOUT_TOKEN
        return (self.enforced or ApiLimits()).an_hour


def _hour(now: datetime) -> int:
    return int(now.timestamp() // _HOUR)


def _until(then: float, now: float) -> int:
    """Whole seconds, and one at least."""
    return max(1, int(then - now) + 1)
