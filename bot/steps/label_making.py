"""Makes a label of the bot in a repository before it is first put on an issue there: GitHub's own would have no
description."""

from __future__ import annotations

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.labels import LabelSet


def make_label(store: Store, github: GitHub, labels: LabelSet, repository: str, name: str) -> None:
    """Once for each repository. Raises GitHubFailed."""
    with store.read() as ledger:
        made = ledger.labels_made.has(repository, name)
    if not made:
        label = labels.label(name)
        github.create_label(repository, name, color=label.color, description=label.description)
        with store.transaction() as ledger:
            ledger.labels_made.keep(repository, name)
