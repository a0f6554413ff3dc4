"""What GitHub refused is on record: `/retry` publishes it without another session, as long as the same is asked for."""

from __future__ import annotations

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, RejectPush
from tests.stories.world import REPOSITORY, World, writes

RULES = "push declined due to repository rule violations"


def refused(world: World) -> IssueRef:
    """A task whose session was paid for, and whose push a ruleset refused."""
    world.github.faults.add([RejectPush(branch="auto/*", message="error: GH013: {ref}", reason=RULES, times=3)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()
    assert world.task(issue).failure is FailureKind.PUSH_REJECTED
    assert RULES in world.status(issue)
    return issue


def test_a_retry_publishes_what_github_refused(world: World) -> None:
    issue = refused(world)

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["time.txt"] == b"noon"
    assert world.script.started(issue) == 1
    assert len(world.pull_requests()) == 1
    assert world.labels(issue) == {"auto", "auto:review", "auto:not-verified"}


def test_so_is_a_pull_request_that_github_refused(world: World) -> None:
    world.github.faults.add([Answer(on="POST .*/pulls$", status=422, message="Validation Failed", times=3)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()
    assert world.task(issue).failure is FailureKind.PULL_REQUEST_REJECTED

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.script.started(issue) == 1


@pytest.mark.parametrize("text", ["/retry fresh", "/retry turns=7", "At midnight, please.\n\n/retry"])
def test_who_asks_for_something_else_gets_another_session(world: World, text: str) -> None:
    issue = refused(world)

    world.comment(issue, text)
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["time.txt"] == b"midnight"


def test_an_edited_issue_and_another_base_get_another_session(world: World) -> None:
    edited = refused(world)
    world.github.edit_issue(REPOSITORY, edited.number, body="At midnight.", by="ada")
    world.comment(edited, "/retry")
    world.run_until_idle()
    assert world.files(edited)["time.txt"] == b"midnight"

    moved = refused(world)
    world.github.push_commit(REPOSITORY, "main", {"zone.txt": "UTC"}, by="ada")
    world.comment(moved, "/retry")
    world.run_until_idle()
    assert world.files(moved)["time.txt"] == b"midnight"
    assert world.files(moved)["zone.txt"] == b"UTC"
