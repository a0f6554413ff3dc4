"""What the set-up of a checkout made, and how another checkout gets it.

Checkouts get copies, never links, so that nothing that a session does reaches the layer.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.adapters.process import run
from bot.adapters.sandbox import Cell
from bot.core.checks import FailedSetUp, GivenUp
from bot.core.environment.values import ENVIRONMENT, Command, SetUp
from bot.core.ran import Ran

CHECKOUT, HOME = "/run/nightshift/checkout", "/run/nightshift/home"
"""Where the work tree and HOME are in every cell besides: what a set-up writes down stays true in another checkout."""
TEXTS = "/run/nightshift/setup"
"""Where the texts that its commands read are."""
OF_HOME = tuple(f"{HOME}/{name}/bin" for name in (".local", ".cargo", "go"))
FACTS = "set_up.json"
COPY_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a set-up, and how it ended."""

    command: Command
    ran: Ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a checkout is given. `layer` None: there is nothing to copy. `steps`: what ran, in order, when the layer was
    made; one of them failed if `failed`. `created`: paths in the work tree that are never part of a change.
    `packages`: `name==version` of what was installed without a lockfile. `reads_sources`: it was built from the
    checkout, so that another commit needs the set-up again. `inputs`: the digest of each file that decides what set-up
    makes. `variables`: what commands in a checkout inherit besides. `tools`: those that the host had.
    `is_kept`: for later attempts too. `instead_of`: the set-up that failed before this one."""

    set_up: SetUp | None = None
    layer: Path | None = None
    steps: tuple[Step, ...] = ()
    failed: bool = False
    created: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    has_python: bool = False
    reads_sources: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    refused_hosts: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
    is_kept: bool = False
    instead_of: GivenUp | None = None

    @property
    def failure(self) -> FailedSetUp | None:
        """The first command that failed."""
        step = next((step for step in self.steps if not step.ran.passed), None) if self.failed else None
        return _failed_at(step, self.refused_hosts) if step else None

    @property
    def commands(self) -> frozenset[str]:
        """The texts of its commands, and each line of those with several."""
        texts = [command.text for command in self.set_up.commands] if self.set_up else []
        return frozenset(line.strip() for text in texts for line in (text, *text.splitlines()) if line.strip())

    @property
    def path(self) -> tuple[str, ...]:
        """Folders that come first in PATH, by their paths in a cell."""
        return (f"{ENVIRONMENT}/bin",) if self.layer is not None and self.has_python else ()

    @property
    def path_after(self) -> tuple[str, ...]:
        """Folders that come last: in HOME each command can write, and must not take the place of a known program."""
        return OF_HOME if self.layer is not None else ()

    def fill(self, *, checkout: Path | None = None, home: Path | None = None, python: Path | None = None) -> None:
        """Copy what set-up made into these folders. What is there already stays as it is. Raises CommandFailed."""
        for part, target in (("tree", checkout), ("home", home), ("python", python)):
            if self.layer is not None and target is not None and (self.layer / part).is_dir():
                copy_tree(self.layer / part, target)

    def in_cell(
        self, cell: Cell, *, checkout: Path, home: Path, python: Path | None, texts: Path | None = None
    ) -> Cell:
        """The cell with the folders where a set-up finds them."""
        mounted = {ENVIRONMENT: python} if python is not None and self.has_python else {}
        mounted |= {TEXTS: texts} if texts is not None else {}
        links = {CHECKOUT: checkout, HOME: home} if self.layer is not None else {}
        return replace(cell, mounted={**cell.mounted, **mounted}, links={**cell.links, **links})

    def note_use(self) -> None:
        """Its facts become as new as its last use: by that, old layers are found."""
        if self.layer is not None and self.is_kept:
            os.utime(self.layer / FACTS)


def _failed_at(step: Step, refused: tuple[str, ...]) -> FailedSetUp:
    return FailedSetUp(command=step.command.text, reason=step.command.reason, ran=step.ran, refused=refused)


def copy_tree(source: Path, target: Path) -> None:
    """A name that exists is left as it is, also where it is a link: `cp` follows none that lies in `target`."""
    target.mkdir(parents=True, exist_ok=True)
    command = ["cp", "-a", "--reflink=auto", "--no-clobber", "--", f"{source}/.", str(target)]
    done = run(command, cwd=source, env={"PATH": os.defpath}, seconds=COPY_SECONDS, codes=(0, 1), supervised=False)
    if "No space left" in done.stderr:  # names that exist end with the same code
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))


NO_ENVIRONMENT = Environment()
"""Where nothing is set up."""
