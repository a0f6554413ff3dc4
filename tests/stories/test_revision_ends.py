"""However a revision ends, its pull request is as people left it, and they learn what became of their request."""

from __future__ import annotations

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.branch_history import history
from tests.stories.reviews import answers, asked, changes, in_review, say
from tests.stories.world import REPOSITORY, World, bash, finish


def test_a_revision_that_fails_leaves_the_pull_request_as_it_was(world: World) -> None:
    """The issue shows the review that it still is in; the reply says why."""
    issue, pull = in_review(world, [finish("blocked", "The clock is not mine.")])
    before = world.status(issue)
    say(world, pull, "/revise Make it night.")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.task(issue).failure is None
    assert history(world, issue) == ["Add time.txt"]
    assert "auto:review" in world.labels(issue)
    assert "auto:failed" not in world.labels(issue)
    (reply,) = answers(world, pull)
    assert "could not revise" in reply
    assert "The clock is not mine." in reply
    assert before.splitlines()[0] == world.status(issue).splitlines()[0]
    with world.services.store.read() as ledger:
        assert [each.failure for each in ledger.attempts.of(world.task(issue).id)] == [None, FailureKind.TASK_BLOCKED]


def test_a_revision_that_changes_nothing_says_so(world: World) -> None:
    issue, pull = in_review(world, [finish("complete", "It is right as it is.")])
    say(world, pull, "/revise Is it right?")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (reply,) = answers(world, pull)
    assert "changed nothing" in reply
    assert "It is right as it is." in reply


@pytest.mark.parametrize("keeps", [True, False])
def test_without_the_conversation_the_brief_says_what_was_done(world: World, keeps: bool) -> None:
    """Its summary, and the files that the branch changes."""
    issue, pull = in_review(world, changes())
    if not keeps:
        for kept in (world.services.settings.data_dir / "conversations").rglob("*.jsonl"):
            kept.unlink()
    say(world, pull, "/revise Make it night.")
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert ("git add time.txt" in asked(world)) == keeps
    assert "time.txt | 1 +" in asked(world)
    assert "what Claude said of it" in asked(world)


def test_a_pull_request_that_is_merged_meanwhile_gets_no_push(world: World) -> None:
    """The revision stops, and the issue is done."""
    issue, pull = in_review(world, [bash("python3 -c 'import time; time.sleep(60)'"), finish()])
    with world.worker() as worker:
        say(world, pull, "/revise Make it night.")
        world.wait_until(lambda: "time.sleep" in world.last_step(issue))
        world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
        world.wait_until(lambda: world.state(issue) is State.DONE)
        world.wait_until_idle(worker)

    assert world.state(issue) is State.DONE
    assert len(world.pull_requests()) == 1
    pushes = [push for push in world.github.pushes(REPOSITORY) if push.ref == f"refs/heads/auto/{issue.number}"]
    assert len([push for push in pushes if push.new.strip("0")]) == 1
