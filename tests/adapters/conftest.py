"""A git host on loopback, a repository `octo/tools` on it, and its mirror."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror
from bot.rehearsal.git_host import GitHost, serve

TOKEN = "ghp_a1b2c3d4e5f6"


@pytest.fixture(scope="session")
def _fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host's and a mirror's folders, made once: each test has copies, which spares it ten commands of git."""
    place = tmp_path_factory.mktemp("git")
    host = GitHost(place / "host", writers={TOKEN})
    host.create("octo/tools", {"README.md": "Tools\n", "src/clock.py": "def now():\n    return 0\n"})
    with serve(host.app()) as url:
        Mirror(place / "mirrors/tools.git", f"{url}/octo/tools.git", GitCredentials(url, lambda: TOKEN)).fetch()
    return place


@pytest.fixture
def git_host(tmp_path: Path, _fetched: Path) -> GitHost:
    """Knows one token that may write, and one that may only read."""
    shutil.copytree(_fetched / "host", tmp_path / "host")
    return GitHost(tmp_path / "host", writers={TOKEN}, readers={"readonly"})


@pytest.fixture
def git_url(git_host: GitHost) -> Iterator[str]:
    with serve(git_host.app()) as url:
        yield url


@pytest.fixture
def mirror(git_url: str, tmp_path: Path, _fetched: Path) -> Mirror:
    """Fetched once."""
    shutil.copytree(_fetched / "mirrors", tmp_path / "mirrors")
    url = f"{git_url}/octo/tools.git"
    return Mirror(tmp_path / "mirrors/tools.git", url, GitCredentials(git_url, lambda: TOKEN), lock_seconds=2)
