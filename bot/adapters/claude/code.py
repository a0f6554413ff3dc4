"""Claude Code as the runner sees it: find it, prove its guards, run a session."""

from __future__ import annotations

import logging
import os
import platform
import re
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from bot.adapters.claude.canary import guards_in_force, prove_guards
from bot.adapters.claude.incoming import NOTHING, Incoming
from bot.adapters.claude.plan import USUAL_PATH, Session, SessionPlan
from bot.adapters.claude.running import OnProgress, ShouldStop, run_session
from bot.adapters.process import run
from bot.core.failures import FailureKind, TaskFailed
from hooks.static_client import find_client

OLDEST = (2, 1, 330)
"""The version whose behaviour was measured; an older one may not let a hook fail closed."""

CANARY_SECONDS = 3600.0
_VERSION_SECONDS = 30.0
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_log = logging.getLogger(__name__)
_PROJECT = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class ClaudeCode:
    """The installed CLI. One object serves all sessions of a worker, from any thread."""

    binary: Path
    _version: tuple[object, str] | None = None  # of which file, and what it says
    _proven: dict[str, float] = field(default_factory=dict)  # what was proven -> when, by the monotonic clock
    _proving: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def __post_init__(self) -> None:
        self.binary = self.binary.resolve()

    def version(self) -> str:
        """Such as `2.1.330`. Raises TaskFailed(SETUP_FAILED) if the program does not run or is too old."""
        file = _identity(self.binary)
        if self._version is None or self._version[0] != file:
            self._version = file, _read_version(self.binary)
        return self._version[1]

    def canary(
        self, plan: SessionPlan, *, valid: float = CANARY_SECONDS, stopping: Callable[[], bool] = lambda: False
    ) -> SessionPlan:
        """Prove that a session under this plan is guarded. Raises TaskFailed(GUARDS_UNPROVEN) with the reason. Returns
        the plan for which that is proven: with the gate's client that the canary had.

        What was proven holds for an hour, for the same program, settings, hooks and sandbox; `valid`: for fewer
        seconds. Of several callers at once one runs the canary, and the others wait for it. Once `stopping`, it ends
        with TaskFailed(WORKER_LOST), and nothing is proven.
        """
        plan = replace(plan, client=plan.client or find_client())
        key = guards_in_force(plan, f"{self.version()} {_identity(self.binary)}")
        with self._proving[key]:
            proven = self._proven.get(key)
            if proven is None or time.monotonic() - proven > valid:
                prove_guards(plan, self.binary, stopping)
                self._proven[key] = time.monotonic()
        return plan

    def run(
        self,
        plan: SessionPlan,
        *,
        on_progress: OnProgress,
        should_stop: ShouldStop,
        incoming: Incoming = NOTHING,
    ) -> Session:
        """Run one session to its end. `should_stop` is asked about four times a second. However it ends, the
        transcript is kept in the plan's folder and no process of the session runs on. Raises TaskFailed where the
        session cannot be set up."""
        return run_session(plan, self.binary, on_progress=on_progress, should_stop=should_stop, incoming=incoming)


def find_claude(configured: Path | None, *, data_dir: Path | None = None) -> Path:
    """The CLI: as configured, else as installed with this project, else that on PATH; where Nightshift is an installed
    package, before PATH the pinned one, which is fetched once. `data_dir`: where that is kept if the folder of this
    Python cannot be written. Raises TaskFailed(SETUP_FAILED)."""
    if configured is not None:
        if configured.is_file():
            return configured
        raise TaskFailed(FailureKind.SETUP_FAILED, f"there is no Claude Code at {configured}: correct CLAUDE_BIN")
    installed = _PROJECT / "node_modules" / "@anthropic-ai" / f"claude-code-{_platform()}" / "claude"
    if installed.is_file():
        return installed
    on_path = shutil.which("claude")
    if not (_PROJECT / "package-lock.json").exists():
        return _find_fetched(on_path, data_dir)
    if on_path is not None:
        return Path(on_path)
    raise TaskFailed(
        FailureKind.SETUP_FAILED,
        f"Claude Code is not installed: run `npm ci` in {_PROJECT}, or set CLAUDE_BIN to the program",
    )


def _find_fetched(on_path: str | None, data_dir: Path | None) -> Path:
    """Of an installed package: it has no folder node_modules."""
    from bot.adapters.claude.download import (  # noqa: PLC0415 - a checkout needs none of it
        NotThePinned,
        download,
        find_registry,
        place_of,
        read_pinned,
    )

    pinned, kept = read_pinned(), Path(sys.prefix) / "lib" / "nightshift"
    folder = kept if data_dir is None or os.access(sys.prefix, os.W_OK) else data_dir.absolute()
    for known in (kept, folder):
        if (program := place_of(known, pinned)).is_file():
            return program
    try:
        return download(folder, _platform(), pinned, registry=find_registry(os.environ))
    except NotThePinned:
        raise
    except TaskFailed as failed:
        if on_path is None:
            raise
        _log.warning("%s is used, since the pinned one is not there: %s", on_path, failed.detail)
        return Path(on_path)


def _identity(binary: Path) -> object:
    """Changes with the file: an update may replace the program while a worker runs."""
    found = binary.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _platform() -> str:
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine())
    musl = "-musl" if sys.platform == "linux" and not platform.libc_ver()[0] else ""
    return f"{sys.platform}-{machine}{musl}"


def _read_version(binary: Path) -> str:
    env = {"PATH": ":".join(USUAL_PATH), "HOME": "/nonexistent", "DISABLE_AUTOUPDATER": "1"}
    done = run([str(binary), "--version"], cwd=Path("/"), env=env, seconds=_VERSION_SECONDS, codes=None)
    match = _VERSION.match(done.text)
    if match is None:
        output = done.text or done.stderr.strip() or done.over_limit or f"exit code {done.code}"
        raise TaskFailed(FailureKind.SETUP_FAILED, f"{binary} --version gave no version: {output[:200]}")
    if tuple(map(int, match.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise TaskFailed(FailureKind.SETUP_FAILED, f"{binary} is {match[0]}: Claude Code {oldest} or newer is needed")
    return match[0]
