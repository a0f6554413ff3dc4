"""One `git http-backend`: the CGI program that comes with git, and the plumbing around it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from typing import IO

log = logging.getLogger(__name__)

TIME_LIMIT = 600.0  # seconds for one request: on loopback git never takes that long
_CHUNK = 65536


class Backend:
    """Started by its making, ended by `close`. It is fed from a thread, since git may answer before it has read all.

    `prefix` goes in ahead of the body; `status` and `headers` are those of git's answer.
    """

    def __init__(self, environment: Mapping[str, str], body: IO[bytes], *, prefix: bytes = b"") -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            ["git", "http-backend"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for above; tells the type checker
        assert self._process.stdout is not None  # noqa: S101
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._timer = threading.Timer(TIME_LIMIT, self._kill)
        self._timer.daemon = True
        self._timer.start()
        self._feeder = threading.Thread(target=self._feed, args=(prefix, body), daemon=True)
        self._feeder.start()
        self.status, self.headers = self._read_head()

    def _feed(self, prefix: bytes, body: IO[bytes]) -> None:
        try:
            with self._stdin as sink:
                sink.write(prefix)
                while chunk := body.read(_CHUNK):
                    sink.write(chunk)
        except (OSError, ValueError) as error:  # git has heard enough, or the client left: its exit code tells
            log.debug("the body of a git request was not read to its end: %s", error)

    def _read_head(self) -> tuple[int, list[tuple[str, str]]]:
        status, headers = 200, []
        while line := self._stdout.readline().rstrip(b"\r\n"):
            name, _, value = line.decode("latin-1").partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers.append((name, value))
        return (status, headers) if headers else (500, headers)

    def chunks(self) -> Iterator[bytes]:
        while chunk := self._stdout.read1(_CHUNK):  # type: ignore[attr-defined]  # a BufferedReader
            yield chunk

    def close(self) -> None:
        """End it, whether it is through or its client went away."""
        self._stdout.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        self._timer.cancel()
        self._feeder.join(timeout=1)
        self._report()

    def _kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _report(self) -> None:
        with self._errors as errors:
            errors.seek(0)
            if self._process.returncode:
                said = errors.read().decode(errors="replace").strip()
                log.info("git http-backend exited with %d: %s", self._process.returncode, said)
