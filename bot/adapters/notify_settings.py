"""The settings of notifications and traces, as they are read and what is wrong with them."""

from __future__ import annotations

import re
from typing import Annotated, Protocol
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, SecretStr

from bot.adapters.network_settings import LOOPBACK
from bot.core.references import is_repository

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def _webhook(value: SecretStr) -> SecretStr:
    """Its path is a secret with Slack."""
    address = value.get_secret_value()
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not address.isascii() or " " in address:
        raise ValueError("expected the address of a webhook, such as https://hooks.slack.com/services/…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected no user and no password in it: the receiver proves the sender by NOTIFY_SECRET")
    _ = parts.port  # raises ValueError for one that is no port
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("expected https:// (plain http would show the messages to the network)")
    return value


def _mail_server(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("expected smtp://<user>:<password>@HOST:PORT (STARTTLS), or smtps:// (TLS from the beginning)")
    _ = parts.port
    if any(not unquote(part or "").isprintable() for part in (parts.username, parts.password)):
        raise ValueError("expected a user and a password without control characters")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("expected a user and a password, or neither")
    return value


def _headers(value: SecretStr) -> SecretStr:
    if not all(name.strip() and text for name, text in read_headers(value)):
        raise ValueError("expected NAME=VALUE, with commas between")
    return value


def read_headers(value: SecretStr) -> list[tuple[str, str]]:
    """As OpenTelemetry writes them: `x-key=…,x-tenant=…`, values percent-encoded."""
    pairs = (each.partition("=") for each in value.get_secret_value().split(",") if each.strip())
    return [(name.strip(), unquote(text.strip())) for name, _, text in pairs]


def _repository_or_none(value: str) -> str:
    if value != "none" and not is_repository(value):
        raise ValueError(f"{value!r} is not OWNER/REPO, nor `none`")
    return value


def _mail_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or ".." in value:
        raise ValueError(f"{value!r} is not an e-mail address, such as ada@example.org")
    return value


class _Receivers(Protocol):
    @property
    def notify_url(self) -> SecretStr | None: ...
    @property
    def notify_secret(self) -> SecretStr | None: ...
    @property
    def smtp_url(self) -> SecretStr | None: ...
    @property
    def notify_mail(self) -> tuple[str, ...]: ...


def find_incomplete_notifications(settings: _Receivers) -> list[str]:
    mistakes = []
    if settings.notify_secret is not None and settings.notify_url is None:
        mistakes.append("NOTIFY_SECRET: expected NOTIFY_URL beside it")
    if (settings.smtp_url is not None) != bool(settings.notify_mail):
        mistakes.append("SMTP_URL and NOTIFY_MAIL: expected both or neither")
    return mistakes


DigestRepository = Annotated[str, AfterValidator(_repository_or_none)]
WebhookAddress = Annotated[SecretStr, AfterValidator(_webhook)]
TraceHeaders = Annotated[SecretStr, AfterValidator(_headers)]
MailServer = Annotated[SecretStr, AfterValidator(_mail_server)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
