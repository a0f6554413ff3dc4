"""The settings that a rehearsal gives the bot."""

from __future__ import annotations

from bot.rehearsal.environment import Environment, choose_sandbox
from bot.rehearsal.scenario import Scenario

POLL_SECONDS = 30  # webhooks bring the news; a lost one costs no more than this


def build_bot_settings(
    scenario: Scenario, environment: Environment, *, token: str, secret: str, port: int
) -> dict[str, str]:
    """The bot's settings, by the names that `.env` has."""
    defaults = {"WORKERS": "2", "POLL_SECONDS": str(POLL_SECONDS), "DRAIN_SECONDS": "0"}
    if "SANDBOX" not in scenario.settings:
        defaults["SANDBOX"] = choose_sandbox(environment.say)
    return {
        **defaults,
        **scenario.settings,
        "GITHUB_API_URL": environment.github.api_url,
        "GITHUB_TOKEN": token,
        "WEBHOOK_SECRET": secret,
        "REPOSITORIES": ",".join(repository.name for repository in scenario.repositories),
        "DATA_DIR": str(environment.data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ANTHROPIC_API_KEY": "rehearsal",
        "ANTHROPIC_BASE_URL": environment.model_url,
    }
