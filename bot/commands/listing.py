"""`nightshift list` and `stats`: what the ledger holds, read without GitHub."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.command_line import as_json, print_json, settings_here, with_ledger, with_services
from bot.core.references import OwnBranches
from bot.core.untrusted import one_line
from bot.task_list import read_attempts, read_held, read_pause, read_task_list

if TYPE_CHECKING:
    from rich.table import Table

    from bot.adapters.store import Store
    from bot.core.task_order import TaskLine
    from bot.wiring import Services

_WIDE = 160  # columns, where the output is not a terminal that could say how wide it is


@click.command("list")
@as_json
@with_ledger
def list_tasks(store: Store, as_json: bool) -> None:
    """Every task and its state. What a person has to do comes first."""
    if as_json:
        print_json({"tasks": read_task_list(store, OwnBranches(settings_here().branch_prefix))})
        return
    if rows := read_attempts(store):
        from bot.core.task_order import order_tasks  # noqa: PLC0415 - an empty list needs no order

        now = store.now()
        _print_table(order_tasks(rows, web_url=settings_here().web_url, now=now, held=read_held(store, now)))
    else:
        click.echo("There are no tasks.")
    if pause := _find_pause(store, store.now()):
        click.echo(f"Paused: {one_line(pause, _WIDE)}")


def _find_pause(store: Store, now: datetime) -> str:
    """Why nothing is started now, also by the hours and the budget of the settings; empty if something may be."""
    settings = settings_here()
    if settings.nightshift_window is None and settings.night_budget_usd is None:
        return read_pause(store, now)
    from bot.steps.queue import queue_of  # noqa: PLC0415 - who sets neither does without

    with store.read() as ledger:
        pause = queue_of(settings).pause(ledger, now)
    return pause.reason if pause is not None else ""


def _print_table(rows: Sequence[TaskLine]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a list with rows in it needs rich

    console = Console(width=None if sys.stdout.isatty() else max(_WIDE, _width(rows)))
    console.print(_table(rows), soft_wrap=not sys.stdout.isatty())


def _width(rows: Sequence[TaskLine]) -> int:
    """So that no link is cut where a program or a pager reads the list."""
    return _WIDE + max(len(row.link) for row in rows)


def _table(rows: Sequence[TaskLine]) -> Table:
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold")
    for column in ("issue", "state", "waits for", "age", "turns", "USD", "title", "link"):
        table.add_column(column, no_wrap=column != "link", overflow="fold" if column == "link" else "ellipsis")
    for row in rows:
        cells = [row.issue, row.state, row.waits_for, row.age, str(row.turns), f"{row.cost_usd:.2f}"]
        # A title is other people's text: no markup, and no escape sequence of the terminal.
        table.add_row(*(Text(one_line(cell)) for cell in (*cells, row.title, row.link)))
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
    from bot.core.figures import figure_lines  # noqa: PLC0415 - for people alone

    click.echo("\n".join(figure_lines(found)))
