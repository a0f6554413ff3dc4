"""`nightshift night`: what is to do, without a server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.command_line import EXIT_FAILED, EXIT_WRONG, as_json, give_up, print_json, with_services
from bot.commands.running import stop_if_unfit
from bot.core.night import explain_unusable_token
from bot.night import run_night

if TYPE_CHECKING:
    from bot.wiring import Services


@click.command()
@click.option("--until-idle", is_flag=True, help="End as soon as nothing runs and nothing can be started.")
@click.option(
    "--max-minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Start nothing more after so many minutes; what runs then has DRAIN_SECONDS to end.",
)
@as_json
@with_services
def night(services: Services, until_idle: bool, max_minutes: float | None, as_json: bool) -> None:
    """Restore the state from GitHub, work on what is queued, and end.

    The exit code is 0 when nothing is left to start or the time is over, 1 if something could not be run at all, 2 if
    settings are wrong.
    """
    if not until_idle and max_minutes is None:
        raise click.UsageError("give --until-idle, --max-minutes or both, which say when the night ends")
    token = services.settings.github_token
    if token is not None and (reason := explain_unusable_token(token.get_secret_value())):
        give_up(reason, EXIT_WRONG)
    stop_if_unfit(services)
    result = run_night(services, until_idle=until_idle, minutes=max_minutes)
    if as_json:
        print_json(result.as_json())
    else:
        click.echo("\n".join(result.lines()))
    for trouble in result.troubles:
        click.echo(trouble, err=True)
    sys.exit(EXIT_FAILED if result.has_failed else 0)
