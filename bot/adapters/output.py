"""Read what a command writes, up to a size: an output without end fills neither memory nor log."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

LARGEST_OUTPUT = 512 << 20  # bytes: the contents of a change, and the listing of a repository's files, are far below
KEPT_ERRORS = 1 << 20  # bytes of the end of stderr
_CHUNK = 1 << 16
_TICK = 0.5  # seconds between two checks whether to stop


class TooMuchOutput(subprocess.SubprocessError):
    """A command wrote more than is read of it."""

    def __init__(self, output: bytes, stderr: bytes) -> None:
        super().__init__("a command wrote too much")
        self.output, self.stderr = output, stderr


def read_to_end(
    process: subprocess.Popen[bytes],
    stdin: bytes,
    timeout: float,
    largest: int = LARGEST_OUTPUT,
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[bytes, bytes]:
    """Feed a process and return its stdout and the end of its stderr once it has ended. Raises TimeoutExpired after
    `timeout` seconds or when `stopping`, and TooMuchOutput after `largest` bytes; the process still runs then."""
    deadline = time.monotonic() + timeout
    assert process.stdin and process.stdout and process.stderr  # noqa: S101 - asked for where it was started
    output, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, output)
        selector.register(process.stderr, selectors.EVENT_READ, errors)
        rest = _begin(selector, process.stdin, stdin)
        while selector.get_map():
            left = deadline - time.monotonic()
            events = selector.select(min(left, _TICK)) if left > 0 else []
            if not events and (left <= 0 or stopping()):
                raise subprocess.TimeoutExpired(process.args, timeout, bytes(output), bytes(errors))
            for key, _ in events:
                if key.fileobj is process.stdin:
                    rest = _feed(selector, process.stdin, rest)
                else:
                    _take(selector, key)
            del errors[:-KEPT_ERRORS]
            if len(output) > largest:
                raise TooMuchOutput(bytes(output[:_CHUNK]), bytes(errors))
    process.wait(max(0.0, deadline - time.monotonic()))
    return bytes(output), bytes(errors)


def _begin(selector: selectors.BaseSelector, pipe: IO[bytes], stdin: bytes) -> memoryview:
    if stdin:
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, selectors.EVENT_WRITE)
    else:
        pipe.close()
    return memoryview(stdin)


def _feed(selector: selectors.BaseSelector, pipe: IO[bytes], rest: memoryview) -> memoryview:
    try:
        rest = rest[os.write(pipe.fileno(), rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:  # it has ended, or closed its input: its exit code tells
        rest = rest[:0]
    if not rest:
        selector.unregister(pipe)
        with suppress(BrokenPipeError):
            pipe.close()
    return rest


def _take(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, _CHUNK)
    key.data.extend(chunk)
    if not chunk:
        selector.unregister(key.fileobj)
