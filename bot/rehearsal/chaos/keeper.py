"""Starts the bot again whenever it ends, as a service manager does: `python -m bot.rehearsal.chaos.keeper RECORD`.

On SIGTERM it ends the bot, waits for it, and ends with its code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from bot.adapters.supervise import adopt_orphans
from bot.rehearsal.chaos.saboteur import FILLER
from bot.rehearsal.chaos.strikes import Record

_TICK = 0.05
_REST = 0.3  # before the next start
_FROZEN_SECONDS = 7.0  # longer than the lease of a night with chaos


class Keeper:
    """One bot at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = Record(folder)
        self._over = False

    def run(self) -> int:
        adopt_orphans()
        signal.signal(signal.SIGTERM, self._end)
        while True:
            code = self._one_life()
            _bury()
            self._record.note(ended=code)
            (Path(os.environ["DATA_DIR"]) / FILLER).unlink(missing_ok=True)
            if self._over:
                return 0 if code == -signal.SIGTERM else code  # told to stop before it could hear
            time.sleep(_REST)

    def _end(self, _number: int, _frame: object) -> None:
        self._over = True

    def _one_life(self) -> int:
        bot = subprocess.Popen([sys.executable, "-m", "bot.rehearsal.chaos.child", str(self._folder)])
        frozen_since: float | None = None
        while bot.poll() is None:
            time.sleep(_TICK)
            if self._over:
                bot.send_signal(signal.SIGCONT)
                bot.terminate()
                return bot.wait()
            frozen_since = (frozen_since or time.monotonic()) if _is_frozen(bot.pid) else None
            if frozen_since is not None and time.monotonic() - frozen_since > _FROZEN_SECONDS:
                self._record.note(thawed=bot.pid)
                bot.send_signal(signal.SIGCONT)
        return bot.returncode


def _bury() -> None:
    """Whoever stands still when the bot has ended was to die with it; whoever still runs has to end by itself."""
    for orphan in psutil.Process().children(recursive=True):
        if _is_frozen(orphan.pid):
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _is_frozen(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    sys.exit(Keeper(Path(sys.argv[1])).run())
