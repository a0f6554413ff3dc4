"""The hidden record of a status comment as a value, each field checked for its type and its range.

The record is part of a comment, and anybody with write permission can edit a comment of the bot. A record that is wrong
anywhere counts as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.commands import BUDGET_USD, FINGERPRINT, TURNS
from bot.core.failures import FailureKind
from bot.core.messages.status_record import MOST_ANSWERS, MOST_QUESTIONS
from bot.core.ran import Result
from bot.core.record_fields import (
    UnreadableRecord,
    amount,
    line,
    matching,
    maybe,
    moment,
    read_field,
    read_list,
    whole,
)
from bot.core.references import IssueRef, parse_issue
from bot.core.revision import NO_REPAIRS, Repairs
from bot.core.short_verdict import LONGEST_COMMAND, LONGEST_REASON, MOST_COMMANDS, MOST_TESTS, ShortVerdict
from bot.core.stacking import StackedOn
from bot.core.tasks import Attempt, Blocker, Guards, Lint, MergedInto, MergeReach, Overrides, Priority, State

VERSIONS = (1, 2, 3, 4)
_WITHOUT_VERDICT = 2
_WITHOUT_QUESTIONS = 3
_MOST = 10_000  # attempts and turns, far beyond what any setting allows
MOST_BLOCKERS = 200
_MOST_ROWS, _MOST_ALLOWED = 30, 1000
_MOST_USD, _MOST_SECONDS = 1e6, 1e7
_NUMBER = 10**10
_DIGEST, _COMMIT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
_WORD = re.compile(r"[ -~]{1,100}")
_FIELDS = 12
_LONGEST_QUESTION = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that holds in every field. `snapshot`: the digest of the approved text, which itself is not in it.
    `questions`: those that were asked last; `answers`: the comments that were confirmed as answers. `below`:
    what its work stands on."""

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
    below: StackedOn | None = None
    lint: Lint = Lint.NONE
    claimed: str | None = None
    merged_into: MergedInto | None = None


def read_record(found: Mapping[str, Any] | None, issue: IssueRef) -> Record:
    """Raises UnreadableRecord. `found`: None where the block itself could not be read."""
    if found is None:
        raise UnreadableRecord("it was cut or changed")
    version = read_field(found, "version", whole(1, max(VERSIONS)))
    if found.get("issue") != str(issue):
        raise UnreadableRecord("it is another issue's")
    record = Record(
        state=read_field(found, "state", State),
        failure=read_field(found, "failure", maybe(FailureKind)),
        priority=read_field(found, "priority", lambda value: Priority(whole(0, 2)(value))),
        attempts=read_field(found, "attempts", whole(0, _MOST)),
        pushed=read_field(found, "pushed", maybe(matching(_COMMIT))),
        pull_request=read_field(found, "pull_request", maybe(whole(1, _NUMBER))),
        overrides=read_field(found, "overrides", _overrides),
        approved_by=read_field(found, "approved_by", lambda value: "" if value == "" else matching(_WORD)(value)),
        approved_at=read_field(found, "approved_at", maybe(moment)),
        snapshot=read_field(found, "snapshot", matching(_DIGEST)),
        blockers=read_field(found, "blockers", _blockers),
        verdict=read_field(found, "verdict", maybe(_verdict)) if version > _WITHOUT_VERDICT else None,
        revised=found.get("revised") is True,
        **_since_version_4(found if version > _WITHOUT_QUESTIONS else {}),
        repaired=found.get("repaired") is True,
        repairs=read_field(found, "repairs", _repairs) if "repairs" in found else NO_REPAIRS,
        below=read_field({"below": None, **found}, "below", maybe(partial(_below, issue.repository))),
        lint=read_field({"lint": "", **found}, "lint", Lint),
        claimed=read_field({"claimed": None, **found}, "claimed", maybe(matching(_COMMIT))),
        merged_into=_read_merged(found, issue.repository),
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


def _since_version_2(found: Mapping[str, Any]) -> dict[str, Any]:
    if not found:
        nothing = dict.fromkeys(("not_before", "created_at", "updated_at"))
        return {"automatic_retries": 0, "rows": (), **nothing}
    return {
        "automatic_retries": read_field(found, "automatic_retries", whole(0, _MOST)),
        "not_before": read_field(found, "not_before", maybe(moment)),
        "rows": read_field(found, "rows", _rows),
        "created_at": read_field(found, "created_at", moment),
        "updated_at": read_field(found, "updated_at", moment),
    }


def _since_version_4(found: Mapping[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
    return {
        "questions": read_field(
            found, "questions", lambda value: tuple(map(_question, read_list(value, MOST_QUESTIONS)))
        ),
        "answers": read_field(found, "answers", lambda value: tuple(map(_comment, read_list(value, MOST_ANSWERS)))),
    }


def _questions(value: Any) -> tuple[str, ...]:
    return tuple(map(_question, read_list(value, MOST_QUESTIONS)))


def _answers(value: Any) -> tuple[int, ...]:
    return tuple(map(_comment, read_list(value, MOST_ANSWERS)))


def _question(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_QUESTION:
        raise ValueError
    return value


def _comment(value: Any) -> int:
    return whole(1, 2**53)(value)


def _overrides(value: Any) -> Overrides:
    if not isinstance(value, dict) or {"allow", *value} != {"turns", "budget_usd", "model", "fresh", "allow"}:
        raise ValueError
    if type(value["fresh"]) is not bool:
        raise ValueError
    budget = maybe(amount(BUDGET_USD[1]))(value["budget_usd"])
    if budget is not None and budget < BUDGET_USD[0]:
        raise ValueError
    return Overrides(
        turns=maybe(whole(TURNS.start, TURNS.stop - 1))(value["turns"]),
        budget_usd=budget,
        model=maybe(matching(_WORD))(value["model"]),
        fresh=value["fresh"],
        allow=tuple(map(matching(FINGERPRINT), read_list(value.get("allow", []), _MOST_ALLOWED))),
    )


def _blockers(value: Any) -> tuple[Blocker, ...]:
    found = []
    for each in read_list(value, MOST_BLOCKERS):
        name, met = read_list(each, 2)
        if not isinstance(name, str) or type(met) is not bool or len(name) > 300:  # noqa: PLR2004 - longer than GitHub's names
            raise ValueError
        found.append(Blocker(issue=parse_issue(name), met=met))
    return tuple(found)


def _repairs(value: Any) -> Repairs:
    checks, sessions = map(whole(0, _MOST), read_list(value, 2))
    return Repairs(checks=checks, sessions=sessions)


def _below(repository: str, value: Any) -> StackedOn:
    number, commit, *parts = read_list(value, 3)
    base = _part(repository, [number, commit])
    listed = read_list(parts[0], MOST_BLOCKERS) if parts else []
    return StackedOn(*base, tuple(_part(repository, each) for each in listed))


def _read_merged(found: Mapping[str, Any], repository: str) -> MergedInto | None:
    return read_field({"merged_into": None, **found}, "merged_into", maybe(partial(_parse_merged, repository)))


def _parse_merged(repository: str, value: Any) -> MergedInto:
    number, reached = read_list(value, 2)
    return MergedInto(IssueRef(repository, whole(1, _NUMBER)(number)), MergeReach(reached))


def _part(repository: str, value: Any) -> tuple[IssueRef, str]:
    number, commit = read_list(value, 2)
    return IssueRef(repository, whole(1, _NUMBER)(number)), matching(_COMMIT)(commit)


def _verdict(value: Any) -> ShortVerdict:
    if not isinstance(value, dict) or {"flaky", "size", "failed", *value} != set(ShortVerdict.__slots__):
        raise ValueError
    flaky = value.get("flaky", False)  # earlier versions did not record it, nor the size
    if not type(value["fails"]) is type(value["flagged"]) is type(flaky) is bool:
        raise ValueError
    return ShortVerdict(
        standing=CheckStanding(value["standing"]),
        commands=tuple(map(line(LONGEST_COMMAND), read_list(value["commands"], MOST_COMMANDS))),
        more=whole(0, _MOST)(value["more"]),
        before=maybe(Result)(value["before"]),
        fails=value["fails"],
        reason=line(LONGEST_REASON)(value["reason"]),
        tests=whole(0, MOST_TESTS)(value["tests"]),
        flagged=value["flagged"],
        flaky=flaky,
        failed=maybe(FailureKind)(value.get("failed")),
        size=maybe(_size)(value.get("size")),
    )


def _size(value: Any) -> ChangeSize:
    if not isinstance(value, dict) or set(value) != set(ChangeSize.__slots__):
        raise ValueError
    return ChangeSize(**{name: whole(0, _NUMBER)(count) for name, count in value.items()})


def _rows(value: Any) -> tuple[Attempt, ...]:
    rows = tuple(map(_row, read_list(value, _MOST_ROWS)))
    numbers = [row.number for row in rows]
    if numbers != sorted(set(numbers)):
        raise ValueError
    return rows


def _row(value: Any) -> Attempt:
    fields = read_list(value, _FIELDS)
    number, outcome, failure, turns, limit, usd, seconds, claude_seconds, *guards, finished = fields
    asked, granted, refused = (whole(0, 100 * _MOST)(each) for each in guards)
    ended = datetime.fromtimestamp(whole(1_577_836_800, 7_258_118_400)(finished), UTC)  # the same years
    lasted = amount(_MOST_SECONDS)(seconds)
    return Attempt(
        task_id=0,
        number=whole(1, _MOST)(number),
        started_at=ended - timedelta(seconds=lasted),
        finished_at=ended,
        outcome=maybe(State)(outcome),
        failure=maybe(FailureKind)(failure),
        turns=whole(0, _MOST)(turns),
        turn_limit=whole(0, _MOST)(limit),
        cost_usd=amount(_MOST_USD)(usd),
        seconds=lasted,
        claude_seconds=amount(_MOST_SECONDS)(claude_seconds),
        guards=Guards(asked=asked, granted=granted, refused=refused),
    )
