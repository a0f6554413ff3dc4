"""Dependencies that a change adds, and places that it takes packages from: named for the reviewer.

What the standard library and PyYAML can read is compared by name; of other manifests it is said that they changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.changes import FileChange, Note
from bot.core.documents import Unreadable
from bot.core.globs import first_match
from bot.core.manifests import Dependencies, Reader, manifest_reader
from bot.core.registries import registries

_NAMED = 4  # dependencies of one file; the reviewer looks at the file anyway

_LOCKFILES = (
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.y*ml", "bun.lock", "bun.lockb", "deno.lock"),
    *(
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock*.toml",
        "pixi.lock",
        "conda-lock.y*ml",
        "Cargo.lock",
    ),
    *("go.sum", "Gemfile.lock", "gems.locked", "composer.lock", "Package.resolved", "Podfile.lock", "mix.lock"),
    *("packages.lock.json", "gradle.lockfile", "*.lockfile", "pubspec.lock", "flake.lock", "Cartfile.resolved"),
    *("verification-metadata.xml", "**/vendor/modules.txt"),
)
_OTHER_MANIFESTS = (
    *("pom.xml", "build.gradle*", "settings.gradle*", "libs.versions.toml", "*.versions.toml", "*.csproj", "*.fsproj"),
    *("packages.config", "Directory.Packages.props", "paket.dependencies", "*.sbt", "mix.exs", "rebar.config"),
    *("Package.swift", "Podfile", "Cartfile", "*.cabal", "stack.yaml", "package.yaml", "package.json5", "*.opam"),
    *("*.gemspec", "setup.py", "setup.cfg", "conanfile.*", "vcpkg.json", "deps.edn", "project.clj", "shard.yml"),
    *("WORKSPACE.bazel", "MODULE.bazel", "*.nimble", "*.rockspec", "cpanfile", "dub.json", "import_map.json"),
    *(
        "deno.json*",
        "devbox.json",
        "flake.nix",
        "**/.config/dotnet-tools.json",
        "elm.json",
        "Manifest.toml",
        "pixi.toml",
        "Brewfile",
    ),
)


def package_changes(changes: Iterable[FileChange]) -> list[Note]:
    """A note for each added dependency's file, each lockfile, and each place that packages newly come from."""
    return [Note(change.path, what) for change in changes for what in _reasons(change)]


def _reasons(change: FileChange) -> Iterator[str]:
    reader = manifest_reader(change.path)
    if reader is not None:
        yield from _find_added(change, reader)
    elif first_match(change.path, _LOCKFILES) is not None:
        yield from _find_locked(change)
    elif first_match(change.path, _OTHER_MANIFESTS) is not None:
        yield "the manifest changes: look for new dependencies"


def _find_locked(change: FileChange) -> Iterator[str]:
    """A poisoned lockfile names a new host, and GitHub folds lockfiles in a review."""
    before = registries(change.old_path, change.before or b"")
    new = sorted(str(host) for host in registries(change.path, change.after or b"") - before) if change.before else []
    if new:
        yield f"takes packages from {', '.join(new[:_NAMED])}, which it did not before"
    yield "decides which packages are installed, and from where"


def _find_added(change: FileChange, reader: Reader) -> Iterator[str]:
    try:
        after = reader(change.after)
    except Unreadable as error:
        yield f"{error}: look for new dependencies"
        return
    try:
        before = reader(change.before)
    except Unreadable:
        before = {}
    names = [name for name in after if name not in before]
    moved = [name for name in after if name in before and after[name] != before[name] and after[name]]
    if names:
        yield f"adds the {'dependency' if len(names) == 1 else 'dependencies'} {_tell(names, after)}"
    if moved:
        yield f"takes from another source: {_tell(moved, after)}"


def _tell(names: list[str], found: Dependencies) -> str:
    named = [f"{name} from {found[name]}" if found[name] else name for name in names[:_NAMED]]
    return ", ".join(named) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
