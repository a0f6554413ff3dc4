"""The gate of one session: its control folder, its server outside the cell, and the log that it signs.

The key lives in the server's memory and here; the session sees only a socket in a folder that it cannot write.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hooks
from bot.adapters.claude.command import SETTINGS
from bot.adapters.claude.plan import USUAL_PATH, Seal, SessionPlan
from bot.adapters.coprocess import Coprocess
from bot.core.failures import FailureKind, TaskFailed
from bot.core.proof import LoggedRuling
from hooks import evidence, settings

HOOKS = Path(hooks.__file__).parent

_READY_SECONDS = 20.0
_END_SECONDS = 10.0


def hook_python() -> Path:
    """The interpreter itself, not the one of the virtual environment: hooks need nothing but the standard library."""
    return Path(sys.executable).resolve()


def gate_settings(control: Path, *, static: bool) -> dict[str, Any]:
    """The session's settings, with its hooks. `static`: the gate's static client is in the control folder."""
    return settings.settings(str(control), str(hook_python()), static=static)


@dataclass(slots=True)
class GateProcess:
    """The server runs while the `with` block does. Until `wait_until_ready` returns, the client refuses each call."""

    plan: SessionPlan
    _key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    _nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    _flaws: list[str] = field(default_factory=list)
    _server: Coprocess | None = None

    def __enter__(self) -> Self:
        static = settings.install(self.plan.control, self.plan.client)
        wanted = json.dumps(gate_settings(self.plan.control, static=static), indent=1)
        (self.plan.control / SETTINGS).write_text(wanted)
        self._server = self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server. A server that had ended before is a flaw of the proof: the session may have ended it."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.code is not None:
            self._flaws.append(f"the gate stopped during the session (exit code {server.code})")
        server.end(_END_SECONDS)

    def seal(self) -> Seal:
        """What the log is verified with, as it is now."""
        return Seal(key=self._key, nonce=self._nonce, head=self._verified_log().head)

    def rulings(self) -> tuple[Sequence[LoggedRuling], Sequence[str]]:
        """The rulings whose signature holds, and what is wrong with the log or the server."""
        entries, faults = read_gate_log(self._verified_log())
        return entries, (*self._flaws, *faults)

    def _verified_log(self) -> evidence.VerifiedLog:
        written = self.plan.gate_log.read_bytes() if self.plan.gate_log.exists() else b""
        return evidence.verify(written, bytes.fromhex(self._key), self._nonce)

    def _start(self) -> Coprocess:
        with (self.plan.folder / "gate.txt").open("wb") as stderr:
            environment = {"PATH": ":".join(USUAL_PATH), "LANG": "C.UTF-8"}
            server = Coprocess(_command(self.plan), cwd=self.plan.folder, env=environment, stderr=stderr)
        given = json.dumps({"key": self._key, "nonce": self._nonce}) + "\n"
        with contextlib.suppress(BrokenPipeError):  # it ended at once: the missing answer shows that
            server.write(given.encode())
        return server

    def wait_until_ready(self) -> None:
        """While Claude Code starts. Until then no answer of the model may reach it. Raises TaskFailed(SETUP_FAILED)."""
        assert self._server is not None  # noqa: S101 - within the block
        self._read_answer(self._server)
        self.plan.sandbox.give(self.plan.number, [self.plan.control / "gate.sock"])

    def _read_answer(self, server: Coprocess) -> None:
        if server.read_line(_READY_SECONDS).strip() != b"ready":
            errors = (self.plan.folder / "gate.txt").read_text(errors="replace").strip()[-500:]
            raise TaskFailed(FailureKind.SETUP_FAILED, f"the gate did not start: {errors or 'it printed no error'}")


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


def read_gate_log(gate_log: evidence.VerifiedLog) -> tuple[list[LoggedRuling], list[str]]:
    """A log's rulings and its faults, as the proof names them."""
    return [_entry(entry) for entry in gate_log.entries], [f"the gate's log: {fault}" for fault in gate_log.faults]


def _entry(entry: evidence.LogEntry) -> LoggedRuling:
    return LoggedRuling(
        tool_use_id=entry.tool_use_id,
        tool=entry.tool,
        digest=entry.digest,
        granted=entry.granted,
        subject=entry.subject,
    )
