"""Services that need nothing but the settings."""

from __future__ import annotations

from bot.adapters.claude import Credential
from bot.adapters.github import Account, AppAccount, TokenAccount
from bot.adapters.settings import Settings
from bot.steps.queue import Queue


def account_of(settings: Settings) -> Account:
    if settings.github_token is not None:
        token = settings.github_token.get_secret_value()
        return TokenAccount(token, api_url=settings.github_api_url, repositories=settings.repositories)
    assert settings.github_app_id and settings.github_app_private_key_file  # noqa: S101 - settings see to it
    key = settings.github_app_private_key_file.read_text()
    return AppAccount(settings.github_app_id, key, api_url=settings.github_api_url, repositories=settings.repositories)


def credential_of(settings: Settings) -> Credential:
    key, token = settings.anthropic_api_key, settings.claude_code_oauth_token
    return Credential(
        api_key=key.get_secret_value() if key else None,
        oauth_token=token.get_secret_value() if token else None,
        base_url=settings.anthropic_base_url,
    )


def queue_of(settings: Settings) -> Queue:
    return Queue(
        window=settings.nightshift_window,
        night_usd=settings.night_budget_usd,
        repository_usd=settings.repository_budget_usd,
        session_usd=settings.budget_usd,
    )
