"""What a host of a fleet runs: it takes attempts from Temporal and carries them out."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from bot.adapters.executors.connection import Place, connect, log_outages, place_of, require_readable
from bot.adapters.executors.host import AttemptActivity, Host
from bot.adapters.executors.serving import Drain, serve
from bot.adapters.own_environment import child_environment
from bot.adapters.settings import Settings
from bot.core.task_queues import queues_of_host

_log = logging.getLogger(__name__)
_OURS_ALONE = frozenset({"TEMPORAL_API_KEY"})  # PAYLOAD_KEY opens what the input holds encrypted
_ATTEMPT = (sys.executable, "-m", "bot", "attempt")


def run_host(settings: Settings) -> None:
    """Until it is drained. Raises ExecutorUnreachable."""
    asyncio.run(_run(settings, place_of(settings)))
    logging.shutdown()
    # The SDK's own threads may still call Python: an interpreter that ends in the ordinary way then aborts.
    os._exit(0)


async def _run(settings: Settings, place: Place) -> None:
    if settings.log_level != "debug":  # the SDK's words about draining are not ours
        logging.getLogger("temporalio").setLevel("WARNING")
    stop = _stop_on_signals()
    client = await connect(place, f"{socket.gethostname()} {os.getpid()}")
    await require_readable(client, place)
    attempts = AttemptActivity(_host_of(settings))
    queues = queues_of_host(place.queue, settings.host_tags)
    _log.info("this host takes %d at once, from %s", settings.workers, ", ".join(queues))
    outages = asyncio.create_task(log_outages(client, place))
    await serve(client, queues, attempts, stop, settings.drain_seconds)
    outages.cancel()
    _log.info("this host has stopped")


def _host_of(settings: Settings) -> Host:
    """A child reads `.env` of this folder as this process does."""
    given = child_environment(os.environ)
    return Host(
        command=settings.attempt_command or _ATTEMPT,
        environment={name: value for name, value in given.items() if name not in _OURS_ALONE},
        folder=_folder_of(settings.data_dir),
        at_once=settings.workers,
    )


def _folder_of(data_dir: Path) -> Path:
    folder = data_dir.absolute() / "orders"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _stop_on_signals() -> Drain:
    stop = Drain()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, _ask, stop, each.name)
    return stop


def _ask(stop: Drain, name: str) -> None:
    if stop.asked.is_set():
        _log.info("handing back at once: %s", name)
        stop.at_once.set()
    else:
        _log.info("draining: %s; send it again to hand back at once", name)
        stop.asked.set()
