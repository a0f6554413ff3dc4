"""Decides which deliveries GitHub should send again, from GitHub's log of every attempt.

All attempts to deliver one event share a GUID. One accepted attempt is enough. So is a delivery in the ledger: the web
server may have stored it and answered too late. GitHub itself repeats nothing.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.events import is_used

MOST_ASKED = 3
MOST_AT_ONCE = 30
_KEPT = timedelta(days=3)
"""GitHub keeps its log for so long, and an Enterprise Server for a week.

https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
"""
_TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One line of GitHub's log. `status_code` is that of the answer, or a 5xx if there was none."""

    id: int
    guid: str
    event: str
    action: str | None
    delivered_at: datetime
    status_code: int

    @property
    def taken(self) -> bool:
        return self.status_code in _TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`again`: the attempts to repeat. `pending`: the GUIDs not settled yet, with how often they will have been asked
    for. `settled_until`: nothing older has to be looked at any more; None if nothing is known."""

    again: tuple[DeliveryAttempt, ...]
    pending: Mapping[str, int]
    settled_until: datetime | None


def worth_keeping(attempts: Iterable[DeliveryAttempt]) -> frozenset[str]:
    """The GUIDs of used events of which no attempt was accepted. The caller looks for them in the ledger."""
    taken = {each.guid for each in attempts if each.taken}
    return frozenset(each.guid for each in attempts if each.guid not in taken and is_used(each.event, each.action))


def plan(
    attempts: Sequence[DeliveryAttempt], *, held: Collection[str], asked: Mapping[str, int], now: datetime
) -> Plan:
    """`held`: the GUIDs that the ledger knows; `asked`: how often each was asked for already."""
    lost = worth_keeping(attempts) - set(held)
    last = {each.guid: each for each in sorted(attempts, key=lambda each: each.id) if each.guid in lost}
    hopeful = {guid: each for guid, each in last.items() if _is_hopeful(attempts, guid, asked, now)}
    again = sorted(hopeful.values(), key=lambda each: each.id)[:MOST_AT_ONCE]
    asks = {guid: asked.get(guid, 0) for guid in hopeful} | {each.guid: asked.get(each.guid, 0) + 1 for each in again}
    waited_for = [each.delivered_at for each in attempts if each.guid in hopeful]
    newest = max((each.delivered_at for each in attempts), default=None)
    return Plan(again=tuple(again), pending=asks, settled_until=min(waited_for, default=newest))


def _is_hopeful(attempts: Iterable[DeliveryAttempt], guid: str, asked: Mapping[str, int], now: datetime) -> bool:
    first = min(each.delivered_at for each in attempts if each.guid == guid)
    return asked.get(guid, 0) < MOST_ASKED and now - first < _KEPT
