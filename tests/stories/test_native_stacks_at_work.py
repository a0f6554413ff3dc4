"""Chains in a repository with GitHub's native stacks: GitHub moves them, and Nightshift looks at what became of it."""

from __future__ import annotations

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.branch_history import history
from tests.stories.repairs import look
from tests.stories.stacks import bases, chain, pull_of
from tests.stories.world import BOT, REPOSITORY, World, writes


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
    assert not {branch_of(each.number) for each in issues} & set(world.github.branches(REPOSITORY))
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


def test_a_stack_that_a_person_makes_at_night_stays_theirs(world: World) -> None:
    """GitHub moves its parts. The part that is published on its top later is no member of it: Nightshift keeps that
    one on it, and moves it to the default branch itself."""
    first, second = chain(world, "a.txt", "b.txt")
    world.run_until_idle()
    world.github.enable_stacks(REPOSITORY)
    theirs = world.github.create_stack(REPOSITORY, pull_of(world, first), pull_of(world, second), by="ada")
    third = world.label_issue("Add c.txt", f"Blocked by #{second.number}", sessions=[writes("c.txt", "c")])
    world.run_until_idle()
    issues = (first, second, third)
    pulls = [pull_of(world, each) for each in issues]

    for number, left in zip(pulls, (["Add b.txt", "Add c.txt"], ["Add c.txt"], None), strict=True):
        assert bases(world)[number] == "main"
        world.github.merge_pull_request(REPOSITORY, number, method="squash", by="ada")
        look(world, times=2)
        assert left is None or history(world, third) == left

    assert [each.pulls for each in world.github.stacks(REPOSITORY)] == [theirs.pulls]
    assert [world.github.issue(REPOSITORY, each.number).state for each in issues] == ["closed"] * 3
    assert [base_movers(world, each) for each in pulls] == [set(), {"ada"}, {BOT}]


def base_movers(world: World, pull: int) -> set[str]:
    """Who moved its base. What GitHub moves is shown as the work of the one who merged."""
    return {each.actor for each in world.github.history(REPOSITORY, pull) if "base" in each.kind}
