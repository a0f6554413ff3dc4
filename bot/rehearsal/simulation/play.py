"""Plays one seed: the bot's processes, GitHub and people under one scheduler, until everything is at rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.adapters.github import GitHubFailed
from bot.rehearsal.simulation.attempts import BOT
from bot.rehearsal.simulation.bot_process import BotProcess
from bot.rehearsal.simulation.disaster import Disaster
from bot.rehearsal.simulation.faults import Faults, FaultyExchange, Likelihoods
from bot.rehearsal.simulation.hub import Hub, Webhook
from bot.rehearsal.simulation.judge import Judge
from bot.rehearsal.simulation.ledger import begin_ledger
from bot.rehearsal.simulation.people import ROLES, People
from bot.rehearsal.simulation.scheduler import NeverAtRest, Process, Scheduler, Thread
from bot.rehearsal.simulation.services import REPOSITORIES, World, simulated_settings
from bot.rehearsal.simulation.web import Web

_POLL_SECONDS = 300.0
_LONGEST_QUIET = 4 * 3600.0
_PASSES_AT_REST = 2
_ACTS = (3, 12)
_TWO_WORKERS = 0.7
_SYNC_AGAIN = 30.0  # seconds
_SKEWS = (0.0, 0.0, 2.0, -2.0, 20.0, -20.0)  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`digest` is of the trace: the same seed gives the same one. `requests`: to GitHub; `seconds`: simulated."""

    seed: int
    broken: tuple[str, ...]
    trace: tuple[str, ...]
    faults: int
    claims: int
    requests: int
    seconds: float

    @property
    def ok(self) -> bool:
        return not self.broken

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]


def play(
    seed: int, folder: Path, template: Path, *, safety_alone: bool = False, most_faults: int | None = None
) -> Played:
    """`folder`: for the ledger; in memory it is fastest. `template`: an empty ledger. `safety_alone`: something goes
    wrong that cannot be made good, and only what must never happen is judged. `most_faults`: those after that many do
    not happen."""
    return Simulation(seed, folder, template, safety_alone=safety_alone, most_faults=most_faults).play()


class Simulation:
    """One seed."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        template: Path,
        *,
        safety_alone: bool = False,
        most_faults: int | None = None,
    ) -> None:
        self.seed, self.safety_alone = seed, safety_alone
        plan = self._random("plan")
        lease = plan.choice((60.0, 120.0))
        self.scheduler = Scheduler(self._random("order"))
        self.faults = Faults(
            scheduler=self.scheduler,
            draw=self._random("faults"),
            likely=Likelihoods.drawn(plan),
            lease=lease,
            most=most_faults,
        )
        self.hub = Hub(self.scheduler, self._receive)
        acts = plan.randint(*_ACTS)
        self.people = People(hub=self.hub, scheduler=self.scheduler, draw=self._random("people"), acts=acts)
        self.ledger = folder / "ledger.db"
        begin_ledger(template, self.ledger)
        self.judge = Judge(ledger=self.ledger, hub=self.hub, people=self.people, scheduler=self.scheduler)
        self.requests = 0
        self.sync: Thread | None = None  # after a disaster, before the workers start again
        self.world = self._make_world(folder, lease=lease, workers=plan.choice((1, 2)))
        names = ("worker 1", "worker 2") if plan.random() < _TWO_WORKERS else ("worker 1",)
        self.bots = [
            BotProcess(world=self.world, name=name, skew=plan.choice(_SKEWS), draw=self._random(name)) for name in names
        ]
        self.web = Web(world=self.world, faults=self.faults, bots=self.bots)
        self.disaster = Disaster.drawn(self._random("disaster"), template) if safety_alone else None

    def _make_world(self, folder: Path, *, lease: float, workers: int) -> World:
        token = self.hub.set_up(REPOSITORIES, ROLES, BOT)
        return World(
            scheduler=self.scheduler,
            hub=self.hub,
            settings=simulated_settings(token, folder, lease=lease, poll=_POLL_SECONDS, workers=workers),
            ledger=self.ledger,
            committed=self.judge.look_at_ledger,
            lost=self.judge.look_at_lost_claim,
            exchange=lambda process: _Watched(self.scheduler, self.faults, process, self),
        )

    def play(self) -> Played:
        try:
            self._play()
        except NeverAtRest as error:
            self.judge.broken.append(str(error))
        finally:
            self.faults.calm = True
            self.scheduler.end()
            self.judge.forget_ledger()
        return Played(
            seed=self.seed,
            broken=tuple(self.judge.broken),
            trace=tuple(self.scheduler.trace),
            faults=self.faults.happened,
            claims=self.judge.claims,
            requests=self.requests,
            seconds=self.scheduler.now,
        )

    def _play(self) -> None:
        self.scheduler.fault = self.faults.at_point
        self.web.start()
        for bot in self.bots:
            bot.start()
        people = self.scheduler.spawn(Process("people"), "people", self.people.act_all)
        self.scheduler.run(lambda: self._tend() and people.over)
        self.scheduler.say("people are done, and nothing goes wrong any more")
        self.faults.calm = True
        rest = Rest(self.judge, self.bots, until=self.scheduler.now + _LONGEST_QUIET)
        self.scheduler.run(lambda: self._tend() and rest.is_over(self.scheduler.now))
        self.judge.look_at_hub()
        self.judge.look_at_own_errors()
        if not self.safety_alone:
            self.judge.look_at_end()

    def _tend(self) -> bool:
        """What a service manager does: a process that ended is started again. True unless the worst is yet to come."""
        for bot in self.bots:
            if bot.process.dead and (self.sync is None or self.sync.over):
                self.scheduler.say(f"{bot.name} starts again")
                bot.start()
        return self.disaster is None or self.disaster.step(self)

    # -- what a disaster needs

    def find_processes(self) -> Sequence[Process]:
        return [self.web.process, *(bot.process for bot in self.bots)]

    def refuse_writes(self) -> None:
        self.faults.refuses = True

    def go_on(self) -> None:
        """As the documentation says: sync first, then start web and worker."""
        self.judge.forget_ledger()
        self.sync = self.scheduler.spawn(Process("sync"), "sync", self._sync)

    def _sync(self) -> None:
        """Repeated until it succeeds."""
        try:
            services = self.bots[0].connect(self.scheduler.here)
            for name in REPOSITORIES:
                services.rebuilder.rebuild(name)
        except GitHubFailed as error:
            self.scheduler.say(f"sync failed, and is repeated: {error}")
            self.scheduler.sleep(_SYNC_AGAIN)
            self._sync()
            return
        services.store.close()
        self.web.start()

    def _receive(self, webhook: Webhook) -> None:
        self.web.receive(webhook)

    def _random(self, stream: str) -> Random:
        return Random(f"{self.seed} {stream}")


@dataclass(slots=True)
class Rest:
    """Nothing is left to do, and some passes more, by any worker, have found nothing; or it takes too long."""

    judge: Judge
    bots: Sequence[BotProcess]
    until: float
    passes: int | None = None  # when nothing was left

    def is_over(self, now: float) -> bool:
        done = sum(bot.passes for bot in self.bots)
        if not self.judge.is_at_rest():
            self.passes = None
        elif self.passes is None:
            self.passes = done
        is_found = self.passes is not None and done >= self.passes + _PASSES_AT_REST
        return is_found or now > self.until


@dataclass(frozen=True, slots=True)
class _Watched(FaultyExchange):
    """`simulation` counts the requests, and the judge looks after each one that may have changed something."""

    simulation: Simulation

    def after(self, method: str, path: str, status: int) -> None:
        self.simulation.requests += 1
        if method != "GET":
            self.simulation.judge.look_at_hub()
        FaultyExchange.after(self, method, path, status)
