"""Creates the repositories of a scenario on the simulated GitHub, with what was reported of their first commit."""

from __future__ import annotations

from pathlib import Path

from bot.rehearsal.github.bare import GitRefused
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.outside_ci import report
from bot.rehearsal.places import Repository


class SourceRefused(Exception):
    """The history of a repository cannot be taken over; the text says why."""


def add_repository(github: SimulatedGitHub, repository: Repository) -> None:
    """Raises SourceRefused."""
    try:
        made = github.add_repository(
            repository.name,
            files={path: content.stored for path, content in repository.files.items()},
            source=None if repository.source is None else Path(repository.source),
            default_branch=repository.default_branch,
            archived=repository.archived,
            has_drafts=repository.drafts,
        )
    except GitRefused as refused:
        raise SourceRefused(f"{repository.name} cannot begin with {repository.source}: {refused}") from refused
    github.set_merging(repository.name, delete_branch_on_merge=repository.delete_branch_on_merge)
    github.delay_base_changes(repository.name, repository.late_base_changes)
    if repository.native_stacks:
        github.enable_stacks(repository.name)
    for each in repository.rulesets:
        github.add_ruleset(repository.name, *each.rules, branches=(each.branches,))
    for result in repository.ci:
        report(github, repository.name, made.default_branch, result)
