"""Set-ups for tests: commits of a real repository, set up in real cells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.environments import Environment
from bot.adapters.git import Mirror
from bot.adapters.installed import ToolSelection
from bot.adapters.layers import Layers
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.services import find_services
from bot.core.failures import FailureKind
from bot.core.repository_settings import read_repository_settings
from bot.steps.environment import Environments, SetUpSource
from tests.adapters.cells import bubblewrap
from tests.git_host import GitHost, commit_files

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class SetUps:
    """One data folder, and the repository that is set up in it. Each set-up has a separate attempt's folder."""

    def __init__(self, host: GitHost, mirror: Mirror, folder: Path, outside: Outside = DIRECTLY) -> None:
        self.host, self.mirror, self.folder = host, mirror, folder
        self.attempts = 0
        self.stop: FailureKind | None = None
        self.environments = Environments(
            sandbox=bubblewrap(),
            ceilings=Ceilings(),
            layers=Layers.of(folder / "data"),
            outside=outside,
            clock=lambda: NOW,
        )

    def commit(self, files: Mapping[str, str]) -> str:
        """Put these files on the default branch; returns the commit."""
        commit = commit_files(self.host.root / "octo/tools.git", "main", files, "Change")
        self.mirror.fetch()
        return commit

    def source(
        self, commit: str, settings: str = "", repository: str = "octo/tools", tools: ToolSelection | None = None
    ) -> SetUpSource:
        return SetUpSource(
            repository=repository,
            files=self.mirror.files(commit),
            settings=read_repository_settings(settings.encode()),
            open_workspace=lambda folder: self.mirror.open_workspace(folder, base=commit, branch="set-up"),
            readable=self.mirror.readable,
            number=7,
            tools=tools or ToolSelection(),
            services=find_services(read_repository_settings(settings.encode()).services),
        )

    def provide(
        self, commit: str, settings: str = "", repository: str = "octo/tools", tools: ToolSelection | None = None
    ) -> Environment:
        self.attempts += 1
        place = self.folder / f"attempt-{self.attempts}"
        source = self.source(commit, settings, repository, tools)
        return self.environments.provide(source, place, should_stop=lambda: self.stop)

    def layers(self) -> list[Path]:
        return [layer for layer, _ in self.environments.layers.all()]
