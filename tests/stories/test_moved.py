"""Repositories and issues that get another name or place while Nightshift works on them."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Hold, LoseWebhook
from tests.stories.ledgers import QUIET, a_scene
from tests.stories.world import REPOSITORY, World, a_world, text_of, writes


def test_a_repository_that_is_renamed_during_a_session_is_followed(tmp_path: Path) -> None:
    """It is spelt otherwise in the settings, too. The session is paid for once, and the ledger knows the new name."""
    with a_world(tmp_path, REPOSITORIES="Octo/Clock", POLL_SECONDS="1") as world:
        hold = Hold(on="GET .*/rules/branches/")
        world.github.faults.add([hold])
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        world.script.learn(IssueRef("octo/watch", issue.number), [])
        with world.worker() as worker:
            world.wait_until_held(hold)
            world.github.rename_repository(REPOSITORY, "octo/watch")
            world.github.faults.release(hold)
            world.wait_until(lambda: world.tasks() == {issue.number: "in_review"})
            world.github.label_issue("octo/watch", issue.number, "bug", by="ada")
            world.wait_until_idle(worker)

        renamed = IssueRef("octo/watch", issue.number)
        assert world.state(renamed) is State.IN_REVIEW
        assert [pull.number for pull in world.github.pull_requests("octo/watch")] == [world.task(renamed).pull_request]
        assert world.services.account.repositories() == ("octo/watch",)
        assert (world.services.settings.data_dir / "mirrors/octo/watch.git").is_dir()


def test_a_default_branch_that_is_renamed_during_a_session_is_followed(world: World) -> None:
    """The pull request is for the new name, and says so; the next attempt begins there at once."""
    hold = Hold(on="GET .*/rules/branches/")
    world.github.faults.add([hold])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.github.rename_default_branch(REPOSITORY, "trunk")
        world.github.faults.release(hold)
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)
        later = world.label_issue(sessions=[writes("date.txt", "today")])
        world.wait_until_idle(worker)

    assert world.state(later) is State.IN_REVIEW
    assert [pull.base for pull in world.pull_requests()] == ["trunk", "trunk"]
    first, second = sorted(world.pull_requests(), key=lambda pull: pull.number)
    assert "The work began on `main`, which is gone; the default branch is `trunk`." in text_of(first)
    assert "which is gone" not in text_of(second)


def test_another_repository_under_a_known_name_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Approvals of the former one say nothing about it."""
    with a_scene(tmp_path) as scene:
        (bot,) = scene.bots(1)
        with closing(bot.store):
            bot.look()
            scene.github.delete_repository(REPOSITORY)
            scene.github.add_repository(REPOSITORY, files={"README.md": "x"})
            scene.clock.now += QUIET
            number = scene.github.open_issue(REPOSITORY, title="Tell", author="ada", labels=["auto"]).number

            with caplog.at_level(logging.ERROR):
                bot.look()

            assert "octo/clock is not the repository that Nightshift knew by this name" in caplog.text
            assert bot.task(IssueRef(REPOSITORY, number)) is None


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
