"""What a command that failed prints: one sentence for each failure that is not an error of Nightshift itself."""

from __future__ import annotations

from bot.adapters.evidence import NoEvidence
from bot.adapters.github import GitHubFailed
from bot.adapters.settings import SettingsWrong
from bot.adapters.store import StoreUnusable
from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up
from bot.core.failures import TaskFailed
from bot.operations import Refused

_EXPECTED = (StoreUnusable, GitHubFailed, TaskFailed, Refused, NoEvidence)


def explain_and_exit(error: Exception) -> None:
    """Print the sentence and exit with its code. Returns if `error` is an error of Nightshift itself."""
    if isinstance(error, SettingsWrong):
        give_up("These settings are wrong; nothing was started:\n  " + "\n  ".join(error.mistakes), EXIT_WRONG)
    if isinstance(error, _EXPECTED):
        give_up(str(error), EXIT_FAILED)
