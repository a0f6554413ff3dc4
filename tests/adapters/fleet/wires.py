"""A connection that can be cut so that neither end hears of it, as by a network that drops packets."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue


@dataclass(frozen=True)
class Wire:
    address: str
    _loop: asyncio.AbstractEventLoop
    _whole: asyncio.Event

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """What was sent meanwhile arrives."""
        self._loop.call_soon_threadsafe(self._whole.set)


@contextmanager
def wire_to(address: str) -> Iterator[Wire]:
    started: SimpleQueue[tuple[Wire, asyncio.Event]] = SimpleQueue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(address, started)))
    thread.start()
    wire, stop = started.get()
    try:
        yield wire
    finally:
        wire._loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _serve(address: str, started: SimpleQueue[tuple[Wire, asyncio.Event]]) -> None:
    host, _, port = address.rpartition(":")
    whole, stop, passing = asyncio.Event(), asyncio.Event(), set[asyncio.Task[None]]()
    whole.set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing.add(asyncio.current_task())  # type: ignore[arg-type] # it runs in one
        await whole.wait()
        behind = await asyncio.open_connection(host, int(port))
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(_copy(reader, behind[1], whole), _copy(behind[0], writer, whole))

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as server:
        at = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.put((Wire(at, asyncio.get_running_loop(), whole), stop))
        await stop.wait()
    for each in passing:
        each.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whole: asyncio.Event) -> None:
    try:
        while chunk := await reader.read(1 << 16):
            await whole.wait()
            writer.write(chunk)
            await writer.drain()
    except (OSError, asyncio.CancelledError):
        pass
    finally:
        writer.close()
