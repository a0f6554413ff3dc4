"""What people do with stacked pull requests: changes from above never bring back what was removed below."""

from __future__ import annotations

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.branch_history import forced, history, push
from tests.stories.reviews import answers
from tests.stories.stacks import bases, chain, commits, first_line, merge, pull_of
from tests.stories.world import REPOSITORY, World, text_of, writes

NIGHTLY = pytest.mark.nightly


def change_below(world: World, issue: IssueRef, **files: str | None) -> None:
    named = {name.replace("_", "."): text for name, text in files.items()}
    world.github.push_commit(REPOSITORY, branch_of(issue.number), named, message="Review", by="ada")
    world.run_until_idle()


def test_a_revision_that_begins_after_the_squash_brings_nothing_back(world: World) -> None:
    first = world.label_issue("Add a.txt", sessions=[commits("echo a > a.txt; echo old > old.txt", "Add a")])
    second = world.label_issue(
        "Add b.txt", f"Blocked by #{first.number}", sessions=[writes("b.txt", "b"), commits("echo 2 > b.txt", "Say 2")]
    )
    world.run_until_idle()
    change_below(world, first, old_txt=None)
    world.later(5)
    world.github.comment(REPOSITORY, pull_of(world, second), "/revise Say 2.", by="ada")
    merge(world, first)
    world.run_until_idle()

    assert history(world, second) == ["Add b.txt", "Say 2"]
    assert set(world.files(second)) == set(world.github.files(REPOSITORY, "main")) | {"b.txt"}
    assert "old.txt" not in world.files(second)


def test_no_part_says_how_the_next_is_checked(world: World) -> None:
    """A session wrote the branch that it starts on: checks, registries and set-up are those of the default branch."""
    first = world.label_issue(
        "Add a check", sessions=[commits("printf 'test:\\n\\ttrue\\n' > Makefile", "Add a check")]
    )
    second = world.label_issue("Add b.txt", f"Blocked by #{first.number}", sessions=[writes("b.txt", "b")])
    world.run_until_idle()

    lower, upper = world.pull_requests()
    assert bases(world)[upper.number] == lower.head
    assert "**Not verified**: no checks were found" in text_of(upper)
    assert world.state(second) is State.IN_REVIEW


@NIGHTLY
def test_a_conflict_shows_the_own_change_alone(world: World) -> None:
    """What the part below changed in review is no part of it, also where git cannot rebase every commit."""
    script = "printf a > a.txt; printf old > old.txt; printf one > other.txt"
    first = world.label_issue("Add a.txt", sessions=[commits(script, "Add a")])
    sessions = [commits("printf b > a.txt", "Say b"), commits("printf both > a.txt", "Say both")]
    second = world.label_issue("Change a.txt", f"Blocked by #{first.number}", sessions=sessions)
    world.run_until_idle()
    change_below(world, first, old_txt=None, a_txt="ada", other_txt="two")
    merge(world, first)
    world.run_until_idle()

    assert world.files(second)["a.txt"] == b"both"
    assert world.files(second)["other.txt"] == b"two"
    assert "old.txt" not in world.files(second)


@NIGHTLY
def test_a_persons_commit_below_stays_theirs(world: World) -> None:
    """The next part builds on it, once; after the squash it is in the default branch."""
    (first,) = chain(world, "a.txt")
    world.run_until_idle()
    push(world, first, "Ada's fix", ada_txt="hers")
    world.run_until_idle()
    second = world.label_issue("Add b.txt", f"Blocked by #{first.number}", sessions=[writes("b.txt", "b")])
    world.run_until_idle()

    assert history(world, second) == ["Add a.txt", "Ada's fix", "Add b.txt"]
    assert world.task(second).attempts == 1
    merge(world, first)
    world.run_until_idle()
    assert history(world, second) == ["Add b.txt"]
    assert world.files(second)["ada.txt"] == b"hers"


@NIGHTLY
def test_a_part_that_was_merged_into_the_one_below_takes_the_next_with_it(world: World) -> None:
    first, second, third = chain(world, "a.txt", "b.txt", "c.txt")
    world.run_until_idle()
    merge(world, second, "merge")
    world.run_until_idle()

    assert bases(world)[pull_of(world, third)] == branch_of(first.number)
    assert first_line(world, pull_of(world, third)).startswith(
        f"**Part 2 of 2**, merge #{pull_of(world, first)} first."
    )
    merge(world, first)
    world.run_until_idle()
    assert bases(world)[pull_of(world, third)] == "main"
    assert history(world, third) == ["Add c.txt"]
    assert {"a.txt", "b.txt", "c.txt"} <= set(world.files(third))


@pytest.mark.parametrize("conflicts", [pytest.param(True, marks=NIGHTLY), False], ids=["conflict", "clean"])
def test_a_branch_with_a_persons_commit_gets_its_base_merged_in(world: World, conflicts: bool) -> None:
    """After the squash of the part below nothing that people made is rewritten. The checks run again. A conflict is
    given to Claude once."""
    world.github.set_merging(REPOSITORY, delete_branch_on_merge=True)
    first = world.label_issue("Add a.txt", sessions=[commits("echo a > a.txt; echo old > old.txt", "Add a")])
    resolves = commits("echo both > c.txt", "Keep both")
    body = f"Blocked by #{first.number}"
    second = world.label_issue("Add b.txt", body, sessions=[writes("b.txt", "b"), resolves])
    world.run_until_idle()
    theirs = push(world, second, "Ada's fix", **({"c_txt": "hers"} if conflicts else {"ada_txt": "hers"}))
    change_below(world, first, old_txt=None, **({"c_txt": "other"} if conflicts else {}))
    merge(world, first)
    world.run_until_idle()

    upper = pull_of(world, second)
    shown = next(each for each in world.pull_requests() if each.number == upper)
    assert (shown.state, shown.base, shown.closes) == ("open", "main", (second.number,))
    assert forced(world, second) == []
    assert "Ada's fix" in history(world, second)
    assert theirs != world.github.branches(REPOSITORY)[branch_of(second.number)]
    mine = {"b.txt"} if conflicts else {"b.txt", "ada.txt"}
    assert set(world.files(second)) == set(world.github.files(REPOSITORY, "main")) | mine
    assert world.script.started(second) == (2 if conflicts else 1)
    said = "\n".join(answers(world, shown))
    assert f"merged `main` into this: [`{shown.head_sha[:7]}`]" in said
    assert ("`c.txt`" in said) is conflicts
    world.github.merge_pull_request(REPOSITORY, upper, method="squash", by="ada")
    world.run_until_idle()
    assert world.state(second) is State.DONE


def test_what_github_closed_with_its_base_is_opened_again(world: World) -> None:
    """GitHub closes what is based on a deleted branch, unless it comes to move it first. A pull request that a person
    closed stays closed."""
    world.github.set_merging(REPOSITORY, delete_branch_on_merge=True)
    first = world.label_issue("Add a.txt", sessions=[writes("a.txt", "a")])
    body = f"Blocked by #{first.number}"
    second, third = (world.label_issue(f"Add {name}", body, sessions=[writes(name, name)]) for name in ("b", "c"))
    world.run_until_idle()
    upper, other = pull_of(world, second), pull_of(world, third)
    world.github.close_pull_request(REPOSITORY, other, by="ada")
    world.run_until_idle()
    world.github.delay_base_changes(REPOSITORY)
    merge(world, first)
    assert {each.number: each.state for each in world.pull_requests()}[upper] == "closed"
    world.run_until_idle()

    shown = next(each for each in world.pull_requests() if each.number == upper)
    assert (shown.state, shown.base, shown.closes) == ("open", "main", (second.number,))
    assert [said for said in answers(world, shown) if "**Nightshift** opened it again" in said]
    assert history(world, second) == ["Add b"]
    assert branch_of(first.number) not in world.github.branches(REPOSITORY)
    assert (world.state(second), world.state(third)) == (State.IN_REVIEW, State.CLOSED)
    assert {each.number: each.state for each in world.pull_requests()}[other] == "closed"
