"""Files outside of the registries that a set-up may fetch: where registries lead to, and what the base commit pins.

A code host holds every project's files, and anybody can write there. So a set-up gets none of it but these paths and
repositories, and only reads (`bot/adapters/download_gateway.py`): a package that runs code while it is installed can
publish nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.binaries import find_binaries
from bot.core.environment.download import OF_ASSETS, Download
from bot.core.environment.git_sources import GITHUB, GitSource, find_git_sources

GRADLE_WRAPPER = re.compile(r"(?:.*/)?gradle/wrapper/gradle-wrapper\.properties")
_PART = r"[\w.-]+"
_COMMIT = r"[0-9a-f]{40}"
_MOST = 2000
_CODELOAD, _API = "codeload.github.com", "api.github.com"


_GRADLE = (
    Download(GITHUB, r"/gradle/gradle-distributions/releases/download/v[\w.-]+/gradle-[\w.-]+\.zip(?:\.sha256)?"),
    *OF_ASSETS,
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
    ecosystems: Collection[Ecosystem],
    paths: Iterable[str],
    contents: Mapping[str, bytes],
    hosts: Collection[str] = (),
) -> tuple[Download, ...]:
    """`paths`: of the base commit; `contents`: of its lockfiles, manifests and settings, which name archives,
    repositories, and packages that fetch a binary. `hosts`: of code, of the operator's."""
    paths = list(paths)
    named = {each for content in contents.values() for each in _find_named(content.decode(errors="replace"))}
    cloned = {each for source in find_git_sources(contents, hosts) for each in _of_git(source)}
    manifests = {path: content for path, content in contents.items() if path.rpartition("/")[2] == "package.json"}
    cloned |= {each for source in find_git_sources(manifests) for each in _of_branch(source)}
    usual = {*_usual(ecosystems, paths), *find_binaries(ecosystems, contents)}
    return tuple(sorted({*usual, *sorted(named)[:_MOST], *sorted(cloned)[:_MOST]}))


def _of_git(source: GitSource) -> Iterator[Download]:
    """uv and Cargo ask GitHub which commit a branch is, before they ask git."""
    yield Download(source.host, re.escape(source.path), by_git=True)
    if source.host == GITHUB:
        yield Download(_API, rf"/repos/{re.escape(source.path)}/commits/[\w./-]+")


def _of_branch(source: GitSource) -> Iterator[Download]:
    """npm asks git which commit a branch is, and fetches GitHub's archive of that."""
    if source.host == GITHUB:
        yield from _archives(source.path, _COMMIT, is_pattern=True)


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
        yield Download(GITHUB, rf"/{re.escape(repository)}/(?:archive|tarball|zipball)/{re.escape(version + ending)}")
        yield from _archives(repository, version)
    for path in _OF_CODELOAD.findall(text):
        yield Download(_CODELOAD, re.escape(path))
    for path, repository, commit in _OF_API.findall(text):
        yield Download(_API, re.escape(path))
        yield from _archives(repository, commit)
    for repository, commit in _OF_GIT.findall(text):  # npm fetches the archive of such a commit
        yield from _archives(repository.removesuffix(".git"), commit)
    for path in _RELEASE.findall(text):
        yield Download(GITHUB, re.escape(path))
        yield from OF_ASSETS


def _archives(repository: str, version: str, *, is_pattern: bool = False) -> Iterator[Download]:
    kinds = "|".join(map(re.escape, _KINDS))
    wanted = version if is_pattern else re.escape(version)
    yield Download(_CODELOAD, rf"/{re.escape(repository)}/(?:{kinds})/(?:refs/(?:tags|heads)/)?{wanted}")
