"""The steps at which a rehearsal may end the bot: each is told once, in order, when what it names has happened."""

from __future__ import annotations

from dataclasses import replace

from bot.core.steps import Step
from bot.core.tasks import State
from tests.stories.world import World, finish, writes

BEFORE_THE_PROOF = [Step.CLAIMED, Step.ATTEMPT_STARTED, Step.LAID_OUT, Step.SESSION_ENDED, Step.COLLECTED]
PUBLISHING = [Step.PUSH_NOTED, Step.PUSHED, Step.PUSH_RECORDED, Step.PULL_REQUEST_SHOWN]
RUNNERS = {*BEFORE_THE_PROOF, Step.JUDGED, *PUBLISHING, Step.FINISHED}


def test_each_step_is_told_when_it_was_taken(world: World) -> None:
    """A step that is told too early would let a chaos night pass without having tried the crash that it names."""
    told: list[tuple[Step, str]] = []
    github_had: dict[Step, tuple[bool, bool, State]] = {}

    def reached(step: Step, subject: str) -> None:
        told.append((step, subject))
        if step in RUNNERS:
            pushed = any(name.startswith("auto/") for name in world.github.branches("octo/clock"))
            github_had[step] = (pushed, bool(world.pull_requests()), world.state(issue))

    world.services = replace(world.services, reached=reached)
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    steps = [step for step, subject in told if step in RUNNERS and subject == str(issue)]
    assert steps == [*BEFORE_THE_PROOF, Step.JUDGED, *PUBLISHING, Step.FINISHED]
    assert github_had[Step.PUSH_NOTED] == (False, False, State.RUNNING)
    assert github_had[Step.PUSHED] == (True, False, State.RUNNING)
    assert github_had[Step.PULL_REQUEST_SHOWN] == (True, True, State.RUNNING)
    assert github_had[Step.FINISHED] == (True, True, State.IN_REVIEW)


def test_where_nothing_is_published_no_step_of_it_is_told(world: World) -> None:
    steps: list[Step] = []
    world.services = replace(world.services, reached=lambda step, _: steps.append(step))
    world.label_issue(sessions=[[finish(summary="The README says so already.")]])

    world.run_until_idle()

    assert [step for step in steps if step in RUNNERS] == [*BEFORE_THE_PROOF, Step.FINISHED]
