"""A git host on loopback, a repository `octo/tools` on it, and its mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror
from bot.rehearsal.git_host import GitHost, serve

TOKEN = "ghp_a1b2c3d4e5f6"


@pytest.fixture
def git_host(tmp_path: Path) -> GitHost:
    """Knows one token that may write, and one that may only read."""
    host = GitHost(tmp_path / "host", writers={TOKEN}, readers={"readonly"})
    host.create("octo/tools", {"README.md": "Tools\n", "src/clock.py": "def now():\n    return 0\n"})
    return host


@pytest.fixture
def git_url(git_host: GitHost) -> Iterator[str]:
    with serve(git_host.app()) as url:
        yield url


@pytest.fixture
def mirror(git_url: str, tmp_path: Path) -> Mirror:
    """Fetched once."""
    url = f"{git_url}/octo/tools.git"
    mirror = Mirror(tmp_path / "mirrors/tools.git", url, GitCredentials(git_url, lambda: TOKEN), lock_seconds=2)
    mirror.fetch()
    return mirror
