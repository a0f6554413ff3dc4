"""The branch of a closed pull request is removed just when `/retry` started the next attempt: nothing is paid twice."""

from __future__ import annotations

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.world import BOT, REPOSITORY, World, writes


def test_a_branch_that_is_removed_while_the_next_attempt_runs_costs_no_session(world: World) -> None:
    """The removal looked at the task before the `/retry` came, and ended after the attempt had read the branch."""
    again = [{"hang": 5}, *writes("two.txt", "2")]
    issue = world.label_issue(sessions=[writes("one.txt", "1"), again])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    world.github.close_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.CLOSED
    assert branch_of(issue.number) in world.github.branches(REPOSITORY)

    world.later(5)
    world.comment(issue, "/retry")
    with world.worker() as worker:
        world.wait_until(lambda: world.script.started(issue) == 2)
        world.github.delete_branch(REPOSITORY, branch_of(issue.number), by=BOT)
        world.wait_until_idle(worker)

    assert (world.state(issue), world.task(issue).attempts) == (State.IN_REVIEW, 2)
    assert world.script.started(issue) == 2
    assert "two.txt" in world.files(issue)
    assert "one.txt" not in world.files(issue)
    assert len(world.pull_requests()) == 2
