"""The hours in which the bot works: the loop that plays each moment when it comes, and knows when all is over."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Store
from bot.rehearsal.bot_process import BotProcess
from bot.rehearsal.load import load_factor
from bot.rehearsal.place import Place
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.stage import Stage
from bot.rehearsal.watch import Progress, View, look, moving

_TICK = 0.2
_SETTLED = 1.0  # seconds without any movement, after which the night is over


class Evening:
    """The loop that plays the moments and watches the ledger."""

    def __init__(self, scenario: Scenario, place: Place, stage: Stage, bot: BotProcess, store: Store) -> None:
        self._scenario = scenario
        self._place = place
        self._stage = stage
        self._bot = bot
        self._store = store
        self._began = time.monotonic()
        self._ends = datetime.now(UTC) + timedelta(seconds=scenario.seconds)
        self._progress = Progress()
        self._stirred = self._began

    def run(self) -> list[str]:
        """Until nothing moves any more, or the time is up. Returns what went wrong on the way."""
        troubles = self._stage.begin()
        while True:
            view = look(self._store, datetime.now(UTC))
            troubles += self._turn(view)
            if (ended := self._ended(view)) is not None:
                return troubles + ended
            time.sleep(_TICK)

    def _turn(self, view: View) -> list[str]:
        """Tell what is new, and play what is due."""
        lines = self._progress.lines(self._seconds, view)
        for line in lines:
            self._place.say(line)
        left = self._stage.left
        troubles = self._stage.play(self._seconds, view)
        if lines or self._stage.left != left or not self._is_still(view):
            self._stirred = time.monotonic()
        return troubles

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _ended(self, view: View) -> list[str] | None:
        """Why the night is over, as what is unexpected about that; None while it goes on."""
        if not self._bot.alive:
            return [f"the bot ended by itself, with code {self._bot.stop()}:\n{self._bot.last_lines()}"]
        if time.monotonic() - self._stirred > _SETTLED:
            return self._stage.still_to_come()
        if self._seconds > self._scenario.seconds * load_factor():
            left = ", ".join(map(str, sorted(moving(view.tasks, self._ends)))) or "something unread or unsaid"
            return [f"the night's {self._scenario.seconds:g} s were over before {left} had come to an end"]
        return None

    def _is_still(self, view: View) -> bool:
        """Nothing runs, nothing waits to be sent, read or said, and nothing is to come by the clock."""
        waits = self._stage.waits_for_time or self._missing(view) or not self._place.github.all_delivered
        return view.quiet and not moving(view.tasks, self._ends) and not waits

    def _missing(self, view: View) -> bool:
        """Whether an issue that has to become a task is none yet: its webhook may have been lost."""
        known = {task.issue for task in view.tasks}
        expected = {self._stage.opened.get(issue.key) for issue in self._scenario.issues if issue.expect.task}
        return not known.issuperset(expected - {None})
