"""Services that need little besides the settings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.claude import Credential
from bot.adapters.github import Account, AppAccount, TokenAccount
from bot.adapters.receivers import MailServer, Receiver, Webhook
from bot.adapters.settings import Settings
from bot.adapters.store import Lane, Store
from bot.core.host_paths import HostPaths, find_homes, host_paths
from bot.core.references import OwnBranches
from bot.steps.digests import DigestPlace
from bot.steps.pruning import Pruning
from bot.steps.tidying import Tidying

if TYPE_CHECKING:
    from bot.adapters.own_network import OwnNetwork


def account_of(settings: Settings) -> Account:
    if settings.github_token is not None:
        token = settings.github_token.get_secret_value()
        return TokenAccount(token, api_url=settings.github_api_url, repositories=settings.repositories)
    assert settings.github_app_id and settings.github_app_private_key_file  # noqa: S101 - settings see to it
    key = settings.github_app_private_key_file.read_text()
    return AppAccount(settings.github_app_id, key, api_url=settings.github_api_url, repositories=settings.repositories)


def counted_as(settings: Settings) -> str:
    """Under what name GitHub's limits of this account are kept: the same in every process, and no secret."""
    if settings.github_token is None:
        return f"app {settings.github_app_id}"
    return f"token {hashlib.sha256(settings.github_token.get_secret_value().encode()).hexdigest()[:16]}"


def paths_of(settings: Settings, environment: Mapping[str, str]) -> HostPaths:
    """Those that are never published, as they are named and as they are behind links. Tools may lie in another HOME."""
    own = [Path(environment["HOME"])] if environment.get("HOME") else []
    tools = (*environment.get("PATH", "").split(os.pathsep), *(settings.tools or ()))
    named = [[settings.data_dir], [*own, *map(Path, find_homes(tools))]]
    data, homes = [[str(each) for path in paths for each in (path.absolute(), path.resolve())] for paths in named]
    return host_paths(data=data, homes=homes)


def credential_of(settings: Settings) -> Credential:
    key, token = settings.anthropic_api_key, settings.claude_code_oauth_token
    return Credential(
        api_key=key.get_secret_value() if key else None,
        oauth_token=token.get_secret_value() if token else None,
        base_url=settings.anthropic_base_url,
    )


def place_of(settings: Settings) -> DigestPlace:
    """Where people look anyway: at the status issue's repository, or the first that is named."""
    chosen = settings.digest_repository
    if chosen is not None:
        return DigestPlace(repository=None if chosen == "none" else chosen, is_chosen=True)
    if settings.status_issue is not None:
        return DigestPlace(repository=settings.status_issue.repository)
    return DigestPlace(repository=settings.repositories[0] if settings.repositories else None)


def receivers_of(settings: Settings) -> Mapping[Lane, Receiver]:
    """Where events are sent besides GitHub."""
    found: dict[Lane, Receiver] = {}
    if settings.notify_url is not None:
        secret = settings.notify_secret.get_secret_value() if settings.notify_secret else None
        found[Lane.WEBHOOK] = Webhook(url=settings.notify_url.get_secret_value(), secret=secret)
    if settings.smtp_url is not None:
        url, sender = settings.smtp_url.get_secret_value(), settings.smtp_from or ""
        found[Lane.MAIL] = MailServer(url=url, recipients=settings.notify_mail, sender=sender)
    return found


def own_network_of(settings: Settings) -> OwnNetwork:
    """Raises OSError."""
    from bot.adapters.own_network import OwnNetwork, trust_also  # noqa: PLC0415 - where git or a setting needs it

    proxy, folder = settings.https_proxy, settings.data_dir.absolute() / "network"
    return OwnNetwork(
        proxy=proxy.get_secret_value() if proxy else "",
        no_proxy=settings.no_proxy,
        bundle=trust_also(settings.ca_file, folder) if settings.ca_file else None,
    )


def tidying_of(
    settings: Settings, store: Store, clock: Callable[[], datetime], served: Callable[[], Collection[str]]
) -> Tidying:
    keep, folder = settings.retention, settings.data_dir.absolute()
    pruning = Pruning(store=store, folder=folder, retention=keep, clock=clock, served=served)
    return Tidying(
        store=store,
        mirrors=folder / "mirrors",
        clock=clock,
        keep_work=keep.work,
        pruning=pruning,
        own=OwnBranches(settings.branch_prefix),
    )
