"""Which rules keep the bot from changing a default branch by itself, and the ruleset that does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from bot.core.branch_rules import BranchRule, Bypass

_MERGE = frozenset({Bypass.ALWAYS, Bypass.EXEMPT, Bypass.PULL_REQUESTS_ONLY})


def find_review_rules(rules: Iterable[BranchRule]) -> list[BranchRule]:
    """Rules under which a change needs the approval of another: the author of a pull request cannot approve it. They
    keep from pushing, too."""
    return [
        rule
        for rule in rules
        if rule.kind == "pull_request" and _is_positive(rule.parameters.get("required_approving_review_count"))
    ]


def needs_approval(bypasses: Collection[Bypass | None]) -> bool | None:
    """Whether GitHub demands the approval of another before an account merges its own pull request. `bypasses`: of each
    review rule's ruleset, None where GitHub does not show it. None: not known."""
    if Bypass.NEVER in bypasses:
        return True
    return False if _MERGE.issuperset(bypasses) else None


def protecting_ruleset() -> dict[str, Any]:
    """As GitHub's page "Import a ruleset" takes it. A push after the approval needs another one: else a change could be
    approved and then replaced."""
    return {
        "name": "Changes need a review",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "bypass_actors": [],
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {
                "type": "pull_request",
                "parameters": {
                    "required_approving_review_count": 1,
                    "dismiss_stale_reviews_on_push": True,
                    "require_last_push_approval": True,
                    "require_code_owner_review": False,
                    "required_review_thread_resolution": False,
                },
            },
        ],
    }


def _is_positive(count: object) -> bool:
    return isinstance(count, int) and count > 0
