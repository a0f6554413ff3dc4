"""What `nightshift doctor` proves of the guards and of each repository, at no cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.adapters.claude import ClaudeCode
from bot.core.default_branch_rules import protecting_ruleset
from bot.doctor_proofs import prove
from bot.finding import Finding
from bot.rehearsal.github.faults import FailWebhook
from bot.wiring import Services
from tests.stories.app_world import AppWorld, an_app_world
from tests.stories.world import REPOSITORY, World

CI, BRANCH = f"CI of {REPOSITORY}", f"main of {REPOSITORY}"
REVIEW = next(rule["parameters"] for rule in protecting_ruleset()["rules"] if rule["type"] == "pull_request")


def proven(services: Services, need: str) -> Finding:
    (found,) = [finding for finding in prove(services) if finding.need == need]
    return found


def test_nothing_is_paid_and_nothing_is_written(world: World) -> None:
    """A repository that GitHub does not show ends no proof of the others."""
    settings = world.services.settings.model_copy(update={"repositories": ("octo/gone", REPOSITORY)})
    found = {finding.need: finding.verdict for finding in prove(replace(world.services, settings=settings))}

    assert found["guards"] == "ok"
    assert found.keys() >= {CI, BRANCH}
    assert world.model.requests == []
    assert {exchange.method for exchange in world.github.exchanges} == {"GET"}
    assert not [path for path in (world.services.settings.data_dir).iterdir() if path.name.startswith("doctor-")]


def test_guards_that_do_not_hold_are_found(world: World, tmp_path: Path) -> None:
    """By a Claude Code that asks no hook."""
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\necho 2.1.330\n")
    program.chmod(0o755)

    found = proven(replace(world.services, shared_claude=ClaudeCode(program)), "guards")

    assert (found.verdict, "run no session" in found.fix) == ("wrong", True)


@pytest.mark.parametrize(
    ("parameters", "bypass", "verdict", "says"),
    [
        (REVIEW, (), "ok", "neither push to it nor merge its own"),
        (REVIEW, ("nightshift-bot",), "advice", "its ruleset lets this account pass"),
        ({**REVIEW, "required_approving_review_count": 0}, (), "advice", "no ruleset demands a review"),
    ],
)
def test_whether_the_account_could_merge(
    world: World, parameters: dict[str, object], bypass: tuple[str, ...], verdict: str, says: str
) -> None:
    world.github.add_ruleset(
        REPOSITORY, "pull_request", branches=("main",), bypass=bypass, parameters={"pull_request": parameters}
    )

    found = proven(world.services, BRANCH)

    assert (found.verdict, says in found.says) == (verdict, True)
    assert ("nightshift config ruleset" in found.fix) is (verdict == "advice")


def test_whether_ci_starts(world: World) -> None:
    assert "no workflow starts" in proven(world.services, CI).says

    files = {".github/workflows/ci.yml": "on: pull_request\n", ".github/workflows/nightly.yml": "on: schedule\n"}
    world.github.push_commit(REPOSITORY, "main", files, by="ada")
    found = proven(world.services, CI)
    assert (found.verdict, found.says) == ("ok", "starts for its pull requests: .github/workflows/ci.yml")

    world.github.disable_workflow(REPOSITORY, ".github/workflows/ci.yml")
    found = proven(world.services, CI)
    assert (found.verdict, "is disabled" in found.says) == ("advice", True)


def served(world: AppWorld) -> Services:
    """With the port of the story's web server."""
    (hook,) = world.github.world.hooks.values()
    return replace(
        world.services, settings=world.services.settings.model_copy(update={"port": urlsplit(hook.url).port})
    )


def test_whether_webhooks_arrive(tmp_path: Path) -> None:
    with an_app_world(tmp_path) as world:
        assert "the web server does not run" in proven(world.services, "webhooks").says
        assert "has sent none yet" not in proven(served(world), "webhooks").says
        assert proven(served(world), "webhooks").verdict == "ok"

        world.github.faults.add([FailWebhook(on="ping")])
        found = proven(served(world), "webhooks")
        assert (found.verdict, found.says) == ("wrong", "GitHub's deliveries do not arrive")
        assert world.tasks() == {}
