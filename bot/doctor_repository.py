"""What `nightshift doctor` finds of a repository's protection: who may change its default branch, and whether its
workflows start for the bot's pull requests. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from bot.adapters.github import GitHub, GitHubFailed
from bot.core.default_branch_rules import find_review_rules, needs_approval
from bot.core.facts import RepositoryFacts
from bot.core.references import IssueRef
from bot.core.untrusted import one_line
from bot.core.workflow_triggers import starts_for
from bot.doctor_refusals import fix_of
from bot.finding import Finding
from bot.wiring import Services

_SHOWN = 60


def examine_repository(services: Services, found: RepositoryFacts) -> Iterator[Finding]:
    """One finding for each, also where GitHub does not answer."""
    for need, examine in ((f"{found.default_branch} of {found.full_name}", _branch), (f"CI of {found.full_name}", _ci)):
        try:
            yield examine(services.github, found, need)
        except GitHubFailed as error:
            yield Finding(need=need, verdict="wrong", says=str(error), fix=fix_of(error))


def _branch(github: GitHub, found: RepositoryFacts, need: str) -> Finding:
    """Nightshift merges nothing. This is about another who has its token: GitHub itself has to refuse it then."""
    rules = find_review_rules(github.branch_rules(found.full_name, found.default_branch))
    page = f"{github.web_url}/{found.full_name}/settings/rules"
    is_needed = needs_approval([github.find_bypass(found.full_name, rule) for rule in rules])
    if is_needed:
        says = (
            "GitHub lets this account neither push to it"
            " nor merge its own pull requests without the approval of another"
        )
        return Finding(need=need, verdict="ok", says=says)
    if is_needed is None:
        says = "a ruleset demands a review, and GitHub does not show whether this account may bypass it"
        return Finding(need=need, verdict="advice", says=says, fix=f"see at {page} that it may not")
    none = "no ruleset demands a review (classic branch protection is not read)"
    why = "its ruleset lets this account pass" if rules else none
    fix = f"nightshift config ruleset > ruleset.json, which an administrator imports at {page}"
    return Finding(need=need, verdict="advice", says=f"this account could merge by itself, since {why}", fix=fix)


def _ci(github: GitHub, found: RepositoryFacts, need: str) -> Finding:
    try:
        workflows = github.workflows(found.full_name)
    except GitHubFailed as error:
        if error.transient:
            raise
        says = "which workflows start is not known: this account may not read Actions"
        return Finding(need=need, verdict="advice", says=says, fix="give it the permission Actions (read)")
    branches = {"base": found.default_branch, "head": github.branches.of(IssueRef(found.full_name, 1))}
    starting = [
        each for each in workflows if starts_for(github.read_file(found.full_name, each.path) or b"", **branches)
    ]
    active = [one_line(each.path, _SHOWN) for each in starting if each.is_active]
    if active:
        return Finding(need=need, verdict="ok", says=f"starts for its pull requests: {', '.join(active)}")
    if starting:
        says = f"{one_line(starting[0].path, _SHOWN)} would start for its pull requests, and is disabled"
        return Finding(need=need, verdict="advice", says=says, fix="enable it on the repository's page Actions")
    says = "no workflow starts for its pull requests: only the checks that Nightshift runs judge a change"
    return Finding(need=need, verdict="advice", says=says, fix="let a workflow start `on: pull_request`")
