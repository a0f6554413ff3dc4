"""Removes the folders of attempts, and the checkouts of checks, beside the work: that of a large repository takes half
a minute on a busy disk. Where little space is left it waits for that, since the next step needs the space."""

from __future__ import annotations

import shutil
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from bot.steps.clearing import remove_folder

_SPARE = 2 << 30


@dataclass(slots=True)
class Removals:
    """What is removed is moved into `folder`, by default `removed` beside its own. The next worker removes what a crash
    leaves there. `spare`: with less free space, in bytes, a removal is waited for."""

    folder: Path | None = None
    spare: int = _SPARE
    _waiting: Queue[Path] = field(default_factory=Queue)
    _has_swept: bool = False
    _thread: threading.Thread | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def put(self, path: Path) -> None:
        """It is gone from its place when this returns. A failure changes nothing of how an attempt ended."""
        folder = self.folder or path.parent.with_name("removed")
        gone = folder / uuid.uuid4().hex
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.rename(gone)
        except FileNotFoundError:  # the attempt ended before it made one
            return
        except OSError:  # then there is no faster way
            remove_folder(path)
            return
        self._start(folder, gone)
        if shutil.disk_usage(folder).free < self.spare:
            self.wait()

    def wait(self, seconds: float | None = None) -> None:
        """Until everything is removed, or for so many seconds at the most: the next worker removes what is left."""
        if seconds is None:
            self._waiting.join()
        elif (thread := self._thread) is not None:
            thread.join(seconds)

    def _start(self, folder: Path, gone: Path) -> None:
        with self._starting:
            for path in (gone,) if self._has_swept else folder.glob("*"):
                self._waiting.put(path)
            self._has_swept = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._remove, name="removals", daemon=True)
                self._thread.start()

    def _remove(self) -> None:
        while (path := self._next()) is not None:
            try:
                remove_folder(path)
            finally:
                self._waiting.task_done()

    def _next(self) -> Path | None:
        """None ends the thread, and the next removal starts another one."""
        with self._starting:
            try:
                return self._waiting.get_nowait()
            except Empty:
                self._thread = None
                return None
