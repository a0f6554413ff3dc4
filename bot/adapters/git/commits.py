"""Commits as values: read from their objects, and written as objects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.objects import Objects
from bot.core.failures import FailureKind, TaskFailed

MOST_COMMITS = 250  # GitHub's API lists no more of a pull request
LARGEST_COMMIT = 1 << 20  # bytes: a commit is a message and some names
_TIME = re.compile(rb" ([0-9]{1,18}) ([+-](?:0[0-9]|1[0-4])[0-5][0-9])$")

Time = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """`authored` and `committed` are seconds since 1970 and a time zone, None where they cannot be read."""

    name: str
    tree: str
    parents: tuple[str, ...]
    authored: Time | None
    committed: Time | None
    message: str


def commits_between(gitdir: Path, base: str, head: str, *, known: Path) -> list[Commit]:
    """The commits of `base..head`, parents first. `known`: the repository in which old commits are.

    New ones are counted before git walks them. Raises TaskFailed(DIFF_TOO_LARGE) for too many, or for a giant one.
    """
    with Objects(gitdir) as objects, Objects(known) as old:
        _refuse_many(_count_new(objects, old, head))
        newest = ("rev-list", "--topo-order", "--reverse", f"--max-count={MOST_COMMITS + 1}")
        names = git(*newest, f"{base}..{head}", gitdir=gitdir).text.split()
        _refuse_many(len(names))
        return [read_commit(objects, name) for name in names]


def _count_new(objects: Objects, known: Objects, head: str) -> int:
    """How many commits the history of `head` has that are not in `known`; no further than it takes to know too many."""
    waiting, seen = [head], set[str]()
    while waiting and len(seen) <= MOST_COMMITS:
        name = waiting.pop()
        if name not in seen and known.header(name) is None:
            seen.add(name)
            waiting += read_commit(objects, name).parents
    return len(seen)


def _refuse_many(count: int) -> None:
    if count > MOST_COMMITS:
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, f"more than {MOST_COMMITS} commits; the limit is {MOST_COMMITS}")


def read_commit(objects: Objects, name: str) -> Commit:
    header = objects.header(name)
    if header is None or header.kind != "commit":
        raise TaskFailed(FailureKind.AGENT_CRASHED, f"The session's commits are damaged: {name[:10]} is missing.")
    if header.size > LARGEST_COMMIT:
        reason = f"commit {name[:10]} has {header.size:,} bytes; at most {LARGEST_COMMIT:,} are read"
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, reason)
    return _parse(name, objects.content(header))


def _parse(name: str, content: bytes) -> Commit:
    head, _, message = content.partition(b"\n\n")
    fields = [line.partition(b" ")[::2] for line in head.split(b"\n")]

    def first(key: bytes) -> bytes:
        return next((value for each, value in fields if each == key), b"")

    return Commit(
        name=name,
        tree=first(b"tree").decode(),
        parents=tuple(value.decode() for each, value in fields if each == b"parent"),
        authored=_time(first(b"author")),
        committed=_time(first(b"committer")),
        message=_text(message, first(b"encoding").decode(errors="replace")),
    )


def _time(person: bytes) -> Time | None:
    found = _TIME.search(person)
    return (int(found[1]), found[2].decode()) if found else None


def _text(message: bytes, encoding: str) -> str:
    try:
        return message.decode(encoding or "utf-8", "replace")
    except (LookupError, ValueError):  # no such encoding, or one that is none for text
        return message.decode(errors="replace")


def commit_object(*, tree: str, parents: tuple[str, ...], author: str, committer: str, message: str) -> bytes:
    """The bytes of a commit. `author` and `committer`: `Name <email> seconds zone`."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {author}", f"committer {committer}"]
    return "\n".join([*lines, "", message]).encode()


def object_name(content: bytes) -> str:
    return hashlib.sha1(b"commit %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def write_commits(gitdir: Path, folder: Path, contents: dict[str, bytes]) -> None:
    """Write commits under their names; git checks that they are sound and have those names. `folder` is empty."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    paths = "".join(f"{folder / name}\n" for name in contents).encode()
    written = git("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths", gitdir=gitdir, stdin=paths)
    if written.text.split() != list(contents):
        raise RuntimeError(f"git wrote commits under other names than expected: {written.text}")


def trees_of(objects: Objects, commits: list[Commit]) -> Iterator[tuple[Commit, str | None]]:
    """Each commit with the tree of its first parent, None where it has no parent."""
    known = {commit.name: commit.tree for commit in commits}
    for commit in commits:
        parent = commit.parents[0] if commit.parents else None
        if parent is not None and parent not in known:
            known[parent] = read_commit(objects, parent).tree
        yield commit, known[parent] if parent else None
