"""A bare git repository of the simulation, and what GitHub itself does in one: commit, merge, compare.

Git runs with an environment made for it alone, and never in a work tree that anybody else can write.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.rehearsal.github.stored import EXECUTABLE, REGULAR, Content, StoredFile

TIME_LIMIT = 60.0
_DIFF = re.compile(r"^diff --git .*\n", re.MULTILINE)  # no line of a hunk begins so


class GitRefused(Exception):
    """Git refused to do it; the text is its error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: str  # ISO 8601
    message: str
    committer: tuple[str, str, str]  # name, address and date: of another person after a rebase


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a tree: `kind` is blob, tree or commit (a submodule)."""

    path: str
    sha: str
    kind: str
    mode: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    path: str
    status: str  # added, removed, modified
    additions: int
    deletions: int
    patch: str


@dataclass(frozen=True, slots=True)
class BareRepository:
    """`released`: entered while git works, so that its caller holds no lock meanwhile."""

    path: Path
    released: Callable[[], AbstractContextManager[None]] = nullcontext

    def create(self, default_branch: str) -> None:
        self.path.mkdir(parents=True)
        self.run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", ".")

    def kilobytes(self) -> int:
        """What its packs take: GitHub counts about that."""
        return sum(pack.stat().st_size for pack in (self.path / "objects/pack").glob("*.pack")) // 1024

    def take_history(self, source: Path) -> str | None:
        """Take over all branches and tags of another repository or of a bundle, which are not changed. Returns the
        branch that is checked out there, None where that cannot be said. Raises GitRefused."""
        from_there = ("fetch", "--quiet", "--no-write-fetch-head", str(source))
        self.run(*from_there, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        rows = [line.split("\t") for line in self.read("ls-remote", "--symref", str(source), "HEAD").splitlines()]
        for what, _ in rows:
            if what.startswith("ref: refs/heads/"):
                return what.removeprefix("ref: refs/heads/")
        there = [name for name, sha in self.branches().items() if [sha, "HEAD"] in rows]  # a bundle
        return next((name for name in ("main", "master", *there) if name in there), None)

    def check_out(self, branch: str) -> None:
        """Make a branch the one that a clone checks out."""
        self.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def refs(self) -> dict[str, str]:
        """Full names of all refs, and the objects that they point at."""
        lines = self.read("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def branch(self, name: str) -> str | None:
        return self.refs().get(f"refs/heads/{name}")

    def branches(self) -> dict[str, str]:
        heads = "refs/heads/"
        return {ref.removeprefix(heads): sha for ref, sha in self.refs().items() if ref.startswith(heads)}

    def resolve(self, revision: str) -> str | None:
        """The commit behind a branch, a tag or (part of) a hash."""
        if revision.startswith("-") or "\0" in revision:
            return None
        try:
            return self.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
        except GitRefused:
            return None

    def commit(
        self, branch: str, files: Mapping[str, Content | None], *, author: str, message: str, now: datetime
    ) -> str:
        """Add a commit on `branch`, which is made where missing. None as content removes the file."""
        who = f"{author} <{author}@users.noreply.github.com> {int(now.timestamp())} +0000".encode()
        stream = [b"commit refs/heads/%s\n" % branch.encode(), b"committer %s\n" % who, _data(message.encode())]
        if parent := self.branch(branch):
            stream.append(b"from %s\n" % parent.encode())
        stream.extend(_change(path, content) for path, content in files.items())
        self.run("fast-import", "--quiet", "--date-format=raw", stdin=b"".join(stream))
        made = self.branch(branch)
        assert made is not None  # noqa: S101 - git has just made it
        return made

    def set_ref(self, ref: str, sha: str, *, old: str) -> None:
        """Only if it is still `old` (all zeros: not there): of two that move it, one fails. Raises GitRefused."""
        self.run("update-ref", ref, sha, old)

    def delete_ref(self, ref: str, *, old: str) -> None:
        self.run("update-ref", "-d", ref, old)

    def can_merge(self, base: str, head: str) -> bool:
        """Whether two commits merge without a conflict."""
        try:
            self.run("merge-tree", "--write-tree", base, head)
        except GitRefused:
            return False
        return True

    def valid_ref(self, ref: str) -> bool:
        try:
            self.run("check-ref-format", ref)
        except GitRefused:
            return False
        return True

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.merge_base(older, newer) == older

    def merge_base(self, left: str, right: str) -> str | None:
        """The last commit that both have, None if they have nothing in common."""
        try:
            return self.read("merge-base", left, right).strip()
        except GitRefused:
            return None

    def commits(self, span: str) -> tuple[Commit, ...]:
        """The commits of a span such as `main..auto/1`, oldest first."""
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x1e"
        text = self.read("log", "--reverse", f"--format={form}", "--end-of-options", span)
        return tuple(_commit(record.lstrip("\n")) for record in text.split("\x1e") if record.strip())

    def commit_at(self, sha: str) -> Commit:
        return self.commits(f"{sha}^!")[-1]

    def changed_files(self, base: str, head: str) -> tuple[ChangedFile, ...]:
        """What `head` changed since it left `base`, file by file, with patches."""
        start = self.merge_base(base, head) or base
        listing = self._diff(start, head, "--name-status", "-z").split("\0")[:-1]
        counts = self._diff(start, head, "--numstat", "-z").split("\0")[:-1]
        patches = _DIFF.split(self._diff(start, head, "--patch"))[1:]
        found = zip(listing[::2], listing[1::2], counts, patches, strict=True)
        return tuple(_changed_file(status, path, count, patch) for status, path, count, patch in found)

    def entries(self, commit: str, path: str) -> tuple[Entry, ...]:
        """What lies in the folder `path` ("" is the root), or the one file of that name."""
        if "\0" in path or ".." in path.split("/"):
            return ()
        folder = f"{path}/" if path and self._is_folder(commit, path) else path
        listed = self.read("ls-tree", "-z", "-l", commit, "--", *([folder] if folder else [])).split("\0")[:-1]
        return tuple(_entry(line) for line in listed)

    def blob(self, sha: str) -> bytes:
        return self.run("cat-file", "blob", sha)

    def modes(self, revision: str) -> dict[str, bytes]:
        """The mode of each file of a revision."""
        listed = self.read("ls-tree", "-r", "-z", "-l", revision).split("\0")[:-1]
        return {entry.path: entry.mode.encode() for entry in map(_entry, listed)}

    def files(self, revision: str) -> dict[str, bytes]:
        """All files of a revision."""
        listed = self.read("ls-tree", "-r", "-z", "-l", revision).split("\0")[:-1]
        return {entry.path: self.blob(entry.sha) for entry in map(_entry, listed) if entry.kind == "blob"}

    def _is_folder(self, commit: str, path: str) -> bool:
        listed = self.read("ls-tree", "-z", "-l", commit, "--", path).split("\0")[:-1]
        return any(_entry(line).kind == "tree" for line in listed)

    def _diff(self, start: str, head: str, *form: str) -> str:
        return self.read("diff", "--no-renames", "--no-ext-diff", "--no-textconv", *form, start, head)

    def read(self, *arguments: str) -> str:
        return self.run(*arguments).decode("utf-8", "replace")

    def run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        with self.released():
            done = subprocess.run(
                ["git", "--literal-pathspecs", "-c", "core.quotePath=false", "-c", "safe.directory=*", *arguments],
                cwd=self.path,
                env={**_environment(), **(environment or {})},
                input=stdin,
                capture_output=True,
                check=False,
                timeout=TIME_LIMIT,
            )
        if done.returncode:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            raise GitRefused(f"git {arguments[0]} in {self.path.name}: {said}")
        return done.stdout


def _changed_file(status: str, path: str, count: str, patch: str) -> ChangedFile:
    added, removed, _ = count.split("\t", 2)
    begin = patch.find("@@ ") if "\n@@ " in patch else len(patch)
    return ChangedFile(
        path=path,
        status={"A": "added", "D": "removed"}.get(status, "modified"),
        additions=int(added) if added.isdecimal() else 0,  # `-` for what is no text
        deletions=int(removed) if removed.isdecimal() else 0,
        patch=patch[begin:].rstrip("\n"),
    )


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _change(path: str, content: Content | None) -> bytes:
    """One line of a fast-import stream. Without a mode, what begins with `#!` is executable."""
    name = b'"%s"' % path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()
    if content is None:
        return b"D %s\n" % name
    if isinstance(content, StoredFile):
        return b"M %s inline %s\n%s" % (content.mode, name, _data(content.content))
    raw = content.encode() if isinstance(content, str) else content
    mode = EXECUTABLE if raw.startswith(b"#!") else REGULAR
    return b"M %s inline %s\n%s" % (mode, name, _data(raw))


def _commit(record: str) -> Commit:
    sha, tree, parents, author, email, date, name, address, moved_at, message = record.split("\0")
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=author,
        email=email,
        date=date,
        message=message.strip("\n"),
        committer=(name, address, moved_at),
    )


def _entry(line: str) -> Entry:
    head, path = line.split("\t", 1)
    mode, kind, sha, size = head.split()
    return Entry(path=path, sha=sha, kind=kind, mode=mode, size=int(size) if size.isdecimal() else 0)
