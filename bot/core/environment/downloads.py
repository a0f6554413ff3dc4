"""Files outside of the registries that a set-up may fetch: where registries lead to, and what the base commit pins.

A code host holds every project's files, and anybody can write there. So a set-up gets none of it but these paths, and
only reads (`bot/adapters/download_gateway.py`): a package that runs code while it is installed can publish nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.ecosystem_table import Ecosystem

GRADLE_WRAPPER = re.compile(r"(?:.*/)?gradle/wrapper/gradle-wrapper\.properties")
_PART = r"[\w.-]+"
_COMMIT = r"[0-9a-f]{40}"
_MOST = 2000
_CODELOAD, _GITHUB, _API = "codeload.github.com", "github.com", "api.github.com"
_ASSETS = ("objects.githubusercontent.com", "release-assets.githubusercontent.com")


@dataclass(frozen=True, slots=True, order=True)
class Download:
    """A host, and a pattern for the whole path of what may be read there. The query is not looked at: that of a file
    in storage holds its signature."""

    host: str
    path: str


_OF_ASSETS = tuple(Download(host, r"/github-production-release-asset[\w/-]*") for host in _ASSETS)
_GRADLE = (
    Download(_GITHUB, r"/gradle/gradle-distributions/releases/download/v[\w.-]+/gradle-[\w.-]+\.zip(?:\.sha256)?"),
    *_OF_ASSETS,
)
_GO = (Download("storage.googleapis.com", r"/proxy-golang-org-prod/[\w./!@%~+-]+"),)
_COMPOSER = (
    Download(_API, rf"/repos/{_PART}/{_PART}/zipball/{_COMMIT}"),
    Download(_CODELOAD, rf"/{_PART}/{_PART}/(?:legacy\.)?zip/{_COMMIT}"),
)
"""Of packages without a lockfile: Packagist names a commit of each release, and never a branch."""
_COMPOSER_LOCK = re.compile(r"(?:.*/)?composer\.lock")

_ARCHIVE = re.compile(
    rf"https://github\.com/({_PART}/{_PART}?)(?:\.git)?/(?:archive|tarball|zipball)/((?:refs/(?:tags|heads)/)?[\w./-]+?)"
    r"(\.zip|\.tar\.gz|\.tgz)?(?=[\s\"'#;,)\]}]|$)"
)
_OF_CODELOAD = re.compile(
    rf"https://codeload\.github\.com(/{_PART}/{_PART}/(?:legacy\.)?(?:zip|tar\.gz)/[\w./-]+)(?=[\s\"'#?;,)\]}}]|$)"
)
_OF_API = re.compile(rf"https://api\.github\.com(/repos/({_PART}/{_PART})/(?:zip|tar)ball/({_COMMIT}))")
_OF_GIT = re.compile(rf"(?:git\+)?(?:ssh|https|git)://(?:git@)?github\.com/({_PART}/{_PART}?)(?:\.git)?#({_COMMIT})")
_RELEASE = re.compile(rf"https://github\.com(/{_PART}/{_PART}/releases/download/[\w./+-]+)")
_KINDS = ("zip", "tar.gz", "legacy.zip", "legacy.tar.gz")


def find_downloads(
    ecosystems: Collection[Ecosystem], paths: Iterable[str], contents: Mapping[str, bytes]
) -> tuple[Download, ...]:
    """`paths`: of the base commit; `contents`: of its lockfiles and requirements, which name archives."""
    paths = list(paths)
    named = {each for content in contents.values() for each in _find_named(content.decode(errors="replace"))}
    return tuple(sorted({*_usual(ecosystems, paths), *sorted(named)[:_MOST]}))


def _usual(ecosystems: Collection[Ecosystem], paths: Collection[str]) -> Iterator[Download]:
    """What registries lead to, whatever a lockfile says."""
    if Ecosystem.GO in ecosystems:
        yield from _GO
    if any(map(GRADLE_WRAPPER.fullmatch, paths)):
        yield from _GRADLE
    if Ecosystem.PACKAGIST in ecosystems and not any(map(_COMPOSER_LOCK.fullmatch, paths)):
        yield from _COMPOSER


def _find_named(text: str) -> Iterator[Download]:
    """The archives that a lockfile names, with where GitHub leads to."""
    text = text.replace("\\/", "/")  # as Composer writes an address
    for repository, version, ending in _ARCHIVE.findall(text):
        yield Download(_GITHUB, rf"/{re.escape(repository)}/(?:archive|tarball|zipball)/{re.escape(version + ending)}")
        yield from _archives(repository, version)
    for path in _OF_CODELOAD.findall(text):
        yield Download(_CODELOAD, re.escape(path))
    for path, repository, commit in _OF_API.findall(text):
        yield Download(_API, re.escape(path))
        yield from _archives(repository, commit)
    for repository, commit in _OF_GIT.findall(text):  # npm fetches the archive of such a commit
        yield from _archives(repository.removesuffix(".git"), commit)
    for path in _RELEASE.findall(text):
        yield Download(_GITHUB, re.escape(path))
        yield from _OF_ASSETS


def _archives(repository: str, version: str) -> Iterator[Download]:
    kinds = "|".join(map(re.escape, _KINDS))
    yield Download(_CODELOAD, rf"/{re.escape(repository)}/(?:{kinds})/(?:refs/(?:tags|heads)/)?{re.escape(version)}")
