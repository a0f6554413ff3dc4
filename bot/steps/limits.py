"""Services of attempts from the settings: the limits of sessions, the environments of cells, the way to the network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.adapters.ceilings import Ceilings
from bot.adapters.git.workspace import remove_tree
from bot.adapters.known_secrets import KnownSecrets
from bot.adapters.layers import Layers
from bot.adapters.notify_settings import read_headers
from bot.adapters.outside import Outside, PrivateRegistry, Proxy, basic, find_bundle
from bot.adapters.sandbox import Sandbox
from bot.adapters.settings import Settings
from bot.core.budget import SessionLimits
from bot.core.registries import destination
from bot.steps.environment import Environments
from bot.steps.run_checks import CheckRunner

_GIB = 1 << 30
_TURN_CAP_FACTOR = 3  # however many long files an issue names, a session gets at most this many times MAX_TURNS


def ceilings_of(settings: Settings) -> Ceilings:
    memory = settings.session_memory_gb
    return Ceilings(
        processes=settings.session_processes,
        memory=int(memory * _GIB) if memory else None,
        disk=int(settings.session_disk_gb * _GIB),
    )


def limits_of(settings: Settings) -> SessionLimits:
    return SessionLimits(
        turns=settings.max_turns,
        turn_cap=settings.max_turns * _TURN_CAP_FACTOR,
        budget_usd=settings.budget_usd,
        session_minutes=settings.session_minutes,
        stall_minutes=settings.stall_minutes,
        model=settings.model,
    )


def environments_of(settings: Settings, sandbox: Sandbox, clock: Callable[[], datetime]) -> Environments:
    """Raises OSError where the file of a certificate authority cannot be read, or written for cells."""
    folder = settings.data_dir.absolute()
    return Environments(
        sandbox=sandbox,
        ceilings=ceilings_of(settings),
        layers=Layers.of(folder),
        outside=outside_of(settings, folder / "outside"),
        clock=clock,
        known=known_secrets_of(settings),
    )


def known_secrets_of(settings: Settings) -> KnownSecrets:
    """All that the settings hold. The credential of a proxy or of a mail server is the part of its address before
    the host."""
    named = (settings.network_proxy, settings.https_proxy, settings.smtp_url)
    addresses = (each.get_secret_value() for each in named if each is not None)
    credentials = (
        *(settings.github_token, settings.webhook_secret, settings.anthropic_api_key, settings.claude_code_oauth_token),
        *(settings.notify_url, settings.notify_secret, settings.metrics_token, settings.github_client_secret),
        *settings.registry_credentials.values(),
        *settings.git_credentials.values(),
    )
    headers = settings.otel_exporter_otlp_headers
    values = [each.get_secret_value() for each in credentials if each is not None]
    values += [text for _, text in read_headers(headers)] if headers is not None else []
    return KnownSecrets.of((*values, *(urlsplit(each).netloc.rpartition("@")[0] for each in addresses)))


def check_runs_of(
    settings: Settings, environments: Environments, remove: Callable[[Path], object] = remove_tree
) -> CheckRunner:
    """In cells as those of set-ups, but without credentials. `remove`: what was checked out."""
    return CheckRunner(
        sandbox=environments.sandbox,
        ceilings=ceilings_of(settings),
        outside=environments.outside.without_credentials(),
        known=environments.known,
        remove=remove,
    )


def outside_of(settings: Settings, folder: Path) -> Outside:
    """`folder`: for what cells read of it. Raises OSError."""
    secrets = settings.registry_credentials.items()
    credentials = {name: unquote(secret.get_secret_value()) for name, secret in secrets}
    return Outside(
        proxy=Proxy.of(settings.network_proxy.get_secret_value()) if settings.network_proxy else None,
        bundle=find_bundle(settings.ca_file, folder),
        registries=tuple(
            PrivateRegistry(ecosystem=name, url=url, credential=authorization(credentials.get(name, "")))
            for name, url in settings.registries.items()
        ),
        git_credentials={
            name: authorization_for_git(unquote(secret.get_secret_value()))
            for name, secret in settings.git_credentials.items()
        },
        own=frozenset(map(destination, settings.network_hosts)),
        folder=folder,
    )


def authorization(credential: str) -> str:
    """The value of the header: USER:PASSWORD, or a token."""
    if not credential:
        return ""
    return basic(credential) if ":" in credential else f"Bearer {credential}"


def authorization_for_git(credential: str) -> str:
    """The same where git asks: no host of code takes a bare token from it, and GitHub and GitLab take any name with
    one."""
    return basic(credential if ":" in credential else f"x-access-token:{credential}")
