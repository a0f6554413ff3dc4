"""Nightshift keeps below GitHub's limits, except on a server that has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.github import A_MINUTE, AN_HOUR, GitHubFailed
from bot.rehearsal.github.faults import Answer
from bot.steps.shared_hold import LedgerHold
from bot.wiring import utc_now
from tests.stories.world import World, a_world


def write(world: World, times: int) -> None:
    """As so many writes of another process a moment ago."""
    with world.services.store.transaction() as ledger:
        for _ in range(times):
            ledger.writes.reserve(utc_now(), reads=0, a_minute=None, an_hour=None)


@pytest.mark.parametrize("before", [A_MINUTE, AN_HOUR])
def test_with_rate_limits_a_write_too_many_waits(tmp_path: Path, before: int) -> None:
    with a_world(tmp_path) as world:
        issue = world.open_issue()
        write(world, before)
        with pytest.raises(GitHubFailed, match="Nightshift's own pace"):
            world.services.github.add_label(issue, "bug")
        assert world.labels(issue) == set()


def test_without_rate_limits_nothing_waits_and_the_writes_are_counted_all_the_same(tmp_path: Path) -> None:
    """Points are counted too: so many requests in a row are more of them than github.com takes in a minute."""
    with a_world(tmp_path, GITHUB_RATE_LIMITS="off") as world:
        issue = world.open_issue()
        write(world, AN_HOUR)
        for _ in range(180):
            world.services.github.add_label(issue, "bug")
        assert world.labels(issue) == {"bug"}
        with world.services.store.read() as ledger:
            assert ledger.writes.requests(utc_now())[1] == AN_HOUR + 180


def test_without_rate_limits_a_server_that_asks_to_wait_is_obeyed(tmp_path: Path) -> None:
    with a_world(tmp_path, GITHUB_RATE_LIMITS="off") as world:
        issue = world.open_issue()
        world.github.faults.add([Answer(on="POST .*/labels", status=429, message="Wait.", retry_after=90)])
        for _ in range(2):
            with pytest.raises(GitHubFailed) as refused:
                world.services.github.add_label(issue, "bug")
        assert refused.value.retry_after == pytest.approx(90, abs=5)


def test_what_github_asked_one_process_holds_for_all(world: World) -> None:
    """A second worker, or one that was restarted, asks nothing meanwhile; an account that was not asked goes on."""
    issue, other = world.open_issue(), replace(world.services)
    world.github.faults.add([Answer(on="POST .*/labels", status=429, message="Wait.", retry_after=90)])
    with pytest.raises(GitHubFailed, match="Wait"):
        world.services.github.add_label(issue, "bug")
    asked = len(world.github.exchanges)
    for request in (other.github.issue, lambda found: other.github.add_label(found, "bug")):
        with pytest.raises(GitHubFailed, match="GitHub asked to wait") as held:
            request(issue)
        assert held.value.retry_after == pytest.approx(90, abs=5)
    assert len(world.github.exchanges) == asked
    LedgerHold(world.services.store, "app 7", utc_now).note(0.0)
    assert LedgerHold(world.services.store, "app 7", utc_now).find_wait() == 0
