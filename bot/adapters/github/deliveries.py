"""GitHub's log of the deliveries to an App's hook, or to a repository's. PyGithub lacks the App's calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from github.Requester import Requester

from bot.adapters.github import listings, reading
from bot.adapters.github.listings import Listing
from bot.core.redelivery import DeliveryAttempt


class Asking(Protocol):
    def __call__(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """`path` names it: `/app/hook/deliveries`, or that of one hook. Every method raises GitHubFailed."""

    requester: Requester
    path: str
    asking: Asking

    def attempts(self, since: datetime | None, tag: str) -> Listing[DeliveryAttempt] | None:
        """The attempts since then, the newest first; without a time, back to the last that was taken in. None if the
        newest are what `tag` names."""
        with self.asking():
            first = listings.first_page(self.requester, self.path, {"per_page": str(listings.PER_PAGE)}, tag)
            if first is None:
                return None
            found = [_attempt(each) for each in first.items]
            following = first.following
            while following is not None and not _is_enough(found, since):
                items, following = listings.page_after(self.requester, following)
                found += [_attempt(each) for each in items]
        return Listing(
            items=tuple(each for each in found if since is None or each.delivered_at >= since), tag=first.tag
        )

    def redeliver(self, attempt: DeliveryAttempt) -> None:
        """Ask for it again. It comes under the same GUID, later."""
        with self.asking():
            self.requester.requestJsonAndCheck("POST", f"{self.path}/{attempt.id}/attempts")


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
