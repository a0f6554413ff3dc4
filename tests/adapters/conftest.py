"""A git host on loopback, a repository `octo/tools` on it, its mirror, and a workspace to lay traps in; and a ledger in
either database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.git import Author, Collected, GitCredentials, Mirror, Quarantine, Rewriting, Workspace, git
from bot.adapters.store import Store, url_of
from tests.git_host import GitHost, commit_files, run_git, serve
from tests.postgres_server import empty_ledger

TOKEN = "ghp_a1b2c3d4e5f6"
AUTHOR = Author(name="Nightshift", email="bot@example.com")
OCTO = Author(name="Octo", email="octo@example.com")  # what `run_git` commits as


def by(author: Author) -> Rewriting:
    """Commits of this author's, with the messages and the times that they have."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return Rewriting(author=author, reword=str, since=epoch, until=datetime(2100, 1, 1, tzinfo=UTC))


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


@dataclass(frozen=True, slots=True)
class Trap:
    """A workspace to plant something in. Running `program` leaves `canary` behind."""

    mirror: Mirror
    quarantine: Quarantine
    workspace: Workspace
    base: str
    program: Path
    canary: Path
    host: GitHost

    @property
    def root(self) -> Path:
        return self.workspace.path

    @property
    def gitdir(self) -> Path:
        return self.workspace.gitdir

    def config(self, *settings: str) -> None:
        """Append lines to the workspace's own configuration."""
        with (self.gitdir / "config").open("a") as config:
            config.write("".join(f"{line}\n" for line in settings))

    def attributes(self, line: str) -> None:
        (self.root / ".gitattributes").write_text(f"{line}\n")
        (self.gitdir / "info/attributes").write_text(f"{line}\n")

    def nest(self, name: str) -> None:
        """A separate repository within the workspace."""
        run_git("init", "-q", str(self.root / name))
        run_git("commit", "-q", "--allow-empty", "-m", "Nested", cwd=self.root / name)

    def commit(self) -> str:
        run_git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "Work", cwd=self.root)
        return run_git("rev-parse", "HEAD", cwd=self.root)

    def tree(self, listing: str, parent: str | None = None) -> str:
        """Commit a tree that git itself would not make, on the agent's branch."""
        literally = ("hash-object", "-t", "tree", "--literally", "-w", "--stdin")
        tree = run_git(*literally, cwd=self.root, stdin=raw_tree(listing))
        commit = run_git("commit-tree", tree, "-p", parent or self.base, "-m", "Crafted", cwd=self.root)
        run_git("update-ref", "refs/heads/auto/1", commit, cwd=self.root)
        return commit

    def collect(
        self, *, most_files: int = 100, author: Author = OCTO, reword: Callable[[str], str] = str
    ) -> Collected | None:
        return self.quarantine.collect(
            self.workspace,
            branch="auto/1",
            base=self.base,
            message="Rest",
            rewriting=replace(by(author), reword=reword),
            most_files=most_files,
        )

    def whole_way(self) -> Collected | None:
        """Everything that the host ever does with a workspace."""
        try:
            work = self.collect()
            if work is not None:
                self.quarantine.patch(self.base, work.head)
                self.quarantine.release(work.head, "auto/1")
                self.mirror.push(work.head, "auto/1", expected=None)
            return work
        finally:
            self.workspace.close()

    def leaked(self, secret: bytes) -> bool:
        """Whether a secret lies in any object that went into the mirror or was pushed."""
        listing = ("cat-file", "--batch-all-objects", "--batch")
        folders = (self.mirror.folder, self.host.root / "octo/tools.git")
        return any(secret in git(*listing, gitdir=folder).stdout for folder in folders)


def raw_tree(listing: str) -> bytes:
    """`mode name oid` lines as the bytes of a tree object."""
    rows = (line.split(" ") for line in listing.splitlines())
    return b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(oid) for mode, name, oid in rows)


@pytest.fixture
def trap(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> Iterator[Trap]:
    base = mirror.remote_head("main")
    assert base is not None
    canary, program = tmp_path / "canary", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    with mirror.quarantine(tmp_path / "attempt/quarantine.git") as quarantine:
        yield Trap(mirror, quarantine, workspace, base, program, canary, git_host)
    workspace.close()


@pytest.fixture
def upstream(git_host: GitHost) -> Path:
    """`octo/tools` with thirty commits, and a branch `old` that is still at the first."""
    folder = git_host.root / "octo/tools.git"
    begin = run_git("rev-parse", "main", cwd=folder)
    run_git("update-ref", "refs/heads/old", begin, cwd=folder)
    for number in range(28):
        commit_files(folder, "main", {f"f{number % 7}.txt": f"{number}\n" * 50, "same": "same\n"}, f"Commit {number}")
    return folder


@pytest.fixture
def fresh(git_url: str, tmp_path: Path) -> Mirror:
    """A mirror that does not exist yet."""
    credentials = GitCredentials(git_url, lambda: TOKEN)
    return Mirror(tmp_path / "new/tools.git", f"{git_url}/octo/tools.git", credentials, lock_seconds=2)


# Whose cases on PostgreSQL run with each change: transactions, leases, deliveries and messages. Those of the other
# files run at night: their statements are the same, and SQLite's cases hold what they mean.
_ON_POSTGRESQL_TOO = frozenset(f"test_store{each}" for each in ("", "_leases", "_outbox", "_inbox", "_holds"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            is_on_server = item.callspec.params.get("ledger_url") == "postgresql"
            if is_on_server:
                item.add_marker(pytest.mark.needs("psql"))
            if is_on_server and item.path.stem not in _ON_POSTGRESQL_TOO:
                item.add_marker("nightly")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger."""
    return url_of(tmp_path / "ledger.db") if request.param == "sqlite" else empty_ledger()


@pytest.fixture
def store(ledger_url: str) -> Iterator[Store]:
    with closing(Store.open(ledger_url)) as store:
        yield store
