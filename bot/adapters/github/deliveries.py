"""GitHub's log of the deliveries to an App's hook, or to a repository's. PyGithub lacks the App's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.github.conditional import Fresh, Unchanged
from bot.core.redelivery import DeliveryAttempt

Attempts = tuple[DeliveryAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLog:
    """`path` names it: `/app/hook/deliveries`, or that of one hook. Every method raises GitHubFailed.

    `newest`: its first page; `after`: the pages that follow one; `look`: whether it can be read at all. `keep` and
    `forget`: as the connection's.
    """

    path: str
    newest: Callable[[], Fresh[Attempts] | Unchanged[Attempts]]
    after: Callable[[Fresh[Attempts]], Iterator[Attempts]]
    look: Callable[[], object]
    send: Callable[[str], None]
    keep: Callable[[Fresh[Attempts]], None]
    forget: Callable[[Fresh[Attempts]], None]

    def attempts(self, since: datetime | None) -> Fresh[Attempts] | None:
        """The attempts since then, the newest first; without a time, back to the last accepted one. None if there are
        no new ones since that was kept."""
        first = self.newest()
        if isinstance(first, Unchanged):
            return None
        found, pages = list(first.value), self.after(first)
        while not _is_enough(found, since) and (page := next(pages, None)) is not None:
            found += page
        wanted = [each for each in found if since is None or each.delivered_at >= since]
        return replace(first, value=tuple(wanted))

    def redeliver(self, attempt: DeliveryAttempt) -> None:
        """Ask for it again. It comes under the same GUID, later."""
        self.send(f"{self.path}/{attempt.id}/attempts")


def _is_enough(found: Iterable[DeliveryAttempt], since: datetime | None) -> bool:
    return any(each.taken if since is None else each.delivered_at < since for each in found)
