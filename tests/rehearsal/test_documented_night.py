"""The literals of a whole night are written by hand, and compared with the bot's here alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core import messages
from bot.core.checks import CheckStanding
from bot.core.digest import Night, NightView, make_digest
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.messages import StatusView
from bot.core.messages.digest import digest_body, digest_title
from bot.core.pressure import MAX_OPEN_PULL_REQUESTS
from bot.core.repository_settings import FILE, read_repository_settings
from bot.core.session import number_questions
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import State, Task
from bot.rehearsal import check_runs, documented_night, night_judge, outside_ci
from bot.rehearsal.chaos import judge as chaos_judge
from bot.rehearsal.chaos import rules, sessions
from tests.rehearsal.documented_tasks import NOON, TASK, imports

MORE_JUDGES = (chaos_judge, rules, sessions, check_runs, outside_ci)
NIGHT = Night(begins=NOON, ends=NOON + timedelta(hours=8), next_begins=NOON + timedelta(days=1))
WEB = "https://github.example"


def task(number: int, state: State, failure: FailureKind | None = None) -> Task:
    changed: dict[str, Any] = {"id": number, "issue": replace(TASK.issue, number=number), "state": state}
    return replace(TASK, **changed, failure=failure, detail="Why?", pull_request=number + 10)


def test_the_literals_know_nothing_of_the_bot() -> None:
    assert not [name for name in imports(documented_night) if name.split(".")[0] in {"bot", "hooks"}]


def test_the_judge_of_a_night_asks_no_code_of_the_bot() -> None:
    ours = [name for name in imports(night_judge) if name.startswith(("bot.", "hooks"))]
    assert all(name.startswith("bot.rehearsal") for name in ours), ours


@pytest.mark.parametrize("module", MORE_JUDGES, ids=lambda module: module.__name__)
def test_the_judge_of_chaos_knows_only_words_of_the_bot(module: object) -> None:
    """References, states, kinds of failures and checkpoints: none of them says what GitHub has to show."""
    words = {f"bot.core.{name}" for name in ("references", "tasks", "failures", "checkpoints")}
    ours = {name for name in imports(module) if name.startswith(("bot.", "hooks"))} - {"bot.core"}
    assert all(name in words or name.startswith("bot.rehearsal") for name in ours), ours


@pytest.mark.parametrize(
    "tasks",
    [
        [task(1, State.IN_REVIEW)],
        [task(1, State.FAILED, FailureKind.TASK_BLOCKED)],
        [task(1, State.IN_REVIEW), task(2, State.IN_REVIEW), task(3, State.FAILED, FailureKind.NEEDS_INFO)],
        [*(task(number, State.IN_REVIEW) for number in range(1, 9)), task(9, State.FAILED, FailureKind.STALLED)],
    ],
    ids=["a review", "a failure", "a question", "many"],
)
def test_a_digest_has_its_form(tasks: list[Task]) -> None:
    found = make_digest(NightView(night=NIGHT, now=NOON, tasks=tasks, moved={each.id: NOON for each in tasks}))
    body = digest_body(found, WEB)

    told = documented_night.read_digest(digest_title(NIGHT), body)

    assert told == documented_night.StatedDigest(night=f"{NOON:%Y-%m-%d}", first=told.first if told else ())
    assert len(told.first) <= 5
    assert documented_night.read_digest("Mine", body) is None
    assert documented_night.read_digest(digest_title(NIGHT), body.partition("<!--")[0]) is None
    assert documented_night.digest_label("night") == LabelSet("night").digest


def test_the_limit_of_open_pull_requests_is_the_bots() -> None:
    assert documented_night.SETTINGS_FILE == FILE
    assert documented_night.MOST_OPEN == MAX_OPEN_PULL_REQUESTS
    for text in ("", "verify: []\n", "max_open_pull_requests: 3\n", "verify: []\nmax_open_pull_requests: 12 # more\n"):
        assert documented_night.most_open(text) == read_repository_settings(text.encode()).max_open_pull_requests


@pytest.mark.parametrize("questions", [["Which zone?"], ["Which zone?", "Which clock?"]])
def test_questions_are_numbered(questions: list[str]) -> None:
    asks = replace(
        task(1, State.FAILED, FailureKind.NEEDS_INFO), detail=f"It is open.\n\n{number_questions(questions)}"
    )
    comment = messages.status_comment(StatusView(task=asks))
    record = messages.read_status(comment)

    assert documented_night.asks_numbered_questions(comment)
    assert record is not None
    assert documented_night.has_questions(record)
    assert not documented_night.asks_numbered_questions(comment.replace("1. ", "- "))


def test_a_failure_names_its_draft() -> None:
    kind = FailureKind.VERIFICATION_FAILED
    verdict = ShortVerdict(standing=CheckStanding.NOT_VERIFIED, failed=kind)
    failed = replace(task(1, State.FAILED, kind), verdict=verdict)
    comment = messages.status_comment(StatusView(task=failed, web_url=WEB))

    assert documented_night.names_draft(comment, 11)
    assert not documented_night.names_draft(comment, 12)
