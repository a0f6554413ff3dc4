"""What people merge next, and where: as a scenario says it, and as the simulated GitHub shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.tasks import State
from bot.rehearsal.github.rulesets import rules_for
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.player import Player
from bot.rehearsal.reading import parse_scenario
from bot.rehearsal.script import Script
from bot.rehearsal.watch import View
from tests.rehearsal.players import START, begun, view


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as running:
        yield running


def test_what_is_merged_next_is_what_its_page_shows(github: SimulatedGitHub) -> None:
    """It is on the default branch and closes its issue, and nothing of the repository is at work."""
    player = begun(github, "moments: [{when: {ready: second}, merge: {issue: second, by: ada, method: squash}}]\n")
    github.push_commit("octo/clock", "auto/2", {"b.py": ""}, by="ada")
    github.push_commit("octo/clock", "elsewhere", {"c.py": ""}, by="ada")
    quiet = view(State.IN_REVIEW, 2)

    def plays(seen: View) -> bool:
        assert player.play_due(1.0, seen) == []
        return player.remaining == 0

    assert not plays(quiet)
    texts = {"title": "B", "body": "Closes #2"}
    pull = github.open_pull_request("octo/clock", **texts, head="auto/2", base="elsewhere", by="ada")
    assert not plays(quiet)
    github.close_pull_request("octo/clock", pull.number, by="ada")
    number = github.open_pull_request("octo/clock", **texts, head="auto/2", by="ada").number
    assert not plays(replace(quiet, quiet=False))
    assert not plays(view(State.RUNNING, 2))
    assert not plays(replace(quiet, tasks=(*quiet.tasks, *view(State.QUEUED, 1).tasks)))
    assert plays(quiet)
    assert github.issue("octo/clock", number).state == "closed"
    assert github.issue("octo/clock", 2).state == "closed"


def test_a_repository_has_the_rules_and_settings_of_the_scenario(github: SimulatedGitHub) -> None:
    rules = 'delete_branch_on_merge: true, rulesets: [{branches: "auto/*", rules: [non_fast_forward]}]}'
    player = Player(parse_scenario(START.replace('"x = 1\\n"}}', f'"x = 1\\n"}}, {rules}')), github, Script())
    player.set_up()
    here = github.world.repository("octo/clock")
    assert here.merging.delete_branch_on_merge
    assert [rule.kind for rule in rules_for(here, "auto/7")] == ["non_fast_forward"]
    assert list(rules_for(here, "main")) == []
