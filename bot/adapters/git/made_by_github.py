"""Commits that GitHub makes again, so that it signs them: what is new goes there on a ref that is no branch, and what
GitHub made of it is fetched.

Rules for branches do not apply to such a ref, and no webhook or workflow follows it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from bot.adapters.git import refusals
from bot.adapters.git.command import git
from bot.adapters.git.commits import Commit, read_commit
from bot.adapters.git.housekeeping import fetch_lock
from bot.adapters.git.lock import hold_lock
from bot.adapters.git.mirror import Mirror
from bot.adapters.git.objects import Objects
from bot.adapters.git.refs import work_ref
from bot.adapters.git.remote import Remote
from bot.adapters.process import Completed
from bot.core.facts import TreeEntry
from bot.core.failures import FailureKind, TaskFailed

_SENT = "refs/nightshift/unsigned"


def find_unsigned(mirror: Mirror, head: str, *, there: Collection[str]) -> list[Commit]:
    """The commits without a signature that `head` has and GitHub has not, parents first. `there`: commits that are on
    GitHub besides those of the branches that were fetched."""
    known = [name for name in there if mirror.holds(name)]
    new = ("rev-list", "--topo-order", "--reverse", head, "--not", "--remotes=origin", *known)
    names = git(*new, gitdir=mirror.folder).text.split()
    with Objects(mirror.folder) as objects:
        return [read_commit(objects, name) for name in names if not _is_signed(objects, name)]


def _is_signed(objects: Objects, name: str) -> bool:
    header = objects.header(name)
    return header is not None and b"\ngpgsig " in objects.content(header).partition(b"\n\n")[0]


def read_tree(mirror: Mirror, tree: str) -> list[TreeEntry]:
    """What is at its top."""
    listed = git("ls-tree", "-z", "--full-tree", tree, gitdir=mirror.folder).stdout.split(b"\0")
    return [_entry(row) for row in listed if row]


def _entry(row: bytes) -> TreeEntry:
    fields, _, path = row.partition(b"\t")
    mode, kind, name = fields.decode().split()
    return TreeEntry(path=os.fsdecode(path), mode=mode, type=kind, sha=name)


@contextmanager
def send_unsigned(mirror: Mirror, head: str, branch: str) -> Iterator[None]:
    """While the block runs, GitHub has `head` and all that it needs. Raises TaskFailed as `Mirror.push` does."""
    mirror.large_files.upload(head, branch)
    pushed = _push(mirror, f"+{head}:{_SENT}/{branch}")
    if pushed.code != 0:
        raise refusals.push_failed(pushed, mirror.url)
    try:
        yield
    finally:
        _push(mirror, f":{_SENT}/{branch}")  # one that stays is replaced the next time


def _push(mirror: Mirror, what: str) -> Completed:
    command = ("push", "--porcelain", "--no-verify", mirror.url, what)
    return _remote(mirror).run(*command, settings=mirror.push_settings)


def bring(mirror: Mirror, made: str, branch: str) -> None:
    """Fetch a commit that no branch has, and keep it as the branch's accepted work. Raises TaskFailed."""
    quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    with hold_lock(fetch_lock(mirror.folder), wait=mirror.lock_seconds) as descriptor:
        command = ("fetch", *quietly, mirror.url, f"+{made}:{work_ref(branch)}")
        fetched = _remote(mirror).run(*command, settings={"fetch.fsckObjects": "false"}, keep=(descriptor,))
    if fetched.code != 0:
        raise refusals.fetch_failed(fetched, mirror.url)


def require_same(mirror: Mirror, commit: Commit, made: str, parents: Sequence[str]) -> None:
    """Raises TaskFailed(PUSH_REJECTED) unless the commit that GitHub made has the files and the words that were judged,
    and these parents."""
    with Objects(mirror.folder) as objects:
        there = read_commit(objects, made)
    if (there.tree, there.parents, there.message.strip()) != (commit.tree, tuple(parents), commit.message.strip()):
        reason = f"GitHub made the commit {made[:10]} of {commit.name[:10]}, and it is another one"
        raise TaskFailed(FailureKind.PUSH_REJECTED, reason)


def _remote(mirror: Mirror) -> Remote:
    return Remote(mirror.folder, mirror.url, mirror.credentials, mirror.network_seconds, mirror.present_url)
