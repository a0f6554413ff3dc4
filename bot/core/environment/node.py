"""How a Node project's packages are installed: by the manager and the lockfile that it names.

A manager that the host does not have comes from npm's registry, in the version that the project names. An install
without a lockfile writes none, where the manager knows how.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.core.environment.values import Command, Tree, within
from bot.core.untrusted import as_dict, as_str

_NEEDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces")
_NAMED = re.compile(r"(npm|pnpm|yarn|bun)@(\d[\w.-]*)")


@dataclass(frozen=True, slots=True)
class _Manager:
    """`lockfiles`: with one of them, `locked` installs what it pins; without, `unlocked` does."""

    name: str
    lockfiles: tuple[str, ...]
    locked: str
    unlocked: str


_NPM = _Manager(
    "npm",
    ("package-lock.json", "npm-shrinkwrap.json"),
    "npm ci --no-audit --no-fund",
    "npm install --no-package-lock --no-audit --no-fund",
)
_PNPM = _Manager("pnpm", ("pnpm-lock.yaml",), "pnpm install --frozen-lockfile", "pnpm install --no-lockfile")
_YARN = _Manager("yarn", ("yarn.lock",), "yarn install --frozen-lockfile", "yarn install --no-lockfile")
_BERRY = _Manager("yarn", ("yarn.lock",), "yarn install --immutable", "yarn install --no-immutable")
_BUN = _Manager("bun", ("bun.lock", "bun.lockb"), "bun install --frozen-lockfile", "bun install --no-save")
_DENO = _Manager("deno", ("deno.lock",), "deno install --frozen", "deno install --no-lock")
_MANAGERS = (_PNPM, _YARN, _BUN, _NPM)


def node_commands(tree: Tree, tools: Collection[str]) -> Iterator[Command]:
    """`tools`: the programs that the cell has."""
    for folder in tree.folders_with("package.json"):
        yield from (within(folder, command) for command in _in_folder(tree.at(folder), tools))
    for folder in tree.folders_with("deno.json", "deno.jsonc"):
        if not tree.at(folder).text("package.json"):
            yield from (within(folder, command) for command in _install(_DENO, tree.at(folder), "deno.json"))


def node_folders_left_out(tree: Tree) -> list[str]:
    return [*tree.left_out("package.json"), *tree.left_out("deno.json", "deno.jsonc")]


def _in_folder(tree: Tree, tools: Collection[str]) -> Iterator[Command]:
    package = _package(tree)
    if not any(package.get(kind) for kind in _NEEDS) and not (tree.text("pnpm-workspace.yaml")):
        return
    manager, version = _manager(tree, package)
    yield from _provide(manager, version, tree, tools)
    yield from _install(manager, tree, "package.json")


def _package(tree: Tree) -> dict[str, object]:
    try:
        return as_dict(json.loads(tree.text("package.json") or "{}"))
    except (ValueError, RecursionError):
        return {}


def _manager(tree: Tree, package: dict[str, object]) -> tuple[_Manager, str]:
    """The manager that `packageManager` names, else the one whose lockfile is there, else npm; and its version."""
    named = _NAMED.match(as_str(package.get("packageManager")))
    name, version = (named[1], named[2]) if named else ("", "")
    by_lockfile = (each for each in _MANAGERS if any(lockfile in tree.paths for lockfile in each.lockfiles))
    by_name = (each for each in _MANAGERS if each.name == name)
    manager = next(by_name, None) or next(by_lockfile, None) or _without_lockfile(tree)
    return (_BERRY, version) if manager is _YARN and _is_berry(tree, version) else (manager, version)


def _without_lockfile(tree: Tree) -> _Manager:
    return _PNPM if "pnpm-workspace.yaml" in tree.paths else _NPM


def _is_berry(tree: Tree, version: str) -> bool:
    """Whether it is Yarn 2 or later, whose options differ."""
    if version:
        return not version.startswith(("0.", "1."))
    return ".yarnrc.yml" in tree.paths or "__metadata:" in tree.text("yarn.lock")[:1000]


def _install(manager: _Manager, tree: Tree, manifest: str) -> Iterator[Command]:
    lockfile = next((name for name in manager.lockfiles if name in tree.paths), None)
    if lockfile is None:
        yield Command(text=manager.unlocked, reason=manifest)
    else:
        yield Command(text=manager.locked, reason=lockfile, pinned=True)


def _provide(manager: _Manager, version: str, tree: Tree, tools: Collection[str]) -> Iterator[Command]:
    """One that the host has is taken as it is: pnpm and Yarn change to the version that `packageManager` names."""
    if manager.name == "npm" or manager.name in tools:
        return
    package = "@yarnpkg/cli-dist" if manager is _BERRY else manager.name
    wanted = version or _fitting(manager, tree)
    text = f'npm install --global --no-audit --no-fund --prefix "$HOME/.local" {package}@{wanted}'
    reason = "packageManager in package.json" if version else manager.lockfiles[0]
    yield Command(text=text, reason=reason, pinned=bool(version))


def _fitting(manager: _Manager, tree: Tree) -> str:
    """A version that reads this lockfile."""
    if manager is _PNPM:
        form = re.search(r"^lockfileVersion:\s*'?(\d+)", tree.text("pnpm-lock.yaml"), re.MULTILINE)
        return {"5": "7", "6": "8"}.get(form[1] if form else "", "10")
    return {"yarn": "4" if manager is _BERRY else "1"}.get(manager.name, "latest")
