"""The bot's branch as an attempt finds it: whose commits it holds, and from which commit the attempt continues.

A person's commit always wins: an attempt builds on a branch that holds one, and its push only adds to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from bot.adapters.git import Author, Mirror
from bot.core.branch_brief import PresentChange
from bot.core.facts import Actor
from bot.core.failures import FailureKind, TaskFailed

_FORMER = Author(name="Nightshift", email="nightshift@users.noreply.github.com")
"""Of the commits that the bot made before they had the address of its account."""


def author_of(me: Actor, web_url: str) -> Author:
    """Of the bot's commits. GitHub shows a commit as that of the account whose address it has, so it is the bot's own.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    return Author(name=_FORMER.name, email=f"{me.id}+{me.login}@users.noreply.{urlsplit(web_url).hostname}")


def is_by_bot(author: Author, own: Author) -> bool:
    """Whether a commit with this author is the bot's, whatever the login of its account was then. `own`: as it makes
    them now."""
    if author == _FORMER or author in _committers(own):
        return True
    return author.name in {own.name, _login(author)} and _account(author) == _account(own)


def _login(author: Author) -> str:
    """The name of an author where GitHub made the commit by its API."""
    return author.email.partition("+")[2].rpartition("@")[0]


def _committers(own: Author) -> Collection[Author]:
    """GitHub itself, as the committer of what it made: whose commit that is its author says."""
    hosts = ("github.com", own.email.rpartition("@")[2].removeprefix("users.noreply."))
    return [Author(name="GitHub", email=f"noreply@{host}") for host in hosts]


def _account(author: Author) -> tuple[str, str]:
    """The account's number on its host. An address without a number is no account's of today."""
    return author.email.partition("+")[0], author.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBranch:
    """`head`: where the branch is on GitHub, None if it is not there; a push may replace that commit alone. `newest`:
    where the base branch is. `base`: the commit of the base branch that the whole change is compared with. `start`: the
    commit that the session continues from, and that its own part of the change is compared with. `by_people`: the
    branch holds a person's commit."""

    head: str | None
    newest: str
    base: str
    start: str
    by_people: bool = False

    @property
    def continues(self) -> bool:
        """Whether the attempt adds to the commits of the branch, instead of replacing them."""
        return self.start != self.base

    @classmethod
    def begin_anew(cls, newest: str, head: str | None = None) -> Self:
        """The attempt begins at the base branch."""
        return cls(head=head, newest=newest, base=newest, start=newest)


def find_own_branch(
    mirror: Mirror,
    branch: str,
    head: str | None,
    *,
    newest: str,
    own: Collection[str],
    author: Author,
    adds: bool = False,
    after: str | None = None,
    adopted: str | None = None,
) -> OwnBranch:
    """`head`: where the branch is, `newest`: where the base branch is. `own`: the commits at which the bot left the
    branch, `author`: of its commits. `adds`: continue from the bot's own commits as well.
    `after`: the commit of another branch that this one stands on, whose commits are not its own. `adopted`: the head
    that GitHub made of the bot's commits.

    Raises TaskFailed(BRANCH_CONFLICT) for a branch that shares no history with the base branch."""
    if head is None:
        return OwnBranch.begin_anew(newest)
    head = mirror.bring_branch(branch, head)
    fork = mirror.merge_base(newest, head)
    if fork is None:
        raise TaskFailed(FailureKind.BRANCH_CONFLICT, f"`{branch}` is at `{head[:10]}`")
    if fork == head:  # all of it is in the base branch
        return OwnBranch.begin_anew(newest, head)
    below = after if after is not None and mirror.is_ancestor(after, head) else fork
    authors = mirror.authors(below, head, known=adopted)
    by_people = head not in {*own, adopted} or any(not is_by_bot(each, author) for each in authors)
    if by_people or adds:
        return OwnBranch(head=head, newest=newest, base=fork, start=head, by_people=by_people)
    return OwnBranch.begin_anew(newest, head)


def present_change(mirror: Mirror, held: OwnBranch) -> PresentChange | None:
    """What the branch holds already, where the attempt continues from it."""
    if not held.continues:
        return None
    return PresentChange(by_people=held.by_people, stat=mirror.diff_stat(held.base, held.start))
