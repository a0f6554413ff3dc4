"""The gate's log: JSON lines that are only appended, chained and signed, on disk before the client gets the ruling."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hooks.evidence import BEGINNING, canonical, line_hash, mask, sign, write_grant
from hooks.policy import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A tool call as the hook describes it. `subject`: what it is about, for people: the command, the file."""

    tool_use_id: str
    tool: str
    agent_id: str
    digest: str
    subject: str = ""


@dataclass(slots=True, kw_only=True)
class GateLog:
    """Writes one session's log; the gate may rule on several tool calls at once. `sync` brings a file to the disk."""

    path: Path
    key: bytes
    nonce: str
    sync: Callable[[int], None] = os.fsync
    seq: int = 0
    previous: str = BEGINNING
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, call: LoggedCall, ruling: Ruling) -> str:
        """Append the ruling, and return the grant that the call carries, or "" for a refusal."""
        with self._lock:
            number = self.seq + 1
            entry = {
                "seq": number,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "tool_use_id": call.tool_use_id,
                "tool": call.tool,
                "agent_id": call.agent_id,
                "digest": call.digest,
                "granted": ruling.granted,
                "rule": ruling.rule,
                "reason": ruling.reason,
                "subject": mask(call.subject or ruling.subject),
                "previous": self.previous,
            }
            entry["signature"] = sign(entry, self.key, self.nonce)
            line = canonical(entry)
            self._append(line + b"\n")
            self.seq, self.previous = number, line_hash(line)
        return write_grant(number, call.tool_use_id, call.digest, self.key, self.nonce) if ruling.granted else ""

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError("the log took only a part of its entry")
            self.sync(descriptor)
        finally:
            os.close(descriptor)
