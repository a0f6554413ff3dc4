"""Short answers, and the tags by which the bot knows that it gave them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import messages
from bot.core.commands import Mistyped, parse_command
from bot.core.facts import Actor
from bot.core.failures import FailureKind
from bot.core.messages import StatusView
from bot.core.pauses import parse_window
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Snapshot, State, Task

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.RUNNING,
    snapshot=Snapshot(title="Fix the clock", body=""),
    created_at=NOW,
    updated_at=NOW,
)


def test_a_stranger_gets_a_polite_answer() -> None:
    """It says who can do it instead, and mentions no person."""
    told = messages.not_permitted(Actor(login="eve", id=9), TASK.issue, "has no write permission")

    assert "`eve` has no write permission" in told
    assert "**Next** (a maintainer)" in told
    assert "@" not in told


def test_a_mistyped_command_gets_a_suggestion() -> None:
    """As code, so that it is not a command itself."""
    command = parse_command("/retry turn=20")
    assert isinstance(command, Mistyped)

    told = messages.mistyped(command)

    assert "did not understand `/retry turn=20`" in told
    assert "Did you mean `/retry turns=20`?" in told


def test_the_help_names_commands_that_exist() -> None:
    """Each of the four."""
    told = messages.help_text()

    for command in ("/retry", "/cancel", "/status", "/help"):
        assert f"| `{command}` |" in told
        assert parse_command(command)


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_asked_for(state: State) -> None:
    """And there may be nothing to cancel in it."""
    task = replace(TASK, state=state, pull_request=12)

    assert messages.status_reply(task).startswith("**Nightshift**: ")
    assert "nothing to cancel. Now: " in messages.nothing_to_cancel(task)


def test_an_unknown_issue_can_be_asked_for() -> None:
    """It has no label yet."""
    assert "does not work on this issue" in messages.status_reply(None)
    assert "does not work on this issue" in messages.nothing_to_cancel(None)


def test_why_a_retry_is_not_possible() -> None:
    """In a whole sentence."""
    assert messages.cannot_retry("The issue is closed: reopen it first.").endswith("reopen it first.")


@pytest.mark.parametrize("kind", FailureKind)
def test_why_the_queue_waits(kind: FailureKind) -> None:
    """And until when."""
    assert messages.paused(kind, NOW).endswith("2026-01-31 08:30 UTC.")


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_an_answer_is_known_by_its_key(key: str, other: str) -> None:
    """By its own key, and by no other."""
    body = messages.add_marker(messages.help_text(), messages.reply_marker(key))

    assert messages.read_reply_key(body) == key
    assert (messages.reply_marker(key) == messages.reply_marker(other)) == (key == other)
    assert messages.is_ours(body)
    assert "--" not in messages.reply_marker(key).removeprefix("<!--").removesuffix("-->")


@pytest.mark.parametrize("body", ["", "Thanks", "<!-- nightshift:reply x --> and more", "<!-- other:reply x -->"])
def test_other_peoples_comments_are_not_ours(body: str) -> None:
    """A tag counts at the very end only."""
    assert not messages.is_ours(body)
    assert messages.read_reply_key(body) is None


SAYINGS = [
    messages.help_text(),
    messages.cannot_retry("It runs."),
    messages.status_reply(None),
    messages.nothing_to_cancel(None),
    messages.not_permitted(Actor(login="eve", id=9), TASK.issue, "may not"),
]


@pytest.mark.parametrize("said", SAYINGS)
def test_the_tone(said: str) -> None:
    """Plain and friendly: Nightshift in the third person, without exclamation marks."""
    assert said.startswith("**Nightshift**")
    assert "!" not in said
    assert " I " not in said
    assert parse_command(said) is None


def test_who_paused_it_may_have_said_why() -> None:
    until = "All issues wait until the operator runs `nightshift resume`."
    assert messages.paused_by_person("new disks") == f"The operator has paused Nightshift: new disks. {until}"
    assert messages.paused_by_person("") == f"The operator has paused Nightshift. {until}"


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BY_A_PERSON = [
    messages.paused_by_person("new disks"),
    messages.paused_by_label(TASK.issue, "ada"),
    messages.token_refused(),
    messages.paused(FailureKind.AUTH_FAILED, None),
    messages.paused(FailureKind.CREDIT_EXHAUSTED, None),
]
BY_ITSELF = [
    messages.paused(FailureKind.USAGE_LIMIT, NOON),
    messages.outside_window(parse_window("22:00-07:00"), NOON),
    messages.budget_is_spent(5, NOON),
    messages.repository_budget_is_spent("octo/tools", 5, NOON),
    messages.organisation_budget_is_spent("octo", 5, NOON),
]


@pytest.mark.parametrize("waits", [{}, {"blockers": (Blocker(issue=IssueRef("octo/tools", 3)),)}, {"not_before": NOON}])
@pytest.mark.parametrize("reason", [*BY_A_PERSON, *BY_ITSELF])
def test_a_pause_says_once_who_ends_it_or_when_it_ends(reason: str, waits: dict[str, Any]) -> None:
    """Nothing starts or continues by itself where somebody has to act, and nothing is the next in a paused queue."""
    task = replace(TASK, state=State.QUEUED, failure=FailureKind.STALLED, **waits)
    told = messages.status_comment(StatusView(task=task, paused=reason, position=1))
    sentences = re.findall(r"[^.:\n]{12,}", told.split("<!--")[0])

    assert ("All issues wait until" in told) == (reason in BY_A_PERSON)
    assert ("2026-03-01 12:00 UTC" in told) == (reason in BY_ITSELF)
    assert told.count(reason) == 1
    assert not re.search(r"by itself|next in the queue|number \d|tries again after.*tries again after", told, re.DOTALL)
    assert len(sentences) == len(set(sentences))
