"""How long a hook takes, side by side: a shell that does nothing, a Python that does nothing, the gate with its answer.

`python -m hooks.benchmark`; the calls are interleaved, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hooks.settings import install

ROUNDS = 50
SERVER = Path(__file__).with_name("gate_server.py")
EARLY = ROUNDS // 10


@contextmanager
def running_gate(root: Path) -> Iterator[Path]:
    """A gate process with its folders below `root`; gives the control folder."""
    for name in ("workspace", "home"):
        (root / name).mkdir()
    install(root / "control")
    options = [f"--{name}={root / name}" for name in ("control", "ledger", "workspace", "home")]
    with subprocess.Popen(
        [sys.executable, str(SERVER), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None  # noqa: S101 -- tells the type checker about the pipes above
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps({"key": "00" * 32, "nonce": "benchmark"}).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        yield root / "control"
        process.stdin.close()


def spent(command: list[str], call: bytes) -> float:
    """Milliseconds from starting a hook to its end."""
    started = time.perf_counter()
    subprocess.run(command, input=call, capture_output=True, check=False)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print the median and the fastest tenth of each kind."""
    python = str(Path(sys.executable).resolve())
    with tempfile.TemporaryDirectory() as folder, running_gate(Path(folder)) as control:
        hooks = {
            "no-op shell": ["/bin/sh", "-c", ":"],
            "python3 -I -S, nothing": [python, "-I", "-S", "-c", "pass"],
            "the gate, command seen before": [python, "-I", "-S", str(control / "gate.py"), str(control)],
            "the gate, new command": [python, "-I", "-S", str(control / "gate.py"), str(control)],
        }
        times: dict[str, list[float]] = {name: [] for name in hooks}
        for number in range(ROUNDS):
            for name, command in hooks.items():
                text = f"cd src && grep -rn x{number} . | head" if "new" in name else "git status && npm test"
                call = {"tool_name": "Bash", "tool_input": {"command": text}, "tool_use_id": f"{name[-3:]}-{number}"}
                times[name].append(spent(command, json.dumps(call).encode()))
    for name, found in times.items():
        found.sort()
        sys.stdout.write(f"{name:32} median {found[ROUNDS // 2]:5.1f} ms   fastest tenth {found[EARLY]:5.1f} ms\n")


if __name__ == "__main__":
    main()
