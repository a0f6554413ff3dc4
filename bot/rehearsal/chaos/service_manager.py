"""Restarts the bot whenever it ends, as systemd does: `python -m bot.rehearsal.chaos.service_manager RECORD [worker]`.

On SIGTERM it stops the bot, waits for it, and exits with its code. With `worker` it runs a worker without a web server.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from bot.adapters.supervise import adopt_orphans
from bot.rehearsal.chaos.injections import Record
from bot.rehearsal.chaos.injector import FILLER

_TICK = 0.05
_RESTART_SECONDS = 0.3
_FROZEN_SECONDS = 7.0  # longer than the lease of a night with chaos


class ServiceManager:
    """Runs one bot at a time. `options` are handed to it."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self._command = [sys.executable, "-m", "bot.rehearsal.chaos.instrumented_bot", str(folder), *options]
        self._record = Record(folder)
        self._stopping = False

    def run(self) -> int:
        adopt_orphans()
        signal.signal(signal.SIGTERM, self._stop)
        while True:
            code = self._run_once()
            _kill_stopped_orphans()
            self._record.note(ended=code)
            (Path(os.environ["DATA_DIR"]) / FILLER).unlink(missing_ok=True)
            if self._stopping:
                return 0 if code == -signal.SIGTERM else code  # SIGTERM came before its handler was installed
            time.sleep(_RESTART_SECONDS)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _run_once(self) -> int:
        bot = subprocess.Popen(self._command)
        frozen_since: float | None = None
        while bot.poll() is None:
            time.sleep(_TICK)
            if self._stopping:
                bot.send_signal(signal.SIGCONT)
                bot.terminate()
                return bot.wait()
            frozen_since = (frozen_since or time.monotonic()) if _is_stopped(bot.pid) else None
            if frozen_since is not None and time.monotonic() - frozen_since > _FROZEN_SECONDS:
                self._record.note(thawed=bot.pid)
                bot.send_signal(signal.SIGCONT)
        return bot.returncode


def _kill_stopped_orphans() -> None:
    """Descendants that are stopped when the bot has ended were to die with it (`injector`); those that still run have
    to end by themselves."""
    for orphan in psutil.Process().children(recursive=True):
        if _is_stopped(orphan.pid):
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    sys.exit(ServiceManager(Path(sys.argv[1]), sys.argv[2:]).run())
