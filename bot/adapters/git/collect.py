"""Take an agent's work out of its workspace, as commits in a quarantine.

Its commits come through `git upload-pack`, confined by the caller, and every object is checked on arrival. Files
that it did not commit are added through an index of the host, on top of those commits. A git directory that looks
tampered with is not read at all: then only the files count. Before git unfolds any tree, each commit's files
are counted (`walk`).
"""

from __future__ import annotations

import logging
import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.bounds import Bounds
from bot.adapters.git.command import git, run
from bot.adapters.git.commits import Commit, commits_between, trees_of
from bot.adapters.git.files import Files, refuse_giant
from bot.adapters.git.objects import Objects
from bot.adapters.git.refs import move_ref, work_ref
from bot.adapters.git.rewrite import Rewriting, rewritten
from bot.adapters.git.walk import Walk
from bot.adapters.git.workspace import MASKS, Workspace, alternates, drop_special_files, make_readable
from bot.adapters.process import CommandFailed, Completed
from bot.core.failures import FailureKind, TaskFailed

_SESSION = "refs/nightshift/session"  # the agent's branch as it made it

log = logging.getLogger(__name__)

_ASK_SECONDS = 60.0  # to list an agent's git directory
_FETCH_SECONDS = 300.0
_TAIL = 1000  # characters of git's output that are repeated
_FETCH = Bounds(memory=512 << 20, cpu=60, file=256 << 20)  # four times what is searched of a change


def unconfined(command: list[str]) -> list[str]:
    """The command as it is, where there is no sandbox."""
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """`head` is in the quarantine; `commits` lie between the base and it; `leftovers`: the last one is the host's own,
    of files that the agent had not committed. `made`: what `head` was before it was made the bot's own."""

    head: str
    made: str
    commits: int
    leftovers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One workspace's way out. `confine` wraps a command so that it sees the workspace and the mirror's objects and
    nothing else; it has to keep the environment. `most_files`: that one commit may change."""

    quarantine: Path
    mirror: Path
    workspace: Workspace
    branch: str
    base: str
    rewriting: Rewriting
    most_files: int
    confine: Callable[[list[str]], list[str]] = field(default=unconfined)

    def collect(self, message: str) -> Collected | None:
        make_readable(self.workspace.path)
        drop_special_files(self.workspace.path)
        claimed = self._take_commits() or self.base
        self._judged(claimed)
        parent = self._newer(claimed)
        tree = self._tree_of_files(parent)
        if tree == history.resolve(self.quarantine, self.base, "tree"):
            return None
        leftovers = tree != history.resolve(self.quarantine, parent, "tree")
        made = self._commit(tree, parent, message) if leftovers else parent
        head = rewritten(self.quarantine, self._judged(made), made, self.rewriting)
        self._refuse_submodules(head)
        self._refuse_giants(head)
        move_ref(self.quarantine, work_ref(self.branch), head)
        commits = int(git("rev-list", "--count", f"{self.base}..{head}", gitdir=self.quarantine).text)
        return Collected(head=head, made=made, commits=commits, leftovers=leftovers)

    def _judged(self, head: str) -> list[Commit]:
        """The commits of `base..head`, none of which is too large. No tree of them is unfolded before."""
        if head == self.base:
            return []
        commits = commits_between(self.quarantine, self.base, head, known=self.mirror)
        with Objects(self.quarantine) as objects:
            walk = Walk(objects, self.most_files)
            for commit, old in trees_of(objects, commits):
                walk.judge(commit.name, old, commit.tree)
        return commits

    # The agent's commits

    def _take_commits(self) -> str | None:
        """Fetch the agent's branch into the quarantine. None if there is no such branch, or no directory to trust."""
        claimed = self._claimed_head() if self._gitdir_is_sound() else None
        if claimed in (None, self.base):
            return claimed
        refspec = f"+refs/heads/{self.branch}:{_SESSION}"
        fetched = self._upload_pack("fetch", refspec, timeout=_FETCH_SECONDS)
        if fetched.over_limit:
            raise CommandFailed(fetched)
        head = history.resolve(self.quarantine, _SESSION)
        if fetched.code != 0 or head is None:
            errors = fetched.stderr.strip()[-_TAIL:] or "they did not arrive"
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits were refused: {errors}")
        return head

    def _claimed_head(self) -> str | None:
        """Where the agent's branch is, by its git directory."""
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
            gitdir=self.quarantine,
            protocols="file",
            settings={"fetch.unpackLimit": "1"},
            timeout=timeout,
            codes=None,
            bounds=_FETCH,
        )

    def _gitdir_is_sound(self) -> bool:
        """Whether it still is a folder of files that borrows objects from the mirror alone. A link, a `commondir` or
        another alternate would make an unconfined upload-pack serve objects from elsewhere."""
        gitdir = self.workspace.gitdir
        found = self._tampering(gitdir)
        if found:
            log.warning("%s: its git directory is not read: %s", self.workspace.path, found)
        return not found

    def _tampering(self, gitdir: Path) -> str:
        if gitdir.is_symlink() or not gitdir.is_dir():
            return "it is not a folder"
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
        related = git("merge-base", self.base, head, gitdir=self.quarantine, codes=(0, 1))
        if related.code:
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits share no history with {self.base}.")
        return self.base if related.text == head else head

    # The files

    def _tree_of_files(self, parent: str) -> str:
        """Write the tree of the files as they lie there, with `parent` as the state to compare with."""
        beside = self.workspace.path.parent  # after a crash it goes with the attempt's folder
        with tempfile.TemporaryDirectory(prefix="index-", dir=beside) as name:
            folder = Path(name)
            excludes = folder / "exclude"
            excludes.write_text("".join(f"{mask}\n" for mask in MASKS))
            files = Files(
                gitdir=self.quarantine,
                root=self.workspace.path,
                folder=folder,
                excludes=excludes,
                most=self.most_files,
            )
            return files.tree(self.base, parent, self.workspace.first_index)

    def _commit(self, tree: str, parent: str, message: str) -> str:
        return git(
            "commit-tree",
            tree,
            "-p",
            parent,
            gitdir=self.quarantine,
            environment=self.rewriting.author.environment,
            stdin=message.encode(),
        ).text

    def _refuse_submodules(self, head: str) -> None:
        links = history.gitlinks(self.quarantine, self.base, head)
        if links:
            named = ", ".join(f"`{path}`" for path in dict.fromkeys(links))
            raise TaskFailed(FailureKind.PROTECTED_PATH, f"The change adds or moves submodules: {named}")

    def _refuse_giants(self, head: str) -> None:
        """In every commit: one that a later commit deletes again is pushed all the same."""
        for path, size in history.added_sizes(self.quarantine, self.base, head):
            refuse_giant(path, size)
