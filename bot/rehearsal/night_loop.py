"""The loop of a night: plays each moment when it is due, prints progress, and finds out when the night is over."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Store
from bot.rehearsal.bot_process import BotProcess
from bot.rehearsal.environment import Environment
from bot.rehearsal.load import load_factor
from bot.rehearsal.player import Player
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.watch import Progress, View, read_view

_TICK = 0.2
_SETTLED = 1.0  # seconds without any movement, after which the night is over


class NightLoop:
    """Plays the moments of a scenario, and watches the bot's ledger for the night's end."""

    def __init__(
        self, scenario: Scenario, environment: Environment, player: Player, bot: BotProcess, store: Store
    ) -> None:
        self._scenario = scenario
        self._environment = environment
        self._player = player
        self._bot = bot
        self._store = store
        self._began = time.monotonic()
        self._ends = datetime.now(UTC) + timedelta(seconds=scenario.seconds)
        self._progress = Progress()
        self._moved_at = self._began

    def run(self) -> list[str]:
        """Until nothing moves any more, or the time limit. Returns what went wrong, a sentence each."""
        troubles = self._player.open_first_issues()
        while True:
            view = read_view(self._store, datetime.now(UTC))
            troubles += self._turn(view)
            if (ended := self._ended(view)) is not None:
                return troubles + ended
            time.sleep(_TICK)

    def _turn(self, view: View) -> list[str]:
        """Print what is new, and play what is due."""
        lines = self._progress.lines(self._seconds, view)
        for line in lines:
            self._environment.say(line)
        remaining = self._player.remaining
        troubles = self._player.play_due(self._seconds, view)
        if lines or self._player.remaining != remaining or not self._is_still(view):
            self._moved_at = time.monotonic()
        return troubles

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _ended(self, view: View) -> list[str] | None:
        """None while the night goes on; else what is unexpected about its end, which may be nothing."""
        if not self._bot.alive:
            return [f"the bot ended by itself, with code {self._bot.stop()}:\n{self._bot.last_lines()}"]
        if time.monotonic() - self._moved_at > _SETTLED:
            return self._player.find_unplayed()
        if self._seconds > self._scenario.seconds * load_factor():
            tasks = ", ".join(map(str, sorted(view.moving(self._ends))))
            what = tasks or "an unread delivery or an unsent message"
            return [f"the night's {self._scenario.seconds:g} s were over before {what} had come to an end"]
        return None

    def _is_still(self, view: View) -> bool:
        """Whether nothing runs, no message waits to be sent or read, and no moment waits for the clock."""
        waits = self._player.waits_for_time or self._missing(view) or not self._environment.github.all_delivered
        return view.quiet and not view.moving(self._ends) and not waits

    def _missing(self, view: View) -> bool:
        """Whether an issue that should become a task is not one yet: its webhook may have been lost."""
        known = {task.issue for task in view.tasks}
        expected = {self._player.opened.get(issue.key) for issue in self._scenario.issues if issue.expect.task}
        return not known.issuperset(expected - {None})
