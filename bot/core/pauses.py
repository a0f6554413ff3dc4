"""The pauses of the queue. Several causes can hold at once; the queue continues when none does.

The ledger records a pause that a person or an account caused. The end of the night and of its budget follow from the
clock and the attempts, and are not stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WINDOW = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)(?:\s+(\S+))?")
_NOON = time(12)
_ONLY = "\nonly: "  # before the repositories whose issues alone are updated now


LONGEST_LIMIT = timedelta(days=8)
"""Claude's longest usage limit is a week's. A later claimed end is ignored."""


class Cause(StrEnum):
    """`STOP`: a person's pause that also stops running sessions. `SETTINGS`: of one repository, which have mistakes."""

    PERSON = "person"
    STOP = "stop"
    LABEL = "label"
    ACCOUNT = "account"
    GITHUB = "github"
    USAGE_LIMIT = "usage_limit"
    WINDOW = "window"
    BUDGET = "budget"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The whole queue waits. `until` None means: until the cause is lifted."""

    cause: Cause
    until: datetime | None
    reason: str
    since: datetime


def limit_ends(claimed: datetime | None, now: datetime, otherwise: timedelta) -> datetime:
    """When a usage limit is over: as claimed, but in eight days at the latest, and after `otherwise` if the claim is
    missing or past."""
    if claimed is None or claimed <= now:
        return now + otherwise
    return min(claimed, now + LONGEST_LIMIT)


def longest(pauses: list[Pause]) -> Pause | None:
    """The pause that ends last. Of several without an end, the first: a person has to lift it."""
    endless = [pause for pause in pauses if pause.until is None]
    ending = sorted(pauses, key=lambda pause: pause.until or pause.since)
    return endless[0] if endless else (ending[-1] if ending else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The hours of the day in which Nightshift works, such as 22:00 to 07:00 in Berlin. `zone` None: the host's own."""

    start: time
    end: time
    zone: tzinfo | None = None
    zone_name: str = ""

    def closes(self, now: datetime) -> datetime | None:
        """When the window that is open at `now` closes; None if it is not open."""
        return next((end for start, end in self._around(now) if start <= now < end), None)

    def opens(self, now: datetime) -> datetime:
        """When it opens next after `now`."""
        return min(start for start, _ in self._around(now) if start > now)

    def began(self, now: datetime) -> datetime:
        """When the last one opened."""
        return max(start for start, _ in self._around(now) if start <= now)

    def find_last_close(self, now: datetime) -> datetime:
        """When the last one closed."""
        return max(end for _, end in self._around(now) if end <= now)

    def __str__(self) -> str:
        name = f" ({self.zone_name})" if self.zone_name else ""
        return f"{self.start:%H:%M} to {self.end:%H:%M}{name}"

    def _around(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """The windows of the days about `now`, as moments: on a day on which the clocks change, one is longer."""
        today = now.astimezone(self.zone).date()
        days = [today + timedelta(days=offset) for offset in range(-2, 3)]
        over_midnight = timedelta(days=1) if self.end <= self.start else timedelta()
        return [(self._moment(day, self.start), self._moment(day + over_midnight, self.end)) for day in days]

    def _moment(self, day: object, at: time) -> datetime:
        local = datetime.combine(day, at)  # type: ignore[arg-type]
        return (local.replace(tzinfo=self.zone) if self.zone else local.astimezone()).astimezone(UTC)


def parse_window(text: str) -> Window:
    """`22:00-07:00` or `22:00-07:00 Europe/Berlin`. Raises ValueError that says what was expected."""
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise ValueError("expected hours such as 22:00-07:00, or 22:00-07:00 Europe/Berlin")
    try:
        start, end = time(int(match[1]), int(match[2])), _end(int(match[3]), int(match[4]))
    except ValueError:
        raise ValueError("expected hours of the day from 00:00 to 23:59, such as 22:00-07:00") from None
    return Window(start=start, end=end, zone=_zone(match[5]), zone_name=match[5] or "")


def _end(hour: int, minute: int) -> time:
    """24:00 is the end of a day, and of nothing else."""
    return time() if (hour, minute) == (24, 0) else time(hour, minute)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is not a time zone that this host knows, such as Europe/Berlin or UTC (are its zones installed? "
            "apt-get install tzdata)"
        ) from None


def night_began(window: Window | None, now: datetime) -> datetime:
    """From when on tonight's spending counts: since the window opened, or since noon on this host."""
    return (window or Window(start=_NOON, end=_NOON)).began(now)


def next_night(window: Window | None, now: datetime) -> datetime:
    return (window or Window(start=_NOON, end=_NOON)).opens(now)


def tell_queue(pause: str, repositories: Iterable[str]) -> str:
    """What waiting issues say of the queue: a line about all of them, and one for each repository, which begins with
    its name. `pause`: why nothing is started, empty if something may be. `repositories`: a text for each."""
    return "\n".join(" ".join(each.split()) for each in (pause, *sorted(repositories)))


def shown_to(text: str, only: Collection[str] | None) -> str:
    """The text while the issues of `only` are updated (None: of all)."""
    return text if only is None else f"{text}{_ONLY}{' '.join(sorted(only))}"


def find_changed(known: str, text: str, *, is_walking: bool) -> frozenset[str] | None:
    """The repositories whose issues do not show `text` yet; None: those of all. `known`: the text before, and
    `is_walking`: not every issue shows it yet."""
    shown, _, only = known.partition(_ONLY)
    before, now = shown.split("\n"), text.split("\n")
    if before[0] != now[0] or (is_walking and not only):
        return None
    lines = {*before[1:]} ^ {*now[1:]}
    return frozenset({*only.split(), *(line.split(" ", maxsplit=1)[0] for line in lines)})
