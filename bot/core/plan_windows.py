"""How much of a subscription's windows was used. Pure.

To a subscription the API says with each answer which share of its five hours and of its week is used, and when these
end. With an API key it says nothing of that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.untrusted import as_time

FIVE_HOURS, WEEK = "5h", "7d"  # as the API's headers name them
_MOST = 100.0  # a share above it is no share


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowUse:
    """Of the window called `name` that ends at `resets_at`: which share was used when the API said so `first`, and when
    it said so `last`. 1 is all of it."""

    name: str
    resets_at: datetime
    first: float
    last: float


def read_windows(headers: Mapping[str, str]) -> tuple[WindowUse, ...]:
    """What one answer says. `headers` by lower-case name."""
    found = (_read_window(headers, name) for name in (FIVE_HOURS, WEEK))
    return tuple(each for each in found if each is not None)


def _read_window(headers: Mapping[str, str], name: str) -> WindowUse | None:
    used = _read_number(headers.get(f"anthropic-ratelimit-unified-{name}-utilization", ""))
    resets_at = as_time(_read_number(headers.get(f"anthropic-ratelimit-unified-{name}-reset", "")))
    if used is None or resets_at is None or not 0 <= used <= _MOST:
        return None
    return WindowUse(name=name, resets_at=resets_at, first=used, last=used)


def _read_number(text: str) -> float | None:
    try:
        number = float(text) if text.isascii() else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def join_windows(windows: Iterable[WindowUse]) -> tuple[WindowUse, ...]:
    """One for each window. What is used of it only grows, so the order does not matter."""
    joined: dict[tuple[str, datetime], WindowUse] = {}
    for each in windows:
        key = (each.name, each.resets_at)
        known = joined.get(key, each)
        joined[key] = replace(known, first=min(known.first, each.first), last=max(known.last, each.last))
    return tuple(joined.values())


def share_of(windows: Iterable[WindowUse], name: str) -> float | None:
    """The share of one window of this name that was used from the first answer to the last, over all of them; None
    where the API said nothing of it. What else used the subscription meanwhile counts too."""
    shares = [each.last - each.first for each in join_windows(windows) if each.name == name]
    return sum(shares) if shares else None
