"""What a Python lockfile pins, as lines of a constraints file: for hosts that lack the tool that wrote it.

Packages of the project itself, those from git, paths or addresses, and those with several versions for several
platforms are left out: pip then chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.core.documents import Unreadable, read_json, read_toml
from bot.core.untrusted import as_dict, as_dicts, as_str

LOCKFILES = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_-]{0,100}")
_ELSEWHERE = frozenset({"git", "url", "path", "directory", "editable", "virtual", "file", "vcs", "archive"})


def constraints(name: str, text: str) -> tuple[str, ...]:
    """`name==version` of each package that the lockfile pins; empty for one that cannot be read."""
    try:
        if name == "Pipfile.lock":
            return tuple(line.partition(";")[0].strip() for line in pipfile_requirements(text))
        packages = as_dicts(read_toml(text.encode()).get("packages" if name == "pylock.toml" else "package"))
    except Unreadable:
        return ()
    return tuple(
        _single((as_str(each.get("name")), as_str(each.get("version"))) for each in packages if _is_pinned(each))
    )


def _is_pinned(package: dict[str, object]) -> bool:
    source = as_dict(package.get("source"))
    kinds = {*source, as_str(source.get("type")), *package} & _ELSEWHERE
    return not kinds or source.get("type") == "legacy"


def _single(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    versions: dict[str, set[str]] = {}
    for name, version in pairs:
        if _NAME.fullmatch(name) and _VERSION.fullmatch(version):
            versions.setdefault(name, set()).add(version)
    yield from (f"{name}=={next(iter(found))}" for name, found in sorted(versions.items()) if len(found) == 1)


def pipfile_requirements(text: str) -> tuple[str, ...]:
    """The packages of a Pipfile.lock, those for development too, as lines of a requirements file."""
    try:
        lock = read_json(text.encode())
    except Unreadable:
        return ()
    lines = dict[str, str]()
    for section in ("default", "develop"):
        for name, entry in as_dict(lock.get(section)).items():
            version = as_str(as_dict(entry).get("version"))
            if _NAME.fullmatch(name) and _VERSION.fullmatch(version.removeprefix("==")):
                lines[name] = f"{name}{version}{_marker(as_str(as_dict(entry).get('markers')))}"
    return tuple(lines.values())


def _marker(marker: str) -> str:
    return f" ; {marker}" if marker and "\n" not in marker else ""
