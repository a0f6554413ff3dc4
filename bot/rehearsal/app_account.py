"""Gives the bot of a night the account of a GitHub App, in the place of a person's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.rehearsal.environment import Environment
from bot.rehearsal.github.app_pages import make_key
from bot.rehearsal.github.server import SimulatedGitHub

APP = 4242  # the number of the app
SLUG = "nightshift"


def become_app(
    settings: Mapping[str, str], environment: Environment, repositories: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """Register the app, and install it on the repositories. Returns the login of its account, and the bot's settings
    with its key and without a token."""
    key = make_app(environment.github, environment.folder, repositories)
    kept = {name: value for name, value in settings.items() if name != "GITHUB_TOKEN"}
    login = environment.github.world.apps[APP].login
    return login, {**kept, "GITHUB_APP_ID": str(APP), "GITHUB_APP_PRIVATE_KEY_FILE": str(key)}


def make_app(github: SimulatedGitHub, folder: Path, repositories: Sequence[str]) -> Path:
    """Returns the file of its private key."""
    key = _write_key(folder / "app.pem")
    github.add_app(APP, slug=SLUG, key=key.read_text())
    for owner in dict.fromkeys(name.partition("/")[0] for name in repositories):
        github.install_app(APP, tuple(name for name in repositories if name.partition("/")[0] == owner))
    return key


def _write_key(path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_text(make_key())
    return path
