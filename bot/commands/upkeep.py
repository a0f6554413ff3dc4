"""`nightshift sync`, `backup` and `doctor`: what keeps an installation in order."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.adapters.store import back_up
from bot.command_line import EXIT_FAILED, as_json, print_json, with_services
from bot.doctor import examine_all
from bot.doctor_record import keep_findings
from bot.finding import print_each
from bot.rebuild import bring_back
from bot.waking import wake_workers
from bot.wiring import utc_now

if TYPE_CHECKING:
    from bot.wiring import Services


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be restored; change nothing.")
@as_json
@with_services
def sync(services: Services, dry_run: bool, as_json: bool) -> None:
    """Restore what the ledger lacks from GitHub, re-read every repository, and retry what GitHub refused."""
    synced = bring_back(services.rebuilder, services.account.repositories(), dry_run=dry_run)
    if not dry_run:
        synced.troubles += [each for each in services.reconciler.poll() if each not in synced.troubles]
        services.outbox.flush()
        wake_workers(services.store, services.wake_folder)
    if as_json:
        print_json(synced.as_json())
    else:
        click.echo("\n".join(synced.lines()))
    for trouble in synced.troubles:
        click.echo(trouble, err=True)
    sys.exit(EXIT_FAILED if synced.troubles else 0)


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@as_json
@with_services
def backup(services: Services, file: Path | None, overwrite: bool, as_json: bool) -> None:
    """Copy the ledger to FILE, also while the worker runs; into DATA_DIR/backups if left out."""
    settings = services.settings
    target = file or settings.data_dir / "backups" / f"nightshift-{utc_now():%Y%m%dT%H%M%SZ}.sqlite"
    made = back_up(settings.database, target, overwrite=overwrite)
    if as_json:
        print_json({"path": str(made.path), "bytes": made.size, "schema": made.schema})
        return
    click.echo(f"{made.path}: {made.size} bytes, schema {made.schema}, read back whole")


@click.command()
@as_json
@with_services
def doctor(services: Services, as_json: bool) -> None:
    """Check each thing that Nightshift needs, and say how to fix what is wrong."""
    findings = print_each(examine_all(services), quietly=as_json)
    keep_findings(services, findings, by="nightshift doctor")
    if as_json:
        print_json({"findings": [finding.as_json() for finding in findings]})
    sys.exit(EXIT_FAILED if any(finding.is_fault for finding in findings) else 0)
