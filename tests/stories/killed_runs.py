"""A bot that is killed at a named point."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from bot.core.checkpoints import Checkpoint
from tests.patience import within
from tests.stories.command_line import settings_of
from tests.stories.world import World

ROOT = Path(__file__).parents[2]
WORKER = """
import os, signal, sys
from pathlib import Path
from bot.adapters.settings import read_settings
from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.wiring import Services
from bot.steps.stop import StopRequest
from bot.worker_services import build_worker

def die(step, subject):
    if step is Checkpoint(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

build_worker(Services(read_settings(os.environ, Path(".env")), reached=die)).run(StopRequest())
"""


def run_until_killed_at(step: Checkpoint, world: World, folder: Path) -> None:
    """A worker in a separate process, which the kernel kills at this step."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, step.value],
        cwd=folder,
        env=settings_of(world) | {"PYTHONPATH": str(ROOT), "LEASE_SECONDS": "5"},
        timeout=within(120),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
