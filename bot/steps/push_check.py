"""Whether a push of the bot's branch will be taken, before anything is paid for: asks git, and reads the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.adapters.git import Mirror, SigningKey
from bot.adapters.git.push_access import PushAccess
from bot.adapters.github import GitHub
from bot.adapters.settings import Settings
from bot.core.branch_rules import COMMIT_PATTERNS, SIGNATURES, OwnCommits, Signature, find_obstacles
from bot.core.commit_messages import sign_off
from bot.core.failures import FailureKind, TaskFailed
from bot.steps.base_commit import settings_of


def require_push(github: GitHub, mirror: Mirror, repository: str, branch: str, *, commit: str, is_new: bool) -> None:
    """Sends nothing. `commit`: of the base branch; `is_new`: the branch is not on GitHub.

    Raises TaskFailed(PUSH_REJECTED) with what stands in the way and what helps, TaskFailed as a fetch does, and
    GitHubFailed."""
    if mirror.key is not None:
        mirror.key.require()
    PushAccess(mirror.folder, mirror.url, mirror.credentials).check(commit, branch, is_new=is_new)
    refusal = find_rule_against(
        github,
        repository,
        branch,
        is_new=is_new,
        signs_off=lambda: settings_of(mirror.files(commit)).sign_off,
        key=mirror.key,
    )
    if refusal is not None:
        raise TaskFailed(FailureKind.PUSH_REJECTED, refusal)


def find_rule_against(
    github: GitHub, repository: str, branch: str, *, is_new: bool, signs_off: Callable[[], bool], key: SigningKey | None
) -> str | None:
    """A rule that this account may not bypass, in words. `signs_off`: reads whether the repository wants its commits
    signed off; `key`: signs them. Raises GitHubFailed, and TaskFailed if the key cannot be read."""
    rules = github.branch_rules(repository, branch)
    kinds = {rule.kind for rule in rules}  # few repositories have a rule for commits
    commits = _describe_commits(github, signs_off()) if kinds & COMMIT_PATTERNS else OwnCommits()
    if SIGNATURES in kinds:
        commits = replace(commits, signature=find_signature(github, key))
    for obstacle in find_obstacles(rules, branch, is_new=is_new, commits=commits):
        if not github.may_bypass(repository, obstacle.rule):
            rule = f"a ruleset of {obstacle.rule.source} ({obstacle.rule.ruleset})"
            fix = f"Exclude `{github.branches.prefix}*` from it, or let Nightshift's account bypass it."
            return f"{rule} holds for `{branch}`: {obstacle.says}. {fix}"
    return None


def signing_key_of(settings: Settings) -> SigningKey | None:
    file = settings.signing_key_file
    return SigningKey(file=file) if file is not None else None


def find_signature(github: GitHub, key: SigningKey | None) -> Signature:
    """What GitHub makes of the bot's commits. Raises GitHubFailed, and TaskFailed if the key cannot be read."""
    if github.signs:
        return "verified"
    if key is None:
        return "none"
    listed = github.signing_keys(github.account.me().login)
    return "verified" if listed is None or key.find_public() in listed else "unknown"


def _describe_commits(github: GitHub, signs_off: bool) -> OwnCommits:
    from bot.steps.own_branch import author_of  # noqa: PLC0415 - few repositories have such a rule

    author = author_of(github.account.me(), github.web_url)
    return OwnCommits(email=author.email, trailer=sign_off(author.name, author.email), signs_off=signs_off)
