"""What GitHub shows once of a new App is kept: its key, and that with which people sign in to the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from bot.adapters.settings import read_settings
from bot.init.github_account import Wanted, keep_app
from bot.init.questions import Questions
from bot.init.settings_file import SettingsFile
from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.registering import register_app


@pytest.mark.parametrize("public", [None, "https://night.example"])
def test_people_can_sign_in_with_the_new_app(tmp_path: Path, public: str | None) -> None:
    """Without a public address yet, both halves of the credential wait for one."""
    environment = {"DATA_DIR": str(tmp_path / "data"), "ANTHROPIC_API_KEY": "sk-secret"}
    with SimulatedGitHub(tmp_path / "github") as github, requests.Session() as session:
        session.trust_env = False
        github.add_user("octo")
        wanted = Wanted(
            settings=SettingsFile(environment, tmp_path / ".env"),
            questions=Questions(are_allowed=False),
            organization=None,
            name=None,
            webhook=None,
            uses_token=False,
            given_api=github.api_url,
            repositories=(),
        )
        app = keep_app(wanted, register_app(github, session), public)
        known = github.world.apps[app.id]

    settings = read_settings(environment, tmp_path / ".env")
    secret = settings.github_client_secret
    assert secret is not None
    assert (settings.github_client_id, secret.get_secret_value()) == (known.client_id, known.client_secret)
    assert settings.public_url == public
    assert known.client_secret not in repr(app)
