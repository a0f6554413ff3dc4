"""A commit that is tried: what an attempt would know of its base commit, without an issue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.environments import NO_ENVIRONMENT, Environment
from bot.adapters.git import CommitFiles, GitCredentials, Mirror, Quarantine, SubmoduleSeeds
from bot.adapters.git.local_copy import LocalCopy
from bot.adapters.installed import ToolSelection
from bot.adapters.services import find_services
from bot.adapters.tools import Toolbox
from bot.core.attempts import Base
from bot.core.registries import Destination
from bot.core.repository_settings import RepositorySettings
from bot.core.services import RepositoryServices
from bot.steps.base_commit import registries_of, settings_of
from bot.steps.host_tools import tools_for
from bot.steps.submodules import seed_submodules


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSource:
    """Where a commit is, and what it needs from elsewhere. `repository`: OWNER/REPO; `mirror`, `quarantine`: as in
    `PreparedCommit`, for a clone the same; `web_url`, `credentials`: for its submodules; `number`: of its cells."""

    repository: str
    base: Base
    mirror: Mirror | LocalCopy
    quarantine: Quarantine | LocalCopy
    web_url: str
    credentials: Callable[[str], GitCredentials | None]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCommit:
    """As `PreparedCommit` says."""

    repository: str
    mirror: Mirror | LocalCopy
    quarantine: Quarantine | LocalCopy
    base: Base
    files: CommitFiles
    settings: RepositorySettings
    registries: frozenset[Destination]
    number: int
    submodules: SubmoduleSeeds
    tools: ToolSelection
    services: RepositoryServices
    environment: Environment = NO_ENVIRONMENT


def read_commit(source: CommitSource, toolbox: Toolbox, folder: Path) -> TriedCommit:
    """Read the commit as an attempt does. `folder`: for its submodules. Raises TaskFailed, also for settings that are
    wrong."""
    files = source.mirror.files(source.base.commit)
    settings = settings_of(files)
    place = folder / "submodules"
    submodules = seed_submodules(
        source.repository, files, settings, place, web_url=source.web_url, credentials=source.credentials
    )
    return TriedCommit(
        repository=source.repository,
        mirror=source.mirror,
        quarantine=source.quarantine,
        base=source.base,
        files=files,
        settings=settings,
        registries=registries_of(files),
        number=source.number,
        submodules=submodules,
        tools=tools_for(toolbox, files),
        services=find_services(settings.services, toolbox.path),
    )
