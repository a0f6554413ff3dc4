"""Take an agent's work out of its workspace, as commits in a quarantine.

The commits of what it has checked out come through `git upload-pack`, confined by the caller, and every object is
checked on arrival. By-products are taken out of them (`cleaning`). Files that it did not commit are added through an
index of the host, on top of those commits. A git directory that looks tampered with is not read at all: then only the
files count. Before git unfolds any tree, each commit's files are counted (`walk`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.cleaning import Cleaned, Cleaner, LeftOut
from bot.adapters.git.command import git
from bot.adapters.git.commits import Commit, commits_between, read_commit, trees_of
from bot.adapters.git.files import WorkspaceFiles, refuse_giant
from bot.adapters.git.lfs import LfsCommits, uses_lfs
from bot.adapters.git.lfs_store import LfsStore, lfs_of
from bot.adapters.git.objects import Objects
from bot.adapters.git.opening import Untouched, differences
from bot.adapters.git.refs import move_ref, work_ref
from bot.adapters.git.rewrite import Rewriting, rewritten
from bot.adapters.git.skipped import Skipped, read_skipped
from bot.adapters.git.taking import Heads, Taking, leave_unconfined
from bot.adapters.git.trees import Trees
from bot.adapters.git.walk import Walk
from bot.adapters.git.workspace import MASKS, Workspace, drop_special_files, make_readable
from bot.core.failures import FailureKind, TaskFailed


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
class _Work:
    """What a session made: its commits up to `parent`, whose tree is `before` as it is published, and `tree`, that of
    its files. `left_out`: which of these are no work."""

    cleaned: Cleaned
    parent: str
    before: str
    tree: str
    left_out: tuple[LeftOut, ...]

    @property
    def has_leftovers(self) -> bool:
        """Whether something was not committed."""
        return self.tree != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One workspace's way out. `confine` wraps a command so that it sees the workspace and the mirror's objects and
    nothing else; it has to keep the environment. `most_files`: that one commit may change. `never`: paths that are not
    collected, unless the base commit has them. `adds_only`: every commit up to `base` stays. `submodules`: paths of
    those that are checked out."""

    quarantine: Path
    mirror: Path
    workspace: Workspace
    branch: str
    base: str
    rewriting: Rewriting
    most_files: int
    adds_only: bool = False
    confine: Callable[[list[str]], list[str]] = field(default=leave_unconfined)
    never: frozenset[bytes] = frozenset()
    submodules: frozenset[bytes] = frozenset()

    def collect(self, message: str) -> Collected | None:
        git("update-ref", "refs/nightshift/base", self.base, gitdir=self.quarantine)
        make_readable(self.workspace.path)
        drop_special_files(self.workspace.path)
        work = self._find_work()
        if work.tree == history.resolve(self.quarantine, self.base, "tree"):
            return None
        made, cleaned = self._add_leftovers(work, message)
        head = rewritten(self.quarantine, cleaned.commits, made, self.rewriting, cleaned.emptied)
        head = self._with_pointers(head) if self._lfs else head
        self._refuse_submodules(head)
        self._refuse_giants(head)
        move_ref(self.quarantine, work_ref(self.branch), head)
        return Collected(
            head=head,
            made=made,
            commits=int(git("rev-list", "--count", f"{self.base}..{head}", gitdir=self.quarantine).text),
            leftovers=work.has_leftovers,
            left_out=_named_once(*cleaned.left_out, *work.left_out),
        )

    def _find_work(self) -> _Work:
        """The commits that count, and what the workspace has besides."""
        heads, skipped = self._take()
        claimed = heads.checked_out or self.base
        cleaned, parent = self._clean(claimed), self._newer(claimed)
        before = self._tree_of(parent, cleaned)
        tree, left_out = self._tree_of_files(before, skipped)
        if (
            tree == before
            and heads.own is not None
            and claimed != heads.own
            and history.is_ancestor(self.quarantine, claimed, heads.own)
        ):
            parent, cleaned = heads.own, self._clean(heads.own)  # an older commit was only looked at
            tree = before = self._tree_of(parent, cleaned)
        return _Work(cleaned=cleaned, parent=parent, before=before, tree=tree, left_out=tuple(left_out))

    def _take(self) -> tuple[Heads, Skipped]:
        """Bring the session's commits into the quarantine. None of a git directory that is not sound: then only the
        files count."""
        taking = Taking(
            quarantine=self.quarantine,
            mirror=self.mirror,
            workspace=self.workspace,
            branch=self.branch,
            base=self.base,
            confine=self.confine,
        )
        if not taking.gitdir_is_sound():
            return Heads(), Skipped()
        return self._select_allowed(taking.take()), read_skipped(self.workspace.gitdir / "index")

    def _add_leftovers(self, work: _Work, message: str) -> tuple[str, Cleaned]:
        """The last commit, with what was not committed in one more; and all that are published."""
        if not work.has_leftovers:
            return work.parent, work.cleaned
        made = self._commit(work.tree, work.parent, message)
        commits = [*self._list_published(work.cleaned, work.parent), *self._judged_commit(made, work.before)]
        return made, replace(work.cleaned, commits=commits)

    def _clean(self, head: str) -> Cleaned:
        """The commits of `base..head` without what is no work, none of which is too large. No tree of them is unfolded
        before."""
        if head == self.base:
            return Cleaned(commits=[])
        commits = commits_between(self.quarantine, self.base, head, known=self.mirror)
        with Objects(self.quarantine) as objects:
            base = read_commit(objects, self.base).tree
            untouched = {each.path: {each.stored: each.oid} for each in self._list_untouched() if each.stored}
            cleaner = Cleaner(
                trees=Trees(objects),
                base=base,
                never=self.never,
                submodules=self.submodules,
                untouched=untouched,
                tracked=cache(partial(history.folder_names, self.quarantine, base)),
            )
            cleaned = cleaner.clean(commits, self.quarantine, objects)
        with Objects(self.quarantine) as objects:
            walk = Walk(objects, self.most_files)
            for commit, old in trees_of(objects, cleaned.commits):
                walk.judge(commit.name, old, commit.tree)
        return cleaned

    @property
    def _lfs(self) -> LfsStore | None:
        """For contents under Git LFS; None: the base commit has none."""
        return LfsStore(self.quarantine / "lfs") if uses_lfs(self.quarantine, self.base) else None

    def _with_pointers(self, head: str) -> str:
        """The commits with pointers in the place of contents that the session's git stored as they are."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self.workspace.path.parent) as name:
            index = Path(name) / "index"
            git("read-tree", self.base, gitdir=self.quarantine, environment={"GIT_INDEX_FILE": str(index)})
            found = LfsCommits(
                quarantine=self.quarantine,
                mirror=self.mirror,
                workspace=self.workspace,
                store=LfsStore(self.quarantine / "lfs"),
                kept=lfs_of(self.mirror),
            ).replacement(self.base, head, index)
        if not found.inside:
            return head
        commits = commits_between(self.quarantine, self.base, head, known=self.mirror)
        with Objects(self.quarantine) as objects, tempfile.TemporaryDirectory(dir=self.quarantine.parent) as folder:
            trees = Trees(objects)
            commits = [replace(commit, tree=trees.replace(commit.tree, found)) for commit in commits]
            trees.write(self.quarantine, Path(folder))
        return rewritten(self.quarantine, commits, head, self.rewriting)

    def _judged_commit(self, name: str, before: str) -> list[Commit]:
        with Objects(self.quarantine) as objects:
            commit = read_commit(objects, name)
            Walk(objects, self.most_files).judge(name, before, commit.tree)
            return [commit]

    def _list_published(self, cleaned: Cleaned, parent: str) -> list[Commit]:
        """None where the agent stepped back behind the base."""
        return cleaned.commits if parent != self.base else []

    def _tree_of(self, commit: str, cleaned: Cleaned) -> str:
        """As it is published."""
        found = next((each.tree for each in cleaned.commits if each.name == commit), None)
        tree = found or history.resolve(self.quarantine, commit, "tree")
        assert tree is not None  # noqa: S101 - both are commits
        return tree

    def _list_untouched(self) -> tuple[Untouched, ...]:
        return differences(self.workspace)

    def _select_allowed(self, heads: Heads) -> Heads:
        """Without those that leave out commits which have to stay: their files are committed on top of these."""
        if not self.adds_only:
            return heads
        checked_out, own = (
            head if head is not None and history.is_ancestor(self.quarantine, self.base, head) else None
            for head in (heads.checked_out, heads.own)
        )
        return Heads(checked_out=checked_out, own=own)

    def _newer(self, head: str) -> str:
        """The commit to build on: the agent's, or the base if the agent stepped back behind it."""
        related = git("merge-base", self.base, head, gitdir=self.quarantine, codes=(0, 1))
        if related.code:
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits share no history with {self.base}.")
        return self.base if related.text == head else head

    # The files

    def _tree_of_files(self, parent: str, skipped: Skipped) -> tuple[str, list[LeftOut]]:
        """Write the tree of the files as they lie there, with the tree `parent` as the state to compare with. Returns
        it, and what was not taken and may have been meant."""
        beside = self.workspace.path.parent  # after a crash it goes with the attempt's folder
        with tempfile.TemporaryDirectory(prefix="index-", dir=beside) as name:
            folder = Path(name)
            excludes = folder / "exclude"
            excludes.write_text("".join(f"{mask}\n" for mask in MASKS))
            files = WorkspaceFiles(
                gitdir=self.quarantine,
                root=self.workspace.path,
                folder=folder,
                excludes=excludes,
                most=self.most_files,
                untouched={each.path: each for each in self._list_untouched()},
                skipped=skipped,
                never=self.never,
                lfs=self._lfs,
            )
            tree = files.tree(self.base, parent, self.workspace.first_index)
            return tree, [LeftOut.of_output(folder) for folder in dict.fromkeys(files.outputs)]

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


def _named_once(*left_out: LeftOut) -> tuple[LeftOut, ...]:
    """What was committed lies in the workspace too."""
    found: dict[str, LeftOut] = {}
    for each in left_out:
        found.setdefault(each.path, each)
    return tuple(found.values())
