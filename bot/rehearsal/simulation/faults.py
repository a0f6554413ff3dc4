"""What goes wrong in one simulation, drawn from its seed: how likely each kind is, and each when it happens.

Faults are counted. With `most`, those after that many do not happen: so the shortest prefix of faults that still makes
a seed fail can be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bot.rehearsal.simulation.hub import Answer, NoAnswer
from bot.rehearsal.simulation.scheduler import Process, Scheduler

_OUTAGE = '{"message": "Server Error", "documentation_url": "", "status": "502"}'
_LIMIT = '{"message": "You have exceeded a secondary rate limit.", "documentation_url": "", "status": "403"}'
_FORBIDDEN = '{"message": "Resource not accessible", "documentation_url": "", "status": "403"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihoods:
    """Of a fault at each point, request or webhook."""

    kill: float
    freeze: float
    refused: float
    unanswered: float
    lost_answer: float
    limited: float
    lost_webhook: float
    late_webhook: float
    doubled_webhook: float

    @classmethod
    def drawn(cls, draw: Random) -> Likelihoods:
        """Some seeds have many faults of a kind, and some none."""

        def some(*of: float) -> float:
            return draw.choice((0.0, *of))

        return cls(
            kill=some(0.0006, 0.002, 0.006),
            freeze=some(0.001, 0.004),
            refused=some(0.01, 0.05),
            unanswered=some(0.01, 0.05),
            lost_answer=some(0.01, 0.05, 0.2),
            limited=some(0.005, 0.02),
            lost_webhook=some(0.05, 0.3, 1.0),
            late_webhook=some(0.1, 0.5),
            doubled_webhook=some(0.05, 0.3),
        )


@dataclass(slots=True, kw_only=True)
class Faults:
    """`calm`: none happens any more. `refuses`: GitHub refuses every write, for good. `lease`: seconds."""

    scheduler: Scheduler
    draw: Random
    likely: Likelihoods
    lease: float
    most: int | None = None
    calm: bool = False
    refuses: bool = False
    happened: int = 0

    def happens(self, likelihood: float, what: str) -> bool:
        if self.calm or likelihood <= 0 or self.draw.random() >= likelihood:
            return False
        if self.most is not None and self.happened >= self.most:
            return False
        self.happened += 1
        self.scheduler.say(f"FAULT {self.happened}: {what}")
        return True

    def at_point(self, process: Process, where: str) -> None:
        """The scheduler's: kill or freeze the process that is here."""
        if not process.killable:
            return
        if self.happens(self.likely.kill, f"kill {process.name} at {where}"):
            self.scheduler.kill(process)
        elif self.happens(self.likely.freeze, f"freeze {process.name} at {where}"):
            self.scheduler.freeze(process, self.draw.uniform(0.5, 3.0) * self.lease)

    def late(self) -> float:
        """How many seconds late a webhook comes."""
        if self.happens(self.likely.late_webhook, "a webhook is late"):
            return self.draw.choice((3.0, 40.0, 400.0)) * self.draw.random()
        return 0.2


@dataclass(frozen=True, slots=True)
class FaultyExchange:
    """The requests of one process."""

    scheduler: Scheduler
    faults: Faults
    process: Process

    def before(self, method: str, path: str) -> Answer | None:
        """An answer in the place of the hub's, or None. Raises NoAnswer."""
        self.scheduler.sleep(0.05)
        self.scheduler.point(f"before {method} {path}")
        likely, request = self.faults.likely, f"{method} {path}"
        if self.faults.refuses and method != "GET":
            return self._answer(403, _FORBIDDEN)
        if self.faults.happens(likely.refused, f"refuse {request}"):
            return self._answer(502, _OUTAGE)
        if self.faults.happens(likely.limited, f"limit {request}"):
            return self._answer(403, _LIMIT, ("Retry-After", "60"))
        if self.faults.happens(likely.unanswered, f"lose {request}"):
            raise NoAnswer("the request was lost")
        return None

    def after(self, method: str, path: str, status: int) -> None:
        """The hub has performed it. Raises NoAnswer."""
        if method != "GET":
            self.scheduler.say(f"{method} {path} {status}")
        if self.faults.happens(self.faults.likely.lost_answer, f"lose the answer to {method} {path}"):
            raise NoAnswer("the answer was lost")
        self.scheduler.point(f"after {method} {path}")

    def _answer(self, status: int, body: str, *headers: tuple[str, str]) -> Answer:
        date = self.scheduler.clock().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Answer(status, [("Date", date), ("Content-Type", "application/json"), *headers], body)
