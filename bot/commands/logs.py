"""`nightshift logs`: the steps of one attempt, live or kept, read without GitHub."""

from __future__ import annotations

import time

import click

from bot.adapters.evidence import EvidenceStore
from bot.adapters.store import Store
from bot.attempt_log import AttemptLog
from bot.command_line import Issue, settings_here, with_ledger
from bot.commands.history import known_task
from bot.core.references import IssueRef

_BETWEEN_LOOKS = 0.5  # seconds


@click.command()
@click.argument("issue", type=Issue())
@click.option("--attempt", type=click.IntRange(min=1), help="The last one, if left out.")
@click.option("--follow", is_flag=True, help="Go on until the attempt has ended; of a queued task, the next attempt.")
@with_ledger
def logs(store: Store, issue: IssueRef, attempt: int | None, follow: bool) -> None:
    """The steps of a task's last attempt. Secrets are masked."""
    data = settings_here().data_dir.absolute()
    log = AttemptLog(
        store=store,
        evidence=EvidenceStore(data / "evidence"),
        folder=data / "attempts",
        task=known_task(store, issue),
        sleep=lambda: time.sleep(_BETWEEN_LOOKS),
    )
    for line in log.lines(attempt, follows=follow):
        click.echo(line)
