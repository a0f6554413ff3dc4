"""With `claim_branch` an issue's branch is there from the start of an attempt, and goes if that ends without work."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.core.tasks import State
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger, live_on
from tests.stories.world import REPOSITORY, World, a_world, bash, finish, writes


def claims(world: World) -> None:
    content = {".github/nightshift.yml": "claim_branch: true\n"}
    world.github.push_commit(REPOSITORY, "main", content, message="Set", by="ada")


def branches(world: World) -> dict[str, str]:
    return {name: head for name, head in world.github.branches(REPOSITORY).items() if name != "main"}


def settle_all(world: World) -> None:
    """The pass after the end of an attempt, and what it queues."""
    world.run_until_idle()
    world.services.reconciler.poll()
    world.run_until_idle()


def test_a_kill_and_a_lost_ledger_leave_no_branch_behind(tmp_path: Path) -> None:
    """It shows from the start that the issue is worked on; then the session finds nothing to change."""
    with a_world(tmp_path) as world:
        claims(world)
        issue = world.label_issue("Tell the time", sessions=[[finish()]])
        run_until_killed_at(Checkpoint.WORKSPACE_OPENED, world, tmp_path)

        assert branches(world) == {f"auto/{issue.number}": world.github.branches(REPOSITORY)["main"]}
        assert world.task(issue).claimed == world.github.branches(REPOSITORY)["main"]
        assert world.services.outbox.step()
        assert f"Its branch is [`auto/{issue.number}`](" in world.status(issue)

        with another_ledger(world):
            live_on(world)
            settle_all(world)
            assert world.state(issue) is State.NO_CHANGE
            assert branches(world) == {}


def test_work_replaces_the_claim_and_a_persons_branch_is_none(world: World) -> None:
    """Of two issues one is worked on, and one has a branch of a person."""
    claims(world)
    head = world.github.branches(REPOSITORY)["main"]
    numbers = [1, 2]
    world.github.push_commit(REPOSITORY, "auto/2", {"mine.txt": "mine\n"}, by="ada")
    theirs = branches(world)["auto/2"]
    issues = [
        world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")]),
        world.label_issue("Tell the date", sessions=[[finish()]]),
    ]
    settle_all(world)

    assert [each.number for each in issues] == numbers
    assert [world.state(each) for each in issues] == [State.IN_REVIEW, State.NO_CHANGE]
    assert world.task(issues[0]).claimed is None
    assert branches(world)["auto/1"] != head
    assert branches(world)["auto/2"] == theirs


@pytest.mark.parametrize("by", ["a push", "/cancel"])
def test_a_claim_that_a_person_ends(by: str, tmp_path: Path) -> None:
    """A commit that they push onto the claim stays; without one the branch goes."""
    with a_world(tmp_path) as world:
        claims(world)
        issue = world.label_issue("Tell the time", sessions=[[finish()], [finish()]])
        run_until_killed_at(Checkpoint.WORKSPACE_OPENED, world, tmp_path)
        if by == "a push":
            world.github.push_commit(REPOSITORY, f"auto/{issue.number}", {"mine.txt": "mine\n"}, by="ada")
        else:
            world.comment(issue, by)
        left = {} if by == "/cancel" else branches(world)
        settle_all(world)

        assert world.state(issue) is (State.CANCELLED if by == "/cancel" else State.NO_CHANGE)
        assert world.task(issue).claimed is None
        assert branches(world) == left
        assert left == {} or left[f"auto/{issue.number}"] != world.github.branches(REPOSITORY)["main"]


def test_without_the_setting_there_is_no_branch_before_the_work(world: World) -> None:
    issue: IssueRef = world.label_issue("Tell the time", sessions=[[bash("true"), finish()]])
    settle_all(world)
    assert world.task(issue).claimed is None
    pushed = [each for each in world.github.exchanges if "git-receive-pack" in each.path and each.method == "POST"]
    assert pushed == []
