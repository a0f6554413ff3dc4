"""The hidden record of a status comment as a value, each field checked for its type and its range.

The record is part of a comment, and anybody with write permission can edit a comment of the bot. A record that is wrong
anywhere counts as none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.commands import BUDGET_USD, FINGERPRINT, TURNS
from bot.core.failures import FailureKind
from bot.core.messages.status_record import MOST_ANSWERS, MOST_QUESTIONS
from bot.core.ran import Result
from bot.core.references import IssueRef, parse_issue
from bot.core.revision import NO_REPAIRS, Repairs
from bot.core.short_verdict import LONGEST_COMMAND, LONGEST_REASON, MOST_COMMANDS, MOST_TESTS, ShortVerdict
from bot.core.tasks import Attempt, Blocker, Guards, Lint, Overrides, Priority, State

T = TypeVar("T")
VERSIONS = (1, 2, 3, 4)
_WITHOUT_VERDICT = 2
_WITHOUT_QUESTIONS = 3
_MOST = 10_000  # attempts and turns, far beyond what any setting allows
MOST_BLOCKERS = 200
_MOST_ROWS, _MOST_ALLOWED = 30, 1000
_MOST_USD, _MOST_SECONDS = 1e6, 1e7
_NUMBER = 10**10
_FIRST_YEAR, _LAST_YEAR = 2020, 2200
_DIGEST, _COMMIT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
_WORD = re.compile(r"[ -~]{1,100}")
_FIELDS = 12
_LONGEST_QUESTION = 300  # characters


class UnreadableRecord(ValueError):
    """A record that is not valid. The message names the field that is wrong, and repeats nothing of its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that holds in every field. `snapshot`: the digest of the approved text, which itself is not in it.
    `questions`: those that were asked last; `answers`: the comments that were confirmed as answers."""

    state: State
    failure: FailureKind | None
    priority: Priority
    attempts: int
    automatic_retries: int
    not_before: datetime | None
    pushed: str | None
    pull_request: int | None
    overrides: Overrides
    approved_by: str
    approved_at: datetime | None
    snapshot: str
    blockers: tuple[Blocker, ...]
    rows: tuple[Attempt, ...]
    verdict: ShortVerdict | None
    created_at: datetime | None
    updated_at: datetime | None
    questions: tuple[str, ...] = ()
    answers: tuple[int, ...] = ()
    revised: bool = False
    repaired: bool = False
    repairs: Repairs = NO_REPAIRS
    lint: Lint = Lint.NONE


def read_record(found: Mapping[str, Any] | None, issue: IssueRef) -> Record:
    """Raises UnreadableRecord. `found`: None where the block itself could not be read."""
    if found is None:
        raise UnreadableRecord("it was cut or changed")
    version = _field(found, "version", _whole(1, max(VERSIONS)))
    if found.get("issue") != str(issue):
        raise UnreadableRecord("it is another issue's")
    record = Record(
        state=_field(found, "state", State),
        failure=_field(found, "failure", _maybe(FailureKind)),
        priority=_field(found, "priority", lambda value: Priority(_whole(0, 2)(value))),
        attempts=_field(found, "attempts", _whole(0, _MOST)),
        pushed=_field(found, "pushed", _maybe(_matching(_COMMIT))),
        pull_request=_field(found, "pull_request", _maybe(_whole(1, _NUMBER))),
        overrides=_field(found, "overrides", _overrides),
        approved_by=_field(found, "approved_by", lambda value: "" if value == "" else _matching(_WORD)(value)),
        approved_at=_field(found, "approved_at", _maybe(_moment)),
        snapshot=_field(found, "snapshot", _matching(_DIGEST)),
        blockers=_field(found, "blockers", _blockers),
        verdict=_field(found, "verdict", _maybe(_verdict)) if version > _WITHOUT_VERDICT else None,
        revised=found.get("revised") is True,
        **_since_version_4(found if version > _WITHOUT_QUESTIONS else {}),
        repaired=found.get("repaired") is True,
        repairs=_field(found, "repairs", _repairs) if "repairs" in found else NO_REPAIRS,
        lint=_field({"lint": "", **found}, "lint", Lint),
        **_since_version_2(found if version > 1 else {}),
    )
    if record.state is State.FAILED and record.failure is None:
        raise UnreadableRecord("failure: a failed task says why")
    if record.state is State.IN_REVIEW and record.pull_request is None:
        raise UnreadableRecord("pull_request: a task in review has one")
    return record


def read_short_verdict(found: Mapping[str, Any] | None) -> ShortVerdict | None:
    """The verdict in a pull request's hidden block. Anybody with write permission can edit it, too: what is wrong
    anywhere counts as none."""
    try:
        return None if found is None else _verdict(found)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _field(found: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    if name not in found:
        raise UnreadableRecord(f"{name} is missing")
    try:
        return read(found[name])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnreadableRecord(f"{name} is not what it should be") from error


def _since_version_2(found: Mapping[str, Any]) -> dict[str, Any]:
    if not found:
        nothing = dict.fromkeys(("not_before", "created_at", "updated_at"))
        return {"automatic_retries": 0, "rows": (), **nothing}
    return {
        "automatic_retries": _field(found, "automatic_retries", _whole(0, _MOST)),
        "not_before": _field(found, "not_before", _maybe(_moment)),
        "rows": _field(found, "rows", _rows),
        "created_at": _field(found, "created_at", _moment),
        "updated_at": _field(found, "updated_at", _moment),
    }


def _since_version_4(found: Mapping[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
    return {
        "questions": _field(found, "questions", lambda value: tuple(map(_question, _read_list(value, MOST_QUESTIONS)))),
        "answers": _field(found, "answers", lambda value: tuple(map(_comment, _read_list(value, MOST_ANSWERS)))),
    }


def _question(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_QUESTION:
        raise ValueError
    return value


def _comment(value: Any) -> int:
    return _whole(1, 2**53)(value)


def _maybe(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda value: None if value is None else read(value)


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # True is an int too
            raise ValueError
        return value

    return read


def _amount(most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if type(value) not in {int, float} or not math.isfinite(value) or not 0 <= value <= most:
            raise ValueError
        return float(value)

    return read


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValueError
        return value

    return read


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or not _FIRST_YEAR <= at.year < _LAST_YEAR:
        raise ValueError
    return at.astimezone(UTC)


def _read_list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError
    return value


def _overrides(value: Any) -> Overrides:
    if not isinstance(value, dict) or {"allow", *value} != {"turns", "budget_usd", "model", "fresh", "allow"}:
        raise ValueError
    if type(value["fresh"]) is not bool:
        raise ValueError
    budget = _maybe(_amount(BUDGET_USD[1]))(value["budget_usd"])
    if budget is not None and budget < BUDGET_USD[0]:
        raise ValueError
    return Overrides(
        turns=_maybe(_whole(TURNS.start, TURNS.stop - 1))(value["turns"]),
        budget_usd=budget,
        model=_maybe(_matching(_WORD))(value["model"]),
        fresh=value["fresh"],
        allow=tuple(map(_matching(FINGERPRINT), _read_list(value.get("allow", []), _MOST_ALLOWED))),
    )


def _blockers(value: Any) -> tuple[Blocker, ...]:
    found = []
    for each in _read_list(value, MOST_BLOCKERS):
        name, met = _read_list(each, 2)
        if not isinstance(name, str) or type(met) is not bool or len(name) > 300:  # noqa: PLR2004 - longer than GitHub's names
            raise ValueError
        found.append(Blocker(issue=parse_issue(name), met=met))
    return tuple(found)


def _repairs(value: Any) -> Repairs:
    checks, sessions = map(_whole(0, _MOST), _read_list(value, 2))
    return Repairs(checks=checks, sessions=sessions)


def _verdict(value: Any) -> ShortVerdict:
    if not isinstance(value, dict) or {"flaky", "size", "failed", *value} != set(ShortVerdict.__slots__):
        raise ValueError
    flaky = value.get("flaky", False)  # earlier versions did not record it, nor the size
    if not type(value["fails"]) is type(value["flagged"]) is type(flaky) is bool:
        raise ValueError
    return ShortVerdict(
        standing=CheckStanding(value["standing"]),
        commands=tuple(map(_line(LONGEST_COMMAND), _read_list(value["commands"], MOST_COMMANDS))),
        more=_whole(0, _MOST)(value["more"]),
        before=_maybe(Result)(value["before"]),
        fails=value["fails"],
        reason=_line(LONGEST_REASON)(value["reason"]),
        tests=_whole(0, MOST_TESTS)(value["tests"]),
        flagged=value["flagged"],
        flaky=flaky,
        failed=_maybe(FailureKind)(value.get("failed")),
        size=_maybe(_size)(value.get("size")),
    )


def _size(value: Any) -> ChangeSize:
    if not isinstance(value, dict) or set(value) != set(ChangeSize.__slots__):
        raise ValueError
    return ChangeSize(**{name: _whole(0, _NUMBER)(count) for name, count in value.items()})


def _line(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            raise ValueError
        return value

    return read


def _rows(value: Any) -> tuple[Attempt, ...]:
    rows = tuple(map(_row, _read_list(value, _MOST_ROWS)))
    numbers = [row.number for row in rows]
    if numbers != sorted(set(numbers)):
        raise ValueError
    return rows


def _row(value: Any) -> Attempt:
    fields = _read_list(value, _FIELDS)
    number, outcome, failure, turns, limit, usd, seconds, claude_seconds, *guards, finished = fields
    asked, granted, refused = (_whole(0, 100 * _MOST)(each) for each in guards)
    ended = datetime.fromtimestamp(_whole(1_577_836_800, 7_258_118_400)(finished), UTC)  # the same years
    lasted = _amount(_MOST_SECONDS)(seconds)
    return Attempt(
        task_id=0,
        number=_whole(1, _MOST)(number),
        started_at=ended - timedelta(seconds=lasted),
        finished_at=ended,
        outcome=_maybe(State)(outcome),
        failure=_maybe(FailureKind)(failure),
        turns=_whole(0, _MOST)(turns),
        turn_limit=_whole(0, _MOST)(limit),
        cost_usd=_amount(_MOST_USD)(usd),
        seconds=lasted,
        claude_seconds=_amount(_MOST_SECONDS)(claude_seconds),
        guards=Guards(asked=asked, granted=granted, refused=refused),
    )
