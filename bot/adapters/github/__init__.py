"""GitHub through PyGithub: values in and out, one error type, writes never repeated blindly."""

from bot.adapters.github.accounts import Account, AppAccount, TokenAccount
from bot.adapters.github.changes import Counted, CountedPage
from bot.adapters.github.client import COMMENTS_READ, GitHub
from bot.adapters.github.conditional import Fresh, HttpCache, MemoryCache, Unchanged
from bot.adapters.github.deliveries import DeliveryLog
from bot.adapters.github.errors import Barrier, GitHubFailed
from bot.adapters.github.pacing import A_MINUTE, AN_HOUR, Hold, Pacer

__all__ = [
    "AN_HOUR",
    "A_MINUTE",
    "COMMENTS_READ",
    "Account",
    "AppAccount",
    "Barrier",
    "Counted",
    "CountedPage",
    "DeliveryLog",
    "Fresh",
    "GitHub",
    "GitHubFailed",
    "Hold",
    "HttpCache",
    "MemoryCache",
    "Pacer",
    "TokenAccount",
    "Unchanged",
]
