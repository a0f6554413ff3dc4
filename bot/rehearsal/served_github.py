"""Serves the simulated GitHub for other programs: bots that are being written, `gh api`, a person at a browser.

Who is on it, its repositories and its first issues come from a scenario. No bot of ours runs, and no moment is played:
the people of the scenario have tokens, so that its user acts for them.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from bot.adapters.git.workspace import remove_tree
from bot.rehearsal.app_account import APP, SLUG, make_app
from bot.rehearsal.environment import INTERRUPTED, WRONG, FolderRefused, interrupted_by_signals, prepare_folder
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from bot.rehearsal.player import Player
from bot.rehearsal.reading import ScenarioRefused, read_scenario_or_demo
from bot.rehearsal.repositories import SourceRefused
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedGitHub:
    """What another program needs. `tokens`: by login, of the bot's account and of each person; `webhooks`: the address
    that they are sent to, None for none; `key_file`: the private key of the App."""

    api: str
    web: str
    tokens: Mapping[str, str]
    webhooks: str | None
    secret: str | None
    app: int
    key_file: str


def serve_github(
    scenario: Path | None, *, port: int = 0, webhooks: str | None, folder: Path | None, as_json: bool
) -> int:
    """Until Ctrl-C or SIGTERM. `scenario` None: the demo; `port` 0: a free one. Returns the exit code: 0, 1 if a client
    asked against GitHub's description, 2 for what cannot be used."""
    try:
        with interrupted_by_signals():
            found, prepared = read_scenario_or_demo(scenario), prepare_folder(folder)
            try:
                return _serve(found, prepared, port=port, webhooks=webhooks, as_json=as_json)
            finally:
                remove_tree(prepared / "github")
    except OSError as error:
        why = os.strerror(error.errno) if error.errno is not None else str(error)
        return _refuse(f"port {port} cannot be used ({why}): name another one with --port")
    except (ScenarioRefused, FolderRefused, SourceRefused) as refused:
        return _refuse(str(refused))
    except KeyboardInterrupt:
        return INTERRUPTED


def _refuse(sentence: str) -> int:
    Console(stderr=True).print(Text(sentence), soft_wrap=True)
    return WRONG


def _serve(scenario: Scenario, folder: Path, *, port: int, webhooks: str | None, as_json: bool) -> int:
    with SimulatedGitHub(folder / "github", port=port) as github:
        served = _set_up(github, scenario, folder, webhooks)
        _print(served, as_json=as_json)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
        return _report(github)


def _set_up(github: SimulatedGitHub, scenario: Scenario, folder: Path, webhooks: str | None) -> ServedGitHub:
    player = Player(scenario, github, Script())
    tokens = {BOT: player.set_up(), **{each.login: github.add_token(each.login).value for each in scenario.people}}
    key = make_app(github, folder, [each.name for each in scenario.repositories])
    secret = secrets.token_hex(16) if webhooks is not None else None
    if webhooks is not None and secret is not None:
        github.add_webhook(webhooks, secret, app=APP)
    player.open_first_issues()
    return ServedGitHub(
        api=github.api_url,
        web=github.web_url,
        tokens=tokens,
        webhooks=webhooks,
        secret=secret,
        app=APP,
        key_file=str(key),
    )


def _print(served: ServedGitHub, *, as_json: bool) -> None:
    """Whole lines, so that a token can be copied from a narrow window, and read from a pipe."""
    rows = _rows(served)
    width = max(map(len, rows))
    people = [f"{name:{width}}  {value}" for name, value in rows.items()]
    lines = [json.dumps(asdict(served))] if as_json else [*people, "It ends with Ctrl-C."]
    click.echo("\n".join(lines))


def _rows(served: ServedGitHub) -> dict[str, str]:
    sent = f"to {served.webhooks}, with the secret {served.secret}"
    return {
        "API": served.api,
        "git and pages": served.web,
        **{f"token of {login}": token for login, token in served.tokens.items()},
        f"App {SLUG}": f"{served.app}, its private key in {served.key_file}",
        "webhooks": sent if served.webhooks is not None else "none: name an address with --webhooks URL",
    }


def _report(github: SimulatedGitHub) -> int:
    """What a client got wrong, and what the simulation could not answer."""
    out = Console(stderr=True)
    for line in github.unmodelled:
        out.print(Text(f"not modelled: {line}"), soft_wrap=True)
    for line in github.violations:
        out.print(Text(f"against GitHub's description: {line}"), soft_wrap=True)
    return 1 if github.violations else 0
