"""Whether a push of the bot's branch will be taken, before anything is paid for: asks git, and reads the rules."""

from __future__ import annotations

from bot.adapters.git import Mirror
from bot.adapters.git.push_access import PushAccess
from bot.adapters.github import GitHub
from bot.core.branch_rules import EMAIL_PATTERNS, find_obstacles
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import BRANCH_PREFIX


def require_push(github: GitHub, mirror: Mirror, repository: str, branch: str, *, commit: str, is_new: bool) -> None:
    """Sends nothing. `commit`: one that the mirror holds; `is_new`: the branch is not on GitHub.

    Raises TaskFailed(PUSH_REJECTED) with what stands in the way and what helps, TaskFailed as a fetch does, and
    GitHubFailed."""
    PushAccess(mirror.folder, mirror.url, mirror.credentials).check(commit, branch, is_new=is_new)
    refusal = find_rule_against(github, repository, branch, is_new=is_new)
    if refusal is not None:
        raise TaskFailed(FailureKind.PUSH_REJECTED, refusal)


def find_rule_against(github: GitHub, repository: str, branch: str, *, is_new: bool) -> str | None:
    """A rule that this account may not bypass, in words. Raises GitHubFailed."""
    rules = github.branch_rules(repository, branch)
    asks_for_email = any(rule.kind in EMAIL_PATTERNS for rule in rules)
    email = _find_email(github) if asks_for_email else ""
    for obstacle in find_obstacles(rules, branch, is_new=is_new, email=email):
        if not github.may_bypass(repository, obstacle.rule):
            rule = f"a ruleset of {obstacle.rule.source} ({obstacle.rule.ruleset})"
            fix = f"Exclude `{BRANCH_PREFIX}*` from it, or let Nightshift's account bypass it."
            return f"{rule} holds for `{branch}`: {obstacle.says}. {fix}"
    return None


def _find_email(github: GitHub) -> str:
    from bot.steps.own_branch import author_of  # noqa: PLC0415 - few repositories have such a rule

    return author_of(github.account.me(), github.web_url).email
