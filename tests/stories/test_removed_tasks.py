"""What happens on an issue whose task ended so long ago that the ledger has removed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.references import IssueRef
from bot.core.retention import Retention
from bot.core.tasks import State
from bot.wiring import utc_now
from tests.stories.world import REPOSITORY, World, finish, writes


def remove_old_tasks(world: World) -> None:
    """As the worker does while it is idle; some time after that, something may happen on GitHub."""
    found = world.services.tidying.pruning
    later = replace(found, clock=lambda: utc_now() + timedelta(minutes=2), retention=Retention(tasks=timedelta()))
    later.prune()
    assert world.tasks() == {}
    world.later(300)


def a_task_without_change(world: World) -> IssueRef:
    issue = world.label_issue(sessions=[[finish(summary="Nothing to do.")], writes("time.txt", "noon")])
    world.run_until_idle()
    assert world.state(issue) is State.NO_CHANGE
    return issue


def test_a_retry_continues_the_task_as_github_shows_it(world: World) -> None:
    """It is the second attempt, under the one status comment."""
    issue = a_task_without_change(world)
    remove_old_tasks(world)

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.task(issue).attempts == 2
    assert len(world.pull_requests()) == 1


def test_a_strangers_comment_starts_nothing_again(world: World) -> None:
    """The issue has its label still, and polling finds it among those that changed."""
    issue = a_task_without_change(world)
    remove_old_tasks(world)

    world.github.comment(REPOSITORY, issue.number, "What became of this?", by="sam")
    world.services.reconciler.poll()
    world.run_until_idle()

    assert world.state(issue) is State.NO_CHANGE
    assert world.task(issue).attempts == 1
    assert world.pull_requests() == []


def test_a_new_process_brings_nothing_back_by_itself(world: World) -> None:
    """It compares each repository with GitHub at its start, where the label is there still."""
    issue = a_task_without_change(world)
    remove_old_tasks(world)

    found = world.services.rebuilder.find(REPOSITORY)

    assert found.returns == []
    world.run_until_idle()
    assert world.tasks() == {}
    assert "auto:nothing-to-do" in world.labels(issue)


def test_a_merged_issue_is_done_for_those_that_wait_for_it(world: World) -> None:
    """Also where its issue was never closed."""
    first = world.label_issue(sessions=[writes("one.txt", "1")])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    world.github.unlabel_issue(REPOSITORY, first.number, "auto", by="ada")
    world.github.reopen_issue(REPOSITORY, first.number, by="ada")
    world.run_until_idle()
    assert world.state(first) is State.DONE
    remove_old_tasks(world)

    second = world.open_issue("Second", f"Blocked by #{first.number}", sessions=[writes("two.txt", "2")])
    world.label(second)
    world.run_until_idle()

    assert world.state(second) is State.IN_REVIEW


def test_what_happens_on_the_pull_request_of_a_removed_task_brings_it_back(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    world.github.close_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.CLOSED
    remove_old_tasks(world)

    world.github.reopen_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.task(issue).pull_request == pull.number
