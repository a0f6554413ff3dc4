"""`nightshift rehearse` and `nightshift github`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from bot.adapters.settings import SettingsWrong, read_values
from bot.command_line import as_json
from bot.rehearsal.chaos.series import rehearse_chaos
from bot.rehearsal.preview import SETTINGS, Preview
from bot.rehearsal.run_night import rehearse as rehearse_night
from bot.rehearsal.served_github import serve_github


@click.command()
@click.option("--scenario", type=click.Path(path_type=Path), help="A night in YAML; the demo if left out.")
@click.option("--keep", is_flag=True, help="Keep the simulated GitHub up afterwards, to look at in a browser.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the pages are saved; a new one if left out.")
@click.option(
    "--repository", type=click.Path(path_type=Path), help="Play one task on this clone, which stays as it is."
)
@click.option("--issue", metavar="TEXT", help="With --repository: the issue, its title in the first line.")
@click.option("--patch", type=click.Path(path_type=Path), help="With --repository: what the session applies.")
@click.option("--chaos", metavar="SEED|steps|FAULT:STEP", help="Break everything on the way; nothing may be lost.")
@click.option("--simulate", type=click.IntRange(0), metavar="SEED", help="The ledger alone, under a seeded scheduler.")
@click.option("--safety-alone", is_flag=True, help="With --simulate: lose the ledger, or GitHub's consent, for good.")
@click.option("--trace", is_flag=True, help="With --simulate: print the whole trace of the first seed that failed.")
@click.option("--nights", type=click.IntRange(1), default=1, help="So many seeds, counted up from SEED; 1 if left out.")
@as_json
def rehearse(  # noqa: PLR0917 - click passes them by name
    scenario: Path | None,
    keep: bool,
    folder: Path | None,
    repository: Path | None,
    issue: str | None,
    patch: Path | None,
    chaos: str | None,
    simulate: int | None,
    safety_alone: bool,
    trace: bool,
    nights: int,
    as_json: bool,
) -> None:
    """Rehearse a night on loopback: simulated GitHub, scripted model, everything else real."""
    if simulate is not None:
        if any((scenario, keep, folder, repository, issue, patch, chaos)):
            raise click.UsageError("--simulate goes with --nights, --safety-alone, --trace and --json alone")
        from bot.rehearsal.simulation.series import simulate as simulate_seeds  # noqa: PLC0415 - loads the worker

        sys.exit(simulate_seeds(simulate, seeds=nights, safety_alone=safety_alone, as_json=as_json, trace=trace))
    if safety_alone or trace:
        raise click.UsageError("--safety-alone and --trace go with --simulate")
    if repository is not None or issue is not None or patch is not None:
        if repository is None or issue is None or patch is None or scenario is not None or chaos is not None:
            raise click.UsageError("--repository, --issue and --patch go together, without --scenario and --chaos")
        try:
            settings = read_values(os.environ, Path(".env"), SETTINGS)
        except SettingsWrong as wrong:
            raise click.ClickException(str(wrong)) from wrong
        preview = Preview(repository=repository, issue=issue, patch=patch, settings=settings)
        sys.exit(rehearse_night(preview.scenario, as_json=as_json, keep=keep, folder=folder))
    if chaos is None and nights == 1:
        sys.exit(rehearse_night(scenario, as_json=as_json, keep=keep, folder=folder))
    if chaos is None or scenario is not None or keep:
        raise click.UsageError(
            "--nights goes with --chaos or --simulate; --chaos makes its own scenarios, and keeps nothing up"
        )
    sys.exit(rehearse_chaos(chaos, nights=nights, as_json=as_json, folder=folder))


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; a free one if left out.")
@click.option("--scenario", type=click.Path(path_type=Path), help="Who and what is there; the demo's if left out.")
@click.option("--webhooks", metavar="URL", help="Where webhooks are sent; nowhere if left out.")
@click.option("--folder", type=click.Path(path_type=Path), help="For the App's key; a new one if left out.")
@as_json
def github(port: int, scenario: Path | None, webhooks: str | None, folder: Path | None, as_json: bool) -> None:
    """Serve the simulated GitHub, for bots that are being written.

    It answers on loopback, and nothing of Nightshift's bot runs."""
    if webhooks is not None and not webhooks.startswith(("http://", "https://")):
        raise click.UsageError("--webhooks takes an address such as http://127.0.0.1:3000/api/github/webhooks")
    sys.exit(serve_github(scenario, port=port, webhooks=webhooks, folder=folder, as_json=as_json))
