"""`nightshift digest`: what the last night came to, read without GitHub."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.command_line import as_json, print_json, settings_here, with_ledger
from bot.core.digest_rows import digest_json
from bot.core.messages.digest import digest_lines, first_lines
from bot.core.messages.digest_form import TERMINAL
from bot.steps.digest_reading import night_of, read_digest
from bot.steps.queue import queue_of

if TYPE_CHECKING:
    from bot.adapters.settings import Settings
    from bot.adapters.store import Store


@click.command()
@as_json
@click.option("--now", "at_once", is_flag=True, help="Also make the night's issue, or correct it, and tell receivers.")
@with_ledger
def digest(store: Store, as_json: bool, at_once: bool) -> None:
    """What the last night came to, and what to do first.

    The night is the one that began last: with the window of NIGHTSHIFT_WINDOW, without one at noon.
    """
    settings = settings_here()
    queue, now = queue_of(settings), store.now()
    with store.read() as ledger:
        night = night_of(queue.window, now)
        found = read_digest(ledger, queue, night, now)
    if as_json:
        print_json(digest_json(found, first_lines(found, TERMINAL)))
    elif not found.is_idle:
        click.echo("\n".join(digest_lines(found, TERMINAL)))
    if at_once:
        _post(store, settings, now)


def _post(store: Store, settings: Settings, now: datetime) -> None:
    """The worker sends it."""
    from bot.steps.digest_posting import post_digest  # noqa: PLC0415 - what only reads does without
    from bot.steps.from_settings import place_of, receivers_of  # noqa: PLC0415
    from bot.waking import wake_workers  # noqa: PLC0415

    lanes, has_place = tuple(receivers_of(settings)), place_of(settings).repository is not None
    post_digest(store, queue_of(settings), now, lanes=lanes, has_place=has_place, at_once=True)
    wake_workers(store, settings.data_dir.absolute() / "wake")
