"""Sets up a checkout of the base commit once, in a cell, and keeps the result for every later one with the same inputs.

What runs is the base commit's alone, so that no session and no change writes a layer. A set-up has the network of its
languages' registries, of the hosts that the repository names, and of the operator's private registries.
"""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.egress import Egress, way_out
from bot.adapters.environments import CHECKOUT, HOME, TEXTS, Environment, Step
from bot.adapters.git import CommitFiles, Workspace
from bot.adapters.git.workspace import remove_tree
from bot.adapters.installed import ToolSelection
from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets
from bot.adapters.layers import Layers, make_layer, read_layer, reads_sources, write_facts
from bot.adapters.outside import Outside
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.services import starting
from bot.core.checks import GivenUp
from bot.core.environment.cooldown import cooldown_options, cooldown_variables
from bot.core.environment.ecosystems import ecosystems
from bot.core.environment.packages import find_listings, parse_listing
from bot.core.environment.python import PYTHON
from bot.core.environment.values import ENVIRONMENT, Command, Origin, SetUp
from bot.core.failures import FailureKind, TaskFailed
from bot.core.registries import Destination
from bot.core.repository_settings import RepositorySettings
from bot.core.services import RepositoryServices, reason_for_end
from bot.core.set_up import find_set_up, inputs, key, makes_python, uses_pnpm
from bot.steps.cell_commands import CellCommands, ShouldStop
from bot.steps.cooldown import with_cooldown, with_downloads
from bot.steps.progress import SILENT, Progress
from bot.steps.set_up_terms import (
    LARGEST_INPUT,
    digests,
    reachable,
    remove_files,
    set_up_variables,
    tree_of,
    with_variables,
    write_files,
    write_texts,
)
from bot.steps.spare_python import SparePython

_log = logging.getLogger(__name__)

_TOOLS = ("uv", "poetry", "pdm", "pipenv", "pnpm", "yarn", "bun", "deno", "npm")
_TRUSTED = ("python3", "node", "npm", "ruby", "go", "cargo", "java", "php", "dotnet", "elixir")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpSource:
    """What is set up: a commit's `files`, with the settings that it has. `open_workspace` checks it out at a path;
    `readable`: what the checkout borrows objects from; `registries`: those that its lockfiles name; `number`: tells its
    cells from those of others; `tools`: of the host, as its files name them; `services`: those of its settings, which
    run beside each command."""

    repository: str
    files: CommitFiles
    settings: RepositorySettings
    open_workspace: Callable[[Path], Workspace]
    readable: tuple[Path, ...]
    registries: frozenset[Destination] = frozenset()
    number: int = 0
    tools: ToolSelection = field(default_factory=ToolSelection)
    services: RepositoryServices = field(default_factory=RepositoryServices)

    @property
    def path(self) -> tuple[str, ...]:
        """Where programs are looked for."""
        return (*self.tools.path, *USUAL_PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environments:
    """Provides the environment of each commit. `progress`: sees each command of a set-up. `known`: secrets that its
    output is not kept with."""

    sandbox: Sandbox
    ceilings: Ceilings
    layers: Layers
    outside: Outside
    clock: Callable[[], datetime]
    progress: Progress = SILENT
    known: KnownSecrets = NONE_KNOWN

    def find(self, source: SetUpSource) -> SetUp | None:
        """The set-up of a commit. Runs nothing."""
        python = str(source.tools.programs.get("python", PYTHON))
        return find_set_up(
            tree_of(source.files), declared=source.settings.setup, tools=_tools(source.path), python=python
        )

    def provide(self, source: SetUpSource, folder: Path, *, should_stop: ShouldStop) -> Environment:
        """The environment of a commit: kept from before, or made now in `folder`. Without cells nothing is set up.
        Raises TaskFailed if `should_stop` says so or a service does not start, and OSError."""
        set_up = self.find(source)
        if set_up is None or not self.sandbox.confines:
            return Environment()
        contents = source.files.read_all(inputs(set_up, source.files.paths), limit=LARGEST_INPUT)
        environment = Environment(set_up=set_up, inputs=digests(contents), tools=_tools(source.path))
        place = self.layers.place(source.repository, key(set_up, contents, *self._conditions(source)))
        if (kept := read_layer(place, environment)) is not None:
            kept.note_use()
            return with_variables(kept)
        made = self._make(source, environment, folder, should_stop)
        if made.failed or made.layer is None:
            return with_variables(made)
        return with_variables(replace(made, layer=self.layers.keep(made.layer, place), is_kept=True))

    def _make(
        self, source: SetUpSource, environment: Environment, folder: Path, should_stop: ShouldStop
    ) -> Environment:
        """Run the set-up, and where it fails the one that is to be tried instead."""
        assert environment.set_up is not None  # noqa: S101 - asked by the caller; tells the type checker
        place = folder / "set-up"
        spare = SparePython(folder / "spare-python" if environment.set_up.otherwise is not None else None)
        made = _Making(self, source, environment.set_up, place, should_stop, spare).make(environment)
        if made.failed and environment.set_up.otherwise is not None:
            other = environment.set_up.otherwise
            _log.info(
                "%s: set-up by %s failed; trying it by %s", source.repository, environment.set_up.origin, other.origin
            )
            given_up = GivenUp(origin=environment.set_up.origin.value, failed=made.failure) if made.failure else None
            made = _Making(self, source, other, place, should_stop, spare).make(replace(environment, set_up=other))
            made = replace(made, instead_of=given_up)
        spare.remove()
        return made

    def _conditions(self, source: SetUpSource) -> Iterator[str]:
        """What else a layer depends on."""
        yield source.repository.lower()
        yield str(source.settings.packages_older_than)
        yield from source.settings.network
        yield from (f"{each.ecosystem}={each.url}" for each in self.outside.registries)
        yield from (f"{name}={value}" for name, value in sorted(source.tools.variables.items()))
        yield from (f"{service.kind} {' '.join(service.programs)}" for service in source.services.found)
        found = {name: _which(name, source.path) for name in (*_TRUSTED, *_TOOLS)}
        for name, program in {**found, **source.tools.programs}.items():
            if program is not None:
                status = program.stat()
                yield f"{name} {program.resolve()} {status.st_size} {status.st_mtime_ns}"


@dataclass(frozen=True, slots=True)
class _Making:
    """One set-up that runs. `place`: a folder for all of it, which is made anew. `spare`: the empty environment for
    Python, for the set-up that is tried next."""

    environments: Environments
    source: SetUpSource
    set_up: SetUp
    place: Path
    should_stop: ShouldStop
    spare: SparePython

    def make(self, environment: Environment) -> Environment:
        environments = self.environments
        now = environments.clock()
        outside = with_cooldown(environments.outside, self.source.files, self.source.settings, now)
        outside = with_downloads(outside, self.source.files, self.source.settings)
        return replace(self, environments=replace(environments, outside=outside))._make(environment)

    def _make(self, environment: Environment) -> Environment:
        remove_tree(self.place)
        layer = self.place / "layer"
        for name in ("layer/home", "layer/python", "layer/tree", "texts", "tmp", "shm"):
            (self.place / name).mkdir(parents=True)
        write_texts(self.set_up, self.place / "texts")
        files = self.environments.outside.files()
        write_files(files, layer / "home")
        workspace = self.source.open_workspace(self.place / "workspace")
        self.environments.sandbox.give(
            self.source.number, [workspace.path, *(self.place / name for name in ("layer", "texts", "tmp", "shm"))]
        )
        outside = self.environments.outside
        destinations = reachable(self.source.files, self.source.settings) | self.source.registries
        with way_out(self.environments.sandbox, destinations | outside.destinations, outside) as egress:
            steps, packages = self._run(self._commands(egress))
            refused = egress.refused if egress else ()
        remove_files(files, layer / "home")
        created = make_layer(layer, workspace.path, self.source.files.paths)
        made = replace(
            environment,
            layer=layer,
            steps=steps,
            failed=any(not step.ran.passed for step in steps),
            created=created,
            packages=packages,
            has_python=makes_python(self.set_up),
            reads_sources=reads_sources(created, layer),
            refused_hosts=refused,
        )
        write_facts(made, layer)
        for rest in ("workspace", "tmp", "shm"):
            remove_tree(self.place / rest)
        return made

    def _run(self, commands: CellCommands) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        """The steps, and the packages that no lockfile pinned."""
        until = time.monotonic() + self.source.settings.limits.setup_minutes * 60
        age = self.source.settings.packages_older_than
        waits = cooldown_variables(age, self.environments.clock(), has_pnpm=uses_pnpm(self.set_up))
        steps, progress = list[Step](), self.environments.progress
        for command in self.set_up.commands:
            text = command.text if command.pinned else cooldown_options(command.text, age)
            variables = {} if command.pinned else waits
            python = self.place / "layer/python"
            ran = self.spare.take(command, python)
            if ran is None:
                ran = progress.follow(describe_command(command), partial(commands.run, text, until, variables))
                self.spare.keep(command, ran, python)
            if not_started := reason_for_end(ran.code, ran.output):
                raise TaskFailed(FailureKind.SETUP_FAILED, not_started)
            steps.append(Step(command=command, ran=ran))
            _log.info(
                "%s: set-up ran %s (%s): %s, %.1f s",
                self.source.repository,
                command.text,
                command.reason,
                ran.ending,
                ran.seconds,
            )
            # What was detected stands for itself, language by language; written down, it builds on what came before.
            if not ran.passed and self.set_up.origin is not Origin.DETECTED:
                return tuple(steps), ()
        return tuple(steps), tuple(dict.fromkeys(self._packages(commands, until)))

    def _packages(self, commands: CellCommands, until: float) -> Iterator[str]:
        found, has_python = ecosystems(self.source.files.paths), makes_python(self.set_up)
        for listing, command in find_listings(self.set_up, found, has_python=has_python):
            yield from parse_listing(listing, commands.run(command, until).output)

    def _commands(self, egress: Egress | None) -> CellCommands:
        environments, place = self.environments, self.place
        cell = Cell(
            start=Path(CHECKOUT),
            writable=(),
            readable=(*self.source.readable, *environments.outside.readable),
            temporary=place / "tmp",
            memory=place / "shm",
            number=self.source.number,
            ceilings=environments.ceilings,
            home=HOME,
            mounted={
                CHECKOUT: place / "workspace",
                HOME: place / "layer/home",
                ENVIRONMENT: place / "layer/python",
                TEXTS: place / "texts",
            },
        )
        has_python = makes_python(self.set_up)
        return CellCommands(
            sandbox=environments.sandbox,
            ceilings=environments.ceilings,
            cell=cell,
            folder=place,
            before=tuple(starting(self.source.services, Path(HOME), Path(sys.executable).resolve())),
            environment={
                **self.source.tools.variables,
                **self.source.services.variables,
                **set_up_variables(
                    self.source.path, environments.outside, has_python=has_python, has_pnpm=uses_pnpm(self.set_up)
                ),
            },
            egress=egress,
            should_stop=self.should_stop,
            what="the repository was set up",
            known=environments.known,
        )


def describe_command(command: Command) -> str:
    return f"set-up: {command.text} ({command.reason})"


def _tools(path: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in _TOOLS if _which(name, path))


def _which(name: str, path: tuple[str, ...]) -> Path | None:
    found = shutil.which(name, path=":".join(path))
    return Path(found) if found else None
