"""`nightshift executor`: a host of a fleet."""

from __future__ import annotations

import click

from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up, settings_here


@click.command()
def executor() -> None:
    """Run a host of a fleet: take attempts from Temporal and carry them out, until stopped.

    HOST_TAGS says which ones, WORKERS how many at once. SIGTERM drains the host: it takes no more, what runs has
    DRAIN_SECONDS to end, and what has not ended then goes to another host. A second SIGTERM hands back at once.
    """
    settings = settings_here(needs_accounts=False)
    if settings.temporal_address is None:
        give_up("TEMPORAL_ADDRESS is not set; see docs/fleet.md", EXIT_WRONG)
    try:
        from bot.fleet_host import run_host  # noqa: PLC0415 - Temporal's SDK, which `--help` does without
    except ImportError as error:
        give_up(f"a host needs `pip install 'nightshift[fleet]'`: {error}", EXIT_FAILED)
    run_host(settings)
