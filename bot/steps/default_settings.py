"""Reads a repository's settings from its default branch, where there is no checkout."""

from __future__ import annotations

from bot.adapters.github import GitHub
from bot.core.repository_settings import (
    FILE,
    RepositorySettings,
    RepositorySettingsWrong,
    read_repository_settings,
)


def read_default_settings(github: GitHub, repository: str) -> RepositorySettings | None:
    """None for a file with mistakes: the next attempt names them. Raises GitHubFailed."""
    try:
        return read_repository_settings(github.read_file(repository, FILE))
    except RepositorySettingsWrong:
        return None
