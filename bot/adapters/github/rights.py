"""What a person may do in a repository, asked as the bot: nothing is kept that could act as the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.adapters.github import reading
from bot.adapters.github.client import is_writer
from bot.adapters.github.connection import Connection
from bot.adapters.github.errors import GitHubFailed
from bot.core.facts import Actor
from bot.core.rights import Right

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class _Permission:
    """`who`: the account's number; None if GitHub names none."""

    who: int | None
    writes: bool
    reads: bool


class PeoplesRights(Connection):
    """Methods raise GitHubFailed."""

    def find_right(self, repository: str, person: Actor) -> Right:
        """As a comment of the person would be judged. NONE for a login that has become somebody else's."""
        url = f"/repos/{repository}/collaborators/{quote(person.login, safe='')}"
        found = self._unless_missing(repository, f"{url}/permission", _permission)
        if found is None or found.who != person.id:
            return Right.NONE
        if found.writes:
            return Right.WRITE
        if not found.reads:
            return Right.NONE
        return Right.READ if self._unless_missing(repository, url, lambda _: True) else Right.NONE

    def _unless_missing(self, repository: str, url: str, into: Any) -> Any:
        try:
            return self._read(self._as(repository), url, into)
        except GitHubFailed as error:
            if error.status == _NOT_FOUND:
                return None
            raise


def _permission(shown: Any) -> _Permission:
    user = reading.as_object(shown).get("user")
    who = None if user is None else reading.as_a(int, reading.as_object(user)["id"])
    return _Permission(who=who, writes=is_writer(shown), reads=reading.as_a(str, shown["permission"]) != "none")
