"""What a worker does while no session runs: tidy up, prove the guards ahead of need, fetch the history of large
repositories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.steps.canary_ahead import CanaryAhead
from bot.steps.history import Histories
from bot.steps.when_idle import WhenIdle
from bot.wiring import Services

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.git import Mirror
    from bot.runner import Runner
    from bot.steps.sessions import Sessions

_SOON, _MINUTE = timedelta(seconds=10), timedelta(minutes=1)


def canary_of(services: Services, sessions: Callable[[], Sessions], folder: Path) -> CanaryAhead:
    """`folder`: for its files."""
    return CanaryAhead(
        sessions=sessions,
        folder=folder,
        mirrors=services.settings.data_dir.absolute() / "mirrors",
        tools=services.tools,
        only_one=lambda: services.store.only_one("canary"),
        monotonic=services.monotonic,
    )


def idle_work(
    services: Services, runner: Callable[[], Runner], clock: Callable[[], datetime]
) -> Mapping[str, WhenIdle]:
    """By the names of the worker's steps. `runner` is asked for when the first of the work begins."""
    data = services.settings.data_dir.absolute()

    def mirror(repository: str) -> Mirror:
        return runner().preparer.mirror(repository)

    histories = Histories(mirrors=data / "mirrors", mirror=mirror)
    canary = canary_of(services, lambda: runner().sessions, data / "canary")
    return {
        "tidying": WhenIdle(
            work=services.tidying.tidy, first=timedelta(minutes=10), every=timedelta(hours=6), clock=clock
        ),
        "canary": WhenIdle(work=canary.prove, first=_SOON, every=_MINUTE, clock=clock),
        "history": WhenIdle(work=histories.fetch, first=_MINUTE, every=_MINUTE, clock=clock, gives_way=True),
    }
