"""The settings of the way to the network, as they are read and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.adapters.registry_settings import SETTINGS
from bot.core.ecosystem_table import Ecosystem
from bot.core.registries import is_host

Value = TypeVar("Value")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_API_PATH = "/api/v3"
_PUBLIC = "expected https://HOST, as browsers reach the web server (the session's cookie needs TLS)"
_NETLOC = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_REPOSITORIES = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[\w-][\w.-]*)*")


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # brackets that do not close; a port that is none
        raise ValueError("expected an address such as https://api.github.com") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as https://api.github.com")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("expected https:// (plain http would show the token to the network)")
    return value.rstrip("/")


def _public_address(value: str) -> str:
    """An origin as browsers write it. Raises ValueError."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # brackets that do not close; a port that is none
        raise ValueError(_PUBLIC) from None
    if parts.scheme != "https" or not _NETLOC.fullmatch(parts.netloc) or not parts.hostname:
        raise ValueError(_PUBLIC)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{_PUBLIC}, without a path")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{name}" if port in {None, 443} else f"https://{name}:{port}"


def web_url_of(api_url: str) -> str:
    """Where people look at what the API serves: https://github.com, the Enterprise Server's own address, or that of
    a tenant with data residency, as https://octo.ghe.com."""
    if api_url == "https://api.github.com":
        return "https://github.com"
    if (tenant := re.fullmatch(r"https://api\.([a-z0-9-]+\.ghe\.com)", api_url)) is not None:
        return f"https://{tenant[1]}"
    return api_url.removesuffix(_API_PATH)


def _api_address(value: str) -> str:
    """With the path that an Enterprise Server's API has: git and links would lead nowhere without it, or with the API's
    host for people. Any path on loopback, where a simulation may be."""
    address = _web_address(value)
    parts = urlsplit(address)
    is_hosted = web_url_of(address) != address and not parts.path
    if is_hosted or parts.hostname in LOOPBACK or (parts.path == _API_PATH and not _is_githubs(parts.hostname or "")):
        return address
    raise ValueError(
        f"{value!r} is not the address of an API; expected https://HOST{_API_PATH} of an Enterprise Server, "
        "https://api.TENANT.ghe.com, or https://api.github.com"
    )


def _is_githubs(host: str) -> bool:
    return f".{host}".endswith((".github.com", ".ghe.com"))


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
    _split_proxy(value.get_secret_value(), {"http"})
    return value


def is_own_proxy(value: SecretStr) -> SecretStr:
    """As other programs take it from the same variable: without a scheme too."""
    text = value.get_secret_value()
    return SecretStr(_split_proxy(text if "://" in text else f"http://{text}", {"http", "https"}).geturl())


def _split_proxy(address: str, schemes: Collection[str]) -> SplitResult:
    try:
        parts = urlsplit(address)
        is_right = parts.scheme in schemes and parts.hostname and parts.path in {"", "/"} and parts.port != 0
    except ValueError:  # in the words of Python's library, of a port or an IPv6 address
        is_right = False
    if not is_right:
        raise ValueError("expected http://HOST:PORT, with USER:PASSWORD@ before the host if it asks for them")
    return parts


def with_small_letters(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Programs read these two in small letters, and before those in capitals."""
    small = {name: environment[name.lower()] for name in ("HTTPS_PROXY", "NO_PROXY") if environment.get(name.lower())}
    return {**environment, **small}


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


def hidden_proxy_of(data_dir: Path) -> Path:
    """A file that is there once a delivery of GitHub looked as if it came from this host: a proxy hides whom it passes
    on."""
    return data_dir.absolute() / "dashboard/behind-a-proxy"


def find_sign_in_mistakes(client_id: str | None, client_secret: SecretStr | None) -> list[str]:
    """Without PUBLIC_URL they wait for it: `nightshift init` keeps them where there is no public address yet."""
    if (client_id is None) != (client_secret is None):
        return ["GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: expected both or neither"]
    return []


PublicAddress = Annotated[str, AfterValidator(_public_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
ApiAddress = Annotated[str, AfterValidator(_api_address)]
Registries = Annotated[Mapping[Ecosystem, Value], BeforeValidator(_mapping)]
"""A value for each of some registries, by their names."""
GitCredentials = Annotated[Mapping[str, SecretStr], BeforeValidator(_of_repositories)]
"""A credential for each of some hosts of code, owners or repositories."""
OwnProxyAddress = Annotated[SecretStr, AfterValidator(is_own_proxy)]
ProxyAddress = Annotated[SecretStr, AfterValidator(is_proxy)]
CaFile = Annotated[Path, AfterValidator(has_certificates)]
NetworkHost = Annotated[str, AfterValidator(_host)]
