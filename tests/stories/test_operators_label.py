"""`nightshift add` is the operator's approval: its label is never refused, and never a second request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import LoseWebhook
from tests.stories.world import BOT, REPOSITORY, World, a_world, finish, writes

OUTCOMES = [writes("time.txt", "noon"), [finish("blocked", "No.")]]


@pytest.fixture(params=["webhooks", "polling"])
def hears_by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path, hears_by: str) -> Iterator[World]:
    with a_world(tmp_path) as made:
        if hears_by == "polling":
            made.github.faults.add([LoseWebhook(on=".", times=10_000)])
        yield made
        made.check()


def hear_again(world: World) -> None:
    """All that a webhook reported, once more, and then a whole pass."""
    for delivery in list(world.github.deliveries):
        world.github.redeliver(delivery)
    world.run_until_idle()
    assert world.services.reconciler.poll() == []
    world.run_until_idle()


@pytest.mark.parametrize("session", OUTCOMES, ids=["in review", "failed"])
def test_an_added_issue_is_worked_on_once_and_refused_never(world: World, session: list[dict[str, object]]) -> None:
    """However late GitHub reports the label."""
    issue = world.open_issue(sessions=[session])
    world.services.operations.add(issue)
    world.run_until_idle()
    ended = world.state(issue)

    hear_again(world)
    world.comment(issue, "Thank you.")  # the issue changes, so that the next pass reads its history again
    hear_again(world)

    assert (world.state(issue), world.task(issue).attempts) == (ended, 1)
    assert world.replies(issue) == []


def test_an_added_issue_of_a_stranger_is_approved_with_its_label(world: World) -> None:
    """A template had put the label on, before the operator read the issue; nothing has to be put on again."""
    issue = world.open_issue(author="sam", labels=["auto"], sessions=[[finish("blocked", "No.")]])
    world.later(2)
    world.services.operations.add(issue)
    world.run_until_idle()

    hear_again(world)

    assert world.state(issue) is State.FAILED
    assert world.replies(issue) == []


def test_the_label_of_another_bot_stays_refused(world: World) -> None:
    """Also on an issue that the operator had added."""
    world.github.add_user("helpful[bot]", kind="Bot")
    world.github.set_role(REPOSITORY, "helpful[bot]", "write")
    added, new = world.open_issue(sessions=[[finish("blocked", "No.")]]), world.open_issue()
    world.services.operations.add(added)
    world.run_until_idle()
    hear_again(world)
    world.github.unlabel_issue(REPOSITORY, added.number, "auto", by="ada")
    hear_again(world)

    for issue in (added, new):
        world.later(2)
        world.label(issue, by="helpful[bot]")
    hear_again(world)

    assert world.tasks() == {added.number: "cancelled"}
    assert [refusals(world, issue) for issue in (added, new)] == [1, 1]


def test_a_label_by_the_bots_account_without_add_stays_refused(world: World) -> None:
    """Somebody else uses its token, such as a workflow."""
    issue = world.open_issue()
    world.label(issue, by=BOT)

    hear_again(world)

    assert world.tasks() == {}
    assert refusals(world, issue) == 1


def refusals(world: World, issue: IssueRef) -> int:
    return sum("not listed" in body or "TRUSTED_BOT_IDS" in body for body in world.replies(issue))
