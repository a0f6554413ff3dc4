"""What a pull request's text is made of, and any text in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.core.changes import Note
from bot.core.checks import Check, Verdict
from bot.core.messages import (
    PullRequestView,
    pull_request_body,
)
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Guards, Snapshot, State, Task

QUIET = Ran(code=0, seconds=1, output="all went well")
NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.RUNNING,
    snapshot=Snapshot(title="Fix the clock", body="It is late.", approved_by="ada"),
    created_at=NOW,
    updated_at=NOW,
)
ATTEMPT = Attempt(
    task_id=1,
    number=2,
    started_at=NOW,
    summary="The clock is on time.",
    completion="structured",
    turns=7,
    turn_limit=30,
    cost_usd=0.42,
    seconds=95,
    claude_seconds=90,
    guards=Guards(asked=9, granted=8, refused=1),
    refused_commands=("git push",),
    commands=(("pytest -q | tail", 0), ("make", 2), ("sleep 1", None)),
)
VIEW = PullRequestView(task=TASK, attempt=ATTEMPT)
REFUSED = '- **Refused**: 1 call, listed under "How Nightshift came to this"'
NEXT = (
    "**Next** (a maintainer): review this. For changes comment `/revise` and what to change, or request them in a "
    "review. For another attempt comment `/retry`."
)
SAID = "What was done, in Claude's words:\n\n> The clock is on time."
ANY_TEXT = st.text(max_size=300) | st.text(alphabet="`~<>!-@#17/[]():&;|*_\\ \n\rfixes", max_size=120)


def ran(code: int | None) -> Ran:
    return Ran(code=code, seconds=3)


def judged(*checks: Check, notes: tuple[Note, ...] = ()) -> str:
    return pull_request_body(replace(VIEW, verdict=PublicVerdict(Verdict(checks=checks, notes=notes))))
