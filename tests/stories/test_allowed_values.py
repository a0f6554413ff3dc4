"""After a false alarm, a maintainer allows one value for one task by the fingerprint that the bot printed."""

from __future__ import annotations

import re

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from tests.stories.repository_settings import commits
from tests.stories.world import World

VALUE = "".join(("ghp_", "4kJ9x2LmQ8vR", "5tYw1ZbN7cFd", "3HgP6sA0uEiT"))
OTHER = "".join(("ghp_", "9tRk3WqZ6nBv", "2mXc8LsD4fGh", "7JpY5aUeO1iN"))
BEGIN, END = (f"-----{word} OPENSSH {'PRIVATE'} KEY-----" for word in ("BEGIN", "END"))
FIRST = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"  # of every such key


def adds(value: str) -> list[dict[str, object]]:
    return commits(f"echo 'token = {value}' > sample.txt")


def adds_key(rest: str) -> list[dict[str, object]]:
    return commits(f"printf '%s\\n' '{BEGIN}' {FIRST} {rest * 7} '{END}' > key.pem")


def fingerprints(world: World, issue: IssueRef) -> list[str]:
    return re.findall(r"/allow ([0-9a-f]{16})", world.status(issue))


def refused(world: World, sessions: list[list[dict[str, object]]], title: str = "Add a sample") -> tuple[IssueRef, str]:
    issue = world.label_issue(title, sessions=sessions)
    world.run_until_idle()
    assert world.failure(issue) is FailureKind.SECRET_DETECTED
    (fingerprint,) = fingerprints(world, issue)
    return issue, fingerprint


def says(world: World, issue: IssueRef, text: str, *, by: str = "ada") -> None:
    world.later(5)
    world.comment(issue, text, by=by)
    world.run_until_idle()


@pytest.mark.parametrize("line", ["/allow {}", "/allow `{}`.", "It is a sample.\n\n/allow {}"])
def test_an_allowed_value_is_published(world: World, line: str) -> None:
    """The line to type is in the status comment."""
    issue, fingerprint = refused(world, [adds(VALUE), adds(VALUE)])
    assert VALUE not in world.status(issue)

    says(world, issue, line.format(fingerprint))

    assert world.state(issue) is State.IN_REVIEW
    assert VALUE.encode() in world.files(issue)["sample.txt"]


def test_another_value_is_still_refused(world: World) -> None:
    issue, fingerprint = refused(world, [adds(VALUE), adds(OTHER)])

    says(world, issue, f"/allow {fingerprint}")

    assert world.failure(issue) is FailureKind.SECRET_DETECTED
    assert fingerprints(world, issue) != [fingerprint]
    assert world.pull_requests() == []


def test_a_key_that_begins_like_the_allowed_one_is_still_refused(world: World) -> None:
    issue, fingerprint = refused(world, [adds_key("QyNTUxOQ"), adds_key("QyNTUxOQ"), adds_key("ZyNTUxOZ")])

    says(world, issue, f"/allow {fingerprint}")
    assert world.state(issue) is State.IN_REVIEW
    says(world, issue, "/retry")

    assert world.failure(issue) is FailureKind.SECRET_DETECTED


def test_it_is_allowed_in_its_own_task_only(world: World) -> None:
    """There, its name says nothing of other issues."""
    _, fingerprint = refused(world, [adds(VALUE)])
    other, named = refused(world, [adds(VALUE), adds(VALUE)], "Add another")
    assert named != fingerprint

    says(world, other, f"/allow {fingerprint}")

    assert world.failure(other) is FailureKind.SECRET_DETECTED


def test_an_allowed_value_stays_allowed_for_the_task(world: World) -> None:
    """Whatever is asked for later, and a second value besides."""
    issue, first = refused(world, [adds(VALUE), adds(f"{OTHER} {VALUE}"), adds(f"{OTHER} {VALUE}"), adds(VALUE)])

    says(world, issue, f"/allow {first}")
    (second,) = fingerprints(world, issue)
    says(world, issue, f"/allow {second}")
    assert world.state(issue) is State.IN_REVIEW
    says(world, issue, "/retry turns=20")

    assert world.state(issue) is State.IN_REVIEW
    assert world.task(issue).attempts == 4


def test_only_who_may_write_can_allow_a_value(world: World) -> None:
    issue, fingerprint = refused(world, [adds(VALUE), adds(VALUE)])

    says(world, issue, f"/allow {fingerprint}", by="sam")

    assert world.failure(issue) is FailureKind.SECRET_DETECTED
    assert world.task(issue).attempts == 1
    assert "sam" in world.replies(issue)[-1]


@pytest.mark.parametrize("line", ["/allow", "/allow all", "/allow 1234", f"/allow {'0' * 16} and more"])
def test_what_is_no_fingerprint_allows_nothing(world: World, line: str) -> None:
    issue, _ = refused(world, [adds(VALUE)])

    says(world, issue, line)

    assert world.task(issue).attempts == 1
    assert "expects the 16 characters" in world.replies(issue)[-1]
