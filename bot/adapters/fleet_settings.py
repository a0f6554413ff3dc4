"""The settings of a fleet: where Temporal is, what encrypts what it keeps, and what a host takes on."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from bot.adapters.network_settings import LOOPBACK, WebAddress
from bot.core.payload_keys import read_keys
from bot.core.task_queues import MOST_TAGS, is_tag

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{2,255}")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("expected HOST:PORT, such as temporal.example.com:7233")
    return value


def _queue(value: str) -> str:
    if not _QUEUE.fullmatch(value):
        raise ValueError("expected letters, digits, '-', '_' or '.', at most 60")
    return value


def _namespace(value: str) -> str:
    if not _NAMESPACE.fullmatch(value):
        raise ValueError("expected the name of a namespace of Temporal")
    return value


def _tags(value: object) -> object:
    return [part.strip().lower() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _are_tags(value: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [each for each in value if not is_tag(each)]:
        raise ValueError(f"{wrong[0]!r} is not a tag; expected small letters, digits, '-', '_' or '.', such as gpu")
    if len(set(value)) > MOST_TAGS:
        raise ValueError(f"expected at most {MOST_TAGS} tags")
    return tuple(sorted(set(value)))


def _command(value: object) -> object:
    """As a shell splits it."""
    try:
        return tuple(shlex.split(value)) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"expected a command as a shell takes it ({error})") from None


def _keys(value: SecretStr) -> SecretStr:
    read_keys(value.get_secret_value())
    return value


def _readable(value: Path) -> Path:
    try:
        with value.open("rb"):
            return value
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror}); expected a file (PEM)") from None


PemFile = Annotated[Path, AfterValidator(_readable)]


class FleetSettings(BaseModel):
    """A part of `Settings` (`bot/adapters/settings.py`)."""

    executor: Annotated[Literal["local", "temporal"], BeforeValidator(str.lower)] = "local"
    temporal_address: Annotated[str, AfterValidator(_address)] | None = None
    temporal_namespace: Annotated[str, AfterValidator(_namespace)] = "default"
    temporal_queue: Annotated[str, AfterValidator(_queue)] = "nightshift"
    temporal_tls: Annotated[Literal["on", "off"], BeforeValidator(str.lower)] | None = None
    temporal_tls_ca_file: PemFile | None = None
    temporal_tls_cert_file: PemFile | None = None
    temporal_tls_key_file: PemFile | None = None
    temporal_tls_server_name: str | None = None
    temporal_api_key: SecretStr | None = None
    temporal_ui_url: WebAddress | None = None
    payload_key: Annotated[SecretStr, AfterValidator(_keys)] | None = None
    host_tags: Annotated[tuple[str, ...], AfterValidator(_are_tags), BeforeValidator(_tags)] = ()
    # for the repositories of one owner together; none: no limit
    organisation_budget_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    per_organisation: int | None = Field(default=None, ge=1, le=64)
    attempt_command: Annotated[tuple[str, ...], BeforeValidator(_command)] = ()

    @property
    def uses_tls(self) -> bool:
        """On, except on loopback."""
        if self.temporal_tls is not None:
            return self.temporal_tls == "on"
        host = (self.temporal_address or "").rpartition(":")[0].strip("[]")
        return host not in LOOPBACK

    @property
    def temporal_workflows(self) -> str | None:
        """The address of the list on Temporal's pages."""
        if self.temporal_ui_url is None:
            return None
        return f"{self.temporal_ui_url}/namespaces/{self.temporal_namespace}/workflows"


def find_fleet_mistakes(settings: FleetSettings) -> list[str]:
    mistakes = []
    if settings.executor == "temporal" and settings.temporal_address is None:
        mistakes.append("EXECUTOR: expected TEMPORAL_ADDRESS beside `temporal`")
    if settings.temporal_address is not None and settings.payload_key is None:
        mistakes.append("PAYLOAD_KEY: expected a key beside TEMPORAL_ADDRESS; `openssl rand -base64 32` prints one")
    if (settings.temporal_tls_cert_file is None) != (settings.temporal_tls_key_file is None):
        mistakes.append("TEMPORAL_TLS_CERT_FILE and TEMPORAL_TLS_KEY_FILE: expected both or neither")
    if settings.temporal_address is not None and not settings.uses_tls and settings.temporal_tls_cert_file is not None:
        mistakes.append("TEMPORAL_TLS: expected `on` beside TEMPORAL_TLS_CERT_FILE")
    if settings.temporal_address is not None and not settings.uses_tls and settings.temporal_api_key is not None:
        mistakes.append("TEMPORAL_TLS: expected `on` beside TEMPORAL_API_KEY, which anybody could read without")
    return mistakes
