"""`nightshift transcripts`: the last night's sessions as a folder of pages, read without GitHub."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.adapters.store import Store
from bot.command_line import EXIT_FAILED, give_up, settings_here, with_ledger


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder; what it holds under the same names is replaced.",
)
@with_ledger
def transcripts(store: Store, output: Path) -> None:
    """Write the last night's transcripts as pages that open without a server.

    A page for each attempt that has ended since the night began, and `index.html`. Secrets are masked.
    """
    from bot.dashboard.transcript_files import write_folder  # noqa: PLC0415 - the templates, for this alone
    from bot.steps.digest_reading import night_of  # noqa: PLC0415
    from bot.steps.queue import queue_of  # noqa: PLC0415

    settings, now = settings_here(), datetime.now(UTC)
    night = night_of(queue_of(settings).window, now)
    try:
        count = write_folder(store, settings.data_dir.absolute(), output, night.begins, night.next_begins)
    except OSError as error:
        give_up(f"{output} cannot be written: {error.strerror}", EXIT_FAILED)
    click.echo(f"{output / 'index.html'} lists {count} attempt{'' if count == 1 else 's'}.")
