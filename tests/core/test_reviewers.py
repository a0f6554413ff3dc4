"""Whom Nightshift asks to look at a pull request, and how the settings name them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.facts import PullRequestFacts
from bot.core.messages import add_wanted_draft
from bot.core.messages.reviewers import not_accepted
from bot.core.repository_settings import RepositorySettingsWrong, read_repository_settings
from bot.core.reviewers import (
    AskedReviewers,
    Asking,
    PullRequestSettings,
    find_assignees,
    find_outdated,
    find_reviewers,
    is_acceptable,
    is_reached,
    is_requested,
)

ASKING = Asking(approver="ada", me="nightshift-bot", owner="octo")
PULL = PullRequestFacts(number=5, body="", head_branch="auto/4", is_open=True, merged_at=None)
NAMED = PullRequestSettings(assignees=("sam",), reviewers=("grace", "octo/core"))


def mistakes(text: str) -> list[str]:
    with pytest.raises(RepositorySettingsWrong) as caught:
        read_repository_settings(text.encode())
    return [each.sentence for each in caught.value.mistakes]


@pytest.mark.parametrize("name", ["ada", "Ada-Lovelace", "a", "x1", "ada_corp"])
def test_a_login_may_be_assigned_and_asked(name: str) -> None:
    read = read_repository_settings(f"assignees: ['{name}']\nreviewers: ['{name}']\n".encode()).pull_requests
    assert (read.assignees, read.reviewers) == ((name,), (name,))


@pytest.mark.parametrize(
    "name", ["@ada", "-ada", "ada-", "ada lovelace", "ada@example.org", "", "a/b/c", "dependabot[bot]"]
)
def test_what_is_no_login_is_refused(name: str) -> None:
    for key in ("assignees", "reviewers"):
        (told,) = mistakes(f"{key}: ['{name}']")
        assert told.startswith(f"{key}[1]: expected a login such as `octocat`")
        assert "without `@`" in told


@pytest.mark.parametrize("name", ["octo/core", "octo-org/The_team", "o/a.b-c"])
def test_a_team_can_be_asked_and_not_be_assigned(name: str) -> None:
    assert read_repository_settings(f"reviewers: [{name}]".encode()).reviewers == (name,)
    assert "a team can be a reviewer, and not be assigned" in mistakes(f"assignees: [{name}]")[0]


@pytest.mark.parametrize("name", ["@octo/core", "octo/", "/core", "octo/core team", "octo//core"])
def test_what_is_no_team_is_refused(name: str) -> None:
    assert "or a team such as `octo-org/maintainers`" in mistakes(f"reviewers: ['{name}']")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("labels: ['']", "expected the name of a label"),
        ('labels: ["a\\nb"]', "expected the name of a label"),
        (f"labels: [{'x' * 51}]", "at most 50"),
        ("labels: bug", "expected a list"),
        ("draft: yes please", "expected true or false"),
        ("reviewer: [ada]", "did you mean `reviewers`?"),
        ("assignees: [a, b, c, d, e, f, g, h, i, j, k]", "at most 10"),
    ],
)
def test_other_mistakes_are_named(text: str, told: str) -> None:
    assert told in mistakes(text)[0]


@pytest.mark.parametrize(
    ("asking", "pull", "assigned", "expected"),
    [
        ({}, {}, (), ("grace", "octo/core", "ada")),
        ({"approver": "Grace"}, {}, (), ("grace", "octo/core")),
        ({"approver": ""}, {}, (), ("grace", "octo/core")),
        ({}, {}, ("Ada",), ("grace", "octo/core")),
        ({}, {}, ("grace", "ada"), ("octo/core",)),
        ({"reviewed": {"ADA"}}, {}, (), ("grace", "octo/core")),
        ({}, {"is_draft": True}, (), ("grace", "octo/core")),
        ({"approver": "grace"}, {"is_draft": True}, (), ("octo/core",)),
    ],
)
def test_each_person_is_asked_once(
    asking: dict[str, object], pull: dict[str, object], assigned: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """By the assignment or by the request. The approver of a draft is mentioned instead."""
    found = find_reviewers(NAMED, replace(ASKING, **asking), replace(PULL, **pull), assigned)  # type: ignore[arg-type]
    assert found == expected


@pytest.mark.parametrize(
    ("reviews", "pull", "expected"),
    [
        ([], {}, ()),
        ([("Ada", "old")], {}, ("ada",)),
        ([("ada", "old"), ("ada", "new")], {}, ()),
        ([("grace", "old"), ("ada", "new")], {}, ("grace",)),
        ([("ada", "old"), ("grace", "old")], {}, ("grace", "ada")),
        ([("ada", "old")], {"reviewers": frozenset({"Ada"})}, ()),
        ([("ada", "old")], {"is_draft": True}, ()),
        ([("tina", "old")], {}, ()),
    ],
)
def test_after_a_repair_those_are_asked_again_who_have_reviewed_what_was_there_before(
    reviews: list[tuple[str, str]], pull: dict[str, object], expected: tuple[str, ...]
) -> None:
    """The request of any other person is still open. A person who was not asked, but has reviewed it, is not asked."""
    asked = AskedReviewers(pull_request=7, assigned=("grace",), reviews=("ada", "octo/core"))
    assert find_outdated(asked, replace(PULL, head="new", **pull), reviews) == expected  # type: ignore[arg-type]


def test_an_open_request_counts() -> None:
    pull = replace(PULL, reviewers=frozenset({"Ada"}), teams=frozenset({"core"}))
    names = ("ada", "octo/core", "grace", "other/core")
    assert [is_requested(name, ASKING, pull) for name in names] == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("ada", True), ("Nightshift-Bot", False), ("octo/core", True), ("OCTO/core", True), ("other/core", False)],
)
def test_whom_github_cannot_accept(name: str, accepted: bool) -> None:
    """The author of the pull request, and a team of another organization."""
    assert is_acceptable(name, ASKING) == accepted


@pytest.mark.parametrize(
    ("asking", "pull", "assigned", "reviews", "reached"),
    [
        ({}, {}, (), ("ada",), True),
        ({}, {}, ("ADA",), (), True),
        ({}, {}, (), ("grace",), False),
        ({"reviewed": {"ada"}}, {}, (), (), True),
        ({}, {"is_draft": True}, (), ("ada",), False),
        ({}, {"is_draft": True}, ("ada",), (), True),
        ({"approver": ""}, {}, (), ("octo/core",), True),
        ({"approver": ""}, {}, (), (), False),
    ],
)
def test_a_comment_is_needed_only_where_no_request_reaches_the_approver(
    asking: dict[str, object],
    pull: dict[str, object],
    *,
    assigned: tuple[str, ...],
    reviews: tuple[str, ...],
    reached: bool,
) -> None:
    found = is_reached(replace(ASKING, **asking), replace(PULL, **pull), assigned, reviews)  # type: ignore[arg-type]
    assert found == reached


def test_a_draft_that_the_repository_wants_says_so_beside_its_verdict() -> None:
    why = "It is a draft because this repository's settings ask for drafts."
    assert add_wanted_draft("Closes #4\n\n**Verified**: `make`.\n\nMore") == (
        f"Closes #4\n\n**Verified**: `make`. {why}\n\nMore"
    )


def test_people_are_assigned_once_for_each_pull_request() -> None:
    twice = replace(NAMED, assignees=("sam", "Sam", "ada"))
    assert find_assignees(twice, ASKING) == ("sam", "ada")
    assert find_assignees(twice, replace(ASKING, is_first=False)) == ()


def test_the_status_names_whom_github_did_not_accept() -> None:
    assert not_accepted(None) == not_accepted(AskedReviewers(pull_request=5, reviews=("ada",))) == ""
    told = not_accepted(AskedReviewers(pull_request=5, refused=("a`b", "octo/core"), unassigned=("sam",)))
    assert told.startswith("No review could be requested from ``a`b`` and `octo/core`. GitHub did not assign `sam`.")
    many = not_accepted(AskedReviewers(pull_request=5, refused=tuple(f"p{n}" for n in range(12))))
    assert "`p9` and 2 more." in many
