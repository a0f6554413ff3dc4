"""Gives the bot of a night the account of a GitHub App, in the place of a person's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.rehearsal.environment import Environment
from bot.rehearsal.github.app_pages import make_key

APP = 4242  # the number of the app
SLUG = "nightshift"


def become_app(
    settings: Mapping[str, str], environment: Environment, repositories: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """Register the app, and install it on the repositories. Returns the login of its account, and the bot's settings
    with its key and without a token."""
    key = _write_key(environment.folder / "app.pem")
    app = environment.github.add_app(APP, slug=SLUG, key=key.read_text())
    environment.github.install_app(APP, tuple(repositories))
    kept = {name: value for name, value in settings.items() if name != "GITHUB_TOKEN"}
    return app.login, {**kept, "GITHUB_APP_ID": str(APP), "GITHUB_APP_PRIVATE_KEY_FILE": str(key)}


def _write_key(path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_text(make_key())
    return path
