"""What `nightshift doctor` finds of pushing: git itself is asked, since the API does not say what a token may do."""

from __future__ import annotations

from collections.abc import Iterator

from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.push_access import check_push
from bot.adapters.github import GitHub, GitHubFailed
from bot.core.facts import RepositoryFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.untrusted import plain
from bot.doctor_refusals import LATER, fix_of
from bot.finding import Finding
from bot.steps.default_settings import read_default_settings
from bot.steps.push_check import find_rule_against, find_signature, signing_key_of
from bot.wiring import Services

_FIXES = {
    FailureKind.PUSH_REJECTED: "give the account or its token write permission there (contents, issues, pull requests)",
    FailureKind.REPO_MISSING: "give the account access, or correct the name in REPOSITORIES",
    FailureKind.SETUP_FAILED: "correct HTTPS_PROXY, NO_PROXY or CA_FILE; docs/configuration.md says what each is for",
}


def check_push_of(services: Services, found: RepositoryFacts) -> Finding:
    """Sends nothing."""
    name = found.full_name
    web_url = services.settings.web_url
    url = f"{web_url}/{name}.git"
    credentials = GitCredentials(web_url, lambda: services.account.push_token(name), network=services.network)
    branch = services.branches.of(IssueRef(name, 1))
    try:
        check_push(url, credentials, branch)
        refusal = find_rule_against(
            services.github,
            name,
            branch,
            is_new=True,
            signs_off=lambda: _signs_off(services.github, name),
            key=signing_key_of(services.settings),
        )
    except TaskFailed as failed:
        fix = _FIXES.get(failed.kind, LATER)
        return Finding(need=name, verdict="wrong", says=plain(failed.detail), fix=fix)
    except GitHubFailed as failed:  # no token for it
        fix = fix_of(failed, _FIXES[FailureKind.REPO_MISSING])
        return Finding(need=name, verdict="wrong", says=str(failed), fix=fix)
    if refusal is not None:
        return Finding(need=name, verdict="wrong", says=refusal, fix="change the ruleset in the repository's settings")
    return Finding(need=name, verdict="ok", says=f"may push; default branch {found.default_branch}")


def _signs_off(github: GitHub, repository: str) -> bool:
    settings = read_default_settings(github, repository)
    return settings is not None and settings.sign_off


def check_signing(services: Services) -> Iterator[Finding]:
    """Nothing where commits are not signed."""
    key, need = signing_key_of(services.settings), "signatures"
    if services.github.signs:
        yield Finding(need=need, verdict="ok", says="GitHub makes and signs the commits")
    if key is None:
        return
    try:
        key.require()
        signature, public = find_signature(services.github, key), key.find_public()
    except TaskFailed as failed:
        fix = "install OpenSSH's ssh-keygen, or make another key"
        yield Finding(need=need, verdict="wrong", says=plain(failed.detail), fix=fix)
        return
    except GitHubFailed as failed:
        yield Finding(need=need, verdict="wrong", says=str(failed), fix=fix_of(failed))
        return
    if signature == "verified":
        yield Finding(need=need, verdict="ok", says="commits are signed with a key of the account")
        return
    says = f"commits are signed, and GitHub does not know the key as one of @{services.me.login}"
    fix = f"add it at {services.settings.web_url}/settings/keys as that account, as a signing key: {public}"
    yield Finding(need=need, verdict="wrong", says=says, fix=fix)
