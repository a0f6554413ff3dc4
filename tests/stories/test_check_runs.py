"""An App shows on the head of a pull request what is at work, the verdict, and buttons that people press."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.tasks import State
from tests.stories.app_world import AppWorld, an_app_world, labels_of, requests_to_checks
from tests.stories.test_a_persons_commits import history
from tests.stories.test_review_loop import changes, in_review


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AppWorld]:
    with an_app_world(tmp_path) as made:
        yield made


def test_the_verdict_is_on_the_head(world: AppWorld) -> None:
    """One check run, with the buttons that start another attempt. It costs one write."""
    issue, _ = in_review(world)

    run = world.shown(issue)
    assert (run.status, run.conclusion) == ("completed", "neutral")
    assert run.output["title"] == "Not verified"
    assert "this pull request is ready for review" in (run.output["summary"] or "")
    assert "Attempt 1 took 2 turns, $0." in (run.output["summary"] or "")
    assert labels_of(run) == ["Retry", "More budget"]
    assert "@" not in str(run.output)
    assert requests_to_checks(world) == [("POST", 201)]


def test_retry_revises_the_pull_request(world: AppWorld) -> None:
    """The check run says at once who pressed it; the old head is left without buttons."""
    issue, _ = in_review(world, changes("night"))
    before = world.shown(issue)
    world.press(before, "Retry")
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert world.state(issue) is State.IN_REVIEW
    after = world.shown(issue)
    assert after.sha != before.sha
    assert (after.status, after.conclusion) == ("completed", "neutral")
    old = world.check_runs(before.sha)
    assert [(run.status, labels_of(run)) for run in old.values()] == [("completed", [])] * 2
