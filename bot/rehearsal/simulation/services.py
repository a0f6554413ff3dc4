"""The real services of one process of the bot, on the hub and the ledger of a simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from bot.adapters.github import Account, GitHub
from bot.adapters.settings import Settings, read_settings
from bot.adapters.store import Store
from bot.core.facts import Actor
from bot.core.tasks import Task
from bot.rehearsal.simulation.attempts import NoRemovals
from bot.rehearsal.simulation.hub import WEB_URL, Exchange, Hub
from bot.rehearsal.simulation.ledger import Seat, SimulatedStore
from bot.rehearsal.simulation.scheduler import Process, Scheduler
from bot.steps.upkeep import Upkeep
from bot.wiring import Services

REPOSITORIES = ("octo/clock", "octo/tools")


def simulated_settings(token: str, folder: Path, *, lease: float, poll: float, workers: int) -> Settings:
    values = {
        "GITHUB_API_URL": f"{WEB_URL}/api/v3",
        "GITHUB_TOKEN": token,
        "REPOSITORIES": ",".join(REPOSITORIES),
        "DATA_DIR": str(folder),
        "ANTHROPIC_API_KEY": "simulated",
        "LEASE_SECONDS": str(lease),
        "POLL_SECONDS": str(poll),
        "WORKERS": str(workers),
    }
    return read_settings(values, folder / "no.env")


@dataclass(frozen=True, kw_only=True)
class World:
    """What the processes of one simulation share."""

    scheduler: Scheduler
    hub: Hub
    settings: Settings
    ledger: Path
    committed: Callable[[], None]
    exchange: Callable[[Process], Exchange]
    lost: Callable[[Task], None]


class TurnLock:
    """A lock for threads of the scheduler: one that waits gives way."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_held = False

    def __enter__(self) -> None:
        while self._is_held:
            self._scheduler.sleep(0.05)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False


@dataclass(frozen=True, kw_only=True)
class SimulatedServices(Services):
    """`own_me`: who the account is. A cached property of Python 3.11 holds a lock that all instances share, so none may
    ask GitHub while it is computed."""

    world: World
    process: Process
    exchange: Exchange
    own_account: Account
    own_me: Actor

    @cached_property
    def store(self) -> Store:
        world = self.world
        seat = Seat(scheduler=world.scheduler, process=self.process, committed=world.committed)
        return SimulatedStore(world.ledger, seat)

    @property
    def account(self) -> Account:
        return self.own_account

    @property
    def me(self) -> Actor:
        return self.own_me

    @cached_property
    def github(self) -> GitHub:
        made = super().github
        made.pacer.lock, made.pacer.sleep = TurnLock(self.world.scheduler), self.world.scheduler.sleep
        return made

    @cached_property
    def upkeep(self) -> Upkeep:
        """What needs git is left in the outbox."""
        return cast("Upkeep", None)

    @cached_property
    def removals(self) -> NoRemovals:
        return NoRemovals()
