"""Make commits the bot's own: its name, sane times, and messages that do nothing on GitHub.

A commit that needs no change stays as it is: an honest session's commits keep their names, unless a key signs them.
A session's signatures and every other header are dropped, since they sign what is no longer there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.adapters.git.commits import Commit, Time, commit_object, object_name, write_commits
from bot.adapters.git.signing import SigningKey
from bot.adapters.git.workspace import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """`reword` makes a message fit to be published. Times before `since` or after `until` are moved to these.
    `key`: signs each of them."""

    author: Author
    reword: Callable[[str], str]
    since: datetime
    until: datetime
    key: SigningKey | None = None

    def bytes_of(self, commit: Commit, parents: tuple[str, ...]) -> bytes:
        content = commit_object(
            tree=commit.tree,
            parents=parents,
            author=self._signature(commit.authored),
            committer=self._signature(commit.committed),
            message=self.reword(commit.message),
        )
        return content if self.key is None else self.key.sign(content)

    def _signature(self, time: Time | None) -> str:
        first, last = int(self.since.timestamp()), int(self.until.timestamp())
        seconds, zone = time or (last, "+0000")
        return f"{self.author.name} <{self.author.email}> {min(max(seconds, first), last)} {zone}"


def rewritten(
    gitdir: Path, commits: Iterable[Commit], head: str, rewriting: Rewriting, emptied: Collection[str] = ()
) -> str:
    """Write `commits`, parents first, as `rewriting` says; returns what becomes of `head`, the last of them. Those in
    `emptied` are left out: their parent stands in their place."""
    names, contents = dict[str, str](), dict[str, bytes]()
    for commit in commits:
        if commit.name in emptied:
            names[commit.name] = names.get(commit.parents[0], commit.parents[0])
            continue
        content = rewriting.bytes_of(commit, tuple(names.get(parent, parent) for parent in commit.parents))
        names[commit.name] = object_name(content)
        if names[commit.name] != commit.name:
            contents[names[commit.name]] = content
    with tempfile.TemporaryDirectory(prefix="commits-", dir=gitdir.parent) as folder:
        if contents:
            write_commits(gitdir, Path(folder), contents)
    return names.get(head, head)
