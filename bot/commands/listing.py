"""`nightshift list` and `stats`: what the ledger holds, read without GitHub."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.command_line import as_json, print_json, with_ledger, with_services
from bot.core.untrusted import plain
from bot.task_list import read_task_list

if TYPE_CHECKING:
    from rich.table import Table

    from bot.adapters.store import Store
    from bot.wiring import Services

_WIDE = 160  # columns, where the output is not a terminal that could say how wide it is


@click.command("list")
@as_json
@with_ledger
def list_tasks(store: Store, as_json: bool) -> None:
    """Every task and its state."""
    rows = read_task_list(store)
    if as_json:
        print_json({"tasks": rows})
    elif rows:
        _print_table(rows)
    else:
        click.echo("There are no tasks.")


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a list with rows in it needs rich

    Console(width=None if sys.stdout.isatty() else _WIDE).print(_table(rows))


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold")
    for column in ("issue", "state", "failure", "pull request", "attempts", "turns", "USD", "title"):
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for row in rows:
        pull_request = f"#{row['pull_request']}" if row["pull_request"] else ""
        cells = [f"{row['repository']}#{row['issue']}", row["state"], row["failure"] or "", pull_request]
        cells += [str(row["attempts"]), str(row["turns"]), f"{row['cost_usd']:.2f}", row["title"]]
        # A title is other people's text: no markup, and no escape sequence of the terminal.
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


@click.command()
@as_json
@with_services
def stats(services: Services, as_json: bool) -> None:
    """Counts, costs and times over all tasks."""
    found = services.operations.stats()
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")
