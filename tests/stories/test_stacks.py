"""Issues that are blocked by others: stacked pull requests, and what becomes of them when one is merged or changes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.documented_pull import read_evidence
from tests.stories.branch_history import history
from tests.stories.command_line import nightshift, settings_of
from tests.stories.other_ledgers import another_ledger, live_on
from tests.stories.repairs import look
from tests.stories.stacks import bases, chain, first_line, pull_of
from tests.stories.turn_checks import mails
from tests.stories.world import REPOSITORY, World, finish, writes


def test_a_chain_is_stacked_in_one_night(world: World, tmp_path: Path) -> None:
    """Each starts on the branch of the one before. The first lines and the digest say in which order they merge."""
    issues = chain(world, "a.txt", "b.txt", "c.txt")
    world.run_until_idle()

    assert [world.state(each) for each in issues] == [State.IN_REVIEW] * 3
    one, two, three = (world.task(each).pull_request or 0 for each in issues)
    assert bases(world) == {one: "main", two: branch_of(issues[0].number), three: branch_of(issues[1].number)}
    assert {"a.txt", "b.txt", "c.txt"} <= set(world.files(issues[2]))
    assert history(world, issues[2])[-1] == "Add c.txt"
    assert first_line(world, one).startswith(f"**Part 1 of 3**, merge this one first. Built on it: #{two}.")
    assert first_line(world, two).startswith(f"**Part 2 of 3**, merge #{one} first. Built on it: #{three}.")
    assert first_line(world, three).startswith(f"**Part 3 of 3**, merge #{two} first.")
    digest = nightshift("digest", cwd=tmp_path, environment=settings_of(world)).out
    listed = digest.partition("Merge from top to bottom:")[2].partition("After each merge")[0]
    assert [line.split("“")[0].strip() for line in listed.splitlines()[2:] if line] == [
        "- A stack of 3 in octo/clock:",
        *(f"{place}. {REPOSITORY}#{pull}" for place, pull in enumerate((one, two, three), 1)),
    ]

    world.github.close_pull_request(REPOSITORY, two, by="ada")
    world.run_until_idle()
    world.github.merge_pull_request(REPOSITORY, one, by="ada")
    world.run_until_idle()
    assert first_line(world, three).startswith(f"**Part 2 of 2**, built on #{two}, which was closed without merging.")


def test_the_work_of_a_failure_is_a_part_too(world: World) -> None:
    """Its draft is on the branch that it was built on, and the pull request below says so."""
    (first,) = chain(world, "a.txt")
    gives_up = [writes("b.txt", "b")[0], finish("blocked", "The rest is not described.")]
    second = world.label_issue("Add b.txt", f"Blocked by #{first.number}", sessions=[gives_up])
    world.run_until_idle()

    assert world.state(second) is State.FAILED
    below, draft = pull_of(world, first), pull_of(world, second)
    assert bases(world)[draft] == branch_of(first.number)
    assert first_line(world, draft).startswith(f"**Part 2 of 2**, merge #{below} first.")
    assert first_line(world, below).startswith(f"**Part 1 of 2**, merge this one first. Built on it: #{draft}.")


def test_where_the_repository_wants_it_the_merge_is_waited_for(world: World) -> None:
    """Also by the first attempt after the ledger was lost, which reads the settings before it chooses its start."""
    world.github.push_commit(
        REPOSITORY, "main", {".github/nightshift.yml": "dependencies: merge\n"}, message="Set", by="ada"
    )
    (first,) = chain(world, "a.txt")
    world.run_until_idle()

    with another_ledger(world):
        live_on(world)
        with world.worker() as worker:
            world.wait_until_idle(worker)
            body = f"Blocked by #{first.number}"
            second = world.label_issue("Add b.txt", body, sessions=[writes("b.txt", "b")])
            world.wait_until_idle(worker)

        assert (world.state(first), world.state(second)) == (State.IN_REVIEW, State.QUEUED)
        assert world.script.started(second) == 0
        pull = world.task(first).pull_request or 0
        assert f"whose pull request {REPOSITORY}#{pull} has to be merged first" in world.status(second)
        drawn = world.status(second).partition("```mermaid\n")[2].partition("```")[0]
        assert all(each in drawn for each in ('"#35;1 in review"', '"#35;3 queued"', "n0 --> n1"))
        world.github.merge_pull_request(REPOSITORY, pull, by="ada")
        world.run_until_idle()
        assert world.state(second) is State.IN_REVIEW
        assert bases(world)[world.task(second).pull_request or 0] == "main"


@pytest.mark.parametrize(
    "method", [*(pytest.param(each, marks=pytest.mark.nightly) for each in ("merge", "rebase")), "squash"]
)
def test_a_chain_merges_from_the_first_to_the_last(world: World, method: str) -> None:
    """With one click each: every issue is closed, no pull request is lost, and no change shows another one's. After a
    merge commit nothing is pushed, so there the bot alone moves the base. What follows a merge asks for no review
    again, also not of who has approved it."""
    world.github.set_merging(REPOSITORY, delete_branch_on_merge=method != "merge")
    issues = chain(world, "a.txt", "b.txt", "c.txt")
    world.run_until_idle()
    pulls = [world.task(each).pull_request or 0 for each in issues]
    world.later(5)
    world.github.review(REPOSITORY, pulls[1], event="APPROVE", by="ada")

    for number, issue in zip(pulls, issues, strict=True):
        shown = next(each for each in world.pull_requests() if each.number == number)
        assert (shown.state, shown.base) == ("open", "main")
        assert history(world, issue) == [f"Add {shown.title.removeprefix('Add ')}"]
        evidence = read_evidence(shown.body or "")  # of the session that wrote it, also after git has moved it
        assert evidence is not None and (evidence.attempt, len(evidence.gate_logs), evidence.missing) == (1, 1, ())
        world.github.merge_pull_request(REPOSITORY, number, method=method, by="ada")
        world.run_until_idle()
    assert mails(world.github, "ada") == ["review_requested"] * 3

    assert [world.state(each) for each in issues] == [State.DONE] * 3
    assert [world.github.issue(REPOSITORY, each.number).state for each in issues] == ["closed"] * 3
    assert {each.number for each in world.pull_requests() if each.merged_at is not None} == set(pulls)
    assert [world.script.started(each) for each in issues] == [1, 1, 1]


def test_what_review_changed_below_stays_changed_above(world: World) -> None:
    """A squash holds the changed text alone. The ledger is lost before: the record of the issue says where its own
    commits begin, which no comparison of commits shows."""
    first = world.label_issue("Add a.txt", sessions=[writes("a.txt", "draft"), writes("a.txt", "final")])
    second = world.label_issue("Add b.txt", f"Blocked by #{first.number}", sessions=[writes("b.txt", "b")])
    world.run_until_idle()
    lower, upper = (world.task(each).pull_request or 0 for each in (first, second))
    world.comment(IssueRef(REPOSITORY, lower), "/revise Say final.")
    world.run_until_idle()
    assert history(world, second)[-1] == "Add b.txt"
    assert world.files(second)["a.txt"] == b"final"

    with another_ledger(world):
        live_on(world)
        world.github.merge_pull_request(REPOSITORY, lower, method="squash", by="ada")
        look(world)

        assert history(world, second) == ["Add b.txt"]
        assert world.files(second)["a.txt"] == b"final"
        shown = next(each for each in world.pull_requests() if each.number == upper)
        assert (shown.state, shown.base, shown.closes) == ("open", "main", (second.number,))
        assert branch_of(first.number) not in world.github.branches(REPOSITORY)


def test_the_command_line_shows_what_waits_for_what(world: World, tmp_path: Path) -> None:
    """Without GitHub; of one repository, for people, for programs and as a drawing."""
    first = world.open_issue("Something else")
    second = world.label_issue("Add b.txt", f"Blocked by #{first.number}")
    world.run_until_idle()
    run = partial(nightshift, "graph", cwd=tmp_path, environment=settings_of(world))

    assert run().out == f"{first}  no task\n  {second}  queued, after {first}\n"
    assert run("octo/other").out == "No task waits for another issue.\n"
    assert json.loads(run("--json").out)["issues"][1]["waits_for"] == [str(first)]
    assert "n0 --> n1" in run("--mermaid").out
    assert f'{first.repository}/issues/{first.number}"' in run("--svg").out
    assert run("--mermaid", "--json").code == run("--mermaid", "--svg").code == 2
