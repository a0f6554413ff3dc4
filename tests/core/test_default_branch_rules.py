"""Which rules keep the bot's account from changing a default branch by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.branch_rules import BranchRule, Bypass
from bot.core.default_branch_rules import find_review_rules, needs_approval, protecting_ruleset
from bot.rehearsal.github.describe import reduce
from bot.rehearsal.github.guard import Guard

DESCRIPTION = Path(__file__).parents[2] / "node_modules/@octokit/openapi/generated/api.github.com.json"


@pytest.mark.parametrize(
    ("kind", "parameters", "protects"),
    [
        ("pull_request", {"required_approving_review_count": 1}, True),
        ("pull_request", {"required_approving_review_count": 0}, False),
        ("pull_request", {}, False),
        ("pull_request", {"required_approving_review_count": "many"}, False),
        ("required_status_checks", {"required_approving_review_count": 2}, False),
        ("non_fast_forward", {}, False),
    ],
)
def test_a_rule_protects_if_another_person_has_to_approve(
    kind: str, parameters: dict[str, Any], protects: bool
) -> None:
    rule = BranchRule(kind=kind, ruleset=1, source="octo/clock", parameters=parameters)

    assert (find_review_rules([rule]) == [rule]) is protects


@pytest.mark.parametrize(
    ("bypasses", "needed"),
    [
        ([], False),
        ([Bypass.ALWAYS], False),
        ([Bypass.EXEMPT], False),
        ([Bypass.PULL_REQUESTS_ONLY], False),
        ([Bypass.NEVER], True),
        ([Bypass.ALWAYS, None, Bypass.NEVER], True),
        ([None], None),
        ([None, Bypass.PULL_REQUESTS_ONLY], None),
    ],
)
def test_one_ruleset_that_the_account_may_not_bypass_is_enough(
    bypasses: list[Bypass | None], needed: bool | None
) -> None:
    """One of which GitHub does not say so proves nothing."""
    assert needs_approval(bypasses) is needed


def test_the_ruleset_that_is_offered_protects() -> None:
    rules = [
        BranchRule(kind=each["type"], ruleset=1, source="", parameters=each.get("parameters", {}))
        for each in protecting_ruleset()["rules"]
    ]

    assert len(find_review_rules(rules)) == 1


def test_github_takes_the_ruleset_that_is_offered() -> None:
    """By its own description of what creates one."""
    described = reduce(json.loads(DESCRIPTION.read_text()), [("POST", "/repos/{owner}/{repo}/rulesets")], [])
    guard = Guard(described)
    found = guard.find("POST", "/repos/octo/clock/rulesets")

    assert found is not None
    assert guard.check_request(found[0], {}, protecting_ruleset()) == []
    assert guard.check_request(found[0], {}, {**protecting_ruleset(), "target": "tree"}) != []
