"""`nightshift prune`: remove what is past its time, and say how much that was."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.command_line import as_json, print_json, with_services

if TYPE_CHECKING:
    from bot.wiring import Services


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be removed; change nothing.")
@as_json
@with_services
def prune(services: Services, dry_run: bool, as_json: bool) -> None:
    """Remove what is past its time (KEEP_…_DAYS), as the worker does while idle."""
    tidying = services.tidying
    removed = tidying.pruning.look() if dry_run else tidying.pruning.prune()
    if not dry_run:
        tidying.tidy_mirrors(lambda: False)
    if as_json:
        print_json({"dry_run": dry_run, "removed": [asdict(each) for each in removed]})
        return
    for each in removed:
        click.echo(f"{each.what}: {each.count:,} {'would be ' if dry_run else ''}removed, {each.bytes:,} bytes")
