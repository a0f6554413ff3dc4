"""What a session streams, and what the gate logs of it, as the evidence keeps both."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.dashboard.sample import CLOCK, HOSTILE


def says(text: str, message: str = "m1") -> dict[str, Any]:
    return {"type": "assistant", "message": {"id": message, "content": [{"type": "text", "text": text}]}}


def calls(tool: str, given: dict[str, Any], call: str = "c1", message: str = "m1") -> dict[str, Any]:
    block = {"type": "tool_use", "id": call, "name": tool, "input": given}
    return {"type": "assistant", "message": {"id": message, "content": [block]}}


def answers(text: str, call: str = "c1", *, is_error: bool = False) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": is_error}
    return {"type": "user", "message": {"content": [block]}}


def refusal(call: str, reason: str) -> dict[str, Any]:
    return {"tool_use_id": call, "granted": False, "rule": "force_push", "reason": reason}


def write(folder: Path, *events: object, rulings: tuple[object, ...] = (), number: int = 1) -> Path:
    """The kept evidence of the only session of an attempt."""
    kept = folder / f"evidence/{CLOCK}/{number}/1/session-1"
    kept.mkdir(parents=True)
    lines = "".join(f"{json.dumps(each)}\n" for each in events)
    (kept / "transcript.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (kept / "gate_log.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in rulings))
    return kept


HOSTILE_EVENTS = (
    says(HOSTILE),
    calls(HOSTILE, {HOSTILE: HOSTILE, "command": HOSTILE}),
    answers(HOSTILE),
    calls("Write", {"file_path": f"{HOSTILE}/a.py", "content": HOSTILE}, call="c2"),
    answers(f"diff --git a b\n@@ -1 +1 @@\n-{HOSTILE}\n+{HOSTILE}", call="c2"),
    calls("Edit", {"file_path": HOSTILE, "old_string": HOSTILE, "new_string": HOSTILE + "x"}, call="c3"),
    {"type": "result", "result": HOSTILE, "total_cost_usd": "many"},
)
