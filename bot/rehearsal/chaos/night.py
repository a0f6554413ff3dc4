"""One night with chaos, from beginning to end."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.store import Store
from bot.rehearsal.bot_process import BotNotReady, BotProcess, free_port
from bot.rehearsal.bot_settings import build_bot_settings
from bot.rehearsal.chaos.evening import ChaosEvening
from bot.rehearsal.chaos.judge import judge
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.strikes import Blow, Record
from bot.rehearsal.environment import Environment, Say
from bot.rehearsal.evaluation import read_ledger
from bot.rehearsal.evidence_check import find_unproven
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.player import Player
from bot.rehearsal.script import Script, SessionedModel

_KEEPER = ("-m", "bot.rehearsal.chaos.keeper")
_SMALL_DISK = "96m"
_START_SECONDS = 120.0  # several nights start at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosNight:
    """`steps`: those that were taken; `struck`: the blows that were dealt; `missed`: those that found nothing to strike
    at; `faults`: how many of GitHub's struck; `trace`: everything that happened, in order."""

    name: str
    seconds: float
    unexpected: tuple[str, ...]
    steps: frozenset[str]
    struck: tuple[str, ...]
    missed: tuple[str, ...] = ()
    sessions: int
    tasks: int
    faults: int
    trace: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        return not self.unexpected


def play(plan: Plan, folder: Path, say: Say) -> ChaosNight:
    """The whole night, in a folder that is there and empty. Nothing is left running."""
    record = Record.begin(folder / "record", plan.strikes)
    script = Script()

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=record.ahead())

    with (
        SimulatedGitHub(folder / "github", clock=clock) as github,
        SessionedModel(script.answer) as model,
        _disk(folder / "data", small=any(strike.blow is Blow.DISK for strike in plan.strikes)),
    ):
        place = Environment(folder=folder, github=github, model_url=model.url, script=script, say=say)
        return _play(plan, place, record)


def _play(plan: Plan, place: Environment, record: Record) -> ChaosNight:
    stage = Player(plan.scenario, place.github, place.script)
    token, secret, port = stage.set_up(), secrets.token_hex(16), free_port()
    settings = build_bot_settings(plan.scenario, place, token=token, secret=secret, port=port)
    began = time.monotonic()
    command = (*_KEEPER, str(place.folder / "record"))
    with BotProcess(place.folder, settings, port, command=command) as bot:
        try:
            bot.wait_until_ready(_START_SECONDS)
            place.github.add_webhook(bot.webhook_url, secret)
            troubles = _live(plan, place, stage=stage, bot=bot, record=record)
        except BotNotReady as trouble:
            troubles = [str(trouble)]
        if bot.alive and (code := bot.stop()):
            troubles.append(f"the bot ended with code {code} when it was told to stop:\n{bot.last_lines()}")
    troubles += bot.find_tracebacks()
    tasks, _ = read_ledger(place)
    troubles += find_unproven(place, [(issue.repository, issue.number) for issue in stage.opened.values()])
    folders = sorted(path.name for path in (place.data / "attempts").glob("*"))
    troubles += [f"these attempts left their folders: {', '.join(folders)}"] if folders else []
    trace = tuple(record.events())
    return ChaosNight(
        name=plan.name,
        seconds=round(time.monotonic() - began, 1),
        unexpected=(*troubles, *judge(plan, place, stage, tasks=tasks, trace=trace)),
        steps=frozenset(event["step"] for event in trace if "step" in event),
        struck=tuple(event["what"] for event in trace if "strike" in event),
        missed=tuple(event["what"] for event in trace if "missed" in event),
        sessions=sum(place.script.started(issue) for issue in stage.opened.values()),
        tasks=len(tasks),
        faults=sum(fault.as_value().times for fault in plan.scenario.faults) - _left(place),
        trace=trace,
    )


def _left(place: Environment) -> int:
    """How many faults never struck."""
    return sum(times for _, times in place.github.faults.waiting)


def _live(plan: Plan, place: Environment, *, stage: Player, bot: BotProcess, record: Record) -> list[str]:
    store = Store.open(place.ledger)
    try:
        return ChaosEvening(plan, place, stage=stage, bot=bot, store=store, record=record).run()
    finally:
        store.close()


@contextmanager
def _disk(folder: Path, *, small: bool) -> Iterator[None]:
    """A disk of its own, which can be filled without harm to anybody else's. Where none can be had (only root can mount
    one, and not in every container), the saboteur fills nothing."""
    folder.mkdir(mode=0o700)
    if small and os.geteuid() == 0:
        _mount(folder)
    try:
        yield
    finally:
        unmount(folder)


def _mount(folder: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK},mode=700", "tmpfs", str(folder)]
    subprocess.run(command, check=False, capture_output=True)


def unmount(folder: Path) -> None:
    """Let go of the small disk, if there is one: also for whoever finds it after a night that was killed."""
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
