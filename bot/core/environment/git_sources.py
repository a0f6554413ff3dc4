"""Repositories that a base commit's files name as the source of a package: `git+https://…`, `git = "…"`, `"own/name"`.

They are found in the text of manifests, lockfiles and set-up commands, whose forms differ and whose addresses do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.untrusted import as_dict, as_str

GITHUB, _GITLAB, _BITBUCKET, _CODEBERG = "github.com", "gitlab.com", "bitbucket.org", "codeberg.org"
_SHORT = {"github": GITHUB, "gitlab": _GITLAB, "bitbucket": _BITBUCKET}
_HOST = "|".join(map(re.escape, (GITHUB, _GITLAB, _BITBUCKET, _CODEBERG)))
_NAME = r"[\w-][\w.-]*"
_PATH = rf"{_NAME}(?:/{_NAME})+"
_HTTPS = rf"https?://(?:[^@/\s\"']+@)?({_HOST})/({_PATH})"
_FORMS = (
    re.compile(rf"(?:git\+(?:ssh|https?|git)|ssh|git)://(?:[^@/\s\"']+@)?({_HOST})[/:]({_PATH})"),
    re.compile(rf"(?<![\w.@])git@({_HOST}):({_PATH})"),
    re.compile(rf"https?://(?:[^@/\s\"']+@)?({_HOST})/({_PATH}\.git)(?![\w-])"),
    re.compile(rf"\bgit[\"']?\s*(?:=>?|:)\s*[\"']{_HTTPS}"),  # Cargo, Poetry, Pipfile, Bundler, Mix
    re.compile(rf"^GIT\n +remote:\s*{_HTTPS}", re.MULTILINE),  # Gemfile.lock
    re.compile(rf"\bgit\s+clone\s[^\n;|&]*?{_HTTPS}"),
)
_SHORT_FORM = re.compile(
    rf"\b(github|gitlab|bitbucket)[\"']?\s*(?:=>?|:)\s*[\"']({_NAME}/{_NAME})[\"']"
)  # Bundler, Mix
_OF_COMPOSER = (
    re.compile(rf"\"(?:vcs|git)\"\s*,\s*\"url\"\s*:\s*\"{_HTTPS}"),
    re.compile(rf"\"url\"\s*:\s*\"{_HTTPS}\"\s*,\s*\"type\"\s*:\s*\"(?:vcs|git)\""),
)
_OF_GO = re.compile(rf"^\s*(?:require\s+)?({_HOST})/({_PATH})\s+v\d", re.MULTILINE)
_OF_NPM = re.compile(rf"(?:(github|gitlab|bitbucket):)?({_NAME}/{_NAME})(?:#.*)?")
_OF_PACKAGES = ("dependencies", "devDependencies", "optionalDependencies", "overrides", "resolutions")
_PARTS_OF_GITLAB = 6  # groups may be in groups


@dataclass(frozen=True, slots=True, order=True)
class GitSource:
    """A repository: its host, and its path there without `.git`."""

    host: str
    path: str


def find_git_sources(contents: Mapping[str, bytes]) -> set[GitSource]:
    """`contents`: of files of the base commit, by their paths."""
    return {
        source
        for path, content in contents.items()
        for source in _find(path.rpartition("/")[2], content.decode(errors="replace").replace("\\/", "/"))
    }


def _find(name: str, text: str) -> Iterator[GitSource]:
    if name == "package.json":
        yield from _of_npm(text)
        return
    for form in (*_FORMS, *(_OF_COMPOSER if name in ("composer.json", "composer.lock") else ())):
        yield from (_source(host, path) for host, path in form.findall(text))
    yield from (_source(_SHORT[host], path) for host, path in _SHORT_FORM.findall(text))
    if name == "go.mod":
        yield from (_source(host, path) for host, path in _OF_GO.findall(text))


def _of_npm(text: str) -> Iterator[GitSource]:
    """Of dependencies alone: a manifest also names the project's own repository, and whom to sponsor. As a dependency
    `"own/name#branch"` is GitHub's; in all other places it is a path."""
    try:
        document = as_dict(json.loads(text))
    except (ValueError, RecursionError):
        return
    for wanted in (as_str(each) for key in _OF_PACKAGES for each in as_dict(document.get(key)).values()):
        for form in _FORMS:
            yield from (_source(host, path) for host, path in form.findall(wanted))
        if found := _OF_NPM.fullmatch(wanted):
            yield _source(_SHORT[found[1] or "github"], found[2])


def _source(host: str, path: str) -> GitSource:
    parts = path.split("/")[: _PARTS_OF_GITLAB if host == _GITLAB else 2]
    return GitSource(host, "/".join(parts).removesuffix(".git").rstrip("."))
