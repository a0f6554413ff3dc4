"""The gate has to grant the probe of the canary: a refused command tries nothing of the cell, and no session starts."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from bot.adapters.cell import probe
from bot.adapters.claude.gate import hook_python
from hooks.policy import Context, judge


def test_the_gate_grants_the_probe(tmp_path: Path) -> None:
    workspace, control, home = (tmp_path / name for name in ("workspace", "control", "home"))
    for folder in (workspace, control, home):
        folder.mkdir()
    shutil.copyfile(probe.__file__, workspace / "probe.py")
    places = map(str, (workspace / "probe.json", control, home))
    command = shlex.join([str(hook_python()), "-I", "probe.py", *places])

    ruling = judge("Bash", {"command": command}, Context(workspace=workspace, home=home, control=control))

    assert ruling.granted, f"{ruling.rule}: {ruling.reason}"
