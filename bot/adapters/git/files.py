"""The files of a workspace as a tree: what the agent left uncommitted, by the attributes of the base commit.

Git reads attributes from the work tree, and from the index where the work tree has no such file. So files are added in
a folder beside the workspace that has links to them and no attributes files at all, through an index of the base
commit. This needs no `--attr-source`, which git has since 2.41 only.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat as modes
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.git.bounds import LOCAL, Bounds
from bot.adapters.git.command import git
from bot.adapters.git.lfs import MOST_STORED, find_lfs, is_pointer, pointer_to, too_large
from bot.adapters.git.lfs_store import LfsStore
from bot.adapters.git.opening import Untouched, add_files, digest_of
from bot.adapters.git.skipped import Skipped
from bot.adapters.git.strays import Strays
from bot.adapters.process import Completed
from bot.core.failures import FailureKind, TaskFailed
from bot.core.folders import most_of_them

LARGEST_FILE = 100_000_000  # bytes: GitHub takes no larger one
MOST_STAGED = 1 << 30  # bytes of files that are read to see whether they changed
_LISTING = 32 << 20  # bytes of the names of untracked files
_LIST = Bounds(memory=256 << 20, cpu=20, file=1 << 20)
_ATTRIBUTES = b".gitattributes"
_LARGEST_ATTRIBUTES = 1 << 20
_SPECIAL = re.compile(rb"[\\*?\[\]!# ]")  # in a pattern of git

_Entry = tuple[bytes, bytes]  # mode and object's name


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFiles:
    """`root` is the workspace, `gitdir` the host's own repository, `folder` an empty one of the host's beside the
    workspace, on one file system with it. `most`: new files that are taken. `untouched`: what was different before the
    session began. `skipped`: what the session's git leaves out of the work tree. `never`: paths that are not taken.
    `lfs`: for contents under Git LFS, None if the base commit has none. `outputs` gets the folders of builds."""

    gitdir: Path
    root: Path
    folder: Path
    excludes: Path
    most: int
    untouched: Mapping[bytes, Untouched] = field(default_factory=dict)
    skipped: Skipped = field(default_factory=Skipped)
    never: Collection[bytes] = ()
    lfs: LfsStore | None = None
    outputs: list[bytes] = field(default_factory=list)

    def tree(self, base: str, parent: str, first_index: Path) -> str:
        """Write the tree of the files as they lie there, with `parent` as the state to compare with."""
        index, based = self.folder / "index", self.folder / "base"
        if first_index.exists():
            shutil.copy2(first_index, index)
        self._git(index, "read-tree", "--reset", parent)
        self._git(based, "read-tree", base)
        untracked = self._find_untracked(index, self._read_index(based))
        candidates = {*self._list_changed(index), *self._recent(index, first_index), *untracked}
        under_lfs = set(find_lfs(self.gitdir, based, candidates)) if self.lfs is not None else set[bytes]()
        present = {path for path in candidates if self._can_be_added(path, of_any_size=path in under_lfs)}
        same = self._same_as_before(index, present) | self._pointers(index, present & under_lfs)
        work = present - same.keys()
        entries = {**same, **self._attributes(based, work), **self._stage(based, work)}
        gone = {path for path in candidates - present if path not in self.skipped}
        self._enter(index, entries, gone)
        return self._git(index, "write-tree").text

    # What may have changed

    def _list_changed(self, index: Path) -> Iterable[bytes]:
        """Tracked files whose size or times differ; not submodules, in which git would run as their settings say."""
        fields = self._git(index, "diff-files", "-z", "--no-renames", "--ignore-submodules=all").stdout.split(b"\0")
        pairs = zip(fields[::2], fields[1::2], strict=False)
        return [path for change, path in pairs if not change.startswith(b":160000")]

    def _recent(self, index: Path, first_index: Path) -> Iterable[bytes]:
        """Tracked files that are as new as the index: a change in the same second would not show in their times."""
        if not first_index.exists():
            return []
        stamp = int(first_index.stat().st_mtime)
        listed = self._read_index(index)
        return [path for path, (mode, _) in listed.items() if mode != b"160000" and self._is_as_new(path, stamp)]

    def _is_as_new(self, path: bytes, stamp: int) -> bool:
        try:
            return os.lstat(self._place(path)).st_mtime >= stamp
        except OSError:  # gone: `diff-files` reports it
            return False

    def _find_untracked(self, index: Path, tracked: Iterable[bytes]) -> Iterable[bytes]:
        """Neither ignored files, nor by-products, nor repositories within the workspace (which end in a slash)."""
        strays = Strays(self.root, tracked, self.never, self.outputs)
        listed = self._list_untracked(index)
        while listed.over_limit and (found := strays.folders(listed.stdout.split(b"\0")[:-1])):
            self._exclude(found)  # they are what there is so much of
            listed = self._list_untracked(index)
        if listed.code != 0 and not listed.over_limit:
            raise TaskFailed(FailureKind.AGENT_CRASHED, f"The workspace cannot be read: {listed.stderr[-1000:]}")
        paths = [path for path in listed.stdout.split(b"\0")[:-1] if not strays.holds(path)]
        if listed.over_limit:
            raise self._too_many(paths, "more than can be listed")
        if len(paths) > self.most:
            raise self._too_many(paths, f"{len(paths):,}")
        return [path for path in paths if not path.endswith(b"/")]

    def _list_untracked(self, index: Path) -> Completed:
        asked = ("ls-files", "-z", "--others", "--exclude-standard")
        return self._git(index, *asked, bounds=_LIST, largest=_LISTING, codes=None)

    def _exclude(self, folders: Iterable[bytes]) -> None:
        with self.excludes.open("ab") as excludes:
            excludes.writelines(b"/" + _SPECIAL.sub(rb"\\\g<0>", folder) + b"/\n" for folder in folders)

    def _too_many(self, paths: Iterable[bytes], figure: str) -> TaskFailed:
        where = most_of_them(path.decode(errors="replace") for path in paths)
        detail = f"{figure} new files that are not committed{where}; the limit is {self.most:,}"
        return TaskFailed(FailureKind.DIFF_TOO_LARGE, detail)

    def _can_be_added(self, path: bytes, *, of_any_size: bool) -> bool:
        """Whether a file or a link is there, and not behind a link: that would be a file outside of the workspace."""
        place = self._place(path)
        try:
            status = os.lstat(place)
        except OSError:  # gone, or its name is too long for this system
            return False
        folder = os.path.dirname(place)  # noqa: PTH120 - bytes
        if os.path.realpath(folder) != folder:
            return False
        if not of_any_size:
            refuse_giant(path, status.st_size)
        return modes.S_ISREG(status.st_mode) or modes.S_ISLNK(status.st_mode)

    # What they are, by the base commit's attributes

    def _same_as_before(self, index: Path, present: Collection[bytes]) -> dict[bytes, _Entry]:
        """Files that have the bytes of before the session. What a commit of the session stores of them stays, if it is
        what git makes of these bytes."""
        same = [each for path, each in self.untouched.items() if path in present and self._is_same(each)]
        known = self._read_index(index) if same else {}
        entries = dict[bytes, _Entry]()
        for each in same:
            _, oid = known.get(each.path, (b"", b""))
            kept = oid if oid and oid == each.stored.encode() else each.oid.encode()
            entries[each.path] = (_file_mode(os.lstat(self._place(each.path))), kept)
        return entries

    def _pointers(self, index: Path, paths: Collection[bytes]) -> dict[bytes, _Entry]:
        """Files under Git LFS, as pointers. The contents of those that changed are kept."""
        known, entries = self._read_index(index) if paths else {}, dict[bytes, _Entry]()
        for path in paths:
            place = self._place(path)
            status = os.lstat(place)
            if not modes.S_ISREG(status.st_mode) or self.lfs is None or is_pointer(place, status.st_size):
                continue
            made = git("hash-object", "-w", "--stdin", gitdir=self.gitdir, stdin=pointer_to(place).text).stdout.strip()
            if made != known.get(path, (b"", b""))[1] and self.lfs.put_file(place, largest=MOST_STORED) is None:
                raise too_large(path)
            entries[path] = (_file_mode(status), made)
        return entries

    def _is_same(self, before: Untouched) -> bool:
        return digest_of(self.root, before.path) == before.digest

    def _stage(self, based: Path, present: Collection[bytes]) -> dict[bytes, _Entry]:
        chosen = sorted(path for path in present if os.path.basename(path) != _ATTRIBUTES)  # noqa: PTH119 - bytes
        stage = self.folder / "stage"
        stage.mkdir()
        staged = self._link(chosen, os.fsencode(stage))
        raw = add_files(based, self.gitdir, stage, staged)
        known = self._read_index(based)
        return {path: known[path] for path in staged if path in known} | {path: self._as_it_is(path) for path in raw}

    def _as_it_is(self, path: bytes) -> _Entry:
        """A file that is not in the encoding that an attribute names: a conversion would lose a part of it."""
        place = os.fsdecode(self._place(path))
        made = git("hash-object", "-w", "--no-filters", "--", place, gitdir=self.gitdir)
        return _file_mode(os.lstat(place)), made.stdout.strip()

    def _link(self, chosen: Sequence[bytes], stage: bytes) -> list[bytes]:
        """Links to the files, or copies where the file system has no links."""
        left, staged = MOST_STAGED, []
        for path in chosen:
            source, place = self._place(path), os.path.join(stage, path)  # noqa: PTH118 - bytes
            left -= os.lstat(source).st_size
            if left < 0:
                detail = f"more than {MOST_STAGED:,} bytes in the files that may have changed"
                raise TaskFailed(FailureKind.DIFF_TOO_LARGE, detail)
            if _link_or_copy(source, place):
                staged.append(path)
        return staged

    def _attributes(self, based: Path, present: Collection[bytes]) -> dict[bytes, _Entry]:
        """Changed attributes files: they are converted by the base commit's rules, and their own rules do not apply."""
        chosen = [path for path in present if os.path.basename(path) == _ATTRIBUTES]  # noqa: PTH119 - bytes
        if not chosen:
            return {}
        rules = self._rules(based)
        return {path: self._attributes_entry(based, path, rules) for path in chosen}

    def _attributes_entry(self, based: Path, path: bytes, rules: Path) -> _Entry:
        place = self._place(path)
        status = os.lstat(place)
        if modes.S_ISLNK(status.st_mode):
            content = os.readlink(place)  # noqa: PTH115 - bytes
            mode, how = b"120000", "--no-filters"
        else:
            if status.st_size > _LARGEST_ATTRIBUTES:
                detail = f"`{os.fsdecode(path)}` has {status.st_size:,} bytes; the limit is {_LARGEST_ATTRIBUTES:,}"
                raise TaskFailed(FailureKind.DIFF_TOO_LARGE, detail)
            content, mode, how = (
                Path(os.fsdecode(place)).read_bytes(),
                _file_mode(status),
                f"--path={os.fsdecode(path)}",
            )
        made = self._git(based, "hash-object", "-w", how, "--stdin", work_tree=rules, stdin=content)
        return mode, made.stdout.strip()

    def _rules(self, based: Path) -> Path:
        """A folder that holds the base commit's attributes files and nothing else."""
        rules = self.folder / "rules"
        rules.mkdir()
        for path, (mode, name) in self._read_index(based).items():
            if os.path.basename(path) == _ATTRIBUTES and mode.startswith(b"100"):  # noqa: PTH119 - bytes
                place = rules / os.fsdecode(path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(git("cat-file", "blob", name.decode(), gitdir=self.gitdir).stdout)
        return rules

    # The index

    def _enter(self, index: Path, entries: dict[bytes, _Entry], gone: Iterable[bytes]) -> None:
        removed = [b"0 " + b"0" * 40 + b"\t" + path for path in sorted(gone)]
        added = [mode + b" " + name + b"\t" + path for path, (mode, name) in sorted(entries.items())]
        if lines := [*removed, *added]:
            stdin = b"".join(line + b"\0" for line in lines)
            self._git(index, "update-index", "-z", "--add", "--replace", "--index-info", stdin=stdin)

    def _read_index(self, index: Path) -> dict[bytes, _Entry]:
        """Mode and object's name of each path in an index."""
        rows = (row.partition(b"\t") for row in self._git(index, "ls-files", "-z", "--stage").stdout.split(b"\0")[:-1])
        return {path: (about[:6], about[7:].split(b" ")[0]) for about, _, path in rows}

    def _place(self, path: bytes) -> bytes:
        return os.path.join(os.fsencode(self.root), path)  # noqa: PTH118 - bytes: a name need not be text

    def _git(
        self,
        index: Path,
        *arguments: str,
        work_tree: Path | None = None,
        stdin: bytes = b"",
        codes: tuple[int, ...] | None = (0,),
        bounds: Bounds = LOCAL,
        largest: int = _LISTING * 4,
    ) -> Completed:
        return git(
            *arguments,
            gitdir=self.gitdir,
            work_tree=work_tree or self.root,
            settings={"core.excludesFile": str(self.excludes)},
            environment={"GIT_INDEX_FILE": str(index)},
            stdin=stdin,
            codes=codes,
            bounds=bounds,
            largest=largest,
        )


def _file_mode(status: os.stat_result) -> bytes:
    return b"100755" if status.st_mode & modes.S_IXUSR else b"100644"


def refuse_giant(path: bytes, size: int) -> None:
    if size > LARGEST_FILE:
        name = path.decode(errors="replace")
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, f"`{name}` has {size:,} bytes; GitHub's limit is {LARGEST_FILE:,}")


def _link_or_copy(source: bytes, place: bytes) -> bool:
    """False if the path is too long there: the stage's own is a little longer than the workspace's."""
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
        try:
            os.link(source, place, follow_symlinks=False)
        except OSError:
            shutil.copy2(source, place, follow_symlinks=False)
    except OSError as failed:
        if failed.errno != errno.ENAMETOOLONG:
            raise
        return False
    return True
