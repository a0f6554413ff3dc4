"""The web server of a simulation: stores each webhook when it arrives, and wakes the workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from bot.adapters.store import Inbox
from bot.core.events import is_used
from bot.rehearsal.simulation.bot_process import BotProcess
from bot.rehearsal.simulation.faults import Faults
from bot.rehearsal.simulation.hub import Webhook
from bot.rehearsal.simulation.ledger import Seat, SimulatedStore
from bot.rehearsal.simulation.scheduler import Process, Thread
from bot.rehearsal.simulation.services import World

_AN_HOUR = 3600.0


@dataclass(slots=True, kw_only=True)
class Web:
    """What is on its way reaches the next process, too."""

    world: World
    faults: Faults
    bots: Sequence[BotProcess]
    process: Process = field(init=False)
    _thread: Thread = field(init=False)
    _waiting: list[tuple[float, int, Webhook]] = field(default_factory=list)
    _count: int = 0

    def start(self) -> None:
        self.process = Process("web")
        self._thread = self.world.scheduler.spawn(self.process, "web", self._serve)

    def receive(self, webhook: Webhook) -> None:
        """What GitHub sends: it may be lost, late or doubled."""
        faults, name = self.faults, f"{webhook.event}.{webhook.action} {webhook.guid}"
        if not is_used(webhook.event, webhook.action):
            return
        if faults.happens(faults.likely.lost_webhook, f"lose {name}"):
            return
        copies = 2 if faults.happens(faults.likely.doubled_webhook, f"double {name}") else 1
        for _ in range(copies):
            self._count += 1
            heappush(self._waiting, (self.world.scheduler.now + faults.late(), self._count, webhook))
        if not self._thread.over:
            self.world.scheduler.wake(self._thread)

    def _serve(self) -> None:
        scheduler = self.world.scheduler
        store = SimulatedStore(self.world.ledger, Seat(scheduler=scheduler, process=self.process))
        try:
            inbox = Inbox(store)
            while True:
                self._take_next(inbox)
        finally:
            store.close()

    def _take_next(self, inbox: Inbox) -> None:
        scheduler = self.world.scheduler
        due = self._waiting[0][0] if self._waiting else scheduler.now + _AN_HOUR
        if due > scheduler.now:
            scheduler.sleep(due - scheduler.now)
            return
        webhook = heappop(self._waiting)[2]
        scheduler.say(f"webhook {webhook.guid} {webhook.event}.{webhook.action}")
        inbox.keep(guid=webhook.guid, event=webhook.event, payload=webhook.body, now=scheduler.clock())
        for bot in self.bots:
            bot.wake()
