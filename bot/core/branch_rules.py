"""Which of a repository's rules would refuse the bot's branch. They are asked for before anything is paid for.

GitHub lists all active rules for a branch, also for one that does not exist yet, whether or not the asking account may
bypass them. https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRule:
    """`kind`: GitHub's type of rule, as `required_signatures`. `source`: the repository or organisation whose ruleset
    it is part of."""

    kind: str
    ruleset: int
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Bypass(StrEnum):
    """When an account may pass a ruleset, in GitHub's words. `PULL_REQUESTS_ONLY`: it merges past the ruleset, and does
    not push past it. https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset"""

    ALWAYS = "always"
    EXEMPT = "exempt"
    PULL_REQUESTS_ONLY = "pull_requests_only"
    NEVER = "never"


_ON_EACH_PUSH = {
    "pull_request": "it may be changed through pull requests only",
}
_ON_UPDATES = {
    "update": "it may not be updated",
    "required_status_checks": "its commits need status checks before they are pushed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """`says`: why a push would be refused, as a sentence about the branch without its end."""

    rule: BranchRule
    says: str


_EMAIL_PATTERNS = frozenset({"commit_author_email_pattern", "committer_email_pattern"})
_MESSAGE_PATTERN = "commit_message_pattern"
COMMIT_PATTERNS = _EMAIL_PATTERNS | {_MESSAGE_PATTERN}
SIGNATURES = "required_signatures"
Signature = Literal["none", "unknown", "verified"]
"""What GitHub makes of the bot's commits. `unknown`: they are signed, with a key that is not its account's."""
_WITHOUT_SIGNATURE: Mapping[str, str] = {
    "none": "its commits have to be signed, which takes `SIGNING_KEY_FILE`, or with an App `SIGNED_BY_GITHUB=on`",
    "unknown": "its commits have to be signed, and Nightshift's account on GitHub has another signing key, or none",
}
_ANY_MESSAGES = ("Say the hour", "x\n\ny")  # a session writes its own


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCommits:
    """What is known before there are any. `trailer`: the line that signs them off; `signs_off`: whether they get it."""

    email: str = ""
    trailer: str = ""
    signs_off: bool = False
    signature: Signature = "none"


_UNKNOWN = OwnCommits()


def find_obstacles(
    rules: Sequence[BranchRule], branch: str, *, is_new: bool, commits: OwnCommits = _UNKNOWN
) -> list[Obstacle]:
    """`is_new`: the branch is not there yet. `commits`: needed for rules of `COMMIT_PATTERNS` and for signatures."""
    found = ((rule, _refusal(rule, branch, is_new=is_new, commits=commits)) for rule in rules)
    return [Obstacle(rule=rule, says=says) for rule, says in found if says is not None]


def _refusal(rule: BranchRule, branch: str, *, is_new: bool, commits: OwnCommits) -> str | None:
    if rule.kind in COMMIT_PATTERNS or rule.kind == SIGNATURES:
        return _refusal_of_commits(rule, commits)
    if rule.kind == "creation":
        return "it may not be created" if is_new else None
    if rule.kind == "branch_name_pattern":
        return None if _matches(rule.parameters, branch) else "its name does not follow the pattern for branches"
    if rule.kind in _ON_UPDATES and not is_new:
        return _ON_UPDATES[rule.kind]
    return _ON_EACH_PUSH.get(rule.kind)


def _refusal_of_commits(rule: BranchRule, commits: OwnCommits) -> str | None:
    if rule.kind == SIGNATURES:
        return _WITHOUT_SIGNATURE.get(commits.signature)
    if rule.kind == _MESSAGE_PATTERN:
        return _refusal_of_messages(rule.parameters, commits)
    address = f"the address of its commits, `{commits.email}`"
    fits = _matches(rule.parameters, commits.email)
    return None if fits else f"{address}, does not follow the pattern for e-mails"


def _refusal_of_messages(parameters: Mapping[str, Any], commits: OwnCommits) -> str | None:
    with_trailer = all(_matches(parameters, f"{text}\n\n{commits.trailer}\n") for text in _ANY_MESSAGES)
    if with_trailer and not any(_matches(parameters, f"{text}\n") for text in _ANY_MESSAGES):
        wanted = "its commits have to be signed off, which they are with `sign_off: true` in `.github/nightshift.yml`"
        return None if commits.signs_off else wanted
    return "the messages of its commits have to follow a pattern, and a session writes its own"


def _matches(parameters: Mapping[str, Any], text: str) -> bool:
    """A pattern that Python cannot read is left to GitHub."""
    operator, pattern = str(parameters.get("operator", "")), str(parameters.get("pattern", ""))
    tests = {"starts_with": text.startswith, "ends_with": text.endswith, "contains": lambda part: part in text}
    try:
        holds = tests[operator](pattern) if operator in tests else re.search(pattern, text) is not None
    except re.error:
        return True
    return holds is not bool(parameters.get("negate"))
