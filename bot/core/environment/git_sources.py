"""Repositories that a base commit's files name as the source of a package: `git+https://…`, `git = "…"`, `"own/name"`.

They are found in the text of manifests, lockfiles and set-up commands, whose forms differ and whose addresses do not.
Four hosts of code count, and those for which the operator gave a credential.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.core.untrusted import as_dict, as_str

GITHUB, _GITLAB, _BITBUCKET, _CODEBERG = "github.com", "gitlab.com", "bitbucket.org", "codeberg.org"
_SHORT = {"github": GITHUB, "gitlab": _GITLAB, "bitbucket": _BITBUCKET}
_HOSTS = (GITHUB, _GITLAB, _BITBUCKET, _CODEBERG)
_NAME = r"[\w-][\w.-]*"
_PATH = rf"{_NAME}(?:/{_NAME})+"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forms:
    """In which an address of some hosts stands."""

    usual: tuple[re.Pattern[str], ...]
    composer: tuple[re.Pattern[str], ...]
    go: re.Pattern[str]


@lru_cache(maxsize=16)
def _forms_of(hosts: tuple[str, ...]) -> _Forms:
    host = "|".join(map(re.escape, hosts))
    https = rf"https?://(?:[^@/\s\"']+@)?({host})/({_PATH})"
    return _Forms(
        usual=(
            re.compile(rf"(?:git\+(?:ssh|https?|git)|ssh|git)://(?:[^@/\s\"']+@)?({host})[/:]({_PATH})"),
            re.compile(rf"(?<![\w.@])git@({host}):({_PATH})"),
            re.compile(rf"https?://(?:[^@/\s\"']+@)?({host})/({_PATH}\.git)(?![\w-])"),
            re.compile(rf"\bgit[\"']?\s*(?:=>?|:)\s*[\"']{https}"),  # Cargo, Poetry, Pipfile, Bundler, Mix
            re.compile(rf"^GIT\n +remote:\s*{https}", re.MULTILINE),  # Gemfile.lock
            re.compile(rf"\bgit\s+clone\s[^\n;|&]*?{https}"),
        ),
        composer=(
            re.compile(rf"\"(?:vcs|git)\"\s*,\s*\"url\"\s*:\s*\"{https}"),
            re.compile(rf"\"url\"\s*:\s*\"{https}\"\s*,\s*\"type\"\s*:\s*\"(?:vcs|git)\""),
        ),
        go=re.compile(rf"^\s*(?:require\s+)?({host})/({_PATH})\s+v\d", re.MULTILINE),
    )


_SHORT_FORM = re.compile(
    rf"\b(github|gitlab|bitbucket)[\"']?\s*(?:=>?|:)\s*[\"']({_NAME}/{_NAME})[\"']"
)  # Bundler, Mix
_OF_NPM = re.compile(rf"(?:(github|gitlab|bitbucket):)?({_NAME}/{_NAME})(?:#.*)?")
_JSON_LOCKS = frozenset({"package-lock.json", "npm-shrinkwrap.json", "composer.lock"})
_OF_SOURCES = ("resolved", "from", "version")
_NO_SOURCES = frozenset({"source", "support", "funding", "extra", "scripts"})
_OTHERS_WORDS = re.compile(r"^([ \t]*)(?:deprecated|description)[ \t]*[:=].*(?:\n\1[ \t]+.*)*", re.MULTILINE)
"""Of a package's author, in the lockfiles of pnpm and Poetry."""
_OF_PACKAGES = ("dependencies", "devDependencies", "optionalDependencies", "overrides", "resolutions")
_MOST_PARTS = 6  # GitLab's groups may be in groups
_OF_TWO = frozenset({GITHUB, _BITBUCKET, _CODEBERG})


@dataclass(frozen=True, slots=True, order=True)
class GitSource:
    """A repository: its host, and its path there without `.git`."""

    host: str
    path: str


def find_git_sources(contents: Mapping[str, bytes], hosts: Collection[str] = ()) -> set[GitSource]:
    """`contents`: of files of the base commit, by their paths. `hosts`: of the operator's."""
    forms = _forms_of((*_HOSTS, *sorted(set(hosts) - set(_HOSTS))))
    return {
        source
        for path, content in contents.items()
        for source in _find(path.rpartition("/")[2], content.decode(errors="replace").replace("\\/", "/"), forms)
    }


def _find(name: str, text: str, forms: _Forms) -> Iterator[GitSource]:
    if name == "package.json":
        yield from _of_npm(text, forms)
        return
    if name in _JSON_LOCKS:
        text = "\n".join(_sources_of_lock(text))
    text = _OTHERS_WORDS.sub("", text)
    for form in (*forms.usual, *(forms.composer if name in ("composer.json", "composer.lock") else ())):
        yield from (_source(host, path) for host, path in form.findall(text))
    yield from (_source(_SHORT[host], path) for host, path in _SHORT_FORM.findall(text))
    if name == "go.mod":
        yield from (_source(host, path) for host, path in forms.go.findall(text))


def _sources_of_lock(text: str) -> Iterator[str]:
    """The objects of a lockfile, each with no more than what says where a package comes from. The rest of it, such as
    a homepage or whom to sponsor, is copied from what the package's own author wrote."""
    try:
        found: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while found:
        node = found.pop()
        if isinstance(node, dict):
            named = {key: node[key] for key in _OF_SOURCES if isinstance(node.get(key), str)}
            yield json.dumps(named | ({"source": node["source"]} if isinstance(node.get("source"), dict) else {}))
            found += [value for key, value in node.items() if key not in _NO_SOURCES]
        elif isinstance(node, list):
            found += node


def _of_npm(text: str, forms: _Forms) -> Iterator[GitSource]:
    """Of dependencies alone: a manifest also names the project's own repository, and whom to sponsor. As a dependency
    `"own/name#branch"` is GitHub's; in all other places it is a path."""
    try:
        document = as_dict(json.loads(text))
    except (ValueError, RecursionError):
        return
    for wanted in (as_str(each) for key in _OF_PACKAGES for each in as_dict(document.get(key)).values()):
        for form in forms.usual:
            yield from (_source(host, path) for host, path in form.findall(wanted))
        if found := _OF_NPM.fullmatch(wanted):
            yield _source(_SHORT[found[1] or "github"], found[2])


def _source(host: str, path: str) -> GitSource:
    parts = path.split("/")[: 2 if host in _OF_TWO else _MOST_PARTS]
    return GitSource(host, "/".join(parts).removesuffix(".git").rstrip("."))
