"""How the host gets to the network for its cells: the operator's proxy, a certificate authority, registries.

A private registry is asked by the host, with a credential that no cell ever holds: in a cell it has an address on the
loopback, where the filter of egress listens (`bot/adapters/registry_gateway.py`).
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from bot.adapters.authority import authority_of_this_process, bundle_with
from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.download_gateway import Downloads
from bot.adapters.index_gateway import Cooldown
from bot.adapters.java_store import JAVA_ENDING, JAVA_PASSWORD, write_java_store
from bot.adapters.registry_settings import SETTINGS
from bot.adapters.sandbox import PORT
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.download import Download
from bot.core.environment.release_age import INDEXES, ReleaseAgeRule
from bot.core.registries import Destination

_SYSTEM_BUNDLES = tuple(
    map(
        Path,
        (
            *("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"),
            "/etc/ssl/ca-bundle.pem",
        ),
    )
)
_INDEXES: dict[Ecosystem, tuple[str, ...]] = {
    Ecosystem.PYPI: ("simple", "+simple"),
    Ecosystem.CARGO: ("index",),
    Ecosystem.NUGET: ("index.json",),
}
"""The last part of an address whose files lie beside it."""
_ANSWER_LIMIT = 1 << 16
_PROXY_PORT = 3128


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRegistry:
    """`url`: of the index, as its package manager takes it; `credential`: the value of the header Authorization."""

    ecosystem: Ecosystem
    url: str
    credential: str = field(default="", repr=False)

    @property
    def destination(self) -> Destination:
        return Destination.of(self.url)

    @property
    def prefix(self) -> str:
        """Where its index and its files are on its host: nothing else there is asked for. Ends with a slash."""
        parts = [part for part in urlsplit(self.url).path.split("/") if part]
        kept = parts[:-1] if parts and parts[-1] in _INDEXES.get(self.ecosystem, ()) else parts
        return f"/{'/'.join(kept)}/" if kept else "/"

    @property
    def path_in_cell(self) -> str:
        return f"/registry/{self.ecosystem}/"

    @property
    def url_in_cell(self) -> str:
        whole = urlsplit(self.url).path.rstrip("/")
        path = (whole if whole.endswith(".json") else f"{whole}/").removeprefix(self.prefix)
        return f"http://{LOOPBACK}:{PORT}{self.path_in_cell}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy of the operator's network. `credential`: the value of the header Proxy-Authorization."""

    host: str
    port: int
    credential: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        parts = urlsplit(url)
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        return cls(host=parts.hostname or "", port=parts.port or _PROXY_PORT, credential=basic(user) if user else "")

    @property
    def url(self) -> str:
        """With the credential in it: for a library, never for a log."""
        user, _, password = base64.b64decode(self.credential.partition(" ")[2]).decode().partition(":")
        before = f"{quote(user, safe='')}:{quote(password, safe='')}@" if self.credential else ""
        return f"http://{before}{self.host}:{self.port}"

    def connect(self, wanted: Destination, seconds: float) -> socket.socket:
        """A connection through the proxy. Raises OSError."""
        outside = socket.create_connection((self.host, self.port), seconds)
        try:
            allowed = f"Proxy-Authorization: {self.credential}\r\n" if self.credential else ""
            outside.sendall(f"CONNECT {wanted} HTTP/1.1\r\nHost: {wanted}\r\n{allowed}\r\n".encode())
            _demand_ok(_read_answer(outside))
        except BaseException:
            outside.close()
            raise
        return outside


def basic(user_and_password: str) -> str:
    return f"Basic {base64.b64encode(user_and_password.encode()).decode()}"


def _demand_ok(answer: bytes) -> None:
    status = b"".join(answer.split(b" ", 2)[1:2]).decode("latin-1")
    if status != "200":
        raise OSError(f"the proxy answered {status or 'nothing'}")


def _read_answer(outside: socket.socket) -> bytes:
    """Byte by byte: what follows the head belongs to the connection."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        if len(received) > _ANSWER_LIMIT or not (more := outside.recv(1)):
            raise OSError("the proxy closed the connection")
        received += more
    return received


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """`bundle`: the system's authorities and the operator's own in one file that cells can read (`find_bundle`).
    `git_credentials`: as those of `Downloads`. `own`: what may be reached though it is in the operator's network.
    `folder`: for what cells read of it, None: none is written. `cooldown`: which releases of public registries cells
    may get; `waits`: variables that say so to tools whose registry cannot be filtered; `downloads`: which files of
    other hosts."""

    proxy: Proxy | None = None
    bundle: Path | None = None
    registries: tuple[PrivateRegistry, ...] = ()
    git_credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    own: frozenset[Destination] = frozenset()
    folder: Path | None = None
    cooldown: Cooldown | None = None
    waits: Mapping[str, str] = field(default_factory=dict)
    downloads: Downloads | None = None

    def without_credentials(self) -> Outside:
        """For sessions and checks, in which code of a change runs: nothing that needs a credential, and nothing of the
        operator's network."""
        open_ones = tuple(each for each in self.registries if not each.credential)
        return Outside(proxy=self.proxy, bundle=self.bundle, registries=open_ones, folder=self.folder)

    def with_cooldown(self, rule: ReleaseAgeRule, ecosystems: frozenset[Ecosystem]) -> Outside:
        """Where some of these have indexes that say when a release was published: cells get no younger ones. An
        ecosystem whose packages come from a registry of the operator's is not looked into. Raises OSError."""
        more = {Ecosystem.NPM} if Ecosystem.DENO in ecosystems else frozenset[Ecosystem]()
        ours = (ecosystems | more) & INDEXES.keys() - {each.ecosystem for each in self.registries}
        system = self.bundle or system_bundle()
        if not ours or self.folder is None or system is None:
            return self
        authority = authority_of_this_process()
        bundle = bundle_with(authority, system, self.folder, for_java=Ecosystem.MAVEN in ecosystems)
        cooldown = Cooldown(rule=rule, ecosystems=ours, authority=authority, bundle=bundle)
        return replace(self, bundle=bundle, cooldown=cooldown)

    def with_downloads(self, files: Collection[Download], ecosystems: Collection[Ecosystem]) -> Outside:
        """Cells may read these files. None where the filter cannot look into connections. Raises OSError."""
        system = self.bundle or system_bundle()
        if not files or self.folder is None or system is None:
            return self
        authority = authority_of_this_process()
        has_java = Ecosystem.MAVEN in ecosystems
        trusted = self.cooldown.bundle if self.cooldown else None
        bundle = trusted or bundle_with(authority, system, self.folder, for_java=has_java)
        downloads = Downloads(files=tuple(files), authority=authority, bundle=bundle, credentials=self.git_credentials)
        # The operator's host of code may be in the operator's network; it is open for what was found there alone.
        ours = frozenset(map(Destination, downloads.hosts & self.git_hosts))
        return replace(self, bundle=bundle, downloads=downloads, own=self.own | ours)

    @property
    def git_hosts(self) -> frozenset[str]:
        """Hosts of code for which the operator gave a credential."""
        return frozenset(name.partition("/")[0] for name in self.git_credentials)

    @property
    def destinations(self) -> frozenset[Destination]:
        """Hosts that are open for single files."""
        return frozenset(map(Destination, self.downloads.hosts)) if self.downloads else frozenset()

    @property
    def java_store(self) -> Path | None:
        """The certificates of the bundle in Java's form, beside it."""
        store = self.bundle.with_suffix(JAVA_ENDING) if self.bundle else None
        return store if store is not None and store.is_file() else None

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.bundle) if self.bundle else None)

    @property
    def readable(self) -> tuple[Path, ...]:
        """Folders that cells are shown for it: what is in /etc they see."""
        return (self.bundle.parent,) if self.bundle and not _is_in_etc(self.bundle) else ()

    def files(self) -> dict[str, str]:
        """By which package managers that read no variable find the registries: texts by their paths in HOME."""
        return {
            path: write(registry.url_in_cell, registry.url)
            for registry in self.registries
            for path, write in SETTINGS[registry.ecosystem].files.items()
        }

    def variables(self) -> dict[str, str]:
        """By which the programs in a cell find the registries and the certificate authority."""
        found = dict[str, str]()
        for registry in self.registries:
            settings = SETTINGS[registry.ecosystem]
            url = registry.url_in_cell
            address = url.rstrip("/") if registry.ecosystem is Ecosystem.HEX else url  # Hex puts a slash behind it
            found |= {**dict.fromkeys(settings.variables, address), **settings.more}
        of_git = self.downloads.variables() if self.downloads else {}
        return {**self.waits, **found, **of_git, **(_authority_variables(str(self.bundle)) if self.bundle else {})}


DIRECTLY = Outside()
"""No proxy, no authority but the system's, no private registry."""


def _authority_variables(bundle: str) -> dict[str, str]:
    """Many programs bring a list of authorities, and do not look into the system's: each has its variable."""
    return dict.fromkeys(_OF_AUTHORITIES, bundle)


_OF_AUTHORITIES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"),
    *("NODE_EXTRA_CA_CERTS", "npm_config_cafile", "YARN_HTTPS_CA_FILE_PATH", "DENO_CERT", "HEX_CACERTS_PATH"),
    *("PERL_LWP_SSL_CA_FILE", "HTTPLIB2_CA_CERTS", "NIX_SSL_CERT_FILE"),
)


def find_bundle(authority: Path | None, folder: Path) -> Path | None:
    """The file of all authorities that cells trust: the system's own where there is no other one; else a new one in
    `folder`. None where neither is there. Raises OSError."""
    system = system_bundle()
    if authority is None and (system is None or _is_in_etc(system)):
        return system
    return write_bundle(authority, folder)


def write_bundle(authority: Path | None, folder: Path) -> Path:
    """The system's certificate authorities, with one more if it is given, as a file in `folder`. Raises OSError."""
    sources = [path for path in (system_bundle(), authority) if path is not None]
    folder.mkdir(parents=True, exist_ok=True)
    target, new = folder / "authorities.pem", folder / "authorities.new"
    new.write_bytes(b"\n".join(path.read_bytes() for path in sources))
    new.replace(target)
    write_java_store(target)
    folder.chmod(0o755)
    target.chmod(0o644)
    return target


def system_bundle() -> Path | None:
    return next((path for path in _SYSTEM_BUNDLES if path.is_file()), None)


def _is_in_etc(bundle: Path) -> bool:
    """Whether cells have it in their copy of /etc."""
    return bundle.resolve().is_relative_to("/etc")


def java_options(store: Path | None) -> str:
    """Java reads no variable for a proxy, and none for authorities. Its own list of these gives way to `store`, else
    to the system's where that is kept in Java's form."""
    proxy = [f"-D{kind}.proxy{name}={value}" for kind in ("http", "https") for name, value in _JAVA_PROXY]
    trusted = [f"-Djavax.net.ssl.trustStore={each}" for each in _JAVA_STORES if Path(each).is_file()]
    if store is not None:
        options = (("", store), ("Type", "PKCS12"), ("Password", JAVA_PASSWORD))
        trusted = [" ".join(f"-Djavax.net.ssl.trustStore{name}={value}" for name, value in options)]
    return " ".join([*proxy, *trusted[:1]])


_JAVA_PROXY = (("Host", LOOPBACK), ("Port", PORT))
_JAVA_STORES = ("/etc/ssl/certs/java/cacerts", "/etc/pki/java/cacerts", "/etc/pki/ca-trust/extracted/java/cacerts")
