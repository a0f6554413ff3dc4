"""A night with two issues, begun, and the ledger as the bot shows it then."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.player import Player
from bot.rehearsal.reading import parse_scenario
from bot.rehearsal.script import Script
from bot.rehearsal.watch import View

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
START = """\
people: [{login: ada, roles: {octo/clock: maintain}}, {login: mallory}]
repositories: [{name: octo/clock, files: {a.py: "x = 1\\n"}}]
issues:
  - {key: first, repository: octo/clock, title: First, body: "blocked by #{second}", author: mallory, labeled_by: ada}
  - {key: second, repository: octo/clock, title: Second, author: mallory, labels: [auto, "auto:low"]}
"""


def begun(github: SimulatedGitHub, rest: str = "") -> Player:
    player = Player(parse_scenario(START + rest), github, Script())
    player.set_up()
    assert player.open_first_issues() == []
    return player


def view(state: State, number: int = 1) -> View:
    task = Task(
        id=1,
        issue=IssueRef("octo/clock", number),
        state=state,
        snapshot=Snapshot(title="", body=""),
        created_at=NOON,
        updated_at=NOON,
    )
    return View(tasks=(task,), progress=((0, ""),), quiet=True)
