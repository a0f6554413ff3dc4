"""What runs by itself when somebody installs or builds the project: a reviewer's machine, CI, a user."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.core.changes import FileChange, Note
from bot.core.documents import Unreadable, read_json, read_toml
from bot.core.globs import first_match, fold
from bot.core.untrusted import as_dict, as_str

_WHY = "runs when the project is installed or built"
_NAMED = 5
_FILES = (
    *("setup.py", "build.rs", "*.gyp", "*.gypi", "extconf.rb", "hatch_build.py", "/build.py", "_build.py", "*.gemspec"),
    *("Podfile", "conanfile.py", "Package.swift", "mix.exs", "rebar.config", "rebar.config.script", "Makefile.PL"),
    *("Build.PL", "build.zig", "build.sbt", "project/*.sbt", "project/*.scala", "*.gradle", "*.gradle.kts", "buildSrc"),
    *("gradle.properties", "pom.xml", "Directory.Build.*", "*.csproj", "*.fsproj", "*.vbproj", "*.targets", "*.props"),
    *("global.json", "WORKSPACE.bazel", "MODULE.bazel", "*.bzl", "configure.ac", "configure.py"),
    *("CMakeLists.txt", "*.cmake", "meson.build", "binding.gyp", "install.sh", "bootstrap.sh", "postinstall.*"),
    *("preinstall.*", "install.js", "*.cabal", "Setup.hs", "Setup.lhs", "dune-project"),
    *("*.opam", "Dockerfile*", "*.Dockerfile", "Containerfile*", "docker-compose*.y*ml", "compose*.y*ml"),
    *("flake.nix", "shell.nix", "default.nix", "devenv.nix", "devenv.yaml", "devbox.json", "rust-toolchain*"),
    *("netlify.toml", "vercel.json", "render.yaml", "fly.toml", "railway.*", "amplify.yml", "Procfile", "app.json"),
    *(".readthedocs.y*ml", "wrangler.toml", "wrangler.json*", "firebase.json", "app.yaml", "now.json", "heroku.yml"),
)
_SCRIPTS = {
    "package.json": frozenset(
        (
            *("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"),
            *("prepublishOnly", "publish", "postpublish", "prepack", "postpack", "preuninstall", "uninstall"),
            *("postuninstall", "dependencies", "pnpm:devPreinstall", "preversion", "version", "postversion"),
        )
    ),
    "composer.json": None,  # every script there is an event's
}
_ALLOWANCES = (
    *("trustedDependencies", "lavamoat", "allowScripts", "dependenciesMeta", "pnpm.onlyBuiltDependencies"),
    *("pnpm.neverBuiltDependencies", "pnpm.ignoredBuiltDependencies", "pnpm.patchedDependencies", "gypfile"),
)


def install_scripts(changes: Iterable[FileChange]) -> list[Note]:
    """A note for each file that holds new or changed install scripts."""
    return [Note(change.path, what) for change in changes for what in _reasons(change)]


def _reasons(change: FileChange) -> Iterator[str]:
    if any(first_match(path, _FILES) is not None for path in change.paths):
        yield _WHY
    name = fold(change.path).rpartition("/")[2]
    try:
        if name in _SCRIPTS:
            yield from _scripts(read_json(change.before), read_json(change.after), _SCRIPTS[name])
        elif name == "pyproject.toml" and _builds(read_toml(change.before)) != _builds(read_toml(change.after)):
            yield f"its build settings change, and {_WHY.replace('runs', 'they run')}"
        elif name == "cargo.toml" and _cargo(read_toml(change.before)) != _cargo(read_toml(change.after)):
            yield f"its key `build` or `links` changes: it {_WHY}"
    except Unreadable as error:
        yield f"{error}: look for what {_WHY}"


def _scripts(before: dict[str, Any], after: dict[str, Any], which: frozenset[str] | None) -> Iterator[str]:
    was, now = as_dict(before.get("scripts")), as_dict(after.get("scripts"))
    names = [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
    if changed := [name for name in names if which is None or name in which]:
        yield f"its script {', '.join(changed[:_NAMED])} {_WHY}"
    if any(_at(before, key) != _at(after, key) for key in _ALLOWANCES):
        yield "it changes which packages may run scripts when they are installed"


def _at(document: dict[str, Any], key: str) -> str:
    found: object = document
    for part in key.split("."):
        found = as_dict(found).get(part)
    return json.dumps(found, default=str)


def _builds(project: dict[str, Any]) -> str:
    """The build system, and what the usual ones run besides. What they require counts as a dependency."""
    system = {key: value for key, value in as_dict(project.get("build-system")).items() if key != "requires"}
    tools = as_dict(project.get("tool"))
    hooks = [as_dict(tools.get(name)).get(key) for name, key in _BUILD_TOOLS]
    return json.dumps([system, hooks], default=str)


_BUILD_TOOLS = (
    *(("hatch", "build"), ("hatch", "metadata"), ("poetry", "build"), ("pdm", "build"), ("setuptools", "cmdclass")),
    *(
        ("setuptools", "ext-modules"),
        ("setuptools", "dynamic"),
        ("maturin", "python-source"),
        ("scikit-build", "cmake"),
    ),
)


def _cargo(manifest: dict[str, Any]) -> tuple[str, str]:
    package = as_dict(manifest.get("package"))
    return as_str(package.get("build")), as_str(package.get("links"))
