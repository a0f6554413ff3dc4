"""`nightshift up`, `web` and `worker`: the long-running processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.adapters.listening import require_free
from bot.command_line import EXIT_FAILED, give_up, with_services
from bot.doctor import examine
from bot.doctor_record import keep_findings
from bot.finding import line_of
from bot.processes import run_up, run_worker

if TYPE_CHECKING:
    from bot.adapters.settings import Settings
    from bot.wiring import Services


@click.command()
@with_services
def up(services: Services) -> None:
    """Run web server and worker together, until stopped."""
    require_free(services.settings.host, services.settings.port)
    stop_if_unfit(services)
    sys.exit(run_up(services))


@click.command()
@with_services
def web(services: Services) -> None:
    """Run the web server for webhooks alone (gunicorn)."""
    from bot.webhooks import WebServer  # noqa: PLC0415 - gunicorn and Flask, which the worker does without

    services.store.close()  # an unusable ledger is one sentence here, a traceback for each process in gunicorn
    require_free(services.settings.host, services.settings.port)
    _require_key(services.settings)
    WebServer(services.settings).run()


def _require_key(settings: Settings) -> None:
    """One sentence here as well."""
    from bot.dashboard.access.building import provide_own_key  # noqa: PLC0415 - Flask, as above

    try:
        provide_own_key(settings)
    except (OSError, ValueError) as error:
        give_up(f"the key of the dashboard cannot be used: {error}", EXIT_FAILED)


@click.command()
@with_services
def worker(services: Services) -> None:
    """Run the worker alone: it polls, runs tasks, and reports on GitHub."""
    stop_if_unfit(services)
    sys.exit(run_worker(services))


def stop_if_unfit(services: Services) -> None:
    """Print what `doctor` finds wrong before anything starts, and exit if Nightshift cannot run like this."""
    findings = list(examine(services))
    keep_findings(services, findings, by="the start of Nightshift")
    unfit = [finding for finding in findings if finding.is_fault]
    for finding in unfit:
        click.echo(line_of(finding), err=True)
    if any(finding.stops for finding in unfit):
        give_up("nothing was started", EXIT_FAILED)
