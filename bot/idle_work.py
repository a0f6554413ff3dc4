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


def is_fleet(services: Services) -> bool:
    """Whether attempts run on other hosts."""
    return services.other_executor is not None or services.settings.executor != "local"


def canary_of(services: Services, sessions: Callable[[], Sessions], folder: Path) -> CanaryAhead:
    """`folder`: for its files."""
    return CanaryAhead(
        sessions=sessions,
        folder=folder,
        mirrors=services.settings.data_dir.absolute() / "mirrors",
        tools=services.tools,
        only_one=lambda: services.store.only_one("canary", on_this_host=True),
        monotonic=services.monotonic,
    )


def idle_work(
    services: Services, runner: Callable[[], Runner], clock: Callable[[], datetime]
) -> Mapping[str, WhenIdle]:
    """By the names of the worker's steps. `runner` is asked for when the first of the work begins."""
    data = services.settings.data_dir.absolute()

    def mirror(repository: str) -> Mirror:
        return _mirror_of_fleet(services, repository) if is_fleet(services) else runner().preparer.mirror(repository)

    histories = Histories(mirrors=data / "mirrors", mirror=mirror)
    return {
        "tidying": WhenIdle(
            work=services.tidying.tidy, first=timedelta(minutes=10), every=timedelta(hours=6), clock=clock
        ),
        **_canary(services, runner, data / "canary", clock),
        **_object_storage(services, clock),
        "history": WhenIdle(work=histories.fetch, first=_MINUTE, every=_MINUTE, clock=clock, gives_way=True),
    }


def _mirror_of_fleet(services: Services, repository: str) -> Mirror:
    from bot.attempt_services import AttemptServices  # noqa: PLC0415 - not before it is needed

    return AttemptServices(services).preparer.mirror(repository)


def _canary(
    services: Services, runner: Callable[[], Runner], folder: Path, clock: Callable[[], datetime]
) -> Mapping[str, WhenIdle]:
    """The hosts of a fleet prove their guards themselves."""
    if is_fleet(services):
        return {}
    canary = canary_of(services, lambda: runner().sessions, folder)
    return {"canary": WhenIdle(work=canary.prove, first=_SOON, every=_MINUTE, clock=clock)}


def _object_storage(services: Services, clock: Callable[[], datetime]) -> Mapping[str, WhenIdle]:
    """What attempts on other hosts read and made is copied when they end: what is left there is removed."""
    if not is_fleet(services):
        return {}

    def tidy(_: Callable[[], bool]) -> None:
        from bot.adapters.object_store import open_object_store  # noqa: PLC0415 - of fleets alone

        open_object_store(services.settings).remove_older(clock() - services.settings.retention.work)

    return {"object storage": WhenIdle(work=tidy, first=timedelta(minutes=10), every=timedelta(hours=6), clock=clock)}
