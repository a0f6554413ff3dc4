"""The gate: process start to verdict of one hook call, beside hooks that do less."""

from __future__ import annotations

import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import hooks
from hooks import settings

_SH_HOOK = ["/bin/sh", "-c", "cat > /dev/null; exit 0"]
_TEXT_HOOK = (
    'input=$(cat); command=$(printf \'%s\' "$input" | sed -n \'s/.*"command": *"\\([^"]*\\)".*/\\1/p\'); '
    'if printf "%s" "$command" | grep -qE "rm +-rf|push +--force|reset +--hard|DROP +TABLE"; then exit 2; fi'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`over_noop_ms`: the median less that of a shell hook that does nothing, in the same run."""

    name: str
    median_ms: float
    p90_ms: float
    over_noop_ms: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def gate_latency(rounds: int) -> list[Figure]:
    """Process start to verdict of one hook call, for each kind of hook. They take turns, so that noise is shared."""
    python = str(Path(sys.executable).resolve())
    with _gate() as control:
        gate = [python, "-I", "-S", str(control / "gate.py"), str(control)]
        contenders: dict[str, list[str]] = {
            "shell hook that does nothing": _SH_HOOK,
            "python -I -S that does nothing": [python, "-I", "-S", "-c", "import sys; sys.stdin.read()"],
            "shell hook with grep over the text": ["/bin/bash", "-c", _TEXT_HOOK],
            "Nightshift's gate, command seen before": gate,
            "Nightshift's gate, new command": gate,
        }
        taken: dict[str, list[float]] = {name: [] for name in contenders}
        for number in range(rounds):
            for name, command in contenders.items():
                text = "git status && npm test" if "seen before" in name else f"cd src && grep -rn x{number} . | head"
                taken[name].append(_timed(command, _call(text, f"{number}-{len(name)}")))
    return _figures(taken)


def _figures(taken: dict[str, list[float]]) -> list[Figure]:
    medians = {name: statistics.median(times) for name, times in taken.items()}
    noop = next(iter(medians.values()))
    return [
        Figure(
            name=name,
            median_ms=round(medians[name] * 1000, 1),
            p90_ms=round(statistics.quantiles(times, n=10)[-1] * 1000, 1),
            over_noop_ms=round((medians[name] - noop) * 1000, 1),
        )
        for name, times in taken.items()
    ]


def _timed(command: list[str], stdin: bytes) -> float:
    started = time.perf_counter()
    subprocess.run(command, input=stdin, stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"}, check=True)
    return time.perf_counter() - started


def _call(command: str, identity: str) -> bytes:
    """A hook call such as an agent makes all day; each has an id of its own."""
    described = {"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": f"toolu_{identity}"}
    return json.dumps({"hook_event_name": "PreToolUse", "session_id": "bench", **described}).encode()


@contextmanager
def _gate() -> Iterator[Path]:
    """A gate of its own in a folder of its own, as a session has one."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        folder = Path(name)
        control, workspace = folder / "control", folder / "workspace"
        workspace.mkdir()
        settings.install(control)
        places = {"control": control, "log": folder / "gate_log.jsonl", "workspace": workspace, "home": folder}
        server = subprocess.Popen(
            [
                *(sys.executable, "-I", str(Path(hooks.__file__).parent / "gate_server.py")),
                *(part for key, path in places.items() for part in (f"--{key}", str(path))),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"},
        )
        try:
            _introduce(server)
            yield control
        finally:
            server.communicate(timeout=20)


def _introduce(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None  # noqa: S101 - for the type checker: both are pipes
    assert server.stdout is not None  # noqa: S101
    server.stdin.write(json.dumps({"key": secrets.token_hex(32), "nonce": secrets.token_hex(16)}).encode() + b"\n")
    server.stdin.flush()
    if server.stdout.readline().strip() != b"ready":
        raise RuntimeError("the gate did not start")
