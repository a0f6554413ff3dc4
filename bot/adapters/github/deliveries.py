"""GitHub's log of the deliveries to an App's hook, or to a repository's. PyGithub lacks the App's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.adapters.github import listings, reading
from bot.adapters.github.listings import Ask, Listing, Page
from bot.core.redelivery import DeliveryAttempt


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """`path` names it: `/app/hook/deliveries`, or that of one hook. Every method raises GitHubFailed."""

    path: str
    ask: Ask
    send: Callable[[str], None]

    def attempts(self, since: datetime | None, tag: str) -> Listing[DeliveryAttempt] | None:
        """The attempts since then, the newest first; without a time, back to the last that was taken in. None if the
        newest are what `tag` names."""
        first = self._newest(tag)
        if first is None:
            return None
        found, following = [_attempt(each) for each in first.items], first.following
        while following is not None and not _is_enough(found, since):
            items, following = listings.page_after(self.ask, following)
            found += [_attempt(each) for each in items]
        wanted = [each for each in found if since is None or each.delivered_at >= since]
        return Listing(items=tuple(wanted), tag=first.tag)

    def look(self) -> None:
        """Whether it can be read at all."""
        self._newest("")

    def redeliver(self, attempt: DeliveryAttempt) -> None:
        """Ask for it again. It comes under the same GUID, later."""
        self.send(f"{self.path}/{attempt.id}/attempts")

    def _newest(self, tag: str) -> Page | None:
        return listings.first_page(self.ask, self.path, {"per_page": str(listings.PER_PAGE)}, tag)


def _is_enough(found: Iterable[DeliveryAttempt], since: datetime | None) -> bool:
    return any(each.taken if since is None else each.delivered_at < since for each in found)


def _attempt(shown: Mapping[str, Any]) -> DeliveryAttempt:
    return DeliveryAttempt(
        id=shown["id"],
        guid=shown["guid"],
        event=shown["event"],
        action=shown.get("action"),
        delivered_at=reading.moment(shown["delivered_at"]),
        status_code=shown["status_code"],
    )
