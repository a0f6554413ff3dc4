"""Proposes an issue form in a repository, by a pull request: Nightshift itself pushes to no default branch."""

from __future__ import annotations

from importlib import resources

from bot.adapters.github import GitHub, GitHubFailed
from bot.core.facts import RepositoryFacts

FORM = ".github/ISSUE_TEMPLATE/auto.yml"
BRANCH = "nightshift/issue-form"
_EXISTS = 422
_TITLE = "Add an issue form for Nightshift"
_BODY = (
    "With this form people describe a change so that Nightshift can make it: what should change, how to tell that it is"
    " done, and what it depends on. The form's label starts nothing for people without write permission.\n\nIt was"
    " proposed by `nightshift init`. Nightshift works without it."
)


def propose_issue_form(github: GitHub, found: RepositoryFacts, label: str) -> str:
    """Returns what came of it, for a person. Raises GitHubFailed."""
    name = found.full_name
    if github.read_file(name, FORM) is not None:
        return f"{name} has the issue form"
    try:
        github.create_branch(name, BRANCH, github.head_of(name, found.default_branch))
    except GitHubFailed as error:
        if error.status != _EXISTS:
            raise
        return f"{name}: the branch {BRANCH} is there already, so the issue form is not proposed again"
    github.create_file(name, FORM, read_form(label), branch=BRANCH, message=_TITLE)
    number = github.create_pull_request(name, head=BRANCH, base=found.default_branch, title=_TITLE, body=_BODY)
    return f"{name}: pull request #{number} proposes an issue form"


def read_form(label: str) -> bytes:
    """With the label that starts the work."""
    text = resources.files("bot.init").joinpath("issue_form.yml").read_text()
    return text.replace("labels: [auto]", f"labels: [{label}]").encode()
