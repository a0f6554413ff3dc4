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
from bot.adapters.process import Completed, run
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
) -> Completed:
    """Run a command in a cell, whose network ends in `egress`."""
    if egress is None:
        return run(bubblewrap().wrap(command, cell=cell), cwd=Path("/"), env=env, seconds=60, codes=None)
    with Handover(egress.serve) as handover:
        wrapped = bubblewrap().wrap(command, cell=replace(cell, handover=handover.descriptor))
        environment = {**env, **proxy_variables()}
        inherited = (handover.descriptor,)
        return run(wrapped, cwd=Path("/"), env=environment, seconds=60, keep_open=inherited, codes=None)
