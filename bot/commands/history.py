"""`nightshift show`: what happened to one task, read without GitHub."""

from __future__ import annotations

import click

from bot.adapters.store import Store
from bot.command_line import EXIT_FAILED, Issue, as_json, give_up, print_json, settings_here, with_ledger
from bot.core.references import IssueRef, OwnBranches
from bot.core.task_history import history_lines
from bot.core.tasks import Task
from bot.task_history import find_task, history_json, read_history


@click.command()
@click.argument("issue", type=Issue())
@as_json
@with_ledger
def show(store: Store, issue: IssueRef, as_json: bool) -> None:
    """What happened to a task, and what it waits for."""
    settings = settings_here()
    history = read_history(store, known_task(store, issue), settings.web_url)
    if as_json:
        print_json(history_json(history, OwnBranches(settings.branch_prefix)))
        return
    click.echo("\n".join(history_lines(history)))


def known_task(store: Store, issue: IssueRef) -> Task:
    """Ends the command if there is none."""
    task = find_task(store, issue)
    if task is None:
        give_up(f"{issue} is not known here; try: nightshift add {issue}", EXIT_FAILED)
    return task
