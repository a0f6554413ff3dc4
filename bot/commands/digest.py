"""`nightshift digest`: what the last night came to, read without GitHub."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.command_line import as_json, print_json, settings_here, with_ledger
from bot.core.digest_rows import digest_json
from bot.core.messages.digest import TERMINAL, digest_lines, first_lines
from bot.steps.digest_reading import night_of, read_digest
from bot.steps.queue import queue_of

if TYPE_CHECKING:
    from bot.adapters.store import Store


@click.command()
@as_json
@with_ledger
def digest(store: Store, as_json: bool) -> None:
    """What the last night came to, and what to do first.

    The night is the one that began last: with the window of NIGHTSHIFT_WINDOW, without one at noon.
    """
    queue, now = queue_of(settings_here()), datetime.now(UTC)
    with store.read() as ledger:
        found = read_digest(ledger, queue, night_of(queue.window, now), now)
    if as_json:
        print_json(digest_json(found, first_lines(found, TERMINAL)))
    elif not found.is_empty:
        click.echo("\n".join(digest_lines(found, TERMINAL)))
