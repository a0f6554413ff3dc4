"""With `mirror_dependencies` GitHub's own relations follow what an approved text names."""

from __future__ import annotations

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, LoseAnswer
from tests.stories.repository_settings import settings
from tests.stories.world import REPOSITORY, World

_WRITES = rf"(POST|DELETE) /repos/{REPOSITORY}/issues/\d+/dependencies/blocked_by"


def numbers(world: World, issue: IssueRef) -> list[int]:
    return [number for _, number in world.github.blockers(REPOSITORY, issue.number)]


def writes(world: World) -> list[tuple[str, int]]:
    """What was asked of GitHub about relations, apart from listings."""
    return [
        (each.method, each.status)
        for each in world.github.exchanges
        if "/dependencies/" in each.path and each.method != "GET"
    ]


def test_relations_follow_the_text_that_was_approved(world: World) -> None:
    """Also if GitHub's answer is lost. A pull request and an issue elsewhere stay in the text; a relation that a person
    added stays as it is; what an edit takes out of the text is not waited for any more."""
    settings(world, "mirror_dependencies: true\n")
    first, second, third = (world.open_issue(f"Blocker {number}") for number in range(3))
    world.github.push_commit(REPOSITORY, "side", {"a.txt": "a\n"}, by="ada")
    pull = world.github.open_pull_request(REPOSITORY, title="P", head="side", by="ada")
    world.github.faults.add([LoseAnswer(on=_WRITES)])
    issue = world.open_issue(body=f"blocked by #{first.number}, #{pull.number} and octo/other#1")
    world.github.block((REPOSITORY, issue.number), (REPOSITORY, third.number), by="ada")
    world.label(issue)
    world.run_until_idle()
    assert numbers(world, issue) == [third.number, first.number]
    assert writes(world) == [("POST", 201)]

    world.github.edit_issue(REPOSITORY, issue.number, body=f"blocked by #{second.number}", by="ada")
    world.run_until_idle()
    assert numbers(world, issue) == [third.number, second.number]
    assert set(world.task(issue).unmet) == {second, third}


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_refusal_is_said_once_and_holds_nothing_up(world: World, status: int) -> None:
    settings(world, "mirror_dependencies: true\n")
    blocker = world.open_issue("Blocker")
    world.github.faults.add([Answer(on=_WRITES, status=status, message="No.", times=2)])
    issues = [world.label_issue(body=f"blocked by #{blocker.number}") for _ in range(2)]
    world.run_until_idle()
    said = [text for issue in issues for text in world.bot_comments(issue) if "could not let GitHub's own" in text]
    assert len(said) == 1
    assert f"GitHub answered {status}: No." in said[0]
    assert [world.task(issue).unmet for issue in issues] == [(blocker,)] * 2
    assert all(world.task(issue).state is State.QUEUED for issue in issues)


def test_without_the_setting_nothing_is_written(world: World) -> None:
    world.label_issue(body=f"blocked by #{world.open_issue('Blocker').number}")
    world.run_until_idle()
    assert writes(world) == []
