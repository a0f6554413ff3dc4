"""A night passes only if each part of a stack is based on what it stands on, says so, and comes to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.stack_judge import judge_stacks
from tests.rehearsal.as_documented import pull_request_text

CLOCK, BOT = "octo/clock", "nightshift-bot"
MARKER = "<!-- nightshift:stack -->"
FIRST, SECOND, THIRD = 4, 5, 6  # the pull requests of the issues 1, 2 and 3


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as running:
        for login in ("ada", BOT):
            running.add_user(login)
        running.add_repository(CLOCK, files={"README.md": "A clock.\n"})
        for login in ("ada", BOT):
            running.set_role(CLOCK, login, "write")
        for title in ("one", "two", "three"):
            running.open_issue(CLOCK, title=title, author="ada")
        yield running


def said(github: SimulatedGitHub) -> list[str]:
    return list(judge_stacks(github, CLOCK, bot=BOT))


def publish(github: SimulatedGitHub, issue: int, part: str = "", *, base: str = "main", text: str = "") -> None:
    """A pull request of the bot, on top of the branch `base`."""
    github.create_branch(CLOCK, f"auto/{issue}", base, by=BOT)
    github.push_commit(CLOCK, f"auto/{issue}", {f"{issue}.py": "x = 2\n"}, by=BOT)
    text = text or pull_request_text(issue)
    body = f"**Part {part} {MARKER}\n\n{text}" if part else text
    github.open_pull_request(CLOCK, title="Do it", head=f"auto/{issue}", base=base, body=body, by=BOT)


def stack(github: SimulatedGitHub) -> None:
    """Three parts, as they must be."""
    publish(github, 1, f"1 of 3**, merge this one first. Built on it: #{SECOND}.")
    publish(github, 2, f"2 of 3**, merge #{FIRST} first. Built on it: #{THIRD}.", base="auto/1")
    publish(github, 3, f"3 of 3**, merge #{SECOND} first.", base="auto/2")


def edit(github: SimulatedGitHub, number: int, **changes: str) -> None:
    answer = requests.patch(
        f"{github.api_url}/repos/{CLOCK}/pulls/{number}",
        json=changes,
        headers={"Authorization": f"token {github.add_token(BOT).value}"},
        timeout=10,
    )
    assert answer.status_code == 200


def follow(github: SimulatedGitHub, number: int, part: str = "") -> None:
    """The pull request is based on the default branch now, its commits on top of it."""
    issue = number - 3
    body = f"**Part {part} {MARKER}\n\n{pull_request_text(issue)}" if part else pull_request_text(issue)
    edit(github, number, base="main")
    edit(github, number, body=f"{body}\n")


def put_on_main(github: SimulatedGitHub, issue: int) -> None:
    with github.world.lock:
        git = github.world.repository(CLOCK).git
        old = git.branches()[f"auto/{issue}"]
        git.set_ref(f"refs/heads/auto/{issue}", git.branches()["main"], old=old)
    github.push_commit(CLOCK, f"auto/{issue}", {f"{issue}.py": "x = 2\n"}, by=BOT)


def test_a_stack_and_its_merges_from_the_first_to_the_last(github: SimulatedGitHub) -> None:
    stack(github)
    assert said(github) == []
    github.merge_pull_request(CLOCK, FIRST, method="squash", by="ada")
    put_on_main(github, 2)
    follow(github, SECOND, f"1 of 2**, merge this one first. Built on it: #{THIRD}.")
    edit(github, THIRD, body=f"**Part 2 of 2**, merge #{SECOND} first. {MARKER}\n\n{pull_request_text(3)}")
    assert said(github) == []


def test_what_stands_alone_says_nothing_of_a_stack(github: SimulatedGitHub) -> None:
    publish(github, 1)
    publish(github, 2)
    assert said(github) == []
    github.open_pull_request(CLOCK, title="Mine", head="auto/1", base="auto/2", by="ada")
    assert said(github) == []


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("", "does not begin with its part of a stack, and it is based on auto/1"),
        ("1 of 2**, merge #4 first.", "says that it is part 1, and stands on 1 others"),
        ("2 of 2**, merge #3 first.", "says that #3 comes first, and on GitHub it is #4"),
        ("2 of 2**, merge this one first.", "says that none comes first, and on GitHub it is #4"),
        ("2 of 2**, merge #4 first. Built on it: #7.", "says that built on it are #7, and on GitHub it is none"),
        ("2 of 1**, merge #4 first.", "says that the stack has 1 parts, and it has 2"),
    ],
)
def test_a_part_says_where_it_is(github: SimulatedGitHub, part: str, sentence: str) -> None:
    publish(github, 1, f"1 of 2**, merge this one first. Built on it: #{SECOND}.")
    publish(github, 2, part, base="auto/1")
    assert said(github) == [f"pull request #{SECOND} {sentence}"]


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("", f"does not begin with its part of a stack, and #{SECOND} is built on it"),
        ("1 of 2**, merge this one first.", f"says that built on it are none, and on GitHub it is #{SECOND}"),
        (f"1 of 2**, merge #9 first. Built on it: #{SECOND}.", "says that #9 comes first, and on GitHub it is none"),
        (
            f"1 of 1**, merge this one first. Built on it: #{SECOND}.",
            "says that the stack has 1 parts, and it has 2",
        ),
    ],
)
def test_the_first_part_says_what_is_built_on_it(github: SimulatedGitHub, part: str, sentence: str) -> None:
    publish(github, 1, part)
    publish(github, 2, f"2 of 2**, merge #{FIRST} first.", base="auto/1")
    assert said(github) == [f"pull request #{FIRST} {sentence}"]


def test_tasks_that_wait_are_parts_too(github: SimulatedGitHub) -> None:
    publish(github, 1, "1 of 3**, merge this one first.")
    assert said(github) == []


def test_what_was_closed_below_is_named(github: SimulatedGitHub) -> None:
    publish(github, 1)
    publish(github, 2, f"2 of 2**, built on #{FIRST}, which was closed without merging.", base="auto/1")
    github.close_pull_request(CLOCK, FIRST, by="ada")
    assert said(github) == []


def test_after_the_merge_below_it_is_based_on_the_default_branch(github: SimulatedGitHub) -> None:
    """With a text that was saved since, so that its merge closes the issue, and without the commits of the other."""
    stack(github)
    github.merge_pull_request(CLOCK, FIRST, method="squash", by="ada")
    assert said(github)[0] == f"pull request #{SECOND} is still based on auto/1, though #{FIRST} was merged"
    part = f"1 of 2**, merge this one first. Built on it: #{THIRD}."
    edit(github, THIRD, body=f"**Part 2 of 2**, merge #{SECOND} first. {MARKER}\n\n{pull_request_text(3)}")
    edit(github, SECOND, body=f"**Part {part} {MARKER}\n\n{pull_request_text(2)}")
    edit(github, SECOND, base="main")
    own = f"pull request #{SECOND} still shows the change of #{FIRST}, which was merged"
    assert said(github) == [f"pull request #{SECOND} would not close #2 when it is merged", own]
    follow(github, SECOND, part)
    assert said(github) == [own]
    github.push_commit(CLOCK, "auto/2", {"mine.py": "x = 3\n"}, by="ada")  # then it stays as it is
    assert said(github) == []


@pytest.mark.parametrize("method", ["merge", "rebase"])
def test_which_commits_follow_depends_on_the_merge(github: SimulatedGitHub, method: str) -> None:
    """After a merge commit they are in the default branch as they are."""
    publish(github, 1, f"1 of 2**, merge this one first. Built on it: #{SECOND}.")
    publish(github, 2, f"2 of 2**, merge #{FIRST} first.", base="auto/1")
    github.push_commit(CLOCK, "main", {"other.py": "y = 1\n"}, by="ada")
    github.merge_pull_request(CLOCK, FIRST, method=method, by="ada")
    follow(github, SECOND)
    shows = [f"pull request #{SECOND} still shows the change of #{FIRST}, which was merged"]
    assert said(github) == ([] if method == "merge" else shows)


def test_rules_of_the_repository_may_hold_a_rebase_up(github: SimulatedGitHub) -> None:
    publish(github, 1, f"1 of 2**, merge this one first. Built on it: #{SECOND}.")
    publish(github, 2, f"2 of 2**, merge #{FIRST} first.", base="auto/1")
    github.merge_pull_request(CLOCK, FIRST, method="squash", by="ada")
    follow(github, SECOND)
    assert said(github) != []
    github.add_ruleset(CLOCK, "non_fast_forward", branches=("auto/*",))
    assert said(github) == []


def test_no_pull_request_is_lost_with_its_base(github: SimulatedGitHub) -> None:
    """Also where a person deletes the branch; the bot may not at all."""
    stack(github)
    github.delete_branch(CLOCK, "auto/2", by="ada")
    lost = f"pull request #{THIRD} was closed because its base auto/2 was deleted, and stayed closed"
    assert lost in said(github)
    github.create_branch(CLOCK, "auto/2", "auto/3~1", by=BOT)
    github.reopen_pull_request(CLOCK, THIRD, by=BOT)
    assert lost not in said(github)
    github.close_pull_request(CLOCK, THIRD, by="ada")  # a person may
    assert lost not in said(github)
    github.reopen_pull_request(CLOCK, THIRD, by="ada")
    github.delete_branch(CLOCK, "auto/2", by=BOT)
    assert f"pull request #{THIRD} was open when the bot deleted its base" in said(github)


def test_the_issue_of_a_merged_part_is_closed(github: SimulatedGitHub) -> None:
    """GitHub closes none whose pull request was not linked to it; a person may open it again."""
    publish(github, 1, text="Nothing is said of an issue.")
    publish(github, 2)
    github.merge_pull_request(CLOCK, FIRST, by="ada")
    github.merge_pull_request(CLOCK, SECOND, by="ada")
    assert said(github) == [f"pull request #{FIRST} was merged, and #1 is still open"]
    github.close_issue(CLOCK, 1, by=BOT)
    assert said(github) == []
    github.reopen_issue(CLOCK, 2, by="ada")
    assert said(github) == []
