"""Plays a night from beginning to end: simulated GitHub, scripted model, the real bot as a child, and the verdict.

Everything that is started here ends here, whichever way the night ends: by itself, at its time limit, by an error, by
Ctrl-C or by SIGTERM.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.adapters.git.workspace import remove_tree
from bot.adapters.settings import Settings
from bot.adapters.store import Store
from bot.rehearsal.bot_process import BotNotReady, BotProcess, free_port
from bot.rehearsal.bot_settings import bot_settings
from bot.rehearsal.evening import Evening
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.outcome import Night
from bot.rehearsal.pages import at_home, save_pages
from bot.rehearsal.place import INTERRUPTED, WRONG, FolderRefused, Place, interruptible, made
from bot.rehearsal.reading import ScenarioRefused, read_scenario
from bot.rehearsal.report import print_json, print_report
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.script import Script, SessionedModel
from bot.rehearsal.stage import Stage
from bot.rehearsal.verdict import door_failures, verdict

_OURS = ("data", "home", "github")  # what a night leaves that nobody wants to look at afterwards


def rehearse(scenario: Path | None, *, as_json: bool, keep: bool, folder: Path | None) -> int:
    """Play the scenario (None: the demo) and report. Returns the exit code: 0 as expected, 1 not, 2 a wrong scenario.

    `keep` leaves the simulated GitHub up until Ctrl-C where a person watches; `folder` (None: a new one) must be empty,
    and holds the bot's log and the pages afterwards.
    """
    complain = Console(stderr=True)
    try:
        wanted = _read(scenario)
        with interruptible(), _emptied(folder) as place:
            return _rehearse(wanted, place, as_json=as_json, keep=keep)
    except (ScenarioRefused, FolderRefused) as refused:
        complain.print(Text(str(refused)), soft_wrap=True)
        return WRONG
    except KeyboardInterrupt:
        complain.print("Stopped. Nothing is left running.")
        return INTERRUPTED


def _read(path: Path | None) -> Scenario:
    if path is not None:
        return read_scenario(path)
    with resources.as_file(resources.files("bot.rehearsal") / "scenarios" / "demo.yml") as demo:
        return read_scenario(demo)


def _rehearse(scenario: Scenario, folder: Path, *, as_json: bool, keep: bool) -> int:
    out, progress = Console(), Console(stderr=as_json)

    def say(line: str) -> None:
        progress.print(Text(line), soft_wrap=True)

    script = Script()
    with SimulatedGitHub(folder / "github") as github:
        with SessionedModel(script.answer) as model:
            night = play(scenario, Place(folder=folder, github=github, model_url=model.url, script=script, say=say))
        stays = keep and out.is_terminal and not as_json
        files = save_pages(github.web_url, folder / "pages")
        shown = night if stays else replace(night, addresses=at_home(night.addresses, files))
        print_json(night, out) if as_json else print_report(shown, out)
        if stays:
            with suppress(KeyboardInterrupt):
                say("The simulated GitHub stays up for you to look around. Ctrl-C ends it.")
                threading.Event().wait()
    return 0 if night.ok else 1


def play(scenario: Scenario, place: Place) -> Night:
    """The whole night. The bot has ended when this returns or raises; GitHub and the model are the caller's to end."""
    stage = Stage(scenario, place.github, place.script)
    token, secret, port = stage.set(), secrets.token_hex(16), free_port()
    settings = bot_settings(scenario, place, token=token, secret=secret, port=port)
    began = time.monotonic()
    with BotProcess(place.folder, settings, port) as bot:
        troubles = _live(scenario, place, stage, bot, secret)
        if bot.alive and (code := bot.stop()):
            troubles.append(f"the bot ended with code {code} when it was told to stop:\n{bot.last_lines()}")
    troubles += bot.tracebacks()
    label = settings.get("LABEL", Settings.model_fields["label"].default)
    return verdict(scenario, place, stage, label=label, seconds=time.monotonic() - began, troubles=troubles)


def _live(scenario: Scenario, place: Place, stage: Stage, bot: BotProcess, secret: str) -> list[str]:
    """From the bot's first breath until nothing moves any more. Returns what went wrong on the way."""
    try:
        bot.wait_until_ready()
    except BotNotReady as trouble:
        return [str(trouble)]
    place.github.add_webhook(bot.webhook_url, secret)
    store = Store.open(place.ledger)
    try:
        troubles = Evening(scenario, place, stage, bot, store).run()
    finally:
        store.close()
    return troubles + door_failures(place.github)


@contextmanager
def _emptied(folder: Path | None) -> Iterator[Path]:
    """The night's folder. What nobody wants to look at is removed from it afterwards."""
    place = made(folder)
    try:
        yield place
    finally:
        for name in _OURS:
            remove_tree(place / name)
