"""Looks after the bot's open pull requests with git: which of them conflict, and which branches can be removed.

It is a lane of the outbox: what is due is on record under a key, is done in a separate thread, and is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.adapters.github import Account, GitHub, GitHubFailed
from bot.adapters.receivers import NotSent
from bot.adapters.store import Store
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.facts import Actor
from bot.core.failure_policy import policy
from bot.core.failures import TaskFailed
from bot.core.references import parse_issue

if TYPE_CHECKING:
    from bot.adapters.git.open_branches import OpenBranches
    from bot.adapters.own_network import OwnNetwork

_KIND = "git"
_NETWORK_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """The receiver of that lane. `mirrors`: the folder of bare mirrors; `account`: whose token git gets;
    `network`: by which way it gets to GitHub."""

    store: Store
    github: GitHub
    mirrors: Path
    account: Account
    network: Callable[[], OwnNetwork]
    me: Callable[[], Actor]
    clock: Callable[[], datetime]
    reached: Reached

    @property
    def setting(self) -> str:
        return _KIND

    def check(self) -> str:
        return "git"

    def send(self, payload: Mapping[str, Any]) -> None:
        """Raises NotSent."""
        from bot.adapters.process import CommandFailed  # noqa: PLC0415 - only a worker with pull requests needs git
        from bot.steps.branch_removal import remove_own_branch  # noqa: PLC0415
        from bot.steps.claim_branch import end_claim  # noqa: PLC0415
        from bot.steps.pair_tests import find_pairs  # noqa: PLC0415

        try:
            if "branch" in payload:
                issue = parse_issue(str(payload["branch"]))
                branches = self.branches(issue.repository)
                if remove_own_branch(self.store, self.github, branches, issue, self.clock(), me=self.me()):
                    self.reached(Checkpoint.BRANCH_REMOVED, str(issue))
            elif "claim" in payload:
                issue = parse_issue(str(payload["claim"]))
                end_claim(self.store, self.github, self.branches(issue.repository), issue, self.clock())
            else:
                name = str(payload["pairs"])
                find_pairs(self.store, self.github, self.branches(name), name, self.clock())
        except GitHubFailed as error:
            raise NotSent(str(error), error.transient, error.retry_after) from error
        except CommandFailed as error:
            raise NotSent(str(error), transient=False) from error
        except TaskFailed as error:
            raise NotSent(error.detail, transient=policy(error.kind).may_pass) from error

    def branches(self, repository: str) -> OpenBranches:
        from bot.adapters.git.open_branches import OpenBranches  # noqa: PLC0415
        from bot.steps.push_credentials import push_credentials  # noqa: PLC0415

        url = f"{self.github.web_url}/{repository}.git"
        credentials = push_credentials(self.account, self.github.web_url, self.network(), repository)
        folder = self.mirrors / f"{repository}.git"
        return OpenBranches(folder, url, credentials, network_seconds=_NETWORK_SECONDS, own=self.github.branches)
