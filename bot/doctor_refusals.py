"""What `nightshift doctor` says to do about an answer with which GitHub refuses."""

from __future__ import annotations

from bot.adapters.github import Barrier, GitHubFailed

LATER = "try again later"
_BEHIND = {
    Barrier.SINGLE_SIGN_ON: "authorize the token for that organization: Configure SSO, on GitHub's page of your tokens",
    Barrier.ALLOW_LIST: "let an owner of that organization add this host's address to its IP allow list",
    Barrier.SUSPENDED: "ask GitHub Support, or the administrators of the server, why the account is suspended",
}


def fix_of(error: GitHubFailed, otherwise: str = LATER) -> str:
    return otherwise if error.barrier is None else _BEHIND[error.barrier]
