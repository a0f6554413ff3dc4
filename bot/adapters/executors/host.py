"""A host: takes orders from its task queues and carries each out as a child process.

What the child prints, one JSON object a line, becomes the details of heartbeats. Whatever ends this process ends its
children: each runs under `supervise.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from temporalio import activity

from bot.adapters import supervise
from bot.adapters.executors.attempt_workflow import ACTIVITY, TOO_LONG, AttemptEnd, HostWork
from bot.core.execution import Detail

_log = logging.getLogger(__name__)
GRACE = 60.0  # seconds between SIGTERM and the end by force: it keeps what it has made
_BEAT = 1.0  # seconds between heartbeats; a cancellation arrives with the answer to one
_LONGEST_LINE = 1 << 16
_LONGEST_REASON = 2000
_LONGEST_REFERENCE = 500
_LONGEST_NOTE = 200
_DETAILS = ("turns", "note", "usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`command`: what carries an attempt out; NAME, `--order REFERENCE` and `--result FILE` are added.
    `environment`: of the child, and nothing else. `folder`: for the files of results. `at_once`: attempts."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    at_once: int


class AttemptActivity:
    """All methods run in one event loop."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._running = 0
        self._handing_back = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return self._running >= self._host.at_once

    @property
    def running(self) -> int:
        return self._running

    def hand_back(self) -> None:
        """End all that runs, so that other hosts take it."""
        self._handing_back.set()

    @activity.defn(name=ACTIVITY)
    async def run(self, work: HostWork) -> AttemptEnd:
        """Orders of several queues can arrive at the same moment: those that do not fit go back."""
        if self.is_full:
            return AttemptEnd(again=True)
        self._running += 1
        try:
            return await self._carry_out(work)
        except asyncio.CancelledError:
            if _is_cancelled_by_a_person():
                raise
            _log.warning("%s was given up here: no heartbeat of it was taken, and another host may have it", work.name)
            return AttemptEnd(again=True)
        finally:
            self._running -= 1

    async def _carry_out(self, work: HostWork) -> AttemptEnd:
        with tempfile.TemporaryDirectory(dir=self._host.folder, prefix="order-") as folder:
            result = Path(folder) / "result"
            errors = Path(folder) / "errors"
            arguments = (work.name, "--order", work.reference, "--result", str(result))
            async with _child([*self._host.command, *arguments], self._host.environment, errors) as process:
                try:
                    over = await _follow(process, work.seconds, self._handing_back)
                except asyncio.CancelledError:
                    await _uninterrupted(_end(process))
                    if not _is_cancelled_by_a_person() or process.returncode != 0:
                        raise
                    over = _Over.ENDED  # with what it had made until then
                match over:
                    case _Over.ENDED:
                        return _read_end(process, result, errors)
                    case _Over.TOO_LONG:
                        return AttemptEnd(why=TOO_LONG)
                    case _Over.HANDED_BACK:
                        return AttemptEnd(again=True)


def _is_cancelled_by_a_person() -> bool:
    """And not because nothing was heard of this host."""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested


class _Over(Enum):
    ENDED = auto()
    TOO_LONG = auto()
    HANDED_BACK = auto()


@contextlib.asynccontextmanager
async def _child(
    command: Sequence[str], environment: Mapping[str, str], errors: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Ends it with all its descendants when the block is left."""
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", supervise.__file__, str(os.getpid()), str(GRACE), *command),
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
    try:
        yield process
    finally:
        await _uninterrupted(_end(process))


async def _uninterrupted(ending: Awaitable[None]) -> None:
    """A second cancellation must not leave the child behind."""
    task = asyncio.ensure_future(ending)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()


async def _end(process: asyncio.subprocess.Process) -> None:
    """With heartbeats: a child may take all of its grace, and the host is not lost meanwhile."""
    if process.returncode is None:
        process.terminate()
    ending = asyncio.ensure_future(process.wait())
    while not ending.done():
        activity.heartbeat()
        await asyncio.wait([ending], timeout=_BEAT)


async def _follow(process: asyncio.subprocess.Process, seconds: float, handing_back: asyncio.Event) -> _Over:
    """Send heartbeats until it has ended, for so many seconds, or until it is to be handed back."""
    last: dict[str, Detail] = {}
    reading = asyncio.create_task(_read_progress(process, last))
    ending, returning = asyncio.create_task(process.wait()), asyncio.create_task(handing_back.wait())
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            activity.heartbeat(dict(last))
            await asyncio.wait([ending, returning], timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED)
            if ending.done() or returning.done():
                return _Over.ENDED if ending.done() else _Over.HANDED_BACK
        return _Over.TOO_LONG
    finally:
        for each in (reading, ending, returning):
            each.cancel()


async def _read_progress(process: asyncio.subprocess.Process, last: dict[str, Detail]) -> None:
    """Its newest line into `last`. What is no JSON object, or too long, says nothing."""
    assert process.stdout is not None  # noqa: S101 - asked for; tells the type checker
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than the limit
            continue
        if not line:
            return
        last.update(read_details(line))


def read_details(line: bytes) -> dict[str, Detail]:
    """How far the child says that it is. What is no JSON object says nothing, and no text is long."""
    try:
        said = json.loads(line, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {
        name: value[:_LONGEST_NOTE] if isinstance(value, str) else value
        for name, value in said.items()
        if name in _DETAILS and isinstance(value, str | int | float)
    }


def _read_end(process: asyncio.subprocess.Process, result: Path, errors: Path) -> AttemptEnd:
    if process.returncode == 0 and result.is_file():
        return AttemptEnd(result=_tail(result, _LONGEST_REFERENCE))
    said = _tail(errors, _LONGEST_REASON)
    return AttemptEnd(why=said or f"`nightshift attempt` ended with code {process.returncode} and said nothing")


def _tail(path: Path, size: int) -> str:
    """The end of it, which may be all."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read(size).decode(errors="replace").strip()
