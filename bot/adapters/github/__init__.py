"""GitHub through PyGithub: values in and out, one error type, writes never repeated blindly."""

from bot.adapters.github.accounts import Account, AppAccount, TokenAccount
from bot.adapters.github.client import GitHub
from bot.adapters.github.errors import GitHubFailed

__all__ = ["Account", "AppAccount", "GitHub", "GitHubFailed", "TokenAccount"]
