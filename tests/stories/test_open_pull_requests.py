"""Nightshift names pull requests that conflict with each other, and removes branches that it does not need any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import PullRequest
from bot.wiring import utc_now
from tests.stories.world import REPOSITORY, World, writes


def pull_of(world: World, issue: IssueRef) -> PullRequest:
    return next(pull for pull in world.pull_requests() if pull.head == branch_of(issue.number))


def body_of(world: World, issue: IssueRef) -> str:
    return pull_of(world, issue).body or ""


def in_two_days() -> datetime:
    return utc_now() + timedelta(days=2)


def three_in_review(world: World) -> list[IssueRef]:
    """The first two write one file."""
    files = {"time.txt": "noon", " time.txt": "night", "place.txt": "here"}
    issues = [world.label_issue(f"Say {text}", sessions=[writes(name, text)]) for name, text in files.items()]
    world.run_until_idle()
    assert {world.state(issue) for issue in issues} == {State.IN_REVIEW}
    return issues


def test_pull_requests_that_conflict_are_named_on_both(world: World) -> None:
    first, second, third = three_in_review(world)

    assert f"- **Conflicts with**: #{pull_of(world, second).number} (`time.txt`)." in body_of(world, first)
    assert f"- **Conflicts with**: #{pull_of(world, first).number} (`time.txt`)." in body_of(world, second)
    assert "Conflicts with" not in body_of(world, third)
    comments = [world.github.comments(REPOSITORY, pull.number) for pull in world.pull_requests()]
    assert not any(comments), "a line in the text notifies no person"

    world.github.close_pull_request(REPOSITORY, pull_of(world, first).number, by="ada")
    world.run_until_idle()
    assert "Conflicts with" not in body_of(world, second)


def test_a_conflict_with_the_base_branch_names_no_other_pull_request(world: World) -> None:
    first, second, _ = three_in_review(world)
    world.github.merge_pull_request(REPOSITORY, pull_of(world, first).number, by="ada")
    world.run_until_idle()
    assert "Conflicts with" not in body_of(world, second)


def test_a_merged_branch_is_removed(world: World) -> None:
    issue = world.label_issue("Say noon", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    world.github.merge_pull_request(REPOSITORY, pull_of(world, issue).number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.DONE
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)
    assert world.github.files(REPOSITORY, "main")["time.txt"] == b"noon"


def test_a_closed_branch_is_removed_after_a_day(world: World) -> None:
    """Until then the pull request can be opened again, also where the worker starts anew meanwhile."""
    issue = world.label_issue("Say noon", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    world.github.close_pull_request(REPOSITORY, pull_of(world, issue).number, by="ada")
    world.run_until_idle()
    world.run_until_idle()
    assert branch_of(issue.number) in world.github.branches(REPOSITORY)

    world.services = replace(world.services, clock=in_two_days)
    world.run_until_idle()
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)


def test_a_branch_with_a_persons_commit_stays(world: World) -> None:
    """Also after a merge, and also where the bot's own commit is the last one on it."""
    issue = world.label_issue("Say noon", sessions=[writes("time.txt", "noon"), writes("place.txt", "here")])
    world.run_until_idle()
    world.github.push_commit(REPOSITORY, branch_of(issue.number), {"time.txt": "night"}, by="ada")
    world.later(5)
    world.github.comment(REPOSITORY, pull_of(world, issue).number, "/revise Add the place.", by="ada")
    world.run_until_idle()
    assert world.files(issue).keys() >= {"time.txt", "place.txt"}

    world.github.merge_pull_request(REPOSITORY, pull_of(world, issue).number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    assert branch_of(issue.number) in world.github.branches(REPOSITORY)


def test_a_branch_that_another_pull_request_needs_stays(world: World) -> None:
    issue = world.label_issue("Say noon", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    world.github.push_commit(REPOSITORY, "more", {"more.txt": "more"}, by="ada")
    world.github.open_pull_request(
        REPOSITORY, title="More", body="", head="more", base=branch_of(issue.number), by="ada"
    )
    world.github.merge_pull_request(REPOSITORY, pull_of(world, issue).number, by="ada")
    world.run_until_idle()
    assert branch_of(issue.number) in world.github.branches(REPOSITORY)
