"""The loop of a night: plays each moment when it is due, prints progress, and finds out when the night is over."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Store
from bot.rehearsal.bot_process import BotProcess
from bot.rehearsal.environment import Environment
from bot.rehearsal.load import load_factor
from bot.rehearsal.player import Player
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.watch import NightProgress, View, read_view

_TICK = 0.2
_SETTLED = 1.0  # seconds without any movement, after which the night is over


@dataclass(slots=True, eq=False)
class NightLoop:
    """Plays the moments of a scenario, and watches the bot's ledger for the night's end."""

    scenario: Scenario
    environment: Environment
    player: Player
    bot: BotProcess
    store: Store
    _began: float = field(init=False, default_factory=time.monotonic)
    _ends: datetime = field(init=False)
    _progress: NightProgress = field(init=False, default_factory=NightProgress)
    _moved_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = datetime.now(UTC) + timedelta(seconds=self.scenario.seconds)
        self._moved_at = self._began

    def run(self) -> list[str]:
        """Until nothing moves any more, or the time limit. Returns what went wrong, a sentence each."""
        troubles = self.player.open_first_issues() + self._run_until_still()
        if self.scenario.digest is None or not self.bot.alive:
            return troubles
        if code := self.bot.run("digest", "--now"):
            return [*troubles, f"nightshift digest --now ended with code {code}:\n{self.bot.last_lines()}"]
        self._moved_at = time.monotonic()
        return troubles + self._run_until_still()

    def _run_until_still(self) -> list[str]:
        troubles = list[str]()
        while True:
            view = read_view(self.store, datetime.now(UTC))
            troubles += self._turn(view)
            if (ended := self._judge_end(view)) is not None:
                return troubles + ended
            time.sleep(_TICK)

    def _turn(self, view: View) -> list[str]:
        """Print what is new, and play what is due."""
        lines = self._progress.lines(self._seconds, view)
        for line in lines:
            self.environment.say(line)
        remaining = self.player.remaining
        troubles = self.player.play_due(self._seconds, view)
        if lines or self.player.remaining != remaining or not self._is_still(view):
            self._moved_at = time.monotonic()
        return troubles

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _judge_end(self, view: View) -> list[str] | None:
        """None while the night goes on; else what is unexpected about its end, which may be nothing."""
        if not self.bot.alive:
            return [f"the bot ended by itself, with code {self.bot.stop()}:\n{self.bot.last_lines()}"]
        if time.monotonic() - self._moved_at > _SETTLED:
            return self.player.find_unplayed()
        if self._seconds > self.scenario.seconds * load_factor():
            tasks = ", ".join(map(str, sorted(view.moving(self._ends))))
            what = tasks or "an unread delivery or an unsent message"
            return [f"the night's {self.scenario.seconds:g} s were over before {what} had come to an end"]
        return None

    def _is_still(self, view: View) -> bool:
        """Whether nothing runs, no message waits to be sent or read, and no moment waits for the clock."""
        waits = self.player.waits_for_time or self._missing(view) or not self.environment.github.all_delivered
        waits = waits or self.player.waits_for_a_pass(self._seconds)
        return view.quiet and not view.moving(self._ends) and not waits

    def _missing(self, view: View) -> bool:
        """Whether an issue that should become a task is not one yet: its webhook may have been lost."""
        known = {task.issue for task in view.tasks}
        expected = {self.player.opened.get(issue.key) for issue in self.scenario.issues if issue.expect.task}
        return not known.issuperset(expected - {None})
