"""Times of the day, as settings have them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.wiring import Services, utc_now
from tests.stories.world import World


def window(opens_in: timedelta, lasts: timedelta) -> str:
    start = utc_now() + opens_in
    return f"{start:%H:%M}-{start + lasts:%H:%M} UTC"


@contextmanager
def at(world: World, ahead: timedelta) -> Iterator[None]:
    """The bot restarted, with its clock so much later."""
    before = world.services

    def clock() -> datetime:
        return utc_now() + ahead

    world.services = Services(before.settings, shared_claude=before.claude, clock=clock, sleep=lambda _: None)
    yield
    world.services.store.close()
    world.services = before
