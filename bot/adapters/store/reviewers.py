"""What each repository's settings say of the bot's pull requests, as the last attempt read it."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import JSON, Column, Table, Text, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.core.reviewers import PullRequestSettings

PULL_REQUEST_SETTINGS = Table(
    "pull_request_settings",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("settings", JSON),
)


class PullRequestSettingsRows(Part):
    def of(self, repository: str) -> PullRequestSettings:
        """The defaults where none were read yet."""
        found = select(PULL_REQUEST_SETTINGS.c.settings).where(PULL_REQUEST_SETTINGS.c.repository == repository)
        kept = self._connection.scalar(found)
        if kept is None:
            return PullRequestSettings()
        lists = {name: tuple(kept[name]) for name in ("assignees", "reviewers", "labels")}
        return PullRequestSettings(draft=bool(kept["draft"]), **lists)

    def keep(self, repository: str, settings: PullRequestSettings) -> None:
        self._put(PULL_REQUEST_SETTINGS, {"repository": repository}, {"settings": asdict(settings)})
