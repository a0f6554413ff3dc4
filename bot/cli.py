"""The command line, `nightshift`: running it, looking at it, and mending things by hand.

Exit codes: 0 done, 1 it was tried and did not come out right, 2 what was typed or set is wrong and nothing started.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.adapters.evidence import NoEvidence
from bot.adapters.github import GitHubFailed
from bot.adapters.settings import SettingsWrong
from bot.adapters.store import StoreUnusable, back_up
from bot.bench.commands import bench
from bot.command_line import EXIT_FAILED, EXIT_WRONG, Issue, as_json, give_up, print_json, with_services
from bot.core.commands import BUDGET_USD, TURNS
from bot.core.failures import TaskFailed
from bot.core.references import IssueRef
from bot.core.tasks import Overrides
from bot.core.untrusted import plain
from bot.doctor import Finding, examine
from bot.guards import evidence, gate
from bot.operations import Refused
from bot.processes import run_up, run_worker
from bot.rebuild import bring_back
from bot.rehearsal.commands import rehearse
from bot.webhooks import WebServer
from bot.wiring import Services, utc_now

_WIDE = 160  # columns, where there is no terminal to ask


def main() -> None:
    """Entry point. What is wrong outside of Nightshift is one sentence, never a traceback."""
    try:
        cli.main(prog_name="nightshift", standalone_mode=True)
    except SettingsWrong as wrong:
        give_up("These settings are wrong; nothing was started:\n  " + "\n  ".join(wrong.mistakes), EXIT_WRONG)
    except (StoreUnusable, GitHubFailed, TaskFailed, Refused, NoEvidence) as trouble:
        give_up(str(trouble), EXIT_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightshift")
def cli() -> None:
    """Works off labelled GitHub issues with Claude Code, unattended, and proves that its guards held."""


@cli.command()
@with_services
def up(services: Services) -> None:
    """Run web and worker together, until stopped."""
    _stop_if_unfit(services)
    sys.exit(run_up(services))


@cli.command()
@with_services
def web(services: Services) -> None:
    """Run the webhook door alone (gunicorn)."""
    services.store.close()  # an unusable ledger is one sentence here, a traceback for each process in gunicorn
    WebServer(services.settings).run()


@cli.command()
@with_services
def worker(services: Services) -> None:
    """Run the worker alone: it polls, runs tasks, and says on GitHub what came of them."""
    _stop_if_unfit(services)
    sys.exit(run_worker(services))


def _stop_if_unfit(services: Services) -> None:
    """What `doctor` finds wrong is told before anything starts; what nothing can run with stops it."""
    unfit = [finding for finding in examine(services) if finding.verdict != "ok"]
    for finding in unfit:
        click.echo(_line(finding), err=True)
    if any(finding.stops for finding in unfit):
        give_up("nothing was started", EXIT_FAILED)


@cli.command()
@click.argument("issue", type=Issue())
@with_services
def add(services: Services, issue: IssueRef) -> None:
    """Label an issue and queue it."""
    _say_queued(services.operations.add(issue).issue)


@cli.command()
@click.argument("issue", type=Issue())
@click.option("--turns", type=click.IntRange(TURNS.start, TURNS.stop - 1))
@click.option("--budget", type=click.FloatRange(*BUDGET_USD), help="USD.")
@click.option("--model")
@click.option("--fresh", is_flag=True, help="Tell Claude nothing of earlier attempts.")
@with_services
def retry(  # noqa: PLR0917 - click passes them by name
    services: Services, issue: IssueRef, turns: int | None, budget: float | None, model: str | None, fresh: bool
) -> None:
    """Queue an issue again, as `/retry` does in a comment."""
    overrides = Overrides(turns=turns, budget_usd=budget, model=model, fresh=fresh)
    _say_queued(services.operations.retry(issue, overrides).issue)


@cli.command()
@click.argument("issue", type=Issue())
@with_services
def cancel(services: Services, issue: IssueRef) -> None:
    """Stop an issue's task, also while it runs."""
    services.operations.cancel(issue)
    click.echo(f"{issue} is cancelled; the worker stops its session.")


@cli.command()
@click.option("--reason", default="", help="Shown on the issues that wait.")
@click.option("--now", "stop", is_flag=True, help="Stop the running sessions too; they are queued again.")
@with_services
def pause(services: Services, reason: str, stop: bool) -> None:
    """Start nothing more, until `nightshift resume`. Sessions that run go on to their end."""
    services.operations.pause(reason, stop=stop)
    click.echo(f"The queue waits{', and running sessions are stopped' if stop else ''}; to go on: nightshift resume")


@cli.command()
@with_services
def resume(services: Services) -> None:
    """Let the queue go on, whatever had paused it."""
    operations = services.operations
    lifted = operations.resume()
    click.echo(f"Lifted: {', '.join(lifted)}." if lifted else "Nothing had paused the queue.")
    if (still := operations.paused()) is not None:
        click.echo(f"It waits all the same: {still.reason}")


def _say_queued(issue: IssueRef) -> None:
    click.echo(f"{issue} is in the queue; the worker takes it from there.")


@cli.command("list")
@as_json
@with_services
def list_tasks(services: Services, as_json: bool) -> None:
    """Every task and what became of it."""
    rows = services.operations.list_tasks()
    if as_json:
        print_json({"tasks": rows})
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    console.print(_table(rows) if rows else "There are no tasks.")


def _table(rows: list[dict[str, Any]]) -> Table:
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


@cli.command()
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


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only say what would come back from GitHub; change nothing.")
@as_json
@with_services
def sync(services: Services, dry_run: bool, as_json: bool) -> None:
    """Bring back what the ledger does not know, re-read every repository, and say again what GitHub refused."""
    synced = bring_back(services.rebuilder, services.account.repositories(), dry_run=dry_run)
    if not dry_run:
        with services.store.transaction() as ledger:
            ledger.outbox.revive(utc_now())
        synced.troubles += [each for each in services.reconciler.poll() if each not in synced.troubles]
        services.outbox.flush()
    if as_json:
        print_json(synced.as_json())
    else:
        click.echo("\n".join(synced.lines()))
    for trouble in synced.troubles:
        click.echo(trouble, err=True)
    sys.exit(EXIT_FAILED if synced.troubles else 0)


@cli.command()
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


@cli.command()
@as_json
@with_services
def doctor(services: Services, as_json: bool) -> None:
    """Say for each need whether it is there, and how to mend it if not."""
    findings = []
    for finding in examine(services):
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))
    if as_json:
        print_json({"findings": [finding.as_json() for finding in findings]})
    sys.exit(0 if all(finding.verdict == "ok" for finding in findings) else EXIT_FAILED)


def _line(finding: Finding) -> str:
    mend = f"\n    to mend it: {finding.mend}" if finding.mend else ""
    return f"{finding.verdict:8}{finding.need}: {finding.says}{mend}"


for command in (rehearse, gate, bench, evidence):
    cli.add_command(command)
