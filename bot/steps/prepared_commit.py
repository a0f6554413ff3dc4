"""What set-up and checks need to know of a commit, whether it is the base of an attempt or only tried."""

from __future__ import annotations

from typing import Protocol

from bot.adapters.environments import Environment
from bot.adapters.git import CommitFiles, Mirror, Quarantine, SubmoduleSeeds
from bot.adapters.git.local_copy import LocalCopy
from bot.adapters.installed import ToolSelection
from bot.core.attempts import Base
from bot.core.registries import Destination
from bot.core.repository_settings import RepositorySettings
from bot.core.services import RepositoryServices


class PreparedCommit(Protocol):
    """`mirror`: where set-up checks the commit out from, `quarantine`: where the checks do. The other names mean what
    they do in `Preparation`."""

    @property
    def mirror(self) -> Mirror | LocalCopy: ...
    @property
    def quarantine(self) -> Quarantine | LocalCopy: ...
    @property
    def base(self) -> Base: ...
    @property
    def files(self) -> CommitFiles: ...
    @property
    def settings(self) -> RepositorySettings: ...
    @property
    def registries(self) -> frozenset[Destination]: ...
    @property
    def number(self) -> int: ...
    @property
    def submodules(self) -> SubmoduleSeeds: ...
    @property
    def tools(self) -> ToolSelection: ...
    @property
    def services(self) -> RepositoryServices: ...
    @property
    def environment(self) -> Environment: ...
