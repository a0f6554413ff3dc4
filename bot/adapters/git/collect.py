"""Take an agent's work out of its workspace, as commits in a quarantine.

The commits of what it has checked out come through `git upload-pack`, confined by the caller, and every object is
checked on arrival. By-products are taken out of them (`cleaning`). Files that it did not commit are added through an
index of the host, on top of those commits. A git directory that looks tampered with is not read at all: then only the
files count. Before git unfolds any tree, each commit's files are counted (`walk`).
"""

from __future__ import annotations

import logging
import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.bounds import Bounds
from bot.adapters.git.cleaning import Cleaned, Cleaner, LeftOut
from bot.adapters.git.command import git, run
from bot.adapters.git.commits import Commit, commits_between, read_commit, trees_of
from bot.adapters.git.files import Files, refuse_giant
from bot.adapters.git.objects import Objects
from bot.adapters.git.opening import Untouched, differences
from bot.adapters.git.refs import move_ref, work_ref
from bot.adapters.git.rewrite import Rewriting, rewritten
from bot.adapters.git.skipped import Skipped, read_skipped
from bot.adapters.git.trees import Trees
from bot.adapters.git.walk import Walk
from bot.adapters.git.workspace import MASKS, Workspace, alternates, drop_special_files, make_readable
from bot.adapters.process import CommandFailed, Completed
from bot.core.failures import FailureKind, TaskFailed

_SESSION = "refs/nightshift/session"  # what the agent has checked out, as it made it

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
    of files that the agent had not committed. `made`: what `head` was before it was made the bot's own. `left_out`:
    what the agent committed that is no work."""

    head: str
    made: str
    commits: int
    leftovers: bool
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heads:
    """The commit that the agent has checked out, and that of the branch it began on; None: there is none."""

    checked_out: str | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One workspace's way out. `confine` wraps a command so that it sees the workspace and the mirror's objects and
    nothing else; it has to keep the environment. `most_files`: that one commit may change. `never`: paths that are not
    collected, unless the base commit has them. `submodules`: paths of those that are checked out."""

    quarantine: Path
    mirror: Path
    workspace: Workspace
    branch: str
    base: str
    rewriting: Rewriting
    most_files: int
    confine: Callable[[list[str]], list[str]] = field(default=unconfined)
    never: frozenset[bytes] = frozenset()
    submodules: frozenset[bytes] = frozenset()

    def collect(self, message: str) -> Collected | None:
        make_readable(self.workspace.path)
        drop_special_files(self.workspace.path)
        is_sound = self._gitdir_is_sound()
        heads = self._take_commits() if is_sound else _Heads()
        claimed = heads.checked_out or self.base
        cleaned = self._cleaned(claimed)
        parent = self._newer(claimed)
        before = self._tree_of(parent, cleaned)
        skipped = read_skipped(self.workspace.gitdir / "index") if is_sound else Skipped()
        tree = self._tree_of_files(before, skipped)
        if tree == before and heads.own is not None and self._is_older(claimed, heads.own):
            parent, cleaned = heads.own, self._cleaned(heads.own)  # an older commit was only looked at
            tree = before = self._tree_of(parent, cleaned)
        if tree == history.resolve(self.quarantine, self.base, "tree"):
            return None
        leftovers = tree != before
        made = self._commit(tree, parent, message) if leftovers else parent
        if leftovers:
            cleaned = replace(cleaned, commits=[*self._published(cleaned, parent), *self._judged_commit(made, before)])
        head = rewritten(self.quarantine, cleaned.commits, made, self.rewriting, cleaned.emptied)
        self._refuse_submodules(head)
        self._refuse_giants(head)
        move_ref(self.quarantine, work_ref(self.branch), head)
        commits = int(git("rev-list", "--count", f"{self.base}..{head}", gitdir=self.quarantine).text)
        return Collected(head=head, made=made, commits=commits, leftovers=leftovers, left_out=cleaned.left_out)

    def _cleaned(self, head: str) -> Cleaned:
        """The commits of `base..head` without what is no work, none of which is too large. No tree of them is unfolded
        before."""
        if head == self.base:
            return Cleaned(commits=[])
        commits = commits_between(self.quarantine, self.base, head, known=self.mirror)
        with Objects(self.quarantine) as objects:
            base = read_commit(objects, self.base).tree
            untouched = {each.path: {each.stored: each.oid} for each in self._untouched() if each.stored}
            cleaner = Cleaner(
                trees=Trees(objects), base=base, never=self.never, submodules=self.submodules, untouched=untouched
            )
            cleaned = cleaner.clean(commits, self.quarantine, objects)
        with Objects(self.quarantine) as objects:
            walk = Walk(objects, self.most_files)
            for commit, old in trees_of(objects, cleaned.commits):
                walk.judge(commit.name, old, commit.tree)
        return cleaned

    def _judged_commit(self, name: str, before: str) -> list[Commit]:
        with Objects(self.quarantine) as objects:
            commit = read_commit(objects, name)
            Walk(objects, self.most_files).judge(name, before, commit.tree)
            return [commit]

    def _published(self, cleaned: Cleaned, parent: str) -> list[Commit]:
        """None where the agent stepped back behind the base."""
        return cleaned.commits if parent != self.base else []

    def _tree_of(self, commit: str, cleaned: Cleaned) -> str:
        """As it is published."""
        found = next((each.tree for each in cleaned.commits if each.name == commit), None)
        tree = found or history.resolve(self.quarantine, commit, "tree")
        assert tree is not None  # noqa: S101 - both are commits
        return tree

    def _untouched(self) -> tuple[Untouched, ...]:
        return differences(self.workspace)

    # The agent's commits

    def _take_commits(self) -> _Heads:
        """Fetch what the agent has checked out, and its own branch, into the quarantine."""
        claimed = self._claimed()
        wanted = [name for name in self._refs if claimed.get(name, self.base) != self.base]
        if not self._fetch(wanted):
            claimed.pop("HEAD")
            self._fetch(wanted[1:])
        checked_out, own = (self._taken(claimed, name) for name in self._refs)
        if checked_out is None or (own not in (None, checked_out) and not self._is_related(checked_out)):
            checked_out = own  # nothing, or an unrelated history, is checked out: the files are the work
        return _Heads(checked_out=checked_out, own=own)

    @property
    def _refs(self) -> dict[str, str]:
        """What is fetched, and where it is put: what the files belong to, and the branch that the agent began on."""
        return {"HEAD": _SESSION, f"refs/heads/{self.branch}": f"{_SESSION}-branch"}

    def _taken(self, claimed: dict[str, str], name: str) -> str | None:
        if claimed.get(name, self.base) == self.base:
            return claimed.get(name)
        return history.resolve(self.quarantine, self._refs[name])

    def _fetch(self, names: list[str]) -> bool:
        """False where what is checked out is not sound, and the branch that the agent began on may be."""
        if not names:
            return True
        specs = [f"+{name}:{self._refs[name]}" for name in names]
        fetched = self._upload_pack("fetch", *specs, timeout=_FETCH_SECONDS)
        if fetched.over_limit:
            raise CommandFailed(fetched)
        if fetched.code == 0 and all(history.resolve(self.quarantine, self._refs[name]) for name in names):
            return True
        if len(names) == 1:
            errors = fetched.stderr.strip()[-_TAIL:] or "they did not arrive"
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits were refused: {errors}")
        return False

    def _claimed(self) -> dict[str, str]:
        """The commits of what is fetched, by the agent's git directory."""
        listed = self._upload_pack("ls-remote", *self._refs, timeout=_ASK_SECONDS)
        if listed.code != 0:
            log.warning("%s: its git directory cannot be read: %s", self.workspace.path, listed.stderr[-_TAIL:].strip())
            return {}
        rows = (line.partition("\t") for line in listed.text.split("\n"))
        return {name: commit for commit, _, name in rows if name in self._refs}

    def _is_related(self, commit: str) -> bool:
        return git("merge-base", self.base, commit, gitdir=self.quarantine, codes=(0, 1)).code == 0

    def _is_older(self, commit: str, than: str) -> bool:
        """Whether it comes before another one."""
        if commit == than:
            return False
        return git("merge-base", "--is-ancestor", commit, than, gitdir=self.quarantine, codes=(0, 1)).code == 0

    def _upload_pack(self, verb: str, *refs: str, timeout: float) -> Completed:
        """`--strict`, or git would look for a second `.git` within the one that we name."""
        served_by = shlex.join(self.confine(["git", "upload-pack", "--strict"]))
        options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"] if verb == "fetch" else []
        return git(
            verb,
            *options,
            f"--upload-pack={served_by}",
            str(self.workspace.gitdir),
            *refs,
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

    def _tree_of_files(self, parent: str, skipped: Skipped) -> str:
        """Write the tree of the files as they lie there, with the tree `parent` as the state to compare with."""
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
                untouched={each.path: each for each in self._untouched()},
                skipped=skipped,
                never=self.never,
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
