"""The checkpoints at which a rehearsal may end the bot: each is reported once, in order, after what it names."""

from __future__ import annotations

from dataclasses import replace

from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from tests.stories.world import World, finish, writes

BEFORE_THE_PROOF = [
    Checkpoint.CLAIMED,
    Checkpoint.ATTEMPT_STARTED,
    Checkpoint.WORKSPACE_OPENED,
    Checkpoint.SESSION_ENDED,
    Checkpoint.COLLECTED,
]
PUBLISHING = [Checkpoint.PUSH_NOTED, Checkpoint.PUSHED, Checkpoint.PUSH_RECORDED, Checkpoint.PULL_REQUEST_SHOWN]
RUNNERS = {*BEFORE_THE_PROOF, Checkpoint.JUDGED, *PUBLISHING, Checkpoint.FINISHED}


def test_each_step_is_reported_when_it_was_taken(world: World) -> None:
    """A step that is reported too early would let a chaos night pass without having tried the crash that it names."""
    told: list[tuple[Checkpoint, str]] = []
    github_had: dict[Checkpoint, tuple[bool, bool, State]] = {}

    def reached(step: Checkpoint, subject: str) -> None:
        told.append((step, subject))
        if step in RUNNERS:
            pushed = any(name.startswith("auto/") for name in world.github.branches("octo/clock"))
            github_had[step] = (pushed, bool(world.pull_requests()), world.state(issue))

    world.services = replace(world.services, reached=reached)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    steps = [step for step, subject in told if step in RUNNERS and subject == str(issue)]
    assert steps == [*BEFORE_THE_PROOF, Checkpoint.JUDGED, *PUBLISHING, Checkpoint.FINISHED]
    assert github_had[Checkpoint.PUSH_NOTED] == (False, False, State.RUNNING)
    assert github_had[Checkpoint.PUSHED] == (True, False, State.RUNNING)
    assert github_had[Checkpoint.PULL_REQUEST_SHOWN] == (True, True, State.RUNNING)
    assert github_had[Checkpoint.FINISHED] == (True, True, State.IN_REVIEW)


def test_where_nothing_is_published_no_step_of_it_is_reported(world: World) -> None:
    steps: list[Checkpoint] = []
    world.services = replace(world.services, reached=lambda step, _: steps.append(step))
    world.label_issue(sessions=[[finish(summary="The README says so already.")]])

    world.run_until_idle()

    assert [step for step in steps if step in RUNNERS] == [*BEFORE_THE_PROOF, Checkpoint.FINISHED]
