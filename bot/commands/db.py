"""`nightshift db status`, `migrate` and `move`: the database of the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from bot.adapters.store import Store, show_address, url_of
from bot.adapters.store.database_status import read_database_status
from bot.command_line import as_json, print_json, settings_here


@click.group()
def db() -> None:
    """The database of the ledger: its state, migrations, and move to a server."""


@db.command()
@as_json
def status(as_json: bool) -> None:
    """What is where DATABASE_URL leads. Nothing is migrated."""
    found = read_database_status(settings_here(needs_accounts=False).database)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo("\n".join(found.lines()))


@db.command()
@click.option("--dry-run", is_flag=True, help="Only say which steps are left; take none.")
@as_json
def migrate(dry_run: bool, as_json: bool) -> None:
    """Bring the tables up to date. Every other command does that too."""
    url = settings_here(needs_accounts=False).database
    before = read_database_status(url)
    if not dry_run:
        Store.open(url).close()
    if as_json:
        print_json({"database": before.address, "dry_run": dry_run, "steps": list(before.left)})
        return
    for step in before.left:
        click.echo(step)
    if not before.left:
        click.echo(f"{before.address} is up to date (schema {before.schema})")


@db.command()
@click.option(
    "--from",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The SQLite file; that in DATA_DIR if left out.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be copied; change nothing.")
@as_json
def move(file: Path | None, dry_run: bool, as_json: bool) -> None:
    """Move the ledger from its SQLite file to the PostgreSQL server that DATABASE_URL names.

    The bot may run on the file meanwhile: it waits. Afterwards nothing can use the file, and Nightshift has to be
    restarted.
    """
    from bot.adapters.store.moving import examine_move, move_ledger  # noqa: PLC0415 - nothing else needs it

    settings = settings_here(needs_accounts=False)
    source = url_of((file or settings.data_dir / "nightshift.sqlite").absolute())
    if dry_run:
        contents, was_there = examine_move(source), False
    else:
        moved = move_ledger(source, settings.database, _show if not as_json else _show_nothing)
        contents, was_there = moved.contents, moved.was_there
    if as_json:
        places = {"from": show_address(source), "to": show_address(settings.database)}
        found = {"rows": dict(contents.rows), "digest": contents.digest, "was_there": was_there, "dry_run": dry_run}
        print_json(places | found)
        return
    told = "would be moved" if dry_run else "had been copied before" if was_there else "were moved and compared"
    click.echo(f"{sum(contents.rows.values())} rows of {len(contents.rows)} tables {told}")
    if not dry_run:
        click.echo("restart Nightshift: the file is marked, and nothing can use it any more")


def _show(table: str, rows: int) -> None:
    click.echo(f"{table}: {rows}", err=True)


def _show_nothing(_table: str, _rows: int) -> None:
    pass
