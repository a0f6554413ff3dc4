"""One clock and one scheduler: of all threads of a simulation exactly one runs, and a seed says which.

A thread gives way only in `point`, `sleep` and `Turn.wait`. Time passes only while every thread waits. So a seed
decides every interleaving, and the same seed gives the same one again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

_BEGIN = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
_FOREVER = float("inf")
_SWITCHES = 0.12  # how likely another thread runs after a point
_LOOKS_EVERY = 20.0  # seconds
_MOST_POINTS = 60_000  # a simulation that has more does not come to rest


class Killed(BaseException):
    """The process of this thread was killed: it runs no further statement that matters."""


class NeverAtRest(Exception):
    """The simulation takes too many steps."""


@dataclass(slots=True, eq=False)
class Thread:
    """One thread. `process`: what it is killed with. `due`: when it goes on, in seconds; `woken` before that."""

    name: str
    process: Process
    due: float = 0.0
    over: bool = False
    waiter: Thread | None = None  # for its end
    baton: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __repr__(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class Process:
    """What is killed and frozen as one. `skew`: by how many seconds its clock is ahead. `killable`: whether faults
    apply to it."""

    name: str
    skew: float = 0.0
    killable: bool = False
    dead: bool = False
    frozen_until: float = 0.0


Fault = Callable[[Process, str], None]


def _nothing(_process: Process, _where: str) -> None:
    """The default fault."""


@dataclass(slots=True, eq=False)
class Scheduler:
    """`fault` is called at each point with the process that is there, and may kill or freeze it."""

    chance: Random
    trace: list[str] = field(default_factory=list)
    now: float = 0.0
    fault: Fault = _nothing
    points: int = 0
    trouble: BaseException | None = None
    _threads: list[Thread] = field(default_factory=list)
    _running: Thread = field(init=False)
    _killer: Thread | None = None  # while it waits for what it has killed

    def __post_init__(self) -> None:
        self._running = Thread("director", Process("director"))
        self._threads.append(self._running)

    @property
    def here(self) -> Process:
        """The process of the thread that runs."""
        return self._running.process

    def clock(self, process: Process | None = None) -> datetime:
        """What its clock shows; that of the world without one."""
        return _BEGIN + timedelta(seconds=self.now + (process.skew if process is not None else 0.0))

    def say(self, what: str) -> None:
        self.trace.append(f"{self.now:10.3f} {self._running.name:>12}  {what}")

    def spawn(self, process: Process, name: str, work: Callable[[], None]) -> Thread:
        """Begin a thread, which runs when it is chosen."""
        thread = Thread(name, process, due=self.now)
        self._threads.append(thread)
        threading.Thread(target=self._live, args=(thread, work), name=name, daemon=True).start()
        return thread

    def point(self, where: str) -> None:
        """A place at which another thread may go on. Raises Killed."""
        me = self._running
        self._require_alive(me)
        self.points += 1
        if self.points > _MOST_POINTS:
            raise NeverAtRest(f"more than {_MOST_POINTS} steps")
        self.fault(me.process, where)
        self._require_alive(me)
        if me.process.frozen_until > self.now or self.chance.random() < _SWITCHES:
            me.due = self.now
            self._give_way(me)

    def sleep(self, seconds: float) -> None:
        """Until so much later, or until `wake`. Raises Killed."""
        me = self._running
        self._require_alive(me)
        me.due = self.now + max(0.0, seconds)
        self._give_way(me)

    def wake(self, thread: Thread) -> None:
        """Let it go on now, if it sleeps."""
        thread.due = min(thread.due, self.now)

    def wait_for(self, thread: Thread) -> None:
        """Until it has ended. Raises Killed."""
        thread.waiter = self._running
        while not thread.over:
            self.sleep(_LOOKS_EVERY)

    def freeze(self, process: Process, seconds: float) -> None:
        process.frozen_until = self.now + seconds

    def kill(self, process: Process) -> None:
        """As by kill -9: its threads end, and change nothing any more. A thread of that process which calls
        this ends at its next step, which raises Killed."""
        process.dead = True
        process.frozen_until = 0.0
        me = self._running
        for thread in [each for each in self._threads if each.process is process and each is not me]:
            while not thread.over:
                self._hand_over(me, thread)

    def run(self, until: Callable[[], bool]) -> None:
        """Called by the thread that made this: let the others run, until this is true in a moment without work."""
        me = self._running
        while not until():
            me.due = self.now + _LOOKS_EVERY
            self._give_way(me)
            if self.trouble is not None:
                raise self.trouble

    def end(self) -> None:
        """Kill what is left."""
        for process in {id(thread.process): thread.process for thread in self._threads[1:]}.values():
            self.kill(process)

    # -- one thread after the other

    def _require_alive(self, thread: Thread) -> None:
        if thread.process.dead:
            raise Killed

    def _live(self, thread: Thread, work: Callable[[], None]) -> None:
        thread.baton.acquire()
        try:
            self._require_alive(thread)
            work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - raised in `run`
            self.trouble = self.trouble or error
            self._threads[0].due = self.now
        finally:
            thread.over, thread.due = True, _FOREVER
            self._threads.remove(thread)
            if thread.waiter is not None:
                self.wake(thread.waiter)
            following = self._killer or self._choose()
            self._running = following
            following.baton.release()

    def _give_way(self, me: Thread) -> None:
        following = self._choose()
        if following is not me:
            self._running = following
            following.baton.release()
            me.baton.acquire()
        self._require_alive(me)

    def _hand_over(self, me: Thread, thread: Thread) -> None:
        before, self._killer = self._killer, me
        self._running = thread
        thread.baton.release()
        me.baton.acquire()
        self._running = me
        self._killer = before

    def _choose(self) -> Thread:
        """One of those that are due; if there is none, time passes."""
        if self.trouble is not None:
            return self._threads[0]
        ready = [thread for thread in self._threads if self._due(thread) <= self.now]
        if not ready:
            self.now = min(map(self._due, self._threads))
            ready = [thread for thread in self._threads if self._due(thread) <= self.now]
        return ready[0] if len(ready) == 1 else ready[self.chance.randrange(len(ready))]

    def _due(self, thread: Thread) -> float:
        return max(thread.due, thread.process.frozen_until)
