"""Take an agent's work out of its workspace, as commits in the mirror.

Its commits come through `git upload-pack`, confined by whoever calls, and every object is checked on arrival. Files
that it did not commit are added through an index of the host's own, on top of those commits. A git directory that
looks tampered with is not read at all: then the files alone speak.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import stat as modes
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.command import Completed, git, run
from bot.adapters.git.history import DiffStat
from bot.adapters.git.refs import move_ref
from bot.adapters.git.workspace import MASKS, Author, Workspace, alternates, drop_special_files, make_readable
from bot.core.failures import FailureKind, TaskFailed

log = logging.getLogger(__name__)

LARGEST_FILE = 100_000_000  # bytes: GitHub takes no larger one
_ASK_SECONDS = 60.0  # for an agent's git directory to say what it holds
_FETCH_SECONDS = 300.0
_TAIL = 1000  # characters of git's words that are repeated


def unconfined(command: list[str]) -> list[str]:
    """Where there is no sandbox."""
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """`head` is in the mirror; `commits` lie between the base and it; `leftovers`: the last one is the host's own,
    of files that the agent had not committed."""

    head: str
    commits: int
    leftovers: bool
    stat: DiffStat


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One workspace's way out. `confine` wraps a command so that it sees the workspace and the mirror's objects and
    nothing else; it has to keep the environment."""

    mirror: Path
    workspace: Workspace
    branch: str
    base: str
    confine: Callable[[list[str]], list[str]] = field(default=unconfined)

    def collect(self, message: str, author: Author) -> Collected | None:
        make_readable(self.workspace.path)
        drop_special_files(self.workspace.path)
        parent = self._newer(self._take_commits() or self.base)
        tree = self._tree_of_files(parent)
        if tree == history.resolve(self.mirror, self.base, "tree"):
            return None
        leftovers = tree != history.resolve(self.mirror, parent, "tree")
        head = self._commit(tree, parent, message, author) if leftovers else parent
        self._refuse_submodules(head)
        self._refuse_giants(head)
        move_ref(self.mirror, self._ref, head)
        commits = int(git("rev-list", "--count", f"{self.base}..{head}", gitdir=self.mirror).text)
        return Collected(
            head=head, commits=commits, leftovers=leftovers, stat=history.stat(self.mirror, self.base, head)
        )

    @property
    def _ref(self) -> str:
        return work_ref(self.branch)

    # The agent's commits

    def _take_commits(self) -> str | None:
        """Fetch the agent's branch into the mirror. None if there is no such branch, or no directory to trust."""
        claimed = self._claimed_head() if self._gitdir_is_ours() else None
        if claimed in (None, self.base):
            return claimed
        move_ref(self.mirror, self._ref, None)
        refspec = f"+refs/heads/{self.branch}:{self._ref}"
        fetched = self._upload_pack("fetch", refspec, timeout=_FETCH_SECONDS)
        head = history.resolve(self.mirror, self._ref)
        if fetched.code != 0 or head is None:
            said = fetched.stderr.strip()[-_TAIL:] or "they did not arrive"
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits were refused: {said}")
        return head

    def _claimed_head(self) -> str | None:
        """Where the agent's git directory says that its branch is."""
        listed = self._upload_pack("ls-remote", f"refs/heads/{self.branch}", timeout=_ASK_SECONDS)
        if listed.code != 0:
            log.warning("%s: its git directory cannot be read: %s", self.workspace.path, listed.stderr[-_TAIL:].strip())
        return listed.text.split("\t")[0] or None if listed.code == 0 else None

    def _upload_pack(self, verb: str, ref: str, *, timeout: float) -> Completed:
        """`--strict`, or git would look for a second `.git` within the one that we name."""
        served_by = shlex.join(self.confine(["git", "upload-pack", "--strict"]))
        options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"] if verb == "fetch" else []
        return git(
            verb,
            *options,
            f"--upload-pack={served_by}",
            str(self.workspace.gitdir),
            ref,
            gitdir=self.mirror,
            protocols="file",
            timeout=timeout,
            codes=None,
        )

    def _gitdir_is_ours(self) -> bool:
        """Whether it still is a folder of files that borrows objects from the mirror alone. A link, a `commondir` or
        another alternate would have upload-pack serve somebody else's objects, were it not confined."""
        gitdir = self.workspace.gitdir
        odd = self._what_is_odd(gitdir)
        if odd:
            log.warning("%s: its git directory is not read: %s", self.workspace.path, odd)
        return not odd

    def _what_is_odd(self, gitdir: Path) -> str:
        if gitdir.is_symlink() or not gitdir.is_dir():
            return "it is no folder"
        if run(["find", str(gitdir), "-xdev", "!", "-type", "f", "!", "-type", "d", "-print", "-quit"]).stdout:
            return "it holds links"
        if (gitdir / "commondir").exists():
            return "it names a common directory"
        borrows = gitdir / "objects/info/alternates"
        if borrows.exists() and borrows.read_bytes() != alternates(self.mirror).encode():
            return "it borrows objects from elsewhere"
        return ""

    def _newer(self, head: str) -> str:
        """The commit to build on: the agent's, or the base if the agent stepped back behind it."""
        related = git("merge-base", self.base, head, gitdir=self.mirror, codes=(0, 1))
        if related.code:
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits share no history with {self.base}.")
        return self.base if related.text == head else head

    # The files

    def _tree_of_files(self, parent: str) -> str:
        """Write the tree of the files as they lie there, with `parent` as the state to compare with."""
        beside = self.workspace.path.parent  # after a crash it goes with the attempt's folder
        with tempfile.TemporaryDirectory(prefix="index-", dir=beside) as folder:
            excludes = Path(folder) / "exclude"
            excludes.write_text("".join(f"{mask}\n" for mask in MASKS))
            files = _Files(
                gitdir=self.mirror,
                root=self.workspace.path,
                index=Path(folder) / "index",
                excludes=excludes,
            )
            return files.tree(parent, self.workspace.first_index)

    def _commit(self, tree: str, parent: str, message: str, author: Author) -> str:
        return git(
            "commit-tree",
            tree,
            "-p",
            parent,
            gitdir=self.mirror,
            environment=author.environment,
            stdin=message.encode(),
        ).text

    def _refuse_submodules(self, head: str) -> None:
        links = history.gitlinks(self.mirror, self.base, head)
        if links:
            named = ", ".join(f"`{path}`" for path in dict.fromkeys(links))
            raise TaskFailed(FailureKind.PROTECTED_PATH, f"The change adds or moves submodules: {named}")

    def _refuse_giants(self, head: str) -> None:
        """In every commit: one that a later commit deletes again is pushed all the same."""
        for path, size in history.added_sizes(self.mirror, self.base, head):
            _refuse_giant(path, size)


def _refuse_giant(path: bytes, size: int) -> None:
    if size > LARGEST_FILE:
        name = path.decode(errors="replace")
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, f"`{name}` has {size:,} bytes; GitHub takes {LARGEST_FILE:,}")


def work_ref(branch: str) -> str:
    """Where the last work for a branch stays in the mirror, pushed or not."""
    return f"refs/nightshift/work/{branch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """The files of a workspace, seen through an index and a git directory of the host's own."""

    gitdir: Path
    root: Path
    index: Path
    excludes: Path

    def tree(self, parent: str, first_index: Path) -> str:
        if first_index.exists():
            shutil.copy2(first_index, self.index)
            self._git("read-tree", "--reset", parent)
        else:
            self._git("read-tree", parent)
        self._git("update-index", "-q", "--refresh", codes=(0, 1))  # 1: some files differ, which is what we ask
        candidates = {*self._changed(), *self._untracked()}
        present = {path for path in candidates if self._can_be_added(path)}
        self._update("--force-remove", candidates - present)
        self._update("--add", present)
        return self._git("write-tree").text

    def _changed(self) -> Iterable[bytes]:
        """Tracked files that differ; not submodules, whose folders are empty here."""
        fields = self._git("diff-files", "-z", "--no-renames").stdout.split(b"\0")
        pairs = zip(fields[::2], fields[1::2], strict=False)
        return [path for change, path in pairs if not change.startswith(b":160000")]

    def _untracked(self) -> Iterable[bytes]:
        """Neither ignored files nor repositories within the workspace (which end in a slash)."""
        found = self._git("ls-files", "-z", "--others", "--exclude-standard").stdout.split(b"\0")
        return [path for path in found if path and not path.endswith(b"/")]

    def _can_be_added(self, path: bytes) -> bool:
        """Whether a file or a link lies there, and not behind a link: that would be somebody else's file."""
        place = os.path.join(os.fsencode(self.root), path)  # noqa: PTH118 - bytes: a name need not be text
        try:
            status = os.lstat(place)
        except OSError:  # gone, or its name is too long for this system
            return False
        folder = os.path.dirname(place)  # noqa: PTH120 - bytes
        if os.path.realpath(folder) != folder:
            return False
        _refuse_giant(path, status.st_size)
        return modes.S_ISREG(status.st_mode) or modes.S_ISLNK(status.st_mode)

    def _update(self, how: str, chosen: set[bytes]) -> None:
        if chosen:
            self._git("update-index", "-z", how, "--stdin", stdin=b"".join(path + b"\0" for path in sorted(chosen)))

    def _git(self, *arguments: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,)) -> Completed:
        return git(
            *arguments,
            gitdir=self.gitdir,
            work_tree=self.root,
            settings={"core.excludesFile": str(self.excludes)},
            environment={"GIT_INDEX_FILE": str(self.index)},
            stdin=stdin,
            codes=codes,
        )
