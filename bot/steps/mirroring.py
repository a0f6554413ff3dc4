"""Lets GitHub's own relations follow what the text of an issue names, where `mirror_dependencies` asks for it.

One message is one blocker: if the text names it, the relation is there in the end, otherwise it is not, also if a
person added it. What GitHub refuses is said once in a repository, and changes nothing for the task: the text counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import messages
from bot.core.effects import Effect, Reply
from bot.core.references import IssueRef
from bot.core.repository_settings import FILE, RepositorySettingsWrong, read_repository_settings
from bot.steps.effects import perform
from bot.steps.issue_reader import IssueReader
from bot.steps.relation_changes import RelationChanges, texts_of

_NOT_FOUND, _UNPROCESSABLE = 404, 422
_REFUSALS = frozenset({403, _NOT_FOUND, 410, _UNPROCESSABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirroring:
    store: Store
    github: GitHub
    reader: Callable[[], IssueReader]
    clock: Callable[[], datetime]

    def send(self, issue: IssueRef, blocker: IssueRef) -> None:
        """Raises GitHubFailed for an outage. Repeating it changes nothing."""
        task = self.reader().task(issue)
        if task is None or not self._is_ours(blocker) or not self._is_asked_for(issue.repository):
            return
        wanted = blocker in self.reader().find_named(issue, texts_of(task))
        try:
            effects = self._relate(issue, blocker, wanted=wanted)
        except GitHubFailed as error:
            if error.transient or error.status not in _REFUSALS:
                raise
            text = messages.not_mirrored(blocker, str(error))
            effects = [Reply(issue, f"mirror:{issue.repository}:{error.status}", text)]
        if effects:
            with self.store.transaction() as ledger:
                perform(effects, ledger, self.clock())

    def _is_ours(self, blocker: IssueRef) -> bool:
        """Other people's issues do not show what waits for them here."""
        return self.github.account.knows(blocker.repository)

    def _is_asked_for(self, repository: str) -> bool:
        """A file that did not change costs nothing of GitHub's hour. Wrong settings ask for nothing."""
        try:
            found = self.github.file(repository, FILE)
            settings = read_repository_settings(found.value)
        except GitHubFailed as error:
            if error.status != _NOT_FOUND:
                raise
            return False
        except RepositorySettingsWrong:
            return False
        self.github.keep(found)
        return settings.mirror_dependencies

    def _relate(self, issue: IssueRef, blocker: IssueRef, *, wanted: bool) -> list[Effect]:
        """GitHub takes issues only: a pull request stays in the text. What was written is read back."""
        facts = self.reader().facts(blocker)
        if facts.is_pull_request or self._is_there(issue, facts.id) is wanted:
            return []
        write = self.github.add_blocker if wanted else self.github.remove_blocker
        try:
            write(issue, facts.id)
        except GitHubFailed as error:
            if error.status != _UNPROCESSABLE or self._is_there(issue, facts.id) is not wanted:
                raise
        if self._is_there(issue, facts.id) is not wanted:
            raise GitHubFailed(None, "the relation is not shown yet")
        return [] if wanted else RelationChanges(reader=self.reader()).follow(issue)

    def _is_there(self, issue: IssueRef, identity: int) -> bool:
        listed = self.github.blocked_by(issue)
        if listed is None:
            raise GitHubFailed(_NOT_FOUND, "this GitHub has no relations between issues")
        return any(each.id == identity for each in listed)
