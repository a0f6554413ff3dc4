"""Cells for tests: their folders, and a program run in one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.handover import Handover
from bot.adapters.process import Finished, run
from bot.adapters.sandbox import Bubblewrap, Cell

PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
PYTHON = str(Path(sys.executable).resolve())


def bubblewrap() -> Bubblewrap:
    binary = shutil.which("bwrap")
    assert binary is not None
    return Bubblewrap(Path(binary))


def a_cell(folder: Path, **changes: Any) -> Cell:
    """A cell with a workspace and a HOME in `folder`, which are the cell's user's own."""
    for name in ("workspace", "home", "tmp", "shm"):
        (folder / name).mkdir(exist_ok=True, parents=True)
    cell = Cell(
        start=folder / "workspace",
        writable=(folder / "workspace", folder / "home"),
        temporary=folder / "tmp",
        memory=folder / "shm",
    )
    cell = replace(cell, **changes)
    bubblewrap().give(cell.number, [*cell.writable, cell.temporary, cell.memory])
    return cell


def inside(
    cell: Cell,
    command: list[str],
    env: Mapping[str, str] = PATH,
    *,
    egress: Egress | None = None,
) -> Finished:
    """Run a command in a cell, whose network ends in `egress`."""
    if egress is None:
        return run(bubblewrap().wrap(command, cell=cell), cwd=Path("/"), env=env, seconds=60)
    with Handover(egress.serve) as handover:
        wrapped = bubblewrap().wrap(command, cell=replace(cell, handover=handover.descriptor))
        return run(
            wrapped, cwd=Path("/"), env={**env, **proxy_variables()}, seconds=60, keep_open=(handover.descriptor,)
        )
