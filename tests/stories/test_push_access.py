"""Whether GitHub will take a push is asked before anything is paid for, and by `nightshift doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.doctor import examine
from bot.finding import Finding
from bot.rehearsal.github.faults import RejectPush
from bot.rehearsal.github.setting import ALL_THAT_A_BOT_NEEDS
from bot.wiring import Services
from tests.stories.app_world import an_app_world
from tests.stories.world import REPOSITORY, World, a_world, writes

READ_ONLY = {"metadata": "read", "contents": "read", "issues": "write", "pull_requests": "write"}


def of_the_repository(services: Services) -> Finding:
    (found,) = [finding for finding in examine(services) if finding.need == REPOSITORY]
    return found


def narrow_the_token(world: World) -> None:
    """To a fine-grained one of the bot that may only read: GitHub still shows what its person may do."""
    token = world.services.settings.github_token
    assert token is not None
    world.github.add_token(
        "nightshift-bot", value=token.get_secret_value(), permissions=READ_ONLY, repositories=(REPOSITORY,)
    )


def test_a_token_that_may_only_read_is_found_before_a_session(world: World) -> None:
    narrow_the_token(world)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PUSH_REJECTED
    assert "permission to write contents" in world.status(issue)
    assert world.script.started(issue) == 0
    assert world.github.world.pushes == []
    found = of_the_repository(world.services)
    assert (found.verdict, "permission to write contents" in found.says) == ("wrong", True)


def test_a_branch_in_the_place_of_the_bots_folder_is_found_before_a_session(world: World) -> None:
    world.github.push_commit(REPOSITORY, "auto", {"x": "y"}, by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PUSH_REJECTED
    assert "the branch `auto` excludes `auto/1`" in world.status(issue)
    assert world.script.started(issue) == 0
    assert "the branch `auto` excludes" in of_the_repository(world.services).says


def test_a_branch_below_the_bots_own_is_found_too(world: World) -> None:
    world.github.push_commit(REPOSITORY, "auto/1/mine", {"x": "y"}, by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert "the branch `auto/1/mine` excludes `auto/1`" in world.status(issue)
    assert world.script.started(issue) == 0


def test_other_branches_are_no_obstacle(world: World) -> None:
    for branch in ("auto1", "automatic", "auto/10", "auto/2/mine"):
        world.github.push_commit(REPOSITORY, branch, {"x": "y"}, by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW


@pytest.mark.parametrize(
    ("permissions", "verdict"), [(ALL_THAT_A_BOT_NEEDS, "ok"), (READ_ONLY, "wrong"), ({"metadata": "read"}, "wrong")]
)
def test_an_apps_access_is_what_git_says(permissions: dict[str, str], verdict: str, tmp_path: Path) -> None:
    """Its tokens are always shown that they may not push."""
    with an_app_world(tmp_path, permissions=permissions) as world:
        found = of_the_repository(world.services)

    assert found.verdict == verdict, json.dumps(found.as_json())


def test_a_failure_of_github_itself_is_waited_out(tmp_path: Path) -> None:
    """GitHub reports it in the place of a refusal. The session that was paid for is published all the same."""
    with a_world(tmp_path) as world:
        ours = RejectPush(branch="auto/*", message="Internal Server Error", reason="Internal Server Error", times=2)
        world.github.faults.add([ours])
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 1


@pytest.mark.parametrize("rule", ["creation", "required_signatures", "pull_request"])
def test_a_rule_is_found_before_a_session(rule: str, world: World) -> None:
    world.github.add_ruleset(REPOSITORY, rule)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PUSH_REJECTED
    assert "a ruleset of octo/clock" in world.status(issue)
    assert world.script.started(issue) == 0
    assert of_the_repository(world.services).verdict == "wrong"


def test_a_rule_that_the_account_may_bypass_or_that_is_for_others_is_none(world: World) -> None:
    world.github.add_ruleset(REPOSITORY, "creation", "required_signatures", bypass=("nightshift-bot",))
    world.github.add_ruleset(REPOSITORY, "creation", "pull_request", "update", branches=("main", "release/*"))
    world.github.add_ruleset(
        REPOSITORY,
        "branch_name_pattern",
        parameters={"branch_name_pattern": {"operator": "regex", "pattern": "^(main|auto/.*)$"}},
    )
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
