"""The settings of the cells' way to the network, as they are read and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.adapters.registry_settings import SETTINGS
from bot.core.ecosystem_table import Ecosystem
from bot.core.registries import is_host

Value = TypeVar("Value")
_REPOSITORIES = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[\w-][\w.-]*)*")


def _mapping(value: object) -> object:
    """`pypi=https://…, npm=https://…` by name."""
    if not isinstance(value, str):
        return value
    parts = [part.strip().partition("=") for part in value.split(",") if part.strip()]
    if any(not separator or not content.strip() for _, separator, content in parts):
        raise ValueError(f"expected NAME=VALUE, more of them with commas between; the names are {_names()}")
    # Cargo's own form of an address is sparse+https://.
    return {name.strip().lower(): content.strip().removeprefix("sparse+") for name, _, content in parts}


def _of_repositories(value: object) -> object:
    """`github.com/own=…, git.corp.example=…`, by what each is for."""
    if not isinstance(value, str):
        return value
    parts = [part.strip().partition("=") for part in value.split(",") if part.strip()]
    if any(not _REPOSITORIES.fullmatch(name.strip()) or not content.strip() for name, _, content in parts):
        raise ValueError("expected HOST/OWNER=TOKEN or HOST/OWNER=USER:PASSWORD, more of them with commas between")
    return {name.strip().lower(): content.strip() for name, _, content in parts}


def are_settable(value: Mapping[Ecosystem, str]) -> Mapping[Ecosystem, str]:
    if wrong := [name for name in value if name not in SETTINGS]:
        raise ValueError(f"{wrong[0]} cannot be set; expected {_names()}")
    return value


def _names() -> str:
    return ", ".join(SETTINGS)


def is_proxy(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme != "http" or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("expected http://HOST:PORT, with USER:PASSWORD@ before the host if it asks for them")
    _ = parts.port  # raises ValueError for one that is no port
    return value


def has_certificates(value: Path) -> Path:
    try:
        content = value.read_bytes()
    except OSError as error:
        raise ValueError(f"it cannot be read ({error}); expected a file of certificates (PEM)") from None
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise ValueError("it holds no certificate; expected a file of certificates (PEM)")
    return value


def _host(value: str) -> str:
    if not is_host(value):
        raise ValueError("expected HOST or HOST:PORT, more of them with commas between")
    return value.lower()


Registries = Annotated[Mapping[Ecosystem, Value], BeforeValidator(_mapping)]
"""A value for each of some registries, by their names."""
GitCredentials = Annotated[Mapping[str, SecretStr], BeforeValidator(_of_repositories)]
"""A credential for each of some hosts of code, owners or repositories."""
ProxyAddress = Annotated[SecretStr, AfterValidator(is_proxy)]
CaFile = Annotated[Path, AfterValidator(has_certificates)]
NetworkHost = Annotated[str, AfterValidator(_host)]
