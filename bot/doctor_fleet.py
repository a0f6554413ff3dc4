"""What `nightshift doctor` finds of Temporal and of the hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.adapters.fleet_settings import FleetSettings
from bot.core.execution import ExecutorUnreachable
from bot.finding import Finding


def check_fleet(settings: FleetSettings) -> Iterator[Finding]:
    """Attempts wait while Temporal is away, and while no host reads their queue: neither keeps the worker from
    starting."""
    if settings.temporal_address is None:
        return
    try:
        from bot.adapters.executors.connection import place_of  # noqa: PLC0415 - Temporal's SDK, which a fleet alone has
        from bot.adapters.executors.examining import find_hosts  # noqa: PLC0415

        place = place_of(settings)
        by_queue = find_hosts(place)
    except ImportError as error:
        yield Finding(need="Temporal", verdict="missing", says=str(error), fix="pip install 'nightshift[fleet]'")
    except ExecutorUnreachable as error:
        fix = "see that it runs and that TEMPORAL_… in .env are right (docs/fleet.md)"
        yield Finding(need="Temporal", verdict="wrong", says=str(error), fix=fix)
    else:
        says = f"{place.address}, namespace {place.namespace}"
        yield Finding(need="Temporal", verdict="ok", says=says)
        yield from _check_hosts(by_queue)


def _check_hosts(by_queue: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for queue, hosts in by_queue.items():
        if hosts:
            yield Finding(need=f"hosts of {queue}", verdict="ok", says=", ".join(hosts))
        else:
            says = "no host has asked for its work in the last five minutes"
            fix = "run `nightshift executor` on a host; HOST_TAGS names the tags behind each +"
            yield Finding(need=f"hosts of {queue}", verdict="missing", says=says, fix=fix)
