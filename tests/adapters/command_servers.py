"""A running command server, and the shell that hands commands to it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.commands import command_server, install_shell
from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.handover import Handover
from bot.adapters.process import Child
from bot.adapters.sandbox import Bubblewrap, Cell
from tests.adapters.cells import PATH, PYTHON, a_cell, bubblewrap
from tests.patience import within


@dataclass
class Commands:
    """A running server and the shell that hands commands to it."""

    folder: Path
    shell: Path
    server: Child
    cell: Cell

    def start(self, script: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.shell, script],
            cwd=cwd or self.cell.start,
            env={"PATH": "/nonexistent", "SECRET": "of Claude Code"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, script: str, cwd: Path | None = None) -> tuple[int, str]:
        """The exit code and all that was said."""
        with self.start(script, cwd) as command:
            said, _ = command.communicate(timeout=within(60))
            return command.returncode, said.decode()


@contextmanager
def running(folder: Path, egress: Egress, sandbox: Bubblewrap | None = None) -> Iterator[Commands]:
    control = folder / "control"
    control.mkdir()
    cell = a_cell(folder)
    shell = install_shell(control, Path(PYTHON))
    with Handover(egress.serve) as handover:
        cell = replace(cell, handover=handover.descriptor)
        environment = {**PATH, **proxy_variables(), "HOME": str(cell.writable[1])}
        with command_server(
            sandbox or bubblewrap(), cell, folder=control, environment=environment, log=folder / "log"
        ) as server:
            yield Commands(folder, shell, server, cell)
