"""What git pushes with: the account's token for one repository, renewed where GitHub refuses it."""

from __future__ import annotations

from functools import partial

from bot.adapters.git.credentials import GitCredentials
from bot.adapters.github import Account
from bot.adapters.own_network import OwnNetwork


def push_credentials(account: Account, web_url: str, network: OwnNetwork, repository: str) -> GitCredentials:
    refusal = partial(account.after_refusal, repository, "push")
    return GitCredentials(web_url, partial(account.push_token, repository), refusal, network=network)
