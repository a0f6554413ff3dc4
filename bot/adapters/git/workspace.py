"""An attempt's own checkout, with a private git directory that borrows its objects from the mirror.

It is no worktree of the mirror: of 48 that were added eight at once, 11 failed (git 2.39.5), and the agent would have
to write in the mirror's own directory.

The agent may do with it as it likes: nothing that the host's git reads later is in it, but files and objects.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat as modes
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git, run
from bot.adapters.git.shallow import end_history_where
from bot.adapters.walking import TooDeep, walk

# The CLI's sandbox lays empty masks over these; what is left of them is not the agent's work.
MASKS = (
    "/.bash_profile",
    "/.bashrc",
    "/.claude",
    "/.gitconfig",
    "/.gitmodules",
    "/.idea",
    "/.mcp.json",
    "/.profile",
    "/.ripgreprc",
    "/.vscode",
    "/.zprofile",
    "/.zshrc",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    name: str
    email: str

    @property
    def environment(self) -> dict[str, str]:
        """For `git commit` without a configuration: the agent's, and the host's for what the agent left uncommitted."""
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
        }


@dataclass(frozen=True, slots=True)
class Workspace:
    """`path` is the agent's; beside it lies what the host keeps for itself."""

    path: Path

    @property
    def gitdir(self) -> Path:
        return self.path / ".git"

    @property
    def first_index(self) -> Path:
        """The host's copy of the index as it was after checkout: it spares reading every file again at the end."""
        return self.path.with_name(f"{self.path.name}.index")

    @property
    def opened(self) -> Path:
        """The host's record of what was different from the base commit before the agent began (`opening`)."""
        return self.path.with_name(f"{self.path.name}.opened")

    def close(self) -> None:
        """Remove it, whatever the agent made of it."""
        remove_tree(self.path)
        self.first_index.unlink(missing_ok=True)
        self.opened.unlink(missing_ok=True)


def open_workspace(mirror: Path, path: Path, *, base: str, branch: str) -> Workspace:
    """A checkout of `branch` at `base`, without a remote, hooks or an identity. What lay at `path` is removed."""
    workspace = Workspace(path.resolve())
    workspace.close()
    git("init", "--quiet", "--template=", f"--initial-branch={branch}", str(workspace.path))
    (workspace.gitdir / "info").mkdir()
    (workspace.gitdir / "info/exclude").write_text("".join(f"{mask}\n" for mask in MASKS))
    (workspace.gitdir / "objects/info/alternates").write_text(alternates(mirror))
    end_history_where(mirror, workspace.gitdir)
    git("checkout", "--quiet", "--force", "-B", branch, base, gitdir=workspace.gitdir, work_tree=workspace.path)
    shutil.copy2(workspace.gitdir / "index", workspace.first_index)  # with its time: git compares the files' with it
    return workspace


def alternates(mirror: Path) -> str:
    """Where a workspace borrows objects from. The agent must be able to read that folder under this very path."""
    return f"{mirror.resolve() / 'objects'}\n"


def remove_tree(path: Path) -> None:
    """Remove a tree with unreadable folders, of any depth, never following a link out of it."""
    if not os.path.lexists(path):
        return
    make_readable(path)
    run(["rm", "-rf", "--one-file-system", "--", str(path)])


def remove_apart(path: Path) -> None:
    """As `remove_tree`, by a process in a separate session: a signal to the caller's processes does not end it."""
    if os.path.lexists(path):
        make_readable(path)
        command = ["rm", "-rf", "--one-file-system", "--", str(path)]
        subprocess.run(command, start_new_session=True, check=False)


def make_readable(path: Path) -> None:
    """Restore the permissions that an agent took from the owner; root does not need them. Folders deeper than the walk
    goes stay as they are, and reading them fails."""
    if os.geteuid() == 0:
        return
    path.chmod(path.stat().st_mode | 0o700)
    with contextlib.suppress(TooDeep):
        for folder, entry in walk(path, lambda _: None):
            with contextlib.suppress(OSError):  # it was removed meanwhile
                _open_to_owner(folder, entry)


def _open_to_owner(folder: int, entry: os.DirEntry[str]) -> None:
    mode = entry.stat(follow_symlinks=False).st_mode
    needed = 0o700 if modes.S_ISDIR(mode) else 0o400
    if not modes.S_ISLNK(mode) and mode & needed != needed:
        os.chmod(entry.name, modes.S_IMODE(mode) | needed, dir_fd=folder)


def drop_special_files(path: Path) -> None:
    """Remove pipes, sockets and devices: reading a pipe named `.gitignore` would keep git waiting for ever."""
    special = [word for kind in "psbc" for word in ("-type", kind, "-o")][:-1]
    run(["find", str(path), "-xdev", "(", *special, ")", "-execdir", "rm", "-f", "--", "{}", "+"])
