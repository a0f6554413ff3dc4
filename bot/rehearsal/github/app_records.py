"""What the simulated GitHub knows of an App: as it was registered, and where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    id: int
    slug: str
    public_key: str  # PEM
    permissions: Mapping[str, str]
    events: tuple[str, ...] = ()
    setup_url: str | None = None  # where GitHub sends a person who has installed it
    client_secret: str = field(default="", repr=False)
    callback_urls: tuple[str, ...] = ()  # where it sends a person who signs in with it
    created_at: datetime

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"

    @property
    def client_id(self) -> str:
        return f"Iv23{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An app that was made from a manifest, with the secrets that GitHub shows once."""

    app: App
    pem: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a person let an app know: a code stands for it until the app asks for the token. `redirect_uri` and
    `challenge`: as they were asked with, None where they were not."""

    app: App
    login: str
    redirect_uri: str | None
    challenge: str | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    id: int
    app: App
    account: str  # the login of the owner of `repositories`
    repositories: tuple[str, ...]
    permissions: Mapping[str, str]
    created_at: datetime
