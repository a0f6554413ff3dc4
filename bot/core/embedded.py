"""Protected settings inside files that a change may touch otherwise: git hooks and package sources in `package.json`
and its like.

What cannot be read counts as changed: a package manager may read more than we do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.core.changes import FileChange
from bot.core.documents import Unreadable, read_json, read_yaml
from bot.core.globs import fold
from bot.core.protected import GIT_HOOKS, PACKAGE_SOURCES, ProtectedKind
from bot.core.untrusted import as_dict

_MANIFESTS = frozenset({"package.json", "package.json5", "package.yaml", "composer.json"})
_WORKSPACES = frozenset({"pnpm-workspace.yaml", "pnpm-workspace.yml"})
_HOOK_KEYS = {
    "package.json": (
        *(
            "husky",
            "simple-git-hooks",
            "simple-pre-commit",
            "pre-commit",
            "precommit",
            "pre-push",
            "prepush",
            "commit-msg",
            "gitHooks",
        ),
        *("git-hooks", "githooks", "ghooks", "lint-staged", "nano-staged", "lefthook", "hooks", "commitlint"),
        *("config.ghooks", "config.commitizen", "config.pre-git", "config.husky", "release.hooks"),
    ),
    "composer.json": (
        *("extra.captainhook", "extra.grumphp", "extra.hooks", "extra.git-hooks", "extra.vaimo-git-hooks"),
        "extra.composer-git-hooks",
    ),
}
_SOURCE_KEYS = {
    "package.json": ("publishConfig", "pnpm.configDependencies", "npmClient"),
    "composer.json": ("repositories", "config.secure-http", "config.github-protocols", "config.http-basic"),
}
_HOOK_SCRIPTS = re.compile(r"(?:pre|post)?(?:install|prepare|prepublish|prepack)", re.IGNORECASE)
_INSTALLS_HOOKS = re.compile(
    r"hookspath|husky|lefthook|simple-git-hooks|pre-?commit\b|\bprek\b|yorkie|git-?hooks|overcommit|captainhook"
    r"|\.git/hooks|core\.hooks|grumphp|rusty-hook|pre-push|commit-msg",
    re.IGNORECASE,
)
_MANAGER_FROM_ELSEWHERE = re.compile(r"://|git\+|^file:|^link:", re.IGNORECASE)
_WORKSPACE_KEYS = frozenset({"packages", "catalog", "catalogs"})
_ABSENT = object()


def has_settings(path: str) -> bool:
    """Whether a file of this name is one in which some settings are protected."""
    return fold(path).rpartition("/")[2] in _MANIFESTS | _WORKSPACES


def find_embedded_settings(change: FileChange) -> Iterator[tuple[ProtectedKind, str]]:
    """Each protected setting that a change touches: its kind, and what was changed, for a person."""
    for path in change.paths:
        name = fold(path).rpartition("/")[2]
        if name in _MANIFESTS:
            yield from _manifest(change, "composer.json" if name == "composer.json" else "package.json", name)
        elif name in _WORKSPACES:
            yield from _pnpm_workspace(change)


def _manifest(change: FileChange, known_as: str, name: str) -> Iterator[tuple[ProtectedKind, str]]:
    try:
        after = _read(change.after, name)
    except Unreadable as error:
        yield GIT_HOOKS, f"{error}, so its hooks count as changed"
        return
    before = _before(change.before, name)
    for kind, keys in ((GIT_HOOKS, _HOOK_KEYS[known_as]), (PACKAGE_SOURCES, _SOURCE_KEYS[known_as])):
        yield from ((kind, f'its key "{key}" changes') for key in keys if _differs(before, after, key))
    yield from ((GIT_HOOKS, f'its script "{script}" installs hooks') for script in _hook_scripts(before, after))
    manager = after.get("packageManager", "")
    if manager != before.get("packageManager", "") and _MANAGER_FROM_ELSEWHERE.search(_text(manager)):
        yield PACKAGE_SOURCES, 'its key "packageManager" changes'


def _read(content: bytes | None, name: str) -> dict[str, Any]:
    return read_yaml(content) if name.endswith("yaml") else read_json(content)


def _before(content: bytes | None, name: str) -> dict[str, Any]:
    """What could not be read before held nothing: whatever is there now is new."""
    try:
        return _read(content, name)
    except Unreadable:
        return {}


def _differs(before: dict[str, Any], after: dict[str, Any], key: str) -> bool:
    return _text(_at(before, key)) != _text(_at(after, key))


def _at(document: dict[str, Any], key: str) -> object:
    """The value under a dotted key, whatever the case of its letters."""
    found: object = document
    for part in key.split("."):
        named = [value for name, value in as_dict(found).items() if str(name).casefold() == part.casefold()]
        if not named:
            return _ABSENT
        found = named[0] if len(named) == 1 else {"several": named}
    return found


def _text(value: object) -> str:
    """Lists keep their order, and so do mappings: in some of these, order decides what runs first."""
    return "" if value is _ABSENT else json.dumps(value, default=str)


def _hook_scripts(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Scripts that run at an installation, and install hooks before the change or after it."""
    was, now = as_dict(before.get("scripts")), as_dict(after.get("scripts"))
    for script in dict.fromkeys([*was, *now]):
        both = (_text(was.get(script, "")), _text(now.get(script, "")))
        if both[0] != both[1] and _HOOK_SCRIPTS.fullmatch(script) and any(map(_INSTALLS_HOOKS.search, both)):
            yield script


def _pnpm_workspace(change: FileChange) -> Iterator[tuple[ProtectedKind, str]]:
    """Since version 10 it also holds what `.npmrc` does, and code that pnpm loads (`configDependencies`)."""
    try:
        before, after = _before(change.before, "yaml"), read_yaml(change.after)
    except Unreadable as error:
        yield PACKAGE_SOURCES, f"{error}, so it counts as changed"
        return
    for key in dict.fromkeys(map(str, [*before, *after])):
        if key not in _WORKSPACE_KEYS and _differs(before, after, key):
            yield PACKAGE_SOURCES, f'its key "{key}" changes'
