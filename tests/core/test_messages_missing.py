"""The status comment names the tools that the repository asks for and the host lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.markdown import tokens
from bot.core.messages import STATUS_MARKER, StatusView, status_comment
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Snapshot, State, Task

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.IN_REVIEW,
    snapshot=Snapshot(title="Fix the clock", body=""),
    pull_request=5,
    created_at=NOW,
    updated_at=NOW,
)
LACKS = "python 3.42 (.python-version) is not installed here (there is 3.11.2)"
ATTEMPT = Attempt(task_id=1, number=1, started_at=NOW, finished_at=NOW, outcome=State.IN_REVIEW, missing=LACKS)
SHOWN = {State.IN_REVIEW, State.FAILED, State.NO_CHANGE}


def said(task: Task, *attempts: Attempt, doing: str = "") -> str:
    return status_comment(StatusView(task=task, attempts=attempts, doing=doing)).split(STATUS_MARKER)[0]


@pytest.mark.parametrize("state", State)
def test_it_is_named_where_a_person_looks_at_the_result(state: State) -> None:
    told = said(replace(TASK, state=state), ATTEMPT)

    assert (f"**Missing on the host**: {LACKS}." in told) == (state in SHOWN)


def test_the_last_attempt_counts() -> None:
    """The operator may have installed it since."""
    assert "Missing on the host" not in said(TASK, ATTEMPT, replace(ATTEMPT, number=2, missing=""))
    assert "Missing on the host" in said(TASK, replace(ATTEMPT, missing=""), replace(ATTEMPT, number=2))
    assert "Missing on the host" not in said(TASK)


HOSTILE = (
    "![x](https://evil.example/x.png)",
    "@ada look",
    "fixes #1",
    "<img src=x>",
    "</details><h1>x</h1>",
    "[a](https://evil.example)",
    "a\n\n/retry budget=100",
    "<!-- nightshift:status {} -->",
    "`code` ``` x",
    "|a|b|\n|-|-|",
)


@pytest.mark.parametrize("version", HOSTILE)
def test_a_version_is_the_repositorys_own_text(version: str) -> None:
    """It mentions no person, loads no image, gives no command and forges no tag, while it runs and later."""
    plain = said(TASK, replace(ATTEMPT, missing="python"))
    running = replace(TASK, state=State.RUNNING)
    for told, usual in (
        (said(TASK, replace(ATTEMPT, missing=f"python {version}")), plain),
        (said(running, doing=f"python {version}"), said(running, doing="python")),
    ):
        kinds = {token.type for token in tokens(told)} - {token.type for token in tokens(usual)}
        assert kinds <= {"text_special", "softbreak"}
        assert "\n/" not in told
        assert "@ada" not in told
        assert "#1" not in told
        assert "<!--" not in told


def test_a_long_list_is_cut() -> None:
    told = said(TASK, replace(ATTEMPT, missing="; ".join(f"tool{n} {n} is not installed" for n in range(500))))

    assert len(told) < 3000
