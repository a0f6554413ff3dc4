"""Rows to values and back: the one place that knows how a task and an attempt lie in their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.failures import FailureKind
from bot.core.plan_windows import WindowUse
from bot.core.ran import Result
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict, recorded_verdict
from bot.core.tasks import (
    Attempt,
    Blocker,
    Guards,
    Lint,
    MergedInto,
    MergeReach,
    Overrides,
    Priority,
    Snapshot,
    SnapshotAnswer,
    SnapshotComment,
    State,
    Task,
)

_AS_THEY_ARE = (
    "detail",
    "attempts",
    "automatic_retries",
    "not_before",
    "pushed",
    "pull_request",
    "fence",
    "path_seconds",
    "claimed",
)
_ATTEMPT_AS_IT_IS = (
    "started_at",
    "finished_at",
    "summary",
    "detail",
    "completion",
    "turns",
    "turn_limit",
    "cost_usd",
    "seconds",
    "claude_seconds",
)


def task_of(row: Row[Any], blockers: tuple[Blocker, ...]) -> Task:
    found = row._mapping
    return Task(
        id=found["id"],
        issue=IssueRef(found["repository"], found["number"]),
        state=State(found["state"]),
        snapshot=snapshot_of(found["snapshot"]),
        priority=Priority(found["priority"]),
        blockers=blockers,
        overrides=_overrides_of(found["overrides"]),
        failure=_failure_of(found["failure"]),
        created_at=found["created_at"],
        updated_at=found["updated_at"],
        verdict=_verdict_of(found["verdict"]),
        lint=Lint(found["lint"]),
        merged_into=_merged_into_of(found),
        **{name: found[name] for name in _AS_THEY_ARE},
    )


def _merged_into_of(found: RowMapping) -> MergedInto | None:
    if found["merged_into"] is None:
        return None
    return MergedInto(IssueRef(found["repository"], found["merged_into"]), MergeReach(found["reached"]))


def merged_into_columns(merged: MergedInto | None) -> dict[str, object]:
    if merged is None:
        return {"merged_into": None, "reached": None}
    return {"merged_into": merged.issue.number, "reached": merged.reached}


def blocker_of(row: Row[Any]) -> Blocker:
    return Blocker(issue=IssueRef(row.repository, row.number), met=row.met)


def snapshot_columns(snapshot: Snapshot) -> dict[str, object]:
    approved_at = snapshot.approved_at.isoformat() if snapshot.approved_at else None
    return {**asdict(snapshot), "approved_at": approved_at}


def _overrides_of(found: Mapping[str, Any]) -> Overrides:
    return Overrides(**{**found, "allow": tuple(found.get("allow", ()))})


def overrides_columns(overrides: Overrides) -> dict[str, object]:
    return asdict(overrides)


def verdict_columns(verdict: ShortVerdict | None) -> dict[str, object] | None:
    return None if verdict is None else recorded_verdict(verdict)


def attempt_of(row: Row[Any]) -> Attempt:
    found = row._mapping
    return Attempt(
        task_id=found["task_id"],
        number=found["number"],
        outcome=None if found["outcome"] is None else State(found["outcome"]),
        failure=_failure_of(found["failure"]),
        guards=Guards(asked=found["asked"], granted=found["granted"], refused=found["refused"]),
        refused_commands=tuple(found["refused_commands"]),
        commands=tuple((command, code) for command, code in found["commands"]),
        questions=tuple(found["questions"]),
        windows=tuple(_window_of(each) for each in found["windows"]),
        missing="" if found["finished_at"] is None else found["note"],
        **{name: found[name] for name in _ATTEMPT_AS_IT_IS},
    )


def attempt_columns(attempt: Attempt) -> dict[str, object]:
    return {
        "task_id": attempt.task_id,
        "number": attempt.number,
        "outcome": attempt.outcome,
        "failure": attempt.failure,
        "refused_commands": list(attempt.refused_commands),
        "commands": [list(command) for command in attempt.commands],
        "questions": list(attempt.questions),
        "windows": [{**asdict(each), "resets_at": each.resets_at.isoformat()} for each in attempt.windows],
        **asdict(attempt.guards),
        **{name: getattr(attempt, name) for name in _ATTEMPT_AS_IT_IS},
    }


def snapshot_of(found: Mapping[str, Any]) -> Snapshot:
    comments = tuple(SnapshotComment(**comment) for comment in found["comments"])
    answers = tuple(SnapshotAnswer(**answer) for answer in found.get("answers", ()))  # none in what is older than these
    approved_at = datetime.fromisoformat(found["approved_at"]) if found.get("approved_at") else None
    return Snapshot(**{**found, "comments": comments, "answers": answers, "approved_at": approved_at})


def _window_of(found: Mapping[str, Any]) -> WindowUse:
    return WindowUse(**{**found, "resets_at": datetime.fromisoformat(found["resets_at"])})


def _failure_of(name: str | None) -> FailureKind | None:
    return None if name is None else FailureKind(name)


def _verdict_of(found: Mapping[str, Any] | None) -> ShortVerdict | None:
    if found is None:
        return None
    before = None if found["before"] is None else Result(found["before"])
    given = {"standing": CheckStanding(found["standing"]), "commands": tuple(found["commands"]), "before": before}
    size = ChangeSize(**found["size"]) if found.get("size") else None  # earlier versions did not record it
    failed = _failure_of(found.get("failed"))
    return ShortVerdict(**{**found, **given, "size": size, "failed": failed})
