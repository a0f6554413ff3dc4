"""The stories' world with the bot as a GitHub App."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stories.test_accounts import a_key
from tests.stories.world import REPOSITORY, World, a_world

LOGIN = "nightshift[bot]"


@contextmanager
def an_app_world(folder: Path) -> Iterator[World]:
    path, key = folder / "app.pem", a_key()
    path.write_text(key)
    path.chmod(0o600)
    app = {"GITHUB_TOKEN": "", "GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": str(path)}
    with a_world(folder, **app) as made:
        made.github.add_app(7, slug="nightshift", key=key)
        made.github.install_app(7, (REPOSITORY,))
        yield made
        assert not made.github.violations
        assert not made.github.unmodelled
