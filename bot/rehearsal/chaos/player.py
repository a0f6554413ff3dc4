"""Plays a night with chaos: moments and reactions, time that is advanced while nothing runs, until all is at rest."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Store, StoreUnusable
from bot.core.tasks import State
from bot.rehearsal.bot_process import BotProcess
from bot.rehearsal.chaos.injections import Record
from bot.rehearsal.chaos.injector import FILLER
from bot.rehearsal.chaos.people import People
from bot.rehearsal.chaos.plan import POLL_SECONDS, Plan
from bot.rehearsal.environment import Environment
from bot.rehearsal.load import load_factor
from bot.rehearsal.player import Player
from bot.rehearsal.watch import NightProgress, View, read_view

_TICK = 0.25
_STILL = 0.6  # seconds without a change, after which time is advanced
_STILL_RUNNING = 7.0  # the same while a session runs: longer than a lease
_FIRST_SKIP = POLL_SECONDS + 1.0
_LONGEST_SKIP = 900.0
_MOST_SKIPS = 40  # in a row without a change: some hours
_UNDER_WAY = timedelta(seconds=2)  # longer than the longest delay of an injection
_PUT_OFF = timedelta(hours=20)
_REFUSED = 400
_PASSES = 2  # so many looks at GitHub must change nothing before the night is over


@dataclass(slots=True, eq=False)
class ChaosPlayer:
    """Plays one night: people act, time is advanced where nothing happens, until everything is at rest."""

    plan: Plan
    environment: Environment
    _: KW_ONLY
    player: Player
    bot: BotProcess
    store: Store
    record: Record
    _people: People = field(init=False)
    _began: float = field(init=False, default_factory=time.monotonic)
    _changed: float = field(init=False)
    _progress: NightProgress = field(init=False, default_factory=NightProgress)
    _view: View = field(init=False, default_factory=View)
    _skip: float = field(init=False, default=_FIRST_SKIP)
    _skips: int = field(init=False, default=0)  # since something changed
    _asked: int = field(init=False, default=0)  # exchanges with GitHub when time was last advanced
    _seen: int = field(init=False, default=0)  # the same at the last turn: a pass may still go on
    _passes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._people = People(self.plan, self.environment, player=self.player, record=self.record)
        self._changed = self._began

    def run(self) -> list[str]:
        """Until everything is at rest and two passes have changed nothing. Returns what went wrong on the way."""
        troubles = self.player.open_first_issues()
        while self._passes < _PASSES:
            if self._seconds > self.plan.scenario.seconds * load_factor() or self._skips > _MOST_SKIPS:
                return [*troubles, *self._stuck()]
            if not self.bot.alive:
                return [*troubles, f"the bot's service manager ended:\n{self.bot.last_lines()}"]
            troubles += self._turn()
            time.sleep(_TICK)
        return [*troubles, *self.player.find_unplayed(), *self._people.still_to_come()]

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _turn(self) -> list[str]:
        left = self.player.remaining
        # Before the ledger, which is written later.
        seen, self._seen = self._seen, len(self.environment.github.exchanges)
        view = self._look()
        troubles = self.player.play_due(self._seconds, view)
        reacted = self._people.react(self._seconds, view)
        for line in self._progress.lines(self._seconds, view):
            self.environment.say(line)
        if view != self._view or self.player.remaining != left or reacted:
            self._view, self._changed, self._skip, self._passes = view, time.monotonic(), _FIRST_SKIP, 0
            self._skips = 0
        elif self._seen != seen:
            self._changed = time.monotonic()
        elif time.monotonic() - self._changed > self._still() and self._may_skip():
            self._skip_time()
        return troubles

    def _still(self) -> float:
        """A busy machine has longer pauses within a pass, too."""
        return _STILL_RUNNING if self._runs() else _STILL * load_factor()

    def _may_skip(self) -> bool:
        """Of two workers the other one would take for lost what runs, since its lease would be over at once."""
        return self.plan.workers == 1 or not self._runs()

    def _look(self) -> View:
        """The ledger as it is now; as it was where a full disk does not let it be read."""
        try:
            return read_view(self.store, self._now())
        except StoreUnusable:
            return self._view

    def _now(self) -> datetime:
        """By the bot's clock, and far enough ahead that nothing counts as put off, but for the removal of a branch, a
        day after its pull request was closed."""
        return datetime.now(UTC) + timedelta(seconds=self.record.ahead() + self.record.skew()) + _PUT_OFF

    def _skip_time(self) -> None:
        """Advance all clocks. Where everything is at rest, the next pass has to find nothing."""
        exchanges = self.environment.github.exchanges
        new, self._asked = exchanges[self._asked :], len(exchanges)
        looked = self._at_rest() and bool(new) and all(each.status < _REFUSED for each in new)
        self._passes += looked
        self.record.skip(self._skip)
        self._changed = time.monotonic()
        self._skips += 1
        self._skip = _FIRST_SKIP if looked else min(self._skip * 2, _LONGEST_SKIP)

    def _runs(self) -> bool:
        return any(task.state is State.RUNNING for task in self._view.tasks)

    def _at_rest(self) -> bool:
        """Nothing runs, waits for its turn, or is unsaid, unread or still to come."""
        waiting = any(task.state is State.QUEUED for task in self._view.tasks)
        missing = len(self._view.tasks) < sum(None not in states for states in self.plan.endings.values())
        comes = self._runs() or waiting or missing or self.player.remaining or self._people.have_to_react(self._view)
        return not comes and self._view.quiet and self.environment.github.all_delivered and self._is_calm()

    def _is_calm(self) -> bool:
        """No injection is under way."""
        lately = [
            datetime.fromisoformat(event["at"])
            for event in self.record.events()
            if "triggered" in event or "fired" in event
        ]
        just_now = bool(lately) and datetime.now(UTC) - max(lately) < _UNDER_WAY
        return not just_now and not (self.environment.data / FILLER).exists()

    def _stuck(self) -> list[str]:
        held = [
            f"{task.issue} is {task.state}" for task in self._view.tasks if task.state in (State.RUNNING, State.QUEUED)
        ]
        unsaid = "" if self._view.quiet else "something is unread or unsaid"
        why = ", ".join(filter(None, [*held, unsaid])) or "it never came to rest"
        return [f"stuck after {self._seconds:.0f} s: {why}"]
