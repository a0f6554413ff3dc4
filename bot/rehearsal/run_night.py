"""Runs a whole night: simulated GitHub, scripted model, the real bot as a child process, and the evaluation.

Everything that is started here is stopped here, however the night ends: by itself, at its time limit, by an error, by
Ctrl-C or by SIGTERM.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.adapters.claude import find_claude
from bot.adapters.git.workspace import remove_tree
from bot.adapters.store import Store
from bot.core.digest import Night
from bot.core.failures import TaskFailed
from bot.core.messages.digest import first_lines
from bot.core.messages.digest_form import TERMINAL
from bot.rehearsal.app_account import APP, become_app
from bot.rehearsal.bot_process import BotNotReady, BotProcess, free_port
from bot.rehearsal.bot_settings import build_bot_settings
from bot.rehearsal.documented import TRIGGER_LABEL
from bot.rehearsal.environment import (
    INTERRUPTED,
    WRONG,
    Environment,
    FolderRefused,
    interrupted_by_signals,
    prepare_folder,
)
from bot.rehearsal.evaluation import evaluate_night, find_failed_webhooks
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.night_loop import NightLoop
from bot.rehearsal.pages import local_addresses, save_pages
from bot.rehearsal.player import Player
from bot.rehearsal.preview import PreviewRefused
from bot.rehearsal.reading import ScenarioRefused, read_scenario_or_demo
from bot.rehearsal.report import print_json, print_report
from bot.rehearsal.repositories import SourceRefused
from bot.rehearsal.result import NightResult
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.script import Script, SessionedModel
from bot.steps.digest_reading import read_digest
from bot.steps.queue import Queue

_REMOVED = ("data", "home", "github")  # from the folder, when the night is over


def rehearse(
    scenario: Path | Callable[[Path], Scenario] | None, *, as_json: bool, keep: bool, folder: Path | None
) -> int:
    """Run the scenario (None: the demo) and report. Returns the exit code: 0 as expected, 1 not, 2 a wrong scenario.
    A function makes it when the night's folder is there.

    `keep` leaves the simulated GitHub up until Ctrl-C in a terminal; `folder` (None: a new one) must be empty,
    and holds the bot's log and the pages afterwards.
    """
    errors = Console(stderr=True)
    try:
        find_claude(None)  # an installed package fetches it now, not within the night's time
        wanted = scenario if callable(scenario) else read_scenario_or_demo(scenario)
        with interrupted_by_signals(), _night_folder(folder) as prepared:
            made = wanted(prepared) if callable(wanted) else wanted
            return _rehearse(made, prepared, as_json=as_json, keep=keep)
    except (ScenarioRefused, FolderRefused, PreviewRefused, SourceRefused, TaskFailed) as refused:
        errors.print(Text(str(refused)), soft_wrap=True)
        return WRONG
    except KeyboardInterrupt:
        errors.print("Stopped. Nothing is left running.")
        return INTERRUPTED


def _rehearse(scenario: Scenario, folder: Path, *, as_json: bool, keep: bool) -> int:
    out, progress = Console(), Console(stderr=as_json)

    def say(line: str) -> None:
        progress.print(Text(line), soft_wrap=True)

    script = Script()
    with SimulatedGitHub(folder / "github") as github:
        with SessionedModel(script.answer) as model:
            environment = Environment(folder=folder, github=github, model_url=model.url, script=script, say=say)
            night = run_night(scenario, environment)
        stays = keep and out.is_terminal and not as_json
        files = save_pages(github.web_url, folder / "pages")
        shown = night if stays else replace(night, addresses=local_addresses(night.addresses, files))
        print_json(night, out) if as_json else print_report(shown, out)
        if stays:
            with suppress(KeyboardInterrupt):
                say("The simulated GitHub stays up for you to look around. Ctrl-C ends it.")
                threading.Event().wait()
    return 0 if night.ok else 1


def run_night(scenario: Scenario, environment: Environment) -> NightResult:
    """The whole night. The bot has ended when this returns or raises; the caller stops GitHub and the model."""
    player = Player(scenario, environment.github, environment.script)
    token, secret, port = player.set_up(), secrets.token_hex(16), free_port()
    settings = build_bot_settings(scenario, environment, token=token, secret=secret, port=port)
    if scenario.app:
        player.bot, settings = become_app(settings, environment, [each.name for each in scenario.repositories])
    began, at = time.monotonic(), datetime.now(UTC)
    with BotProcess(environment.folder, settings, port) as bot:
        troubles = _run_bot(scenario, environment, player, bot, secret)
        if bot.alive and (code := bot.stop()):
            troubles.append(f"the bot ended with code {code} after SIGTERM:\n{bot.last_lines()}")
    troubles += bot.find_tracebacks()
    label = settings.get("LABEL", TRIGGER_LABEL)
    night = evaluate_night(
        scenario, environment, player, label=label, seconds=time.monotonic() - began, troubles=troubles
    )
    return replace(night, digest=_read_digest(environment, since=at))


def _read_digest(environment: Environment, *, since: datetime) -> tuple[str, ...]:
    """What a person has to do first; nothing for a night without work."""
    ends = datetime.now(UTC) + timedelta(minutes=1)
    store = Store.open(environment.ledger)
    try:
        with store.read() as ledger:
            found = read_digest(ledger, Queue(), Night(begins=since, ends=ends, next_begins=ends), datetime.now(UTC))
    finally:
        store.close()
    return () if found.is_empty else tuple(first_lines(found, TERMINAL))


def _run_bot(scenario: Scenario, environment: Environment, player: Player, bot: BotProcess, secret: str) -> list[str]:
    """From the bot's start until nothing moves any more. Returns what went wrong, a sentence each."""
    try:
        bot.wait_until_ready()
    except BotNotReady as trouble:
        return [str(trouble)]
    environment.github.add_webhook(bot.webhook_url, secret, app=APP if scenario.app else None)
    store = Store.open(environment.ledger)
    try:
        troubles = NightLoop(scenario, environment, player, bot, store).run()
    finally:
        store.close()
    return troubles + find_failed_webhooks(environment.github)


@contextmanager
def _night_folder(folder: Path | None) -> Iterator[Path]:
    """The night's folder. Data that serves only the night itself is removed from it afterwards."""
    prepared = prepare_folder(folder)
    try:
        yield prepared
    finally:
        for name in _REMOVED:
            remove_tree(prepared / name)
