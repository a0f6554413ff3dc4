"""The first lines of a pull request, and of the status of a task that failed."""

from __future__ import annotations

from bot.core.failures import FailureKind
from bot.rehearsal.documented import branch_of
from tests.stories.world import REPOSITORY, World, bash, finish, text_of, writes


def test_a_pull_request_shows_its_size_its_base_and_what_is_merged_first(world: World) -> None:
    """And the lines to type, as the issue does, before a word of Claude's."""
    first = world.label_issue("Add one", sessions=[writes("one.txt", "1")])
    world.run_until_idle()
    body = f"Please.\n\nBlocked by #{first.number}"
    base = world.github.branches(REPOSITORY)[branch_of(first.number)]
    many = [bash("seq 3 > two.txt; seq 2 > three.txt; git add -A; git commit -qm 'Add two'"), finish()]

    world.label_issue("Add two", body, sessions=[many])
    world.run_until_idle()

    one, two = world.pull_requests()
    assert "Merge first" not in text_of(one)
    figures = text_of(two).split("\n\n")[3].split("\n")
    assert figures == [
        "- **Size**: 2 files, +5 −0 lines",
        f"- **Base**: `{branch_of(first.number)}` at {base[:10]}",
        f"- **Merge first**: #{one.number} (for #{first.number}), open when this was written",
    ]
    for shown in (text_of(two).partition("in Claude's words")[0], world.status(first)):
        assert "For changes comment `/revise` and what to change" in shown
        assert "For another attempt comment `/retry`." in shown


def test_what_was_merged_already_is_not_named(world: World) -> None:
    """Nothing has to be done first then."""
    first = world.label_issue("Add one", sessions=[writes("one.txt", "1")])
    world.run_until_idle()
    world.github.merge_pull_request(REPOSITORY, world.pull_requests()[0].number, by="ada")
    world.run_until_idle()

    world.label_issue("Add two", f"Blocked by #{first.number}", sessions=[writes("two.txt", "2")])
    world.run_until_idle()

    assert "Merge first" not in text_of(world.pull_requests()[1])


def test_a_failed_task_shows_its_turns_cost_and_time(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", "There is no clock.")]])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    assert "\nAttempt 1: 1 of " in world.status(issue)
    assert " turns, $0." in world.status(issue)
