"""A session that is cut short leaves what it had made, and the next one goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.process_ends import has_ended
from tests.stories.world import World, a_world, bash, finish, tools

FIRST = [bash("echo half > work.txt && git add work.txt && git commit -qm 'Begin'"), bash("echo loose > loose.txt")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, MAX_TURNS="2") as made:
        yield made
        made.check()


def read(name: str) -> dict[str, object]:
    return tools({"Bash": {"command": f"cat {name}", "description": "a step"}})


def conversations(world: World) -> list[Path]:
    return list((world.services.settings.data_dir / "conversations").rglob("*.jsonl"))


def test_after_running_out_of_turns_a_retry_goes_on_with_the_conversation(world: World) -> None:
    """Its commits and its loose files are there, and Claude knows what it had said."""
    again = [read("work.txt"), bash("echo whole > work.txt && git commit -qam 'End'"), finish()]
    issue = world.label_issue(sessions=[[*FIRST, bash("true"), bash("true")], again])
    world.run_until_idle()
    assert world.task(issue).failure is FailureKind.SESSION_TIMEOUT
    assert [pull.draft for pull in world.pull_requests()] == [True]
    assert len(conversations(world)) == 1

    world.later(5)
    world.comment(issue, "/retry turns=20")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert len(conversations(world)) == 1, "a revision would go on from it"
    assert world.files(issue)["work.txt"] == b"whole\n"
    assert world.files(issue)["loose.txt"] == b"loose\n"
    asked = world.model.requests[-1].messages
    assert any("echo half" in str(message) for message in asked), "the conversation did not go on"
    assert "go on from there" in str(asked)


def test_work_that_cannot_be_kept_changes_nothing_of_how_it_ended(world: World) -> None:
    """The kind of failure decides whose turn it is, and may pause the queue: a file in the way must not change it."""
    (world.services.settings.data_dir / "conversations").write_text("in the way")
    issue = world.label_issue(sessions=[[*FIRST, bash("true"), bash("true")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.SESSION_TIMEOUT
    assert "in the way" not in world.status(issue)


def test_fresh_means_from_nothing(world: World) -> None:
    issue = world.label_issue(sessions=[[*FIRST, bash("true"), bash("true")], [bash("ls > list.txt"), finish()]])
    world.run_until_idle()
    world.later(5)
    world.comment(issue, "/retry turns=20 fresh")
    world.run_until_idle()

    assert "work.txt" not in world.files(issue)
    assert "echo half" not in str(world.model.requests[-1].messages)


def test_what_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    """As at a shutdown, or when the night is over."""
    with a_world(tmp_path) as world:
        stop_and_resume(world)
        world.check()


def stop_and_resume(world: World) -> None:
    slow = [*FIRST, bash("python3 -c 'import time; time.sleep(60)'"), finish()]
    issue = world.label_issue(sessions=[slow, [read("work.txt"), finish()]])
    with world.worker():
        world.wait_until(lambda: len(world.model.requests) > len(FIRST) and "time.sleep" in world.last_step(issue))
        world.services.operations.pause("", stop=True)
        world.wait_until(lambda: world.state(issue) is State.QUEUED)
        world.services.operations.resume()
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)

    assert world.files(issue)["work.txt"] == b"half\n"
    assert world.task(issue).automatic_retries == 0


def test_a_conversation_ends_with_its_pull_request(world: World) -> None:
    """As long as it is open, a revision goes on from it. Then it is removed, whatever its age."""
    issue = world.label_issue(sessions=[[bash("echo whole > work.txt"), finish()]])
    world.run_until_idle()
    world.services.tidying.pruning.prune()
    assert len(conversations(world)) == 1

    (pull,) = world.pull_requests()
    world.github.merge_pull_request(issue.repository, pull.number, by="ada")
    world.run_until_idle()
    world.services.tidying.pruning.prune()

    assert conversations(world) == []


def test_what_a_person_cancels_is_kept_for_the_next_attempt(tmp_path: Path) -> None:
    """Its commits and its conversation, as after a limit."""
    with a_world(tmp_path) as world:
        slow = [*FIRST, bash("python3 -c 'import time; time.sleep(60)'"), finish()]
        issue = world.label_issue(sessions=[slow, [read("work.txt"), finish()]])
        with world.worker() as worker:
            world.wait_until(lambda: "time.sleep" in world.last_step(issue))
            world.comment(issue, "/cancel")
            world.wait_until(lambda: world.state(issue) is State.CANCELLED and has_ended(world, issue))
            world.wait_until_idle(worker)
            assert len(conversations(world)) == 1
            world.later(5)
            world.comment(issue, "/retry")
            world.wait_until_idle(worker)

        assert world.state(issue) is State.IN_REVIEW
        assert world.files(issue)["work.txt"] == b"half\n"
        assert world.files(issue)["loose.txt"] == b"loose\n"
        assert any("echo half" in str(message) for message in world.model.requests[-1].messages)
        world.check()
