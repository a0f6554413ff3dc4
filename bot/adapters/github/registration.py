"""The App that a person just registered on GitHub from a manifest: its secrets are shown once, for a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from bot.adapters.github.clients import client
from bot.adapters.github.errors import translate_errors
from bot.adapters.github.reading import as_a


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredApp:
    """`pem`: its private key. `client_id`, `client_secret`: with which people sign in. `webhook_secret`: None where it
    has no webhook."""

    id: int
    slug: str
    pem: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)


def read_registered_app(api_url: str, code: str) -> RegisteredApp:
    """The code is good once, within an hour. Raises GitHubFailed."""
    path = f"/app-manifests/{quote(code, safe='')}/conversions"
    with translate_errors():
        _, shown = client(None, api_url).requester.requestJsonAndCheck("POST", path)
        return RegisteredApp(
            id=as_a(int, shown["id"]),
            slug=as_a(str, shown["slug"]),
            pem=as_a(str, shown["pem"]),
            client_id=as_a(str, shown["client_id"]),
            client_secret=as_a(str, shown["client_secret"]),
            webhook_secret=None if shown.get("webhook_secret") is None else as_a(str, shown["webhook_secret"]),
        )
