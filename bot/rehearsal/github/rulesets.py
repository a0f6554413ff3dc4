"""Rulesets: which rules hold for a branch, and why one of them declines a push.

Of commits only that they have a signature is enforced; patterns for messages and authors are listed, not enforced.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.rehearsal.git_http import Declined
from bot.rehearsal.github.records import Ruleset
from bot.rehearsal.github.world import Repository

_REASONS = {
    "creation": "Cannot create ref due to creations being restricted.",
    "update": "Cannot update this protected ref.",
    "required_signatures": "Commits must have verified signatures.",
    "non_fast_forward": "Cannot force-push to this branch",
    "pull_request": "Changes must be made through a pull request.",
    "branch_name_pattern": "Branch name must match a given pattern.",
    "required_status_checks": "Required status checks are expected.",
}

_SIGNATURES, _NO_FORCE = "required_signatures", "non_fast_forward"  # these depend on the commits that are pushed


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """`kind`: GitHub's type of rule."""

    ruleset: Ruleset
    kind: str
    parameters: Mapping[str, object]


def rules_for(repository: Repository, branch: str) -> Iterator[ActiveRule]:
    for ruleset in repository.rulesets.values():
        if any(fnmatch.fnmatchcase(branch, glob) for glob in ruleset.branches):
            yield from (ActiveRule(ruleset, kind, parameters) for kind, parameters in ruleset.rules.items())


def decline(repository: Repository, branch: str, login: str | None) -> Declined | None:
    """GitHub's refusal of a push of commits to this branch."""
    is_new = repository.git.branch(branch) is None
    broken = [
        rule.kind
        for rule in rules_for(repository, branch)
        if login not in rule.ruleset.bypass and _is_broken(rule, branch, is_new=is_new)
    ]
    certain = [kind for kind in broken if kind not in {_SIGNATURES, _NO_FORCE}]
    if not broken:
        return None
    said = [
        f"error: GH013: Repository rule violations found for refs/heads/{branch}.",
        *(f"- {_REASONS[kind]}" for kind in certain or broken),
    ]
    reason = "push declined due to repository rule violations"
    unsigned, forced = (not certain and kind in broken for kind in (_SIGNATURES, _NO_FORCE))
    return Declined(text="\n\n".join(said), reason=reason, if_unsigned=unsigned, if_forced=forced)


def _is_broken(rule: ActiveRule, branch: str, *, is_new: bool) -> bool:
    if rule.kind == "creation":
        return is_new
    if rule.kind in {"update", "required_status_checks"}:
        return not is_new
    if rule.kind == "branch_name_pattern":
        return re.search(str(rule.parameters["pattern"]), branch) is None  # the operator is regex
    return rule.kind in _REASONS
