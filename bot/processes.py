"""The long-running processes: the worker with its signals, and the web server beside it under one parent."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from queue import SimpleQueue

from bot.adapters import supervise
from bot.adapters.github import GitHubFailed
from bot.adapters.settings import NAMES
from bot.adapters.store import StoreUnusable
from bot.runner import HostUnusable
from bot.wiring import Services
from bot.worker import Stop, build_worker

_log = logging.getLogger(__name__)

EXIT_FAILED = 1
_STOP_SECONDS = 30
_WEB_SERVER = (sys.executable, "-m", "bot", "web")
_STOPPED = frozenset({0, -signal.SIGTERM, 128 + signal.SIGTERM})
_KEPT = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "NO_PROXY")


def run_worker(services: Services) -> int:
    """Run the worker until SIGTERM or SIGINT. Returns the exit code: 1 if the host could not go on."""
    return _work(services, _stop_on_signal())


def run_up(services: Services) -> int:
    """Run the web server as a child and the worker here. The end of one stops the other, and its exit code is ours."""
    stop = _stop_on_signal()
    server = _start_web_server()
    threading.Thread(target=_set_when_ended, args=(stop, server), daemon=True).start()
    code = EXIT_FAILED
    try:
        code = _work(services, stop)
    finally:  # whatever ended the worker: a web server that stays behind would hold the port
        ended = _stop(server)
    return code or ended


def _start_web_server() -> subprocess.Popen[bytes]:
    """Under a supervisor, so that it ends with us even if we are killed; in a separate session, so that a Ctrl-C
    comes to us alone."""
    return subprocess.Popen(
        [sys.executable, "-I", supervise.__file__, str(os.getpid()), str(_STOP_SECONDS), *_WEB_SERVER],
        env=child_environment(os.environ),
        start_new_session=True,
    )


def _work(services: Services, stop: Stop) -> int:
    try:
        if _known_to_github(services, stop):
            worker = build_worker(services)
            gc.freeze()  # a collection of all that was loaded, amid a transaction, would hold up the web server as well
            worker.run(stop)
    except (HostUnusable, StoreUnusable, GitHubFailed) as trouble:
        _log.error("the worker stops: %s", trouble)
        return EXIT_FAILED
    return 0


def _known_to_github(services: Services, stop: Stop) -> bool:
    """Whether GitHub has said who we are: an outage is waited for. False if we are asked to stop first."""
    waits = itertools.chain((1, 2, 4, 8, 16, 32), itertools.repeat(60))
    while not stop.asked.is_set():
        try:
            return bool(services.me.id)
        except GitHubFailed as error:
            if not error.transient:
                raise
            wait = next(waits)
            _log.warning("the worker cannot start yet: %s; again in %d s", error, wait)
            stop.asked.wait(wait)
    return False


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Built from nothing: the settings, and what a program needs to run and to find its way out."""
    return {name: value for name, value in environment.items() if name in NAMES or name in _KEPT}


def _set_when_ended(stop: Stop, child: subprocess.Popen[bytes]) -> None:
    child.wait()
    stop.asked.set()


def _stop(child: subprocess.Popen[bytes]) -> int:
    """0 for a child that ends because it was asked to; one that ended by itself has failed, whatever it says."""
    if child.poll() is not None:
        return child.returncode or 1
    child.terminate()
    try:
        code = child.wait(_STOP_SECONDS + 15)  # the supervisor's own grace is over before
    except subprocess.TimeoutExpired:
        child.kill()
        code = child.wait()
    return 0 if code in _STOPPED else code


def _stop_on_signal() -> Stop:
    """The first signal asks to stop, a second one to stop at once."""
    wanted, came = Stop(), SimpleQueue[int]()
    threading.Thread(target=_handle_signals, args=(came, wanted), name="signals", daemon=True).start()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: came.put(number))
    return wanted


def _handle_signals(came: SimpleQueue[int], wanted: Stop) -> None:
    """In a thread of its own: a handler that runs while the main thread is about to wait for the same event would stop
    there for ever. A `SimpleQueue` is what a handler may use."""
    while True:
        name = signal.Signals(came.get()).name
        if wanted.asked.is_set():
            _log.info("stopping at once: %s", name)
            wanted.at_once.set()
        else:
            _log.info("stopping: %s; once more to stop at once", name)
            wanted.asked.set()
