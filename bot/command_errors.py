"""What a command that failed prints: one sentence for each failure that is not an error of Nightshift itself."""

from __future__ import annotations

from bot.adapters.env_file import ENV_FILE
from bot.adapters.evidence import NoEvidence
from bot.adapters.github import GitHubFailed
from bot.adapters.listening import CannotListen
from bot.adapters.settings import SettingsWrong
from bot.adapters.store import StoreUnusable
from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up
from bot.core.execution import ExecutorUnreachable
from bot.core.failures import TaskFailed
from bot.operations import Refused

_EXPECTED = (StoreUnusable, GitHubFailed, TaskFailed, Refused, NoEvidence, CannotListen, ExecutorUnreachable)


def explain_and_exit(error: Exception) -> None:
    """Print the sentence and exit with its code. Returns if `error` is an error of Nightshift itself."""
    if isinstance(error, SettingsWrong):
        says = "These settings are wrong; nothing was started:\n  " + "\n  ".join(error.mistakes)
        give_up(f"{says}\n{_where_searched()}", EXIT_WRONG)
    if isinstance(error, _EXPECTED):
        give_up(str(error), EXIT_FAILED)


def _where_searched() -> str:
    there = "" if ENV_FILE.exists() else ", which does not exist"
    return f"They are read from the environment, and from {ENV_FILE.absolute()}{there}."
