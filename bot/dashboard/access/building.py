"""Builds the access to the dashboard from the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.adapters.github import GitHub
from bot.adapters.github.rights import PeoplesRights
from bot.adapters.github.sign_in import GitHubSignIn
from bot.adapters.network_settings import hidden_proxy_of
from bot.adapters.own_key import provide_key
from bot.adapters.settings import Settings
from bot.adapters.signed_in import SignedInPeople
from bot.adapters.store import Store
from bot.core.app_manifest import CALLBACK_PATH
from bot.dashboard.access.seals import Seals
from bot.dashboard.access.who import Access
from bot.dashboard.viewer import is_loopback


def access_of(settings: Settings, store: Store, github: Callable[[], GitHub], clock: Callable[[], datetime]) -> Access:
    """`github`: called when a person from elsewhere asks. Raises OSError and ValueError."""
    return Access(
        people=SignedInPeople(folder=_folder_of(settings) / "people"),
        seals=Seals(key=provide_own_key(settings), clock=clock),
        sign_in=_sign_in_of(settings),
        public_url=settings.public_url,
        served=lambda: _find_served(store, github()),
        find_right=lambda repository, person: _rights(github()).find_right(repository, person),
        hidden_proxy=hidden_proxy_of(settings.data_dir),
        clock=clock,
    )


def provide_own_key(settings: Settings) -> bytes:
    """What forms and cookies are signed with. Raises OSError and ValueError."""
    return provide_key(_folder_of(settings) / "key")


def _folder_of(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "dashboard"


def _rights(github: GitHub) -> PeoplesRights:
    """In the same pace as all that is asked of GitHub."""
    return PeoplesRights(github.account, web_url=github.web_url, pacer=github.pacer)


def is_far(web_url: str) -> bool:
    """Whether GitHub is not on this host, as it is in a rehearsal."""
    host = urlsplit(web_url).hostname or ""
    return host != "localhost" and not is_loopback(host)


def _sign_in_of(settings: Settings) -> GitHubSignIn | None:
    client_id, secret, public_url = settings.github_client_id, settings.github_client_secret, settings.public_url
    if client_id is None or secret is None or public_url is None:
        return None
    return GitHubSignIn(
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        web_url=settings.web_url,
        api_url=settings.github_api_url,
        back=f"{public_url}{CALLBACK_PATH}",
    )


def _find_served(store: Store, github: GitHub) -> list[str]:
    """By the names under which the ledger knows them. Raises GitHubFailed."""
    names = github.account.repositories()
    with store.read() as ledger:
        known = ledger.repository_names
        numbers = {name: known.id_of(name) for name in names}
        return [(None if number is None else known.name_of(number)) or name for name, number in numbers.items()]
