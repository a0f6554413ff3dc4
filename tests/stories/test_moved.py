"""Repositories and issues that get another name or place while Nightshift works on them."""

from __future__ import annotations

from pathlib import Path

from bot.core.failures import FailureKind
from bot.rehearsal.github.faults import Hold, LoseWebhook
from tests.stories.world import REPOSITORY, a_world, writes


def test_nothing_is_published_for_an_issue_that_was_transferred_meanwhile(tmp_path: Path) -> None:
    """Its former place answers with a redirect to an issue that is open and has the label."""
    with a_world(tmp_path) as world:
        world.github.add_repository("octo/other", files={"README.md": "x"})
        hold = Hold(on="GET .*/rules/branches/")
        world.github.faults.add([LoseWebhook(on="issues.transferred"), hold])
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        with world.worker() as worker:
            world.wait_until_held(hold)
            moved = world.github.transfer_issue(REPOSITORY, issue.number, "octo/other", by="ada")
            world.github.faults.release(hold)
            world.wait_until_idle(worker)

        assert world.failure(issue) is FailureKind.CANCELLED
        assert world.github.world.pushes == []
        assert world.pull_requests() == []
        assert world.github.issue("octo/other", moved.number).labels == moved.labels
