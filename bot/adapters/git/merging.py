"""Merges commits of a bare repository as a trial: what it makes stays in a folder that is removed, and no ref moves.

There is no work tree and no index, so neither attributes nor filters nor merge drivers of the repository apply.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.history import NO_ONE

_CLEAN, _CONFLICTS = 0, 1
_SETTINGS = {"merge.renameLimit": "1000", "merge.directoryRenames": "false"}  # bounded, as it runs for each pair


def find_conflicts(gitdir: Path, base: str, heads: Mapping[int, str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Pairs of these heads that cannot be merged into `base` one after the other, with the files that conflict.

    A head that conflicts with `base` itself is in no pair: it has to be changed anyway."""
    with tempfile.TemporaryDirectory(prefix="merge-", dir=gitdir) as folder:
        made = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(gitdir / "objects")}
        merged = {name: commit for name, head in heads.items() if (commit := _try_merge(gitdir, base, head, made))}
        for one, other in combinations(sorted(merged), 2):
            files = _conflicts(gitdir, merged[one], heads[other], made)
            if files:
                yield one, other, files


def _try_merge(gitdir: Path, base: str, head: str, made: Mapping[str, str]) -> str | None:
    """A commit on `base` that holds `head` too; None if they conflict, or share no history."""
    code, said = _merge(gitdir, base, head, made)
    if code != _CLEAN:
        return None
    command = ("commit-tree", said[0].decode(), "-p", base, "-p", head)
    return git(*command, gitdir=gitdir, environment={**NO_ONE, **made}, stdin=b"A trial\n").text


def _conflicts(gitdir: Path, one: str, other: str, made: Mapping[str, str]) -> tuple[str, ...]:
    code, said = _merge(gitdir, one, other, made)
    if code != _CONFLICTS:
        return ()
    return tuple(dict.fromkeys(path.decode(errors="replace") for path in said[1:] if path))


def _merge(gitdir: Path, one: str, other: str, made: Mapping[str, str]) -> tuple[int | None, list[bytes]]:
    """git's exit code, and what it printed: a tree, then the files that conflict."""
    command = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", one, other)
    done = git(*command, gitdir=gitdir, environment=made, settings=_SETTINGS, codes=None)
    return done.code, done.stdout.split(b"\0")
