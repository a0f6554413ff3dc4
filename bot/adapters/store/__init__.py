"""The durable ledger: one SQL database is both the record of every task and the queue.

Who may see it: everybody above, through `Store.transaction()` and `Store.read()`. Nothing here talks to GitHub,
git or Claude, so that a transaction stays short. Times are arguments; what the database can enforce, it enforces.
"""

from bot.adapters.store.address import path_of, show_address, url_of
from bot.adapters.store.backup import Backup, back_up
from bot.adapters.store.engine import Exclusive, Store
from bot.adapters.store.inbox import Inbox
from bot.adapters.store.ledger import Ledger
from bot.adapters.store.ordered_attempts import OrderedAttempt
from bot.adapters.store.unusable import StoreUnusable
from bot.adapters.store.values import (
    ANNOUNCED,
    ASK_AGAIN,
    NOT_PLANNED,
    NOT_POSTED,
    Baseline,
    Bookmark,
    CachedAnswer,
    CaughtErrors,
    CheckShown,
    Claim,
    Delivery,
    DigestShown,
    KeptWork,
    Lane,
    Latest,
    Listed,
    LogMark,
    Notice,
    OutboxItem,
    Publication,
    QueueShown,
    StatusComment,
)

__all__ = [
    "ANNOUNCED",
    "ASK_AGAIN",
    "NOT_PLANNED",
    "NOT_POSTED",
    "Backup",
    "Baseline",
    "Bookmark",
    "CachedAnswer",
    "CaughtErrors",
    "CheckShown",
    "Claim",
    "Delivery",
    "DigestShown",
    "Exclusive",
    "Inbox",
    "KeptWork",
    "Lane",
    "Latest",
    "Ledger",
    "Listed",
    "LogMark",
    "Notice",
    "OrderedAttempt",
    "OutboxItem",
    "Publication",
    "QueueShown",
    "StatusComment",
    "Store",
    "StoreUnusable",
    "back_up",
    "path_of",
    "show_address",
    "url_of",
]
