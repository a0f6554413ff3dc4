"""Commits that GitHub makes by its API. Those of an App it signs, if the request names no author and no committer.

https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.adapters.github.reading import as_a, as_object
from bot.adapters.github.writing import Writing
from bot.core.facts import TreeEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCommit:
    name: str
    is_signed: bool


class Commits(Writing):
    """Every method raises GitHubFailed. What is made belongs to no branch, so repeating it changes nothing."""

    def create_tree(self, repository: str, entries: Sequence[TreeEntry]) -> str:
        """Of the whole tree, whose files and folders are there already. GitHub makes no commit of a tree that was only
        pushed (renovatebot/renovate, `pushFiles`)."""
        sent = {"tree": [asdict(entry) for entry in entries]}
        pusher = self._as_pusher(repository)
        return self._send("POST", repository, "git/trees", sent, _read_name, shows="sha", ask_as=pusher)

    def create_commit(self, repository: str, *, message: str, tree: str, parents: Sequence[str]) -> MadeCommit:
        """By this account, at this moment."""
        sent = {"message": message, "tree": tree, "parents": list(parents)}
        pusher = self._as_pusher(repository)
        return self._send("POST", repository, "git/commits", sent, _read_commit, shows="sha", ask_as=pusher)


def _read_name(shown: Any) -> str:
    return as_a(str, as_object(shown)["sha"])


def _read_commit(shown: Any) -> MadeCommit:
    verification = as_object(as_object(shown).get("verification") or {})
    return MadeCommit(name=_read_name(shown), is_signed=verification.get("verified") is True)
