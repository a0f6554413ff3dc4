"""Which rules of a repository refuse the bot's branch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.branch_rules import BranchRule, OwnCommits, Signature, find_obstacles
from bot.core.commit_messages import sign_off

UNKNOWN = OwnCommits()


def says(kind: str, *, is_new: bool = True, commits: OwnCommits = UNKNOWN, **parameters: object) -> list[str]:
    rule = BranchRule(kind=kind, ruleset=1, source="octo/clock", parameters=parameters)
    return [found.says for found in find_obstacles([rule], "auto/7", is_new=is_new, commits=commits)]


@pytest.mark.parametrize("pattern", [r"(?m)^Signed-off-by: .+ <.+@.+>$", "Signed-off-by: "])
def test_a_rule_that_wants_a_sign_off_is_met_by_the_setting(pattern: str) -> None:
    operator = "regex" if "^" in pattern else "contains"
    signs = OwnCommits(trailer=sign_off("Nightshift", "7+n@users.noreply.github.com"), signs_off=True)
    rule: dict[str, Any] = {"operator": operator, "pattern": pattern, "negate": False}

    assert says("commit_message_pattern", commits=signs, **rule) == []
    (wanted,) = says("commit_message_pattern", commits=replace(signs, signs_off=False), **rule)
    assert "`sign_off: true`" in wanted


@pytest.mark.parametrize("pattern", [r"^[A-Z]+-\d+ ", r".*", r"^Fix"])
def test_other_rules_for_messages_are_not_met_by_a_sign_off(pattern: str) -> None:
    signs = OwnCommits(trailer=sign_off("Nightshift", "a@b"), signs_off=True)
    (found,) = says("commit_message_pattern", commits=signs, operator="regex", pattern=pattern, negate=False)
    assert found.startswith("the messages of its commits")


@pytest.mark.parametrize(
    ("signature", "refused"),
    [("none", "takes `SIGNING_KEY_FILE`"), ("unknown", "another signing key, or none"), ("verified", None)],
)
def test_signatures_are_no_obstacle_to_who_signs(signature: Signature, refused: str | None) -> None:
    found = says("required_signatures", commits=OwnCommits(signature=signature))
    assert [refused is not None and refused in each for each in found] == ([True] if refused else [])


@pytest.mark.parametrize(
    ("kind", "when_new", "when_there"),
    [
        ("creation", True, False),
        ("update", False, True),
        ("required_status_checks", False, True),
        ("required_signatures", True, True),
        ("pull_request", True, True),
        ("commit_message_pattern", True, True),
        ("deletion", False, False),
        ("required_linear_history", False, False),
        ("a_rule_of_tomorrow", False, False),
    ],
)
def test_each_rule_refuses_what_it_says(kind: str, when_new: bool, when_there: bool) -> None:
    assert [bool(says(kind, is_new=is_new)) for is_new in (True, False)] == [when_new, when_there]


@pytest.mark.parametrize(
    ("operator", "pattern", "negate", "refused"),
    [
        ("starts_with", "auto/", False, False),
        ("starts_with", "feature/", False, True),
        ("starts_with", "auto/", True, True),
        ("ends_with", "/7", False, False),
        ("contains", "o/7", False, False),
        ("contains", "x", True, False),
        ("regex", r"^(auto|bots)/\d+$", False, False),
        ("regex", r"^JIRA-\d+", False, True),
        ("regex", r"(?P<broken", False, False),
    ],
)
def test_the_name_of_the_branch_has_to_fit(operator: str, pattern: str, negate: bool, refused: bool) -> None:
    found = says("branch_name_pattern", operator=operator, pattern=pattern, negate=negate)
    assert bool(found) is refused


@pytest.mark.parametrize("kind", ["commit_author_email_pattern", "committer_email_pattern"])
@pytest.mark.parametrize(
    ("operator", "pattern", "refused"),
    [
        ("ends_with", "@users.noreply.github.com", False),
        ("ends_with", "@octo.example", True),
        ("contains", "7+", False),
    ],
)
def test_the_address_of_the_bots_commits_has_to_fit(kind: str, operator: str, pattern: str, refused: bool) -> None:
    rule = BranchRule(kind=kind, ruleset=1, source="octo/clock", parameters={"operator": operator, "pattern": pattern})
    found = find_obstacles([rule], "auto/7", is_new=True, commits=OwnCommits(email="7+bot@users.noreply.github.com"))
    assert [each.says for each in found] == (
        ["the address of its commits, `7+bot@users.noreply.github.com`, does not follow the pattern for e-mails"]
        if refused
        else []
    )
