"""The evidence of each pull request is verified again by the command that a person types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.store import Store
from bot.rehearsal.environment import Environment
from bot.rehearsal.evidence_check import find_unproven
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.script import Script
from tests.rehearsal.as_documented import pull_request_text

REPOSITORY = "octo/clock"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """A night with one pull request for issue 1."""
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_user("nightshift-bot")
        github.add_repository(REPOSITORY, files={"a.py": "x = 1\n"})
        github.set_role(REPOSITORY, "nightshift-bot", "write")
        github.open_issue(REPOSITORY, title="Fix it", author="nightshift-bot")
        made = Environment(folder=tmp_path, github=github, model_url="", script=Script(), say=lambda _: None)
        made.data.mkdir()
        Store.open(made.ledger).close()
        yield made


def opens(environment: Environment, body: str, *, head: str = "auto/1") -> None:
    environment.github.push_commit(REPOSITORY, head, {"a.py": "x = 2\n"}, by="nightshift-bot")
    environment.github.open_pull_request(REPOSITORY, title="Fix it", head=head, body=body, by="nightshift-bot")


def test_a_digest_for_which_nothing_was_kept_proves_nothing(environment: Environment) -> None:
    """Once for the ledger of the gate and once for the record of the relay."""
    opens(environment, pull_request_text(1))

    told = find_unproven(environment, [(REPOSITORY, 1)])

    assert len(told) == 2
    for sentence in told:
        assert sentence.startswith("octo/clock#1: its published attempt 1 is not proven: ")
        assert "there is no evidence of attempt 1 of octo/clock#1" in sentence


def test_other_pull_requests_are_not_asked_about(environment: Environment) -> None:
    """Another branch's; and one that shows no evidence, which the judge names."""
    opens(environment, pull_request_text(1), head="auto/2")
    opens(environment, pull_request_text(1, evidence=""))

    assert find_unproven(environment, [(REPOSITORY, 1)]) == []
