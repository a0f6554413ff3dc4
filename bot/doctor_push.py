"""What `nightshift doctor` finds of pushing: git itself is asked, since the API does not say what a token may do."""

from __future__ import annotations

from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.push_access import check_push
from bot.adapters.github import GitHub, GitHubFailed
from bot.core.facts import RepositoryFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import BRANCH_PREFIX
from bot.core.untrusted import plain
from bot.finding import Finding
from bot.steps.default_settings import read_default_settings
from bot.steps.push_check import find_rule_against
from bot.wiring import Services

_FIXES = {
    FailureKind.PUSH_REJECTED: "give the account or its token write permission there (contents, issues, pull requests)",
    FailureKind.REPO_MISSING: "give the account access, or correct the name in REPOSITORIES",
    FailureKind.SETUP_FAILED: "name your certificate authority in CA_FILE",
}


def check_push_of(services: Services, found: RepositoryFacts) -> Finding:
    """Sends nothing."""
    name = found.full_name
    url = f"{services.settings.web_url}/{name}.git"
    credentials = GitCredentials(services.settings.web_url, lambda: services.account.push_token(name))
    branch = f"{BRANCH_PREFIX}1"
    try:
        check_push(url, credentials, branch)
        refusal = find_rule_against(
            services.github, name, branch, is_new=True, signs_off=lambda: _signs_off(services.github, name)
        )
    except TaskFailed as failed:
        fix = _FIXES.get(failed.kind, "try again later")
        return Finding(need=name, verdict="wrong", says=plain(failed.detail), fix=fix)
    except GitHubFailed as failed:  # no token for it
        return Finding(need=name, verdict="wrong", says=str(failed), fix=_FIXES[FailureKind.REPO_MISSING])
    if refusal is not None:
        return Finding(need=name, verdict="wrong", says=refusal, fix="change the ruleset in the repository's settings")
    return Finding(need=name, verdict="ok", says=f"may push; default branch {found.default_branch}")


def _signs_off(github: GitHub, repository: str) -> bool:
    settings = read_default_settings(github, repository)
    return settings is not None and settings.sign_off
