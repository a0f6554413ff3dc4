"""`nightshift patch`: the change of a task that was refused, for `git apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.command_line import EXIT_FAILED, Issue, give_up, with_ledger
from bot.core.references import IssueRef

if TYPE_CHECKING:
    from bot.adapters.store import Store


@click.command("patch")
@click.argument("issue", type=Issue())
@with_ledger
def print_patch(store: Store, issue: IssueRef) -> None:
    """Print the change that an issue's task may not publish.

    In Nightshift's folder: nightshift patch OWNER/REPO#N | git -C CLONE apply
    """
    with store.read() as ledger:
        task = ledger.tasks.find(issue)
        patch = None if task is None else ledger.refused_patches.of(task.id, task.attempts)
    if not patch:
        give_up(f"the last attempt of {issue} kept no change: only one that may not be published is kept", EXIT_FAILED)
    click.echo(patch if patch.endswith("\n") else f"{patch}\n", nl=False)
