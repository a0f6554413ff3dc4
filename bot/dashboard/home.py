"""The first page: what needs a person, what is worked on, what comes next, and what was done tonight."""

from __future__ import annotations

from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer


def show_home(sources: Sources, _viewer: Viewer) -> Page:
    with sources.store.read() as ledger:
        pause = sources.queue.pause(ledger, sources.clock())
    return Page(template="home.html", shown={"pause": pause})
