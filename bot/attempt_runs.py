"""Where the worker's attempts run: in this process, or on other hosts that an executor chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.adapters.store import Claim
from bot.core.tasks import State
from bot.core.work_context import add_work_fields, working_on

if TYPE_CHECKING:
    from bot.remote_runner import RemoteRunner
    from bot.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRuns:
    """`runner`, `remote`: the same one each time; the first call loads what it needs. `remote`: None if attempts run
    here."""

    runner: Callable[[], Runner]
    remote: Callable[[], RemoteRunner] | None = None

    @property
    def outlive_worker(self) -> bool:
        return self.remote is not None

    def carry_out(
        self, claim: Claim, *, goes_on: bool, must_stop: Callable[[], bool], is_over: Callable[[], bool]
    ) -> State | None:
        """In a separate thread. `goes_on`: an earlier process began it. `must_stop`: sessions have to end, to be run
        again later; `is_over`: this worker ends."""
        with working_on("attempt", task=str(claim.task.issue), attempt=claim.task.attempts):
            if self.remote is None:
                state = self.runner().run(claim, stopping=lambda: is_over() or must_stop())
            elif goes_on:
                state = self.remote().resume(claim, stopping=must_stop, leaving=is_over)
            else:
                state = self.remote().run(claim, stopping=must_stop, leaving=is_over)
            add_work_fields(outcome=state or "")
            return state

    def is_ordered(self, task: int) -> bool:
        """Whether the present attempt of a running task is another host's."""
        return self.remote is not None and self.remote().is_ordered(task)

    def is_known(self, task: int) -> bool:
        """Whether it can be followed. Asks the executor."""
        return self.remote is not None and self.remote().is_known(task)
