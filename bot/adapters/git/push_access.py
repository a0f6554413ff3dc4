"""Asks git whether GitHub would take a push, before anything is paid for. Nothing is sent.

What the API shows of permissions does not say so: for an App's token it is always "no", and for a fine-grained one it
is what the person may do, not the token (semantic-release/github#182, #895).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.adapters.git import refusals
from bot.adapters.git.command import git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.mirror import Mirror
from bot.core.failures import FailureKind, TaskFailed

_SOME_TIME = "Nightshift <nightshift@localhost> 0 +0000"


class PushAccess(Mirror):
    def check(self, commit: str, branch: str, *, is_new: bool) -> None:
        """Raises TaskFailed: PUSH_REJECTED with the reason why a push of this commit to this branch would fail, else as
        fetching does. `is_new`: it is not on GitHub; the name of one that is there is free of others."""
        ref = f"refs/heads/{branch}"
        asked = self._remote("push", "--dry-run", "--porcelain", "--no-verify", "--force", self.url, f"{commit}:{ref}")
        if asked.code != 0:
            raise refusals.push_failed(asked, self.url)
        if is_new and (other := self._find_other(branch)) is not None:
            says = f"the branch `{other}` excludes `{branch}`: git cannot have both. Rename it."
            raise TaskFailed(FailureKind.PUSH_REJECTED, says)

    def _find_other(self, branch: str) -> str | None:
        """A branch whose name is a folder of this one's name, or the other way round."""
        ref = f"refs/heads/{branch}"
        parts = ref.split("/")
        above = {"/".join(parts[:end]) for end in range(3, len(parts))}
        listed = self._remote("ls-remote", self.url, *sorted(above), f"{ref}/*")
        if listed.code != 0:
            raise refusals.fetch_failed(listed, self.url)
        found = (line.split("\t")[1] for line in listed.text.split("\n") if line)
        return next((each.removeprefix("refs/heads/") for each in found if each in above or f"{ref}/" in each), None)


def check_push(url: str, credentials: GitCredentials, branch: str) -> None:
    """The same for a repository that was not fetched yet: asked from an empty one."""
    with tempfile.TemporaryDirectory(prefix="nightshift-push-") as folder:
        gitdir = Path(folder) / "empty.git"
        git("init", "--quiet", "--bare", "--template=", str(gitdir))
        tree = git("hash-object", "-w", "-t", "tree", "--stdin", gitdir=gitdir).text
        raw = f"tree {tree}\nauthor {_SOME_TIME}\ncommitter {_SOME_TIME}\n\nNothing\n".encode()
        commit = git("hash-object", "-w", "-t", "commit", "--stdin", gitdir=gitdir, stdin=raw).text
        PushAccess(gitdir, url, credentials).check(commit, branch, is_new=True)
