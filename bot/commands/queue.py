"""`nightshift add`, `retry`, `cancel`, `pause` and `resume`: what changes the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.command_line import Issue, changes_queue
from bot.core.commands import BUDGET_USD, TURNS
from bot.core.references import IssueRef
from bot.core.tasks import Overrides

if TYPE_CHECKING:
    from bot.wiring import Services


@click.command()
@click.argument("issue", type=Issue())
@changes_queue
def add(services: Services, issue: IssueRef) -> None:
    """Label an issue and queue it."""
    _say_queued(services.operations.add(issue).issue)


@click.command()
@click.argument("issue", type=Issue())
@click.option("--turns", type=click.IntRange(TURNS.start, TURNS.stop - 1))
@click.option("--budget", type=click.FloatRange(*BUDGET_USD), help="USD.")
@click.option("--model")
@click.option("--fresh", is_flag=True, help="Tell Claude nothing of earlier attempts.")
@changes_queue
def retry(  # noqa: PLR0917 - click passes them by name
    services: Services, issue: IssueRef, turns: int | None, budget: float | None, model: str | None, fresh: bool
) -> None:
    """Queue an issue again, as `/retry` does in a comment."""
    overrides = Overrides(turns=turns, budget_usd=budget, model=model, fresh=fresh)
    _say_queued(services.operations.retry(issue, overrides).issue)


@click.command()
@click.argument("issue", type=Issue())
@changes_queue
def cancel(services: Services, issue: IssueRef) -> None:
    """Stop an issue's task, also while it runs."""
    cancelled = services.operations.cancel(issue).issue
    click.echo(f"{cancelled} is cancelled; the worker stops its session.")


@click.command()
@click.option("--reason", default="", help="Shown on the issues that wait.")
@click.option("--now", "stop", is_flag=True, help="Stop the running sessions too; they are queued again.")
@changes_queue
def pause(services: Services, reason: str, stop: bool) -> None:
    """Start no more sessions, until `nightshift resume`. Running sessions go on to their end."""
    services.operations.pause(reason, stop=stop)
    click.echo(f"The queue waits{', and running sessions are stopped' if stop else ''}; to go on: nightshift resume")


@click.command()
@changes_queue
def resume(services: Services) -> None:
    """Lift the pauses of the queue, whatever set them."""
    operations = services.operations
    lifted = operations.resume()
    click.echo(f"Removed pauses: {', '.join(lifted)}." if lifted else "The queue was not paused.")
    if (still := operations.read_pause()) is not None:
        click.echo(f"The queue still waits: {still.reason}")


def _say_queued(issue: IssueRef) -> None:
    click.echo(f"{issue} is in the queue; the worker takes it from there.")
