"""Gives an attempt's workspace what the set-up of the base commit made, and tells the session of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.adapters.git import Workspace
from bot.core.brief import with_environment
from bot.steps.environment import Environments, SetUpSource
from bot.steps.opening import Preparation
from bot.steps.prepared_commit import PreparedCommit
from bot.steps.run import Run
from bot.steps.submodules import place_submodules


def equip(environments: Environments, run: Run, prepared: Preparation) -> Preparation:
    """Set up, or take what was kept, and copy it into the workspace. Raises TaskFailed if the attempt has to stop."""
    source = source_of(prepared, run.task.issue.repository)
    environment = environments.provide(source, run.folder, should_stop=run.lease.reason_to_stop)
    if environment.set_up is None:
        return prepared
    python = run.folder / "python"
    python.mkdir()
    environment.fill(checkout=prepared.workspace.path, python=python)
    exclude(prepared.workspace, environment.created)
    ran = [(step.command.text, step.command.reason) for step in environment.steps]
    return replace(
        prepared,
        environment=environment,
        python=python,
        brief=with_environment(prepared.brief, ran, environment.failure),
    )


def source_of(prepared: PreparedCommit, repository: str) -> SetUpSource:
    return SetUpSource(
        repository=repository,
        files=prepared.files,
        settings=prepared.settings,
        open_workspace=partial(_open_workspace, prepared),
        readable=prepared.mirror.readable,
        registries=prepared.registries,
        number=prepared.number,
        tools=prepared.tools,
        services=prepared.services,
    )


def _open_workspace(prepared: PreparedCommit, folder: Path) -> Workspace:
    """A checkout of the base commit that shows what every checkout shows. In a stack, of the default branch: a session
    wrote the base, and what is made here is kept."""
    base = prepared.files.commit
    workspace = prepared.mirror.open_workspace(folder, base=base, branch="set-up")
    prepared.mirror.large_files.fill(workspace)
    place_submodules(prepared.submodules, workspace, prepared.mirror, base)
    return workspace


def exclude(workspace: Workspace, paths: tuple[str, ...]) -> None:
    """The session's git does not offer these for a commit. The host leaves them out whatever became of this file."""
    with (workspace.gitdir / "info/exclude").open("a") as excludes:
        excludes.writelines(f"{exclude_line(path)}\n" for path in paths)


def exclude_line(path: str) -> str:
    """A path as a line of an exclude file that means it alone."""
    return "/" + "".join(f"\\{each}" if each in "*?[]\\ !#" else each for each in path)
