"""Keeps up with the settings of repositories whose tasks are ready, also while something keeps all of them from
starting: how many pull requests may be open, or mistakes in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.due import is_due
from bot.core.facts import PathFacts
from bot.core.repository_settings import FILE, RepositorySettings, RepositorySettingsWrong, read_repository_settings
from bot.core.settings_place import judge_listing
from bot.core.stacking import DependencyMode
from bot.core.wrong_settings import wrong_settings
from bot.steps.dependents import keep_mode
from bot.steps.wrong_settings import hold_repository, release_repository

_EVERY = timedelta(minutes=10)
_EVERY_WHILE_WRONG = timedelta(minutes=1)  # people fix it and wait for that
_NOT_FOUND = 404
_FOLDER = ".github"


def keep_limit(store: Store, repository: str, settings: RepositorySettings, now: datetime) -> None:
    """With what else they say of pull requests. Called by each attempt, which has read the settings anyway."""
    with store.transaction() as ledger:
        keep_mode(ledger, repository, DependencyMode(settings.dependencies), now)
        ledger.pressure.keep_limit(repository, settings.max_open_pull_requests)
        ledger.pull_request_settings.keep(repository, settings.pull_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPullLimits:
    """Reads the settings of repositories with tasks that are ready to run. A file that did not change costs nothing of
    GitHub's hour.

    Settings with mistakes hold the repository's tasks. Then the file is asked for as if nothing were known: an attempt
    that began before it was fixed may have found the mistakes afterwards."""

    store: Store
    github: GitHub
    clock: Callable[[], datetime]
    _next: dict[str, datetime] = field(default_factory=dict)

    def look(self, repository: str) -> None:
        """Raises GitHubFailed."""
        now = self.clock()
        is_held = self._is_held(repository)
        every = _EVERY_WHILE_WRONG if is_held else _EVERY
        if not is_due(self._next.get(repository), every, now) or not self._matters(repository):
            return
        if is_held:
            is_sound = self._judge(repository, self.github.read_file(repository, FILE), self._list(repository))
        else:
            is_sound = self._read_if_changed(repository)
        self._next[repository] = now + (_EVERY if is_sound else _EVERY_WHILE_WRONG)

    def _read_if_changed(self, repository: str) -> bool:
        """Whether the file has no mistake; one that has not changed had none."""
        try:
            found = self.github.file(repository, FILE)
        except GitHubFailed as error:
            if error.status != _NOT_FOUND:
                raise
            return self._judge(repository, None, self._list(repository))
        is_sound = self._judge(repository, found.value, self._list(repository) if found.value is None else ())
        if is_sound:
            self.github.keep(found)
        return is_sound

    def _list(self, repository: str) -> Sequence[PathFacts]:
        """The files among which the settings, or what is meant to be them, are."""
        listed = self.github.folder(repository, "")
        inside = [each.path for each in listed if each.kind == "dir" and each.path == _FOLDER]
        return [*listed, *(self.github.folder(repository, inside[0]) if inside else ())]

    def _judge(self, repository: str, content: bytes | None, listed: Sequence[PathFacts]) -> bool:
        """Whether the file has no mistake. None: there is none, or it is a link to no file."""
        now = self.clock()
        if (misplaced := judge_listing(listed, shows_file=content is not None)) is not None:
            with self.store.transaction() as ledger:
                hold_repository(ledger, repository, misplaced, now)
            return False
        try:
            settings = read_repository_settings(content)
        except RepositorySettingsWrong as wrong:
            with self.store.transaction() as ledger:
                hold_repository(ledger, repository, wrong_settings(content or b"", wrong.mistakes), now)
            return False
        keep_limit(self.store, repository, settings, now)
        with self.store.transaction() as ledger:
            release_repository(ledger, repository, now)
        return True

    def _is_held(self, repository: str) -> bool:
        with self.store.read() as ledger:
            return ledger.wrong_settings.of(repository) is not None

    def _matters(self, repository: str) -> bool:
        with self.store.read() as ledger:
            return ledger.pressure.is_ready_in(repository)
