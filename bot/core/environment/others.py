"""How projects in other languages fetch what they depend on: one row for each kind of manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.environment.values import MOST_FOLDERS, Command, Tree, is_own, quote_word, within


@dataclass(frozen=True, slots=True)
class _Kind:
    """`manifests`: any of these names. `command` runs where one of `lockfiles` is there, `unlocked` where none is;
    `has_all`: a file that holds all packages already; `everywhere`: also in folders within another such folder."""

    manifests: tuple[str, ...]
    command: str
    lockfiles: tuple[str, ...] = ()
    unlocked: str = ""
    has_all: str = ""
    everywhere: bool = False


_KINDS = (
    _Kind(("go.mod",), "go mod download", ("go.sum",), has_all="vendor/modules.txt", everywhere=True),
    _Kind(("Cargo.toml",), "cargo fetch --locked", ("Cargo.lock",), "cargo fetch"),
    _Kind(("Gemfile",), "bundle install", ("Gemfile.lock",)),
    _Kind(
        ("composer.json",),
        "composer install --no-interaction --no-progress",
        ("composer.lock",),
        has_all="vendor/autoload.php",
    ),
    _Kind(("mix.exs",), "mix local.hex --force && mix local.rebar --force && mix deps.get", ("mix.lock",)),
)
_GRADLE = ("settings.gradle", "settings.gradle.kts", "build.gradle", "build.gradle.kts")
_OF_TESTS = re.compile(r"tests?/[^/]+/[^/]+")  # a project of tests; deeper ones are what tests read
_DOTNET = re.compile(r".*\.(?:sln|slnx|csproj|fsproj|vbproj)")


def other_commands(tree: Tree) -> Iterator[Command]:
    for kind in _KINDS:
        for folder in tree.folders_with(*kind.manifests, everywhere=kind.everywhere):
            yield from (within(folder, command) for command in _fetch(kind, tree.at(folder)))
    for folder in tree.folders_with("pom.xml", *_GRADLE):
        yield from (within(folder, command) for command in _java(tree.at(folder)))
    yield from _dotnet(tree)


def other_folders_left_out(tree: Tree) -> Iterator[str]:
    for kind in _KINDS:
        yield from tree.left_out(*kind.manifests, everywhere=kind.everywhere)
    yield from tree.left_out("pom.xml", *_GRADLE)


def _fetch(kind: _Kind, tree: Tree) -> Iterator[Command]:
    if kind.has_all and kind.has_all in tree.paths:
        return
    lockfile = next((name for name in kind.lockfiles if name in tree.paths), None)
    command = kind.command if lockfile or not kind.unlocked else kind.unlocked
    yield Command(text=command, reason=lockfile or kind.manifests[0], pinned=lockfile is not None)


def _java(tree: Tree) -> Iterator[Command]:
    """With the project's own wrapper where there is one. Maven's goal leaves out what plugins fetch as they run."""
    if "pom.xml" in tree.paths:
        program = "sh ./mvnw" if "mvnw" in tree.paths else "mvn"
        yield Command(text=f"{program} -q -B dependency:go-offline", reason="pom.xml")
    elif manifest := next((name for name in _GRADLE if name in tree.paths), None):
        program = "sh ./gradlew" if "gradlew" in tree.paths else "gradle"
        yield Command(text=f"{program} --quiet --no-daemon testClasses", reason=manifest)


def _dotnet(tree: Tree) -> Iterator[Command]:
    """The solutions nearest to the top, or a project there, or else every project: dotnet refuses to choose."""
    own = [path for path in tree.paths if _DOTNET.fullmatch(path) and (is_own(path) or _OF_TESTS.fullmatch(path))]
    solutions = [path for path in own if path.endswith((".sln", ".slnx"))]
    nearest = min((path.count("/") for path in solutions), default=0)
    at_top = sorted(path for path in own if "/" not in path)
    found = sorted(path for path in solutions if path.count("/") == nearest and nearest <= 1)
    found = found or at_top[:1] or sorted(own, key=lambda path: (path.count("/"), path))
    locked = any(path.endswith("packages.lock.json") for path in tree.paths)
    mode = " --locked-mode" if locked else ""
    for path in found[:MOST_FOLDERS]:
        yield Command(text=f"dotnet restore {quote_word(path)}{mode}", reason=path, pinned=locked)
