"""One night with chaos, from beginning to end."""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.store import Store
from bot.rehearsal.app_account import APP
from bot.rehearsal.bot_process import BotNotReady, BotProcess, free_port
from bot.rehearsal.bot_settings import build_bot_settings
from bot.rehearsal.chaos.injections import FaultKind, Record
from bot.rehearsal.chaos.installation import install
from bot.rehearsal.chaos.judge import judge
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.player import ChaosPlayer
from bot.rehearsal.chaos.requests import Requests
from bot.rehearsal.environment import Environment, Say
from bot.rehearsal.evaluation import read_ledger
from bot.rehearsal.evidence_check import find_unproven
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.player import Player
from bot.rehearsal.script import Script, SessionedModel

_SERVICE_MANAGER = ("-m", "bot.rehearsal.chaos.service_manager")
_SECOND = "second"  # the folder of the second worker
_SMALL_DISK = "96m"
_START_SECONDS = 120.0  # several nights start at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosNight:
    """`steps`: those that were taken; `fired`: the injections that took effect; `missed`: those that found no process
    to kill or no disk to fill; `faults`: how many of GitHub's happened; `cpu`: seconds of processor time; `trace`:
    everything that happened, in order."""

    name: str
    seconds: float
    unexpected: tuple[str, ...]
    steps: frozenset[str]
    fired: tuple[str, ...]
    missed: tuple[str, ...] = ()
    sessions: int
    tasks: int
    faults: int
    cpu: float = 0.0
    trace: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        return not self.unexpected


def play(plan: Plan, folder: Path, say: Say) -> ChaosNight:
    """The whole night, in a folder that is there and empty. Nothing is left running."""
    record = Record.begin(folder / "record", plan.injections)
    script = Script()
    requests = Requests(script.answer)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=record.ahead())

    with (
        SimulatedGitHub(folder / "github", clock=clock) as github,
        SessionedModel(requests.answer) as model,
        _disk(folder / "data", small=any(each.kind is FaultKind.DISK for each in plan.injections)),
    ):
        environment = Environment(folder=folder, github=github, model_url=model.url, script=script, say=say)
        return _play(plan, environment, record, requests)


def _play(plan: Plan, environment: Environment, record: Record, requests: Requests) -> ChaosNight:
    player = Player(plan.scenario, environment.github, environment.script)
    token, secret, port = player.set_up(), secrets.token_hex(16), free_port()
    settings = build_bot_settings(plan.scenario, environment, token=token, secret=secret, port=port)
    settings = install(plan, environment, player, settings)
    began = time.monotonic()
    troubles = _run_bots(plan, environment, player=player, record=record, settings=settings)
    tasks, _ = read_ledger(environment)
    troubles += find_unproven(environment, [(issue.repository, issue.number) for issue in player.opened.values()])
    folders = sorted(path.name for path in (environment.data / "attempts").glob("*"))
    troubles += [f"these attempts left their folders: {', '.join(folders)}"] if folders else []
    trace = tuple(record.events())
    return ChaosNight(
        name=plan.name,
        seconds=round(time.monotonic() - began, 1),
        unexpected=(*troubles, *requests.unexpected, *judge(plan, environment, player, tasks=tasks, trace=trace)),
        steps=frozenset(event["step"] for event in trace if "step" in event),
        fired=tuple(event["what"] for event in trace if "fired" in event),
        missed=tuple(event["what"] for event in trace if "missed" in event),
        sessions=sum(environment.script.started(issue) for issue in player.opened.values()),
        tasks=len(tasks),
        faults=sum(fault.value.times for fault in plan.scenario.faults) - _count_left(environment),
        cpu=_processor_seconds(),
        trace=trace,
    )


def _run_bots(
    plan: Plan, environment: Environment, *, player: Player, record: Record, settings: dict[str, str]
) -> list[str]:
    """Start the bot, and a second worker where the plan has one; play the night; stop them. Returns what went wrong."""
    command = (*_SERVICE_MANAGER, str(environment.folder / "record"))
    port = int(settings["PORT"])
    with ExitStack() as stack:
        bots = [stack.enter_context(BotProcess(environment.folder, settings, port, command=command))]
        try:
            bots[0].wait_until_ready(_START_SECONDS)
            if plan.workers > 1:
                bots.append(stack.enter_context(_second_worker(environment, settings, command)))
            if plan.circumstances.webhooks:
                app = APP if plan.circumstances.app else None
                environment.github.add_webhook(bots[0].webhook_url, settings["WEBHOOK_SECRET"], app=app)
            troubles = _live(plan, environment, player=player, bot=bots[0], record=record)
        except BotNotReady as trouble:
            troubles = [str(trouble)]
        for bot in reversed(bots):
            if bot.alive and (code := bot.stop()):
                troubles.append(f"the bot ended with code {code} after a stop was requested:\n{bot.last_lines()}")
    return troubles + [line for bot in bots for line in bot.find_tracebacks()]


def _second_worker(environment: Environment, settings: dict[str, str], command: tuple[str, ...]) -> BotProcess:
    """Another worker on the same host: ledger and mirrors are shared, so that either can go on with what the other has
    made. Only its log and its HOME are in a separate folder."""
    folder = environment.folder / _SECOND
    folder.mkdir()
    return BotProcess(folder, settings, int(settings["PORT"]), command=(*command, "worker"))


def _count_left(environment: Environment) -> int:
    """How many faults never happened."""
    return sum(times for _, times in environment.github.faults.waiting)


def _processor_seconds() -> float:
    """Of this process and of all that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 1)


def _live(plan: Plan, environment: Environment, *, player: Player, bot: BotProcess, record: Record) -> list[str]:
    store = Store.open(environment.ledger)
    try:
        return ChaosPlayer(plan, environment, player=player, bot=bot, store=store, record=record).run()
    finally:
        store.close()


@contextmanager
def _disk(folder: Path, *, small: bool) -> Iterator[None]:
    """A separate small disk, which can be filled without harm. Where none can be had (only root can mount one, and not
    in every container), the injector fills nothing."""
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
    """Unmount the small disk, if there is one; also after a night that was killed."""
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
