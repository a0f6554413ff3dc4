"""What continuous integration says of a commit on GitHub: check runs and statuses as values, and which of them count.

Names, titles and logs are the output of programs that a change can influence: a session reads them as material only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.facts import Actor

_FAILING = frozenset({"failure", "timed_out", "error"})
_PASSING = frozenset({"success", "neutral", "skipped"})
_PATIENCE = timedelta(hours=1)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_ERROR = "##[error]"
_BOT = "[bot]"


class CiState(StrEnum):
    """NEITHER: it was cancelled or waits for a person, which says nothing of the change."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Of GitHub Actions. `path`: its file in the repository. A person, or a long rest, disables one."""

    path: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CiResult:
    """`reporter`: the slug of the app of a check run, empty for a status. `job`: the number of a job of GitHub Actions,
    whose log can be asked for. `text`: what the reporter says of it. `ended_at`: None while it is at work."""

    name: str
    reporter: str
    state: CiState
    text: str = ""
    job: int | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.reporter, self.name


def app_of(me: Actor) -> str:
    """The slug of the bot's app; empty if it is an account of a person."""
    return me.login.removesuffix(_BOT) if me.login.endswith(_BOT) else ""


def state_of(conclusion: str) -> CiState:
    """`conclusion`: of a check run that has ended, or the state of a status; both as GitHub spells them."""
    if conclusion in _FAILING:
        return CiState.FAILED
    if conclusion in _PASSING:
        return CiState.PASSED
    return CiState.PENDING if conclusion == "pending" else CiState.NEITHER


def find_failing(
    head: Sequence[CiResult], base: Sequence[CiResult], *, own: str, now: datetime | None
) -> tuple[CiResult, ...] | None:
    """What fails on the head of a pull request and not on its base. None while that cannot be said: something is still
    at work. That is waited for up to an hour, since a check may never end; with `now` None it is not. `own`: the slug
    of the bot's own app, whose check runs say nothing of the change; `base`: of all commits that count as the base."""
    theirs = [each for each in head if not own or each.reporter != own]
    failed = [each for each in theirs if each.state is CiState.FAILED]
    known = {each.key for each in base if each.state is CiState.FAILED}
    alone = tuple(each for each in failed if each.key not in known)
    if not alone or now is None:
        return alone
    open_ones = any(each.state is CiState.PENDING for each in theirs) or _is_open_on(base, {e.key for e in alone})
    return None if open_ones and now - _last_end(failed, now) < _PATIENCE else alone


def _is_open_on(base: Sequence[CiResult], keys: Collection[tuple[str, str]]) -> bool:
    """Whether the base may still turn out to fail in one of these."""
    return any(each.state is CiState.PENDING and each.key in keys for each in base)


def _last_end(failed: Sequence[CiResult], now: datetime) -> datetime:
    return max((each.ended_at for each in failed if each.ended_at is not None), default=now)


def log_tail(log: str, most: int) -> str:
    """The end of a job's log, at most `most` characters: up to its last error, since cleaning up comes after that.
    Times and colours are left out."""
    lines = _COLOUR.sub("", _TIME.sub("", log.removeprefix("\ufeff"))).replace("\r", "").rstrip("\n").split("\n")
    errors = [number for number, line in enumerate(lines) if line.startswith(_ERROR)]
    tail = "\n".join(lines[: errors[-1] + 1] if errors else lines).strip("\n")
    return tail if len(tail) <= most else f"…{tail[-most:].partition(chr(10))[2] or tail[-most:]}"
