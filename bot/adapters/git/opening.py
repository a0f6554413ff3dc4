"""What was different from the base commit before a session began: git would store a file otherwise than it is stored.

It happens where a base commit is not normalised: a `text`, `eol` or `working-tree-encoding` attribute covers a file
that was stored otherwise. A file that still has the bytes that it had when the workspace was opened is no work of the
session. The host keeps these files' digests beside the workspace.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.workspace import Workspace
from bot.adapters.process import CommandFailed

LARGEST = 64 << 20  # bytes of a file whose digest is taken
_ATTRIBUTES = ("text", "crlf", "eol", "working-tree-encoding", "ident")
_NONE = (b"unspecified", b"unset")
_UNREADABLE = ("failed to encode", "BOM")  # a file that is not in the encoding that its attribute names
_MARGIN = 10.0  # seconds by which an index is newer than these files: git then believes their times
_NO_RULES = "* -text -crlf -ident !eol !working-tree-encoding !filter\n"
_STAT = "[core]\n\tcheckStat = minimal\n\ttrustctime = false\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """A file as it was when the workspace was opened. `oid` and `mode`: in the base commit; `stored`: what git would
    store of it (empty: it cannot be converted); `digest`: SHA-256 of its bytes on the disk."""

    path: bytes
    mode: bytes
    oid: str
    stored: str
    digest: str


def note_differences(workspace: Workspace) -> None:
    """Record what differs right after a checkout. The workspace's own git then leaves these files out, too, until one
    is written: the session sees a clean status, and its `git add -A` takes only what it changed."""
    listed = _read_index(workspace.gitdir, workspace.first_index)
    if not any(os.path.basename(path) == b".gitattributes" for path in listed):  # noqa: PTH119 - bytes
        return
    found = list(_find(workspace, listed))
    _write(workspace, found)
    if found:
        _refresh(workspace, found)


def differences(workspace: Workspace) -> tuple[Untouched, ...]:
    """What was recorded."""
    if not workspace.opened.exists():
        return ()
    rows = json.loads(workspace.opened.read_bytes())
    return tuple(
        Untouched(path=base64.b64decode(path), mode=mode.encode(), oid=oid, stored=stored, digest=digest)
        for path, mode, oid, stored, digest in rows
    )


def digest_of(root: Path, path: bytes) -> str:
    """Of the bytes of a file; empty if there is none, or one that is too large. No link is followed."""
    try:
        descriptor = os.open(os.path.join(os.fsencode(root), path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # noqa: PTH118
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > LARGEST:
            return ""
        return hashlib.file_digest(file, "sha256").hexdigest()


def add_files(index: Path, gitdir: Path, work_tree: Path, paths: Sequence[bytes]) -> list[bytes]:
    """Add files to an index as `git add` does. Returns those that it refuses: they are not in the encoding that an
    attribute names. Git stops at the first of them, so the rest is tried in halves."""
    if not paths:
        return []
    try:
        stdin = b"".join(path + b"\0" for path in paths)
        arguments = ("update-index", "-z", "--add", "--replace", "--stdin")
        git(*arguments, gitdir=gitdir, work_tree=work_tree, environment={"GIT_INDEX_FILE": str(index)}, stdin=stdin)
    except CommandFailed as failed:
        if failed.completed.over_limit or not any(words in failed.completed.stderr for words in _UNREADABLE):
            raise
        if len(paths) == 1:
            return [*paths]
        half = len(paths) // 2
        return [path for part in (paths[:half], paths[half:]) for path in add_files(index, gitdir, work_tree, part)]
    return []


def _refresh(workspace: Workspace, found: Sequence[Untouched]) -> None:
    """Let the workspace's own git take these files for clean, until one is written again: it goes by their times."""
    then = time.time() - _MARGIN
    for each in found:
        os.utime(os.path.join(os.fsencode(workspace.path), each.path), (then, then))  # noqa: PTH118 - bytes
    rules = workspace.gitdir / "info/attributes"  # stronger than every other rule
    rules.write_text(_NO_RULES)
    git("update-index", "-q", "--refresh", gitdir=workspace.gitdir, work_tree=workspace.path, codes=(0, 1))
    rules.unlink()
    with (workspace.gitdir / "config").open("a") as config:
        config.write(_STAT)  # else a changed owner makes git compare all contents again


def _find(workspace: Workspace, listed: dict[bytes, tuple[bytes, str]]) -> Iterable[Untouched]:
    converted = [path for path in _find_converted(workspace, listed) if listed[path][0].startswith(b"100")]
    with tempfile.TemporaryDirectory(prefix="index-", dir=workspace.path.parent) as folder:
        index = Path(folder) / "index"
        git("read-tree", "HEAD", gitdir=workspace.gitdir, environment={"GIT_INDEX_FILE": str(index)})
        refused = set(add_files(index, workspace.gitdir, workspace.path, converted))
        stored = _read_index(workspace.gitdir, index)
    for path in converted:
        mode, oid = listed[path]
        now = "" if path in refused else stored[path][1]
        if now != oid and (digest := digest_of(workspace.path, path)):
            yield Untouched(path=path, mode=mode, oid=oid, stored=now, digest=digest)


def _find_converted(workspace: Workspace, paths: Iterable[bytes]) -> list[bytes]:
    """The files to which an attribute applies that changes their contents."""
    asked = ("check-attr", "-z", "--stdin", *_ATTRIBUTES)
    stdin = b"".join(path + b"\0" for path in paths)
    fields = git(*asked, gitdir=workspace.gitdir, work_tree=workspace.path, stdin=stdin).stdout.split(b"\0")
    rows = zip(fields[::3], fields[2::3], strict=False)
    return list(dict.fromkeys(path for path, value in rows if value not in _NONE))


def _read_index(gitdir: Path, index: Path) -> dict[bytes, tuple[bytes, str]]:
    """Mode and object's name of each path in an index."""
    environment = {"GIT_INDEX_FILE": str(index)}
    rows = git("ls-files", "-z", "--stage", gitdir=gitdir, environment=environment).stdout.split(b"\0")[:-1]
    parts = (row.partition(b"\t") for row in rows)
    return {path: (about[:6], about[7:].split(b" ")[0].decode()) for about, _, path in parts}


def _write(workspace: Workspace, found: Iterable[Untouched]) -> None:
    rows = [
        (base64.b64encode(each.path).decode(), each.mode.decode(), each.oid, each.stored, each.digest) for each in found
    ]
    with contextlib.suppress(FileNotFoundError):
        workspace.opened.unlink()
    if rows:
        workspace.opened.write_text(json.dumps(rows))
