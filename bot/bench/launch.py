"""Runs one command and prints what it took: seconds, processor seconds and peak memory in KB, then its exit code.

`python -I -S launch.py LINE COMMAND…`; with a LINE, the time is taken when standard error shows it, and the command is
asked to stop then. A small process has to do this: the peak memory of a child is at least that of what forked it.
"""

import os
import signal
import sys
import time


def launch(line: bytes, command: list[str]) -> str:
    reading, writing = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(writing, 2)
        os.execv(command[0], command)  # noqa: S606 - a list of arguments, as everywhere
    os.close(writing)
    took = _seconds_until_shown(reading, child, line, began) if line else None
    with os.fdopen(reading, "rb") as rest:
        rest.read()
    _, status, used = os.wait4(child, 0)
    took = took if took is not None else time.monotonic() - began
    return f"{took} {used.ru_utime + used.ru_stime} {used.ru_maxrss} {os.waitstatus_to_exitcode(status)}"


def _seconds_until_shown(reading: int, child: int, line: bytes, began: float) -> "float | None":
    shown = b""
    while piece := os.read(reading, 4096):
        shown += piece
        if line in shown:
            took = time.monotonic() - began
            os.kill(child, signal.SIGTERM)
            return took
    sys.stderr.buffer.write(shown)
    return None


if __name__ == "__main__":
    sys.stdout.write(launch(sys.argv[1].encode(), sys.argv[2:]))
