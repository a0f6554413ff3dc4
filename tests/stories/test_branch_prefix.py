"""BRANCH_PREFIX: the bot's branches have another name, wherever one is made, looked for, judged or shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.task_list import read_task_list
from bot.wiring import utc_now
from tests.stories.world import REPOSITORY, World, a_world, writes

PREFIX = "bots/night/"


def test_branches_have_the_name_of_the_setting(tmp_path: Path) -> None:
    """A rule for the usual name is none for them. What is built on one follows its merge, and the branches go with
    their merged pull requests."""
    with a_world(tmp_path, BRANCH_PREFIX=PREFIX) as world:
        world.github.add_ruleset(REPOSITORY, "creation", branches=("auto/*",))
        first = world.label_issue("Say noon", sessions=[writes("time.txt", "noon")])
        second = world.label_issue("Say so", f"Blocked by #{first.number}", sessions=[writes("so.txt", "so")])
        world.run_until_idle()

        branches = [f"{PREFIX}{each.number}" for each in (first, second)]
        assert bases(world) == dict(zip(branches, ["main", branches[0]], strict=True))
        assert f"on branch `{branches[1]}`" in str(world.model.requests[-1].messages)
        rows = read_task_list(world.services.store, world.services.branches)
        assert {row["branch"] for row in rows} == set(branches)
        for issue in (first, second):
            assert bases(world)[f"{PREFIX}{issue.number}"] == "main"
            world.github.merge_pull_request(REPOSITORY, world.task(issue).pull_request or 0, by="ada")
            world.run_until_idle()
            assert world.state(issue) is State.DONE
        later = replace(world.services, clock=lambda: utc_now() + timedelta(days=2))
        with world.worker(services=later) as worker:
            world.wait_until_idle(worker)
        assert set(world.github.branches(REPOSITORY)) == {"main"}


def bases(world: World) -> dict[str, str]:
    return {each.head: each.base for each in world.pull_requests()}


def test_a_rule_against_the_name_says_what_to_exclude(tmp_path: Path) -> None:
    with a_world(tmp_path, BRANCH_PREFIX=PREFIX) as world:
        world.github.add_ruleset(REPOSITORY, "creation", branches=("bots/**",))
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        world.run_until_idle()

        assert world.task(issue).failure is FailureKind.PUSH_REJECTED
        assert f"Exclude `{PREFIX}*` from it" in world.status(issue)
        assert world.script.started(issue) == 0
