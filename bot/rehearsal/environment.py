"""What a night runs on: its folder, the simulated GitHub, the model; and how it is interrupted."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from bot.adapters.sandbox_support import find_sandbox
from bot.core.failures import TaskFailed
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.script import Script

PARENT = "/var/tmp"  # noqa: S108 - not /tmp: the cells of a session could not share theirs (bot.adapters.sandbox)

Say = Callable[[str], None]

WRONG = 2  # exit codes
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`say` prints a line of progress for a person."""

    folder: Path
    github: SimulatedGitHub
    model_url: str
    script: Script
    say: Say

    @property
    def data(self) -> Path:
        """The bot's own folder."""
        return self.folder / "data"

    @property
    def ledger(self) -> str:
        """Where the bot keeps its ledger when no DATABASE_URL says otherwise."""
        return f"sqlite:///{self.data / 'nightshift.sqlite'}"


class FolderRefused(Exception):
    """The folder for a night cannot be used; the text says why."""


def prepare_folder(folder: Path | None) -> Path:
    """Make the folder, a new one for None; returns it. Raises FolderRefused if it cannot be made or is not empty."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="nightshift-rehearsal-", dir=PARENT))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderRefused(f"{folder} is not empty: name an empty or a new folder")
    except OSError as error:
        raise FolderRefused(f"{folder} cannot be used ({error.strerror}): name an empty or a new folder") from error
    return folder.absolute()


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM raise KeyboardInterrupt, as Ctrl-C does. Only the main thread can set handlers; in others this
    does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Set also for SIGINT: a shell that runs us in the background has it ignored, and Python leaves it so.
    before = {each: signal.signal(each, _raise_interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _raise_interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def choose_sandbox(say: Say) -> str:
    """The setting SANDBOX: `off` where no sandbox can be made, which is printed. The scripted model does no harm."""
    try:
        find_sandbox(required=True)
    except TaskFailed as failed:
        say(f"WITHOUT A SANDBOX: {failed.detail}")
        return "off"
    return "required"
