"""Chains in a repository with GitHub's native stacks: GitHub moves them, and Nightshift looks at what became of it."""

from __future__ import annotations

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.repairs import look
from tests.stories.stacks import bases, chain, pull_of
from tests.stories.world import BOT, REPOSITORY, World


def test_github_moves_a_registered_chain_and_nightshift_checks_it(world: World) -> None:
    """Squash merges from the bottom to the top: the bot pushes and retargets nothing, takes GitHub's commits for its
    own, and every issue is closed."""
    world.github.enable_stacks(REPOSITORY)
    issues = chain(world, "a.txt", "b.txt", "c.txt")
    world.run_until_idle()
    pulls = [pull_of(world, each) for each in issues]
    assert [each.pulls for each in world.github.stacks(REPOSITORY)] == [tuple(pulls)]
    before = pushed_by_bot(world)

    for number, issue in zip(pulls, issues, strict=True):
        assert bases(world)[number] == "main"
        world.github.merge_pull_request(REPOSITORY, number, method="squash", by="ada")
        look(world, times=2)
        heads = world.github.branches(REPOSITORY)
        for above in issues[issues.index(issue) + 1 :]:
            assert world.task(above).pushed == heads[branch_of(above.number)]
            assert world.task(above).state is State.IN_REVIEW

    assert [world.state(each) for each in issues] == [State.DONE] * 3
    assert [world.github.issue(REPOSITORY, each.number).state for each in issues] == ["closed"] * 3
    assert pushed_by_bot(world) == before
    assert not any(each.kind == "base_ref_changed" for pull in pulls for each in world.github.history(REPOSITORY, pull))
    assert [world.script.started(each) for each in issues] == [1, 1, 1]


def pushed_by_bot(world: World) -> list[str]:
    """The commits of its pushes that made no branch and removed none."""
    return [
        each.new
        for each in world.github.pushes(REPOSITORY)
        if each.actor == BOT and int(each.new, 16) and int(each.old, 16)
    ]
