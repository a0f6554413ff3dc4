"""The submodules of a commit: fetched once, and checked out in each workspace that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.adapters.git import (
    CommitFiles,
    GitCredentials,
    Repository,
    SubmoduleSeeds,
    Workspace,
    addresses_of,
    commits_of,
    fetch_submodules,
)
from bot.core.repository_settings import RepositorySettings
from bot.core.submodules import Choice, choose_submodules

_GITMODULES = ".gitmodules"


def seed_submodules(
    repository: str,
    files: CommitFiles,
    settings: RepositorySettings,
    folder: Path,
    *,
    web_url: str,
    credentials: Callable[[str], GitCredentials | None],
) -> SubmoduleSeeds:
    """Fetch the submodules of a commit into `folder`. From the base commit alone: what the session writes into
    `.gitmodules` fetches nothing."""
    if _GITMODULES not in files.paths:
        return SubmoduleSeeds()
    choice = Choice(repository=repository, web_url=web_url, listed=tuple(settings.submodules))
    commits, addresses = commits_of(files.gitdir, files.commit), addresses_of(files.gitdir, files.commit)
    chosen = choose_submodules(commits, addresses, choice)
    folder.mkdir()
    seeds = fetch_submodules(chosen.wanted, folder, choice, credentials=credentials)
    return replace(seeds, left=(*chosen.left, *seeds.left))


def place_submodules(submodules: SubmoduleSeeds, workspace: Workspace, repository: Repository, commit: str) -> None:
    """Check the submodules out in a workspace that shows a commit of `repository`."""
    if submodules.seeds:
        submodules.place(workspace.path, commit_has=commits_of(repository.folder, commit).get)
