"""The first fetch of a large repository: its newest commit alone, in steps that need not be repeated.

The commit and its folders come first, then the contents of its files in batches. A fetch that is interrupted goes on
with the files that are missing. Only when none is missing does the branch appear in the mirror, which then is an
ordinary shallow repository: it knows no server that git could ask for more. History follows later (`deepening`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.refusals import NotReached
from bot.adapters.process import CommandFailed, Completed

LARGE = 5_000
"""Kilobytes, as GitHub counts a repository: a smaller one is fetched whole, with its history, in a second or two."""

ARRIVING = "refs/nightshift/arriving/"
_LEAST, _MOST = 250, 50_000  # files
_FAILURES = 3  # in a row: a batch that is too much for the server, the way or a limit here may arrive in parts
_QUICK, _SLOW = 5.0, 20.0  # seconds of a batch: after a quick one the next is larger, after a slow one smaller


@dataclass(frozen=True, slots=True)
class Arrived:
    """How far a first fetch is: `files` of the `of` files that the newest commit has, and what they take here."""

    files: int
    of: int
    bytes: int


Report = Callable[[Arrived], None]


def report_nothing(_: Arrived) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstContact:
    """`fetch` runs one `git fetch` on `gitdir` with these arguments and this standard input, and raises TaskFailed.
    `report` is called before and after each batch; what it raises ends the fetch, which a later one continues.
    `batch`: how many files the first batch has."""

    gitdir: Path
    url: str
    fetch: Callable[..., Completed]
    report: Report
    batch: int

    def run(self, branch: str) -> None:
        """Bring the newest commit of `branch`, complete, and put `refs/remotes/origin/…` on it."""
        arriving = f"{ARRIVING}{branch}"
        self._fetch("--depth=1", f"+refs/heads/{branch}:{arriving}")
        commit = git("rev-parse", "--verify", f"{arriving}^{{commit}}", gitdir=self.gitdir).text
        self._bring_files(commit)
        for mark in (self.gitdir / "objects/pack").glob("*.promisor"):
            mark.unlink()
        done = f"update refs/remotes/origin/{branch} {commit}\ndelete {arriving}\n"
        git("update-ref", "--stdin", gitdir=self.gitdir, stdin=done.encode())

    def _bring_files(self, commit: str) -> None:
        missing, size, failures = self._missing(commit), self.batch, 0
        total = len(missing)
        self.report(Arrived(0, total, self._bytes()))
        while missing:
            started = time.monotonic()
            try:
                self._fetch("--stdin", stdin="".join(f"{name}\n" for name in missing[:size]).encode())
            except (NotReached, CommandFailed):
                size, failures = max(size // 2, 1), failures + 1
                if failures > _FAILURES:
                    raise
                self.report(Arrived(total - len(missing), total, self._bytes()))
                continue
            missing, took, failures = missing[size:], time.monotonic() - started, 0
            self.report(Arrived(total - len(missing), total, self._bytes()))
            if took < _QUICK:
                size = min(size * 2, _MOST)
            elif took > _SLOW:
                size = max(size // 2, _LEAST)

    def _fetch(self, *arguments: str, stdin: bytes = b"") -> None:
        """That the server is one to leave files out is said for this command alone: the mirror's own settings name no
        server, or later commands could ask it for what is missing."""
        settings = {
            "remote.origin.url": self.url,
            "remote.origin.promisor": "true",
            "remote.origin.partialCloneFilter": "blob:none",
            "fetch.negotiationAlgorithm": "noop" if stdin else "consecutive",
        }
        self.fetch("--filter=blob:none", *_in_order(arguments), settings=settings, remote="origin", stdin=stdin)

    def _missing(self, commit: str) -> list[str]:
        """The names of the files' contents that are not here."""
        listing = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--max-count=1", commit)
        lines = git(*listing, gitdir=self.gitdir).text.split("\n")
        return [line[1:] for line in lines if line.startswith("?")]

    def _bytes(self) -> int:
        return stored_bytes(self.gitdir)


def has_begun(mirror: Path) -> bool:
    """Whether a first fetch was begun and not finished: then commits are here whose files are not."""
    return bool(git("for-each-ref", "--count=1", ARRIVING, gitdir=mirror).text)


def stored_bytes(gitdir: Path) -> int:
    """What its packs take."""
    return sum(pack.stat().st_size for pack in (gitdir / "objects/pack").glob("*.pack"))


def _in_order(arguments: Iterable[str]) -> list[str]:
    """Options first: what follows the server's name is a ref."""
    return sorted(arguments, key=lambda each: not each.startswith("--"))
