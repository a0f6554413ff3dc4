"""Runs one command and leaves nothing of it behind: `python -I supervise.py PARENT GRACE COMMAND…`.

Claude Code starts each shell command in a new session, so killing a process group reaches none of them. This
process adopts every orphan among its descendants and ends them all once the command has ended, on SIGTERM, or when the
process that started it dies. It is a separate program and imports nothing of `bot`, to start fast.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 10.0  # a process that cannot be killed (hung I/O) must not hold the task for ever
NOT_FOUND = 127
_BY_SIGNAL = 128


class _Stopped(BaseException):
    """SIGTERM came: from the process that started this one, or because that process died."""


def main(arguments: list[str]) -> int:
    parent, grace, command = int(arguments[0]), float(arguments[1]), arguments[2:]
    adopt_orphans()
    _die_with_parent()
    try:
        signal.signal(signal.SIGTERM, _stop)
        if os.getppid() != parent:  # it died before the kernel was asked to signal its death
            return _BY_SIGNAL + signal.SIGTERM
        return _run(command, grace)
    except _Stopped:
        return _BY_SIGNAL + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_everything()


def _run(command: list[str], grace: float) -> int:
    try:
        child = subprocess.Popen(command, close_fds=False)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return NOT_FOUND
    os.closerange(3, 1024)  # what the command inherits, such as a credential's pipe, is not kept open here
    try:
        return _code(child.wait())
    except _Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return _code(_ended_in(child, grace))


def _ended_in(child: subprocess.Popen[bytes], grace: float) -> int:
    child.terminate()
    try:
        return child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait(_PATIENCE)


def _end_everything() -> None:
    if _reap():
        _kill_descendants()


def _kill_descendants() -> None:
    import psutil  # noqa: PLC0415 - takes as long as all the rest of a start, and mostly nothing is left

    deadline = time.monotonic() + _PATIENCE
    while (left := psutil.Process().children(recursive=True)) and time.monotonic() < deadline:
        # All of them stand still before the first is killed: a loop that forks cannot outrun this one.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
        _reap()


def _reap() -> bool:
    """Whether a child is left. What has no child has no other descendants: orphans become children."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _code(code: int) -> int:
    return code if code >= 0 else _BY_SIGNAL - code


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Stopped


def adopt_orphans() -> None:
    """What the descendants of this process leave behind becomes its own children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
