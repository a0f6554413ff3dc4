"""What a task costs in requests, since GitHub's limits bound a busy installation sooner than its processor does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.github import AN_HOUR, GitHubFailed, Pacer
from bot.adapters.store import Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from bot.wiring import Services
from tests.stories.turn_checks import mails
from tests.stories.world import World, a_world, writes

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


def is_shown(world: World, issue: IssueRef) -> bool:
    """Whether it is in review, and GitHub shows all of it."""
    with world.services.store.read() as ledger:
        task = ledger.tasks.find(issue)
        return task is not None and task.state is State.IN_REVIEW and ledger.outbox.size() == 0


def test_a_plain_task_costs_at_most_seventeen_requests_and_ten_of_them_write(world: World) -> None:
    """From the label to the pull request, with the comment that notifies a person. The first task of a repository also
    makes labels there."""
    with world.worker():
        first = world.label_issue("First", sessions=[writes("one.txt", "1")])
        world.wait_until(lambda: is_shown(world, first))
        before = len(world.github.exchanges)
        second = world.label_issue("Second", sessions=[writes("two.txt", "2")])
        world.wait_until(lambda: is_shown(world, second))

    sent = [exchange.method for exchange in world.github.exchanges[before:]]
    assert len(sent) <= 17, sent
    assert sum(method != "GET" for method in sent) <= 10, sent
    told = world.services.operations.stats()
    assert told["writes_last_hour"] + told["writes_left_this_hour"] == AN_HOUR
    assert told["attempts_an_hour_possible"] > 40


def test_the_hour_is_the_installations(tmp_path: Path) -> None:
    """Several processes, and one that starts again, share it; what is too much says how long to wait."""
    url = f"sqlite:///{tmp_path}/ledger.db"

    def reserve(at: datetime) -> float:
        store = Store.open(url)
        with store.transaction() as ledger:
            wait = ledger.writes.reserve(at, reads=2, a_minute=3, an_hour=5)
        store.close()
        return wait

    assert [reserve(NOW + timedelta(seconds=second)) for second in range(3)] == [0, 0, 0]
    assert reserve(NOW + timedelta(seconds=10)) == 50
    assert [reserve(NOW + timedelta(minutes=2)), reserve(NOW + timedelta(minutes=3))] == [0, 0]
    assert reserve(NOW + timedelta(minutes=4)) == 56 * 60
    assert reserve(NOW + timedelta(hours=1, seconds=0.5)) == 0


def test_a_process_that_has_to_wait_makes_the_others_wait_too() -> None:
    pacer = Pacer()
    with pytest.raises(GitHubFailed), pacer.read():
        raise GitHubFailed(403, "secondary rate limit", retry_after=120)

    for way in (pacer.read, pacer.write):
        with pytest.raises(GitHubFailed) as held, way():
            raise AssertionError("this would have been sent")
        assert held.value.transient
        assert 100 < (held.value.retry_after or 0) <= 120


def test_a_limited_outbox_delays_and_drops_nothing(world: World) -> None:
    """GitHub asks to wait for the comment, then for the pull request: both come, each once."""
    limit = {"status": 429, "message": "You have exceeded a secondary rate limit", "retry_after": 2}
    world.github.faults.add([Answer(on="POST .*/issues/1/comments", **limit), Answer(on="POST .*/pulls$", **limit)])  # type: ignore[arg-type]
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert (len(world.pull_requests()), mails(world.github, "ada"), world.replies(issue)) == (
        1,
        ["review_requested"],
        [],
    )
    assert world.status(issue)


def test_the_reset_of_a_limit_is_reported_by_githubs_clock(world: World) -> None:
    """The clock here may be wrong by hours, which is no reason to wait for hours more."""
    world.later(7200)
    world.github.faults.add([Answer(on="GET /repos/octo/clock$", status=403, message="API rate limit exceeded for x")])

    with pytest.raises(GitHubFailed) as limited:
        world.services.github.repository("octo/clock")

    assert 3590 < (limited.value.retry_after or 0) <= 3610


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 1800}, {"status": 502, "retry_after": 1800}])
def test_a_long_limit_holds_no_task_up_and_costs_no_session(world: World, fault: dict[str, int]) -> None:
    """The work is on record: the task waits in the queue, and is published without a session once GitHub takes it."""
    world.github.faults.add([Answer(on="POST .*/pulls$", **fault)])  # type: ignore[arg-type]
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until(lambda: world.failure(issue) is FailureKind.GITHUB_UNAVAILABLE)
    assert world.state(issue) is State.QUEUED

    def later() -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)

    world.services = Services(world.services.settings, shared_claude=world.services.claude, clock=later)
    world.run_until_idle(clock=later)

    assert world.state(issue) is State.IN_REVIEW
    assert world.script.started(issue) == 1
    assert len(world.pull_requests()) == 1
