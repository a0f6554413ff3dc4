"""Who may speak in a conversation that was locked: people who may write to the repository, and no App
(probot/stale#25)."""

from __future__ import annotations

from bot.rehearsal.github.records import Issue, Role
from bot.rehearsal.github.world import Refused, Repository


def check_may_speak(repository: Repository, issue: Issue, login: str, what: str = "create comment") -> None:
    if issue.locked and repository.role(login) < Role.WRITE:
        raise Refused(403, f"Unable to {what} because issue is locked.")
