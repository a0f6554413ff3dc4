"""The three ways in which GitHub puts a branch on another one: as commits, which no branch names yet.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.rehearsal.github.bare import BareRepository, Commit, GitRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The logins of those whose commits they are."""

    author: str
    committer: str
    now: datetime

    def environment(self, *roles: str) -> dict[str, str]:
        date = f"{int(self.now.timestamp())} +0000"
        found: dict[str, str] = {}
        for role in roles:
            login = self.author if role == "AUTHOR" else self.committer
            who = {"NAME": login, "EMAIL": f"{login}@users.noreply.github.com", "DATE": date}
            found |= {f"GIT_{role}_{key}": value for key, value in who.items()}
        return found


def merge(git: BareRepository, base: str, head: str, *, message: str, signature: Signature) -> str:
    """A merge commit of two commits. Raises GitRefused on a conflict."""
    return _commit(git, _merged_tree(git, base, head), (base, head), message, signature)


def squash(git: BareRepository, base: str, head: str, *, message: str, signature: Signature) -> str:
    """One commit on top of `base` with all that `head` changed. Raises GitRefused on a conflict."""
    return _commit(git, _merged_tree(git, base, head), (base,), message, signature)


def rebase(git: BareRepository, base: str, head: str, *, signature: Signature) -> str:
    """The commits of `head` once more on top of `base`. As on GitHub they get new names even where `base` has not
    moved, since their committer is another one. Raises GitRefused on a conflict, and where the result is not that of a
    merge, which GitHub calls unsafe."""
    tree = _merged_tree(git, base, head)
    made = _rebase(git, head, ("--no-ff", base), signature)
    if made.tree != tree:
        raise GitRefused("a rebase gives another result than a merge")
    return made.sha


def rebase_onto(git: BareRepository, onto: str, upstream: str, head: str, *, signature: Signature) -> str:
    """The commits of `head` since `upstream` on top of `onto`. Raises GitRefused on a conflict."""
    return _rebase(git, head, ("--onto", onto, upstream), signature).sha


def _rebase(git: BareRepository, head: str, options: tuple[str, ...], signature: Signature) -> Commit:
    with tempfile.TemporaryDirectory(prefix="rebase-") as folder:
        git.run("clone", "--quiet", "--shared", "--no-checkout", str(git.path), folder)
        inside = BareRepository(Path(folder), git.released)
        inside.run("checkout", "--quiet", "--detach", head)
        inside.run("rebase", "--quiet", *options, environment=signature.environment("COMMITTER"))
        git.run("fetch", "--quiet", "--no-write-fetch-head", folder, "HEAD")
        return inside.commit_at("HEAD")


def _merged_tree(git: BareRepository, base: str, head: str) -> str:
    return git.read("merge-tree", "--write-tree", base, head).split("\n")[0]


def _commit(git: BareRepository, tree: str, parents: tuple[str, ...], message: str, signature: Signature) -> str:
    named = [word for parent in parents for word in ("-p", parent)]
    environment = signature.environment("AUTHOR", "COMMITTER")
    return git.run("commit-tree", *named, "-m", message, tree, environment=environment).decode().strip()
