"""What `nightshift doctor` finds of messages: those that were refused for good, and whether their receivers answer."""

from __future__ import annotations

from collections.abc import Iterator

from bot.adapters.receivers import NotSent
from bot.adapters.store import Lane
from bot.core.untrusted import plain
from bot.finding import Finding
from bot.steps.from_settings import receivers_of
from bot.wiring import Services


def check_messages(services: Services) -> Iterator[Finding]:
    """An issue may not show the state of its task, or a person may not know that it is their turn."""
    with services.store.read() as ledger:
        messages, events = ledger.outbox.given_up(), ledger.outbox.given_up(Lane.WEBHOOK, Lane.MAIL)
    for need, who, unsent in (("messages", "GitHub", messages), ("notifications", "the receiver", events)):
        if unsent:
            key, why = next(reversed(unsent.items()))
            says = f"{who} refused {len(unsent)}, the last one {key}: {plain(why)}"
            yield Finding(need=need, verdict="wrong", says=says, fix="fix the cause, then run: nightshift sync")


def check_receivers(services: Services) -> Iterator[Finding]:
    """Connects, and sends nothing. A receiver that is down stops no task."""
    for receiver in receivers_of(services.settings).values():
        try:
            yield Finding(need=receiver.setting, verdict="ok", says=receiver.check())
        except NotSent as error:
            yield Finding(need=receiver.setting, verdict="wrong", says=str(error), fix=f"correct {receiver.setting}")
