"""The settings that a rehearsal gives the bot."""

from __future__ import annotations

from bot.rehearsal.place import Place, sandbox
from bot.rehearsal.scenario import Scenario

_POLL_SECONDS = 30  # webhooks do the work; a lost one costs no more than this


def bot_settings(scenario: Scenario, place: Place, *, token: str, secret: str, port: int) -> dict[str, str]:
    """The bot's settings, by the names that `.env` has."""
    usual = {"WORKERS": "2", "POLL_SECONDS": str(_POLL_SECONDS), "DRAIN_SECONDS": "0"}
    if "SANDBOX" not in scenario.settings:
        usual["SANDBOX"] = sandbox(place.say)
    return {
        **usual,
        **scenario.settings,
        "GITHUB_API_URL": place.github.api_url,
        "GITHUB_TOKEN": token,
        "WEBHOOK_SECRET": secret,
        "REPOSITORIES": ",".join(repository.name for repository in scenario.repositories),
        "DATA_DIR": str(place.data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ANTHROPIC_API_KEY": "rehearsal",
        "ANTHROPIC_BASE_URL": place.model_url,
    }
