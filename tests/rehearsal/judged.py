"""A night that went well, for the judge, and what it says of another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.observation import Observation
from bot.rehearsal.scenario import Expect
from tests.rehearsal.as_documented import NOTICE, pull_request_text, status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PULL = PullRequest(
    id=1,
    pull_id=1,
    number=4,
    title="Fix it",
    body=pull_request_text(),
    author="nightshift-bot",
    head="auto/3",
    base="main",
    head_sha="a" * 40,
    base_sha="b" * 40,
    created_at=NOON,
    updated_at=NOON,
)
GOOD = Observation(
    issue=Issue(
        id=1,
        number=3,
        title="Fix it",
        body="",
        author="ada",
        labels=("auto", "auto:review", "auto:verified"),
        created_at=NOON,
        updated_at=NOON,
    ),
    repository="octo/clock",
    comments=(status(),),
    pull_requests=(PULL,),
    files={"a.py": b"x = 1\n"},
    sessions=1,
)


def said(seen: Observation = GOOD, **expect: Any) -> list[str]:
    """With the notice that belongs to it, where a person has to act."""
    if (seen.record or {}).get("state") in ("in_review", "failed"):
        seen = replace(seen, comments=(*seen.comments, NOTICE))
    return list(judge_issue(Expect.model_validate(expect), seen))


def labelled(*labels: str) -> Observation:
    """With the verdict's label beside the state label of a review."""
    verdict = ("auto:verified",) if "auto:review" in labels else ()
    return replace(GOOD, issue=replace(GOOD.issue, labels=(*labels, *verdict)))
