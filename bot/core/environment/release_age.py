"""How old releases are, and which of them a session may get: read from the answers of the public registries.

One row for each kind of registry whose answers say when a release was published: those of Maven, NuGet and Hex do not.
A release that a lockfile of the base commit pins is let through whatever its age.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from bot.core.ecosystem_table import TABLE, Ecosystem
from bot.core.environment.release_documents import (
    composer_versions,
    composer_without,
    crates_without,
    gems_without,
    go_without,
    jsr_without,
    npm_without,
    project_without,
    simple_without,
)
from bot.core.untrusted import as_dict, as_dicts, as_str

Times = Mapping[str, datetime]
"""When each release was published, by the name that its index gives it: a file's at PyPI, else a version."""
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release that is asked for. `key`: its name in `Times`."""

    package: str
    version: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAgeRule:
    """Which releases are old enough: those that were published until `before`, and those that lockfiles pin."""

    before: datetime
    pins: frozenset[tuple[str, str]] = frozenset()

    def permits(self, release: Release, times: Times) -> bool:
        """One that its index does not list was published after the index was written, unless the index has no times
        at all: then nothing can be said."""
        if self.has_pinned(release) or not times:
            return True
        published = times.get(release.key)
        return published is not None and published <= self.before

    def has_pinned(self, release: Release) -> bool:
        return (usual(release.package), release.version) in self.pins


def usual(name: str) -> str:
    """A package's name as all spellings of it have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(path: str, content: bytes) -> frozenset[tuple[str, str]]:
    """The packages that a lockfile pins, and their versions."""
    name, text = path.rpartition("/")[2], content.decode(errors="replace")
    kinds = (lockfile for record in TABLE.values() for lockfile in record.lockfiles)
    pin = next((kind.pin for kind in kinds if re.fullmatch(kind.names, name)), None)
    return frozenset((usual(found["name"]), found["version"]) for found in pin.finditer(text)) if pin else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What is known of one kind of registry. `hosts`: those that are looked into; `index`: the one that knows times.

    `document`: finds the package's name in the path of an index. `download`: what one release is, by the path of its
    file. `times_path`: where the times of a package are, with `accept` as they are asked for; `times` reads them from
    that answer. `without`: an index, without the releases that are not wanted.
    """

    hosts: tuple[str, ...]
    index: str
    document: re.Pattern[str]
    download: Callable[[str], Release | None]
    times_path: Callable[[Release], str]
    times: Callable[[bytes], Times]
    without: Callable[[bytes, str, Callable[[Release], bool]], bytes]
    accept: str = "application/json"

    def package_of(self, path: str) -> str:
        """The package whose index this is; empty if it is none."""
        found = self.document.fullmatch(unquote(path))
        return next(filter(None, found.groups())) if found else ""


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(as_str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _times(pairs: Iterable[tuple[object, object]]) -> Times:
    read = ((as_str(key), _moment(moment)) for key, moment in pairs)
    return {key: moment for key, moment in read if key and moment is not None}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _by_path(pattern: str) -> Callable[[str], Release | None]:
    """`pattern`: with the package in its first group, and the version in the other one that takes part."""
    compiled = re.compile(pattern)

    def download(path: str) -> Release | None:
        if (found := compiled.fullmatch(unquote(path))) is None:
            return None
        package, version = filter(None, found.groups())
        return Release(package=package, version=version, key=version)

    return download


_WHEEL = re.compile(r"(?P<name>[^-/]+)-(?P<version>[^-/]+)-[^/]+\.whl")
_SOURCE = re.compile(r"(?P<name>[^/]+)-(?P<version>[^-/]+?)\.(?:tar\.(?:gz|bz2|xz)|tgz|zip|egg|exe)")


def python_release(path: str) -> Release | None:
    """The release of a file of PyPI, or of its metadata."""
    name = unquote(path).rpartition("/")[2].removesuffix(".metadata")
    found = _WHEEL.fullmatch(name) or _SOURCE.fullmatch(name)
    return Release(package=found["name"], version=found["version"], key=name) if found else None


def _python_times(body: bytes) -> Times:
    files = as_dicts(as_dict(_json(body)).get("files"))
    return _times((each.get("filename"), each.get("upload-time")) for each in files)


def _python_without(body: bytes, package: str, wanted: Callable[[Release], bool]) -> bytes:
    def permits(name: str) -> bool:
        release = python_release(name)
        return wanted(release or Release(package=package, version="", key=name))

    document = as_dict(_json(body))
    return simple_without(document, permits) if "files" in document else project_without(document, permits)


def _npm_download(path: str) -> Release | None:
    found = re.fullmatch(r"/(?P<name>(?:@[^/]+/)?[^/@-][^/]*)/-/(?P<file>[^/]+)\.tgz", unquote(path))
    if found is None:
        return None
    version = found["file"].removeprefix(f"{found['name'].rpartition('/')[2]}-")
    return Release(package=found["name"], version=version, key=version)


def _by_version(document: Callable[[bytes, Callable[[str], bool]], bytes]) -> Callable[..., bytes]:
    def without(body: bytes, package: str, wanted: Callable[[Release], bool]) -> bytes:
        return document(body, lambda version: wanted(Release(package=package, version=version, key=version)))

    return without


def _cargo_times(body: bytes) -> Times:
    lines = (as_dict(_json(line)) for line in body.splitlines())
    return _times((each.get("vers"), each.get("pubtime")) for each in lines)


def _composer_times(body: bytes) -> Times:
    return _times((each.get("version"), each.get("time")) for each in composer_versions(body))


def _gem_times(body: bytes) -> Times:
    return _times((each.get("number"), each.get("created_at")) for each in as_dicts(_json(body)))


def _go_release(path: str) -> Release | None:
    found = re.fullmatch(r"/(?P<name>.+)/@v/(?P<version>v[^/]+)\.(?:info|zip)", unquote(path))
    if found is None:
        return None
    version = _go_case(found["version"])
    return Release(package=_go_case(found["name"]), version=version, key=version)


def _go_case(text: str) -> str:
    """The proxy's paths write a capital letter as `!` and the small one."""
    return re.sub(r"!([a-z])", lambda found: found[1].upper(), text)


def _go_path(text: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"!{found[0].lower()}", text)


def _go_times(body: bytes) -> Times:
    document = as_dict(_json(body))
    return _times([(document.get("Version"), document.get("Time"))])


def _crate_path(name: str) -> str:
    name = name.lower()
    folders = {1: "1", 2: "2", 3: f"3/{name[:1]}"}.get(len(name), f"{name[:2]}/{name[2:4]}")
    return f"/{folders}/{name}"


_NPM_NAME = r"((?:@[^/]+/)?[^/@-][^/]*)"
INDEXES: dict[Ecosystem, Index] = {
    Ecosystem.PYPI: Index(
        hosts=("pypi.org", "files.pythonhosted.org"),
        index="pypi.org",
        document=re.compile(r"/simple/([^/]+)/?|/pypi/([^/]+)(?:/[^/]+)?/json"),
        download=python_release,
        times_path=lambda release: f"/simple/{usual(release.package)}/",
        times=_python_times,
        without=_python_without,
        accept=SIMPLE_JSON,
    ),
    Ecosystem.NPM: Index(
        hosts=("registry.npmjs.org", "registry.yarnpkg.com", "npm.jsr.io"),
        index="registry.npmjs.org",
        document=re.compile(rf"/{_NPM_NAME}"),
        download=_npm_download,
        times_path=lambda release: f"/{release.package.replace('/', '%2f')}",
        times=lambda body: _times(as_dict(as_dict(_json(body)).get("time")).items()),
        without=_by_version(npm_without),
    ),
    Ecosystem.GO: Index(
        hosts=("proxy.golang.org",),
        index="proxy.golang.org",
        document=re.compile(r"/((?!sumdb/).+)/@v/list"),
        download=_go_release,
        times_path=lambda release: f"/{_go_path(release.package)}/@v/{_go_path(release.version)}.info",
        times=_go_times,
        without=_by_version(go_without),
    ),
    Ecosystem.CARGO: Index(
        hosts=("index.crates.io", "static.crates.io", "crates.io"),
        index="index.crates.io",
        document=re.compile(r"/(?:1|2|3/[^/]+|[^/]{2}/[^/]{2})/([\w-]+)"),
        download=_by_path(r"(?:/api/v1)?/crates/([\w-]+)/(?:(\d[^/]*)/download|\1-(\d[^/]*)\.crate)"),
        times_path=lambda release: _crate_path(release.package),
        times=_cargo_times,
        without=_by_version(crates_without),
    ),
    Ecosystem.RUBYGEMS: Index(
        hosts=("rubygems.org", "index.rubygems.org"),
        index="rubygems.org",
        document=re.compile(r"/info/([^/]+)"),
        download=_by_path(r"/(?:gems|downloads)/([^/]+?)-(\d[\w.]*)(?:-[^/]+)?\.gem"),
        times_path=lambda release: f"/api/v1/versions/{release.package}.json",
        times=_gem_times,
        without=_by_version(gems_without),
    ),
    Ecosystem.PACKAGIST: Index(
        hosts=("repo.packagist.org", "packagist.org"),
        index="repo.packagist.org",
        document=re.compile(r"/p2/([^/]+/[^/]+?)(?:~dev)?\.json"),
        download=lambda _: None,  # files are on hosts of code, which cells do not reach
        times_path=lambda release: f"/p2/{release.package}.json",
        times=_composer_times,
        without=_by_version(composer_without),
    ),
    Ecosystem.DENO: Index(
        hosts=("jsr.io",),
        index="jsr.io",
        document=re.compile(r"/(@[^/]+/[^/]+)/meta\.json"),
        download=_by_path(r"/(@[^/]+/[^/]+)/(\d[^/_]*)(?:_meta\.json|/.*)"),
        times_path=lambda release: f"/{release.package}/meta.json",
        times=lambda body: _times(
            (version, as_dict(each).get("createdAt"))
            for version, each in as_dict(as_dict(_json(body)).get("versions")).items()
        ),
        without=_by_version(jsr_without),
    ),
}
