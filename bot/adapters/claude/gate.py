"""The gate of one session: its control folder, its server outside the cell, and the log that it signs.

The key lives in the server's memory and here; the session sees only a socket in a folder that it cannot write.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hooks
from bot.adapters.claude.command import SETTINGS
from bot.adapters.claude.plan import USUAL_PATH, Seal, SessionPlan
from bot.core.failures import FailureKind, TaskFailed
from bot.core.proof import LoggedRuling
from hooks import evidence, settings

HOOKS = Path(hooks.__file__).parent

_READY_SECONDS = 20.0
_END_SECONDS = 10.0


def hook_python() -> Path:
    """The interpreter itself, not the one of the virtual environment: hooks need nothing but the standard library."""
    return Path(sys.executable).resolve()


def gate_settings(control: Path) -> dict[str, Any]:
    """The session's settings, with its hooks."""
    return settings.settings(str(control), str(hook_python()))


class Gate:
    """The server runs while the `with` block does. Raises TaskFailed(SETUP_FAILED) if it does not start."""

    def __init__(self, plan: SessionPlan) -> None:
        self._plan = plan
        self._key = secrets.token_hex(32)
        self._nonce = secrets.token_hex(16)
        self._flaws: list[str] = []
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        settings.install(self._plan.control)
        wanted = json.dumps(gate_settings(self._plan.control), indent=1)
        (self._plan.control / SETTINGS).write_text(wanted)
        self._server = self._start()
        self._plan.sandbox.give(self._plan.number, [self._plan.control / "gate.sock"])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server. That it had ended before is a flaw of the proof: somebody may have ended it."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.poll() is not None:
            self._flaws.append(f"the gate stopped during the session (exit code {server.returncode})")
        _end(server)

    def seal(self) -> Seal:
        """What the log is verified with, as it is now."""
        return Seal(key=self._key, nonce=self._nonce, head=self._verified_log().head)

    def rulings(self) -> tuple[Sequence[LoggedRuling], Sequence[str]]:
        """The rulings whose signature holds, and what is wrong with the log or the server."""
        entries, faults = read_gate_log(self._verified_log())
        return entries, (*self._flaws, *faults)

    def _verified_log(self) -> evidence.VerifiedLog:
        written = self._plan.gate_log.read_bytes() if self._plan.gate_log.exists() else b""
        return evidence.verify(written, bytes.fromhex(self._key), self._nonce)

    def _start(self) -> subprocess.Popen[bytes]:
        with (self._plan.folder / "gate.txt").open("wb") as stderr:
            server = subprocess.Popen(
                _command(self._plan),
                cwd=self._plan.folder,
                env={"PATH": ":".join(USUAL_PATH), "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        try:
            self._agree_on_key(server)
        except BaseException:
            _end(server)
            raise
        return server

    def _agree_on_key(self, server: subprocess.Popen[bytes]) -> None:
        given = json.dumps({"key": self._key, "nonce": self._nonce}) + "\n"
        if server.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it ended at once: the lack of an answer says so
                server.stdin.write(given.encode())
                server.stdin.flush()
        if _first_line(server) != b"ready":
            said = (self._plan.folder / "gate.txt").read_text(errors="replace").strip()[-500:]
            raise TaskFailed(FailureKind.SETUP_FAILED, f"the gate did not start: {said or 'it said nothing'}")


def _command(plan: SessionPlan) -> list[str]:
    program = [sys.executable, "-I", str(HOOKS / "gate_server.py")]
    places = {
        "control": plan.control,
        "log": plan.gate_log,
        "workspace": plan.workspace,
        "home": plan.home,
        "scratch": plan.temporary,
    }
    if plan.policy is not None:
        places["policy"] = plan.folder / "policy.json"
        places["policy"].write_text(json.dumps(plan.policy))
    return [*program, *(part for name, path in places.items() for part in (f"--{name}", str(path)))]


def _first_line(server: subprocess.Popen[bytes]) -> bytes:
    """What the server says first, or nothing if that takes too long."""
    if server.stdout is None or not select.select([server.stdout], [], [], _READY_SECONDS)[0]:
        return b""
    return server.stdout.readline().strip()


def _end(server: subprocess.Popen[bytes]) -> None:
    """Close its stdin, which ends it, and wait; kill it where that does not help."""
    with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
        server.communicate(timeout=_END_SECONDS)
    if server.poll() is None:
        server.kill()
        server.communicate()


def read_gate_log(gate_log: evidence.VerifiedLog) -> tuple[list[LoggedRuling], list[str]]:
    """A log's rulings and its faults, in the words of the proof."""
    return [_entry(entry) for entry in gate_log.entries], [f"the gate's log: {fault}" for fault in gate_log.faults]


def _entry(entry: evidence.LogEntry) -> LoggedRuling:
    return LoggedRuling(
        tool_use_id=entry.tool_use_id,
        tool=entry.tool,
        digest=entry.digest,
        granted=entry.granted,
        rule=entry.rule,
        subject=entry.subject,
    )
