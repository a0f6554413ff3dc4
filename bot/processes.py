"""The long-running processes: the worker with its signals, and the web server that it starts."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue

from bot.adapters import supervise
from bot.adapters.github import GitHubFailed
from bot.adapters.notify_settings import read_headers
from bot.adapters.own_environment import child_environment
from bot.adapters.store import Store, StoreUnusable
from bot.core.work_context import observe_work
from bot.steps.error_boundary import HostUnusable
from bot.steps.stop import StopRequest
from bot.wiring import Services
from bot.worker import Worker
from bot.worker_services import build_worker
from hooks.static_client import find_client

_log = logging.getLogger(__name__)

EXIT_FAILED = 1
WORKER_RUNS = "the worker runs"  # its line in the log before its first turn
SECOND_WORKER = (
    "another worker runs on %s: both take tasks from its queue, and each runs up to WORKERS sessions; "
    "end one of them unless you mean that"
)
_STOP_SECONDS = 30
_WEB = (sys.executable, "-m", "bot", "web")
_STOPPED = frozenset({0, -signal.SIGTERM, 128 + signal.SIGTERM})


def run_worker(services: Services) -> int:
    """Run the worker until SIGTERM or SIGINT. Returns the exit code: 1 if the host could not go on."""
    return work(services, stop_on_signal())


def run_up(services: Services) -> int:
    """Run the web server as a child and the worker here. When one ends, the other is stopped. Returns the exit code of
    the one that ended first."""
    stop = stop_on_signal()
    web_server = _start_web_server()
    threading.Thread(target=_set_when_ended, args=(stop, web_server), daemon=True).start()
    code = EXIT_FAILED
    try:
        code = work(services, stop)
    finally:  # also after an error of the worker: a web server that is left running would hold the port
        ended = _stop(web_server)
    return code or ended


def _start_web_server() -> subprocess.Popen[bytes]:
    """Under a supervisor, so that it ends with this process even if that is killed; in a separate session, so that a
    Ctrl-C in the terminal reaches this process alone."""
    return subprocess.Popen(
        [sys.executable, "-I", supervise.__file__, str(os.getpid()), str(_STOP_SECONDS), *_WEB],
        env=child_environment(os.environ),
        start_new_session=True,
    )


def work(services: Services, stop: StopRequest, build: Callable[[Services], Worker] = build_worker) -> int:
    """Returns the exit code."""
    try:
        if _wait_for_github(services, stop):
            worker = build(services)
            _log.info("the gate's client is %s", find_client().says)
            _log.info(WORKER_RUNS)
            with work_on(services.store, services.settings.data_dir), trace_work(services):
                gc.freeze()  # a full collection during a transaction would make the web server wait (decision 20)
                worker.run(stop)
    except (HostUnusable, StoreUnusable, GitHubFailed) as trouble:
        _log.error("the worker stops: %s", trouble)
        return EXIT_FAILED
    return 0


@contextmanager
def work_on(store: Store, data_dir: Path) -> Iterator[None]:
    """Mark the data folder as a worker's, and report one that did so before. Both work: leases keep tasks apart."""
    with store.only_one("worker", on_this_host=True) as is_alone:
        if not is_alone:
            _log.warning(SECOND_WORKER, data_dir.absolute())
        yield


@contextmanager
def trace_work(services: Services) -> Iterator[None]:
    """Raises HostUnusable where the packages for it are missing."""
    endpoint, headers = services.settings.otel_exporter_otlp_endpoint, services.settings.otel_exporter_otlp_headers
    if endpoint is None:
        yield
        return
    try:
        from bot.adapters.traces import traces_to  # noqa: PLC0415 - an option, with its own packages
    except ImportError as error:
        raise HostUnusable(f"OTEL_EXPORTER_OTLP_ENDPOINT needs `pip install 'nightshift[traces]'`: {error}") from error
    sent = dict(read_headers(headers)) if headers is not None else {}
    with closing(traces_to(endpoint, sent, services.store, services.clock)) as traces, observe_work(traces):
        yield


def _wait_for_github(services: Services, stop: StopRequest) -> bool:
    """Ask GitHub for the bot's account, again and again during an outage. False if a signal asks to stop first."""
    waits = itertools.chain((1, 2, 4, 8, 16, 32), itertools.repeat(60))
    while not stop.asked.is_set():
        try:
            return bool(services.me.id)
        except GitHubFailed as error:
            if not error.transient:
                raise
            wait = next(waits)
            _log.warning("the worker cannot start yet: %s; trying again in %d s", error, wait)
            stop.asked.wait(wait)
    return False


def _set_when_ended(stop: StopRequest, child: subprocess.Popen[bytes]) -> None:
    child.wait()
    stop.asked.set()


def _stop(child: subprocess.Popen[bytes]) -> int:
    """Returns 0 for a child that ends when it is asked to. One that ended earlier has failed, even with code 0."""
    if child.poll() is not None:
        return child.returncode or 1
    child.terminate()
    try:
        code = child.wait(_STOP_SECONDS + 15)  # the supervisor's own grace is over before
    except subprocess.TimeoutExpired:
        child.kill()
        code = child.wait()
    return 0 if code in _STOPPED else code


def stop_on_signal() -> StopRequest:
    """The first signal asks to stop, a second one to stop at once."""
    stop, received = StopRequest(), SimpleQueue[int]()
    threading.Thread(target=_handle_signals, args=(received, stop), name="signals", daemon=True).start()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: received.put(number))
    return stop


def _handle_signals(received: SimpleQueue[int], stop: StopRequest) -> None:
    """Runs in a separate thread: a handler that sets an event while the main thread is about to wait for that event can
    deadlock. A `SimpleQueue` may be used in a handler."""
    while True:
        name = signal.Signals(received.get()).name
        if stop.asked.is_set():
            _log.info("stopping at once: %s", name)
            stop.at_once.set()
        else:
            _log.info("stopping: %s; send it again to stop immediately", name)
            stop.asked.set()
