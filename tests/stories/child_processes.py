"""An executor for stories: each attempt is a process on this machine, with settings and a data folder apart.

What it knows is in files, so that a control plane that was started meanwhile finds it again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.core.execution import Beat, Ended, Order
from tests.stories.world import World

ROOT = Path(__file__).parents[2]
_RUN = """
trap : TERM
result=$1 code=$2; shift 2
"$@" --result "$result" >"$code.out" 2>"$code.err"
echo $? >"$code.new" && mv "$code.new" "$code"
"""


@dataclass(slots=True)
class ChildProcesses:
    """`environment`: of the host, which has nothing of the control plane's."""

    folder: Path
    environment: Mapping[str, str]
    started: list[Order] = field(default_factory=list)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, order: Order) -> None:
        place = self.folder / order.name
        with self._lock:
            if place.exists():
                return
            place.mkdir(parents=True)
            self.started.append(order)
            command = [sys.executable, "-m", "bot", "attempt", order.name, "--order", order.reference]
            self.running[order.name] = subprocess.Popen(
                ["sh", "-c", _RUN, "sh", str(place / "result"), str(place / "code"), *command],
                cwd=place,
                env={**self.environment, "PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )
            (place / "pid").write_text(str(self.running[order.name].pid))

    def watch(self) -> Sequence[Beat | Ended]:
        for each in self.running.values():
            each.poll()
        return [report for place in sorted(self.folder.glob("*")) if (report := self._report(place)) is not None]

    def stop(self, name: str) -> None:
        place = self.folder / name
        if place.exists() and not (place / "code").exists():
            os.killpg(int((place / "pid").read_text()), signal.SIGTERM)

    def is_known(self, name: str) -> bool:
        return (self.folder / name).exists()

    def forget(self, name: str) -> None:
        place = self.folder / name
        if place.exists():
            shutil.rmtree(place)

    def close(self) -> None:
        for each in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()

    def _report(self, place: Path) -> Beat | Ended | None:
        if not (place / "code").exists():
            lines = (place / "code.out").read_text().splitlines() if (place / "code.out").exists() else []
            details = json.loads(lines[-1]) if lines else {}
            return Beat(name=place.name, at=datetime.now(UTC), details=details)
        if (place / "code").read_text().strip() == "0":
            return Ended(name=place.name, result=(place / "result").read_text())
        return Ended(name=place.name, why=(place / "code.err").read_text()[-1000:])


def host_environment(world: World, folder: Path) -> dict[str, str]:
    """With settings apart from those of the control plane."""
    settings = world.services.settings
    assert settings.anthropic_api_key is not None
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GITHUB_API_URL": settings.github_api_url,
        "ANTHROPIC_API_KEY": settings.anthropic_api_key.get_secret_value(),
        "ANTHROPIC_BASE_URL": str(settings.anthropic_base_url),
        "DATA_DIR": str(folder / "host"),
        "OBJECT_STORE": str(folder / "shared"),
        "SANDBOX": "off",
        "TOOLS": "none",
    }
