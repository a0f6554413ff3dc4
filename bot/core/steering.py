"""Whether a change touches what the checks run or count: the reviewer is asked to look at it before the checks' result.

A result of checks that the change itself rewrote says less than it seems to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.core.changes import FileChange, Note
from bot.core.documents import Unreadable, read_json, read_toml
from bot.core.globs import first_match, fold
from bot.core.untrusted import as_dict

_WHY = "decides what the checks run"
_NAMED = 5

_STEERING = (
    # Build tools and task runners.
    *("GNUmakefile", "makefile", "*.mk", "*.mak", "justfile", ".justfile", "*.just", "Taskfile*.y*ml", "Rakefile"),
    *("*.rake", "noxfile.py", "/tasks.py", "/dodo.py", "wscript", "SConstruct", "gulpfile.*", "Gruntfile.*"),
    *("Magefile.go", "magefile.go", "nx.json", "project.json", "turbo.json*", "lerna.json", "Earthfile", ".bazelrc"),
    *("BUILD.bazel", "CMakePresets.json", "CTestTestfile.cmake", ".pnp.*", "lage.config.*"),
    # Test runners and what they load.
    *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml", ".coveragerc"),
    *("unittest.cfg", "nose.cfg", ".noserc", "*jest.config.*", "jest-preset.*", "*vitest.config.*"),
    *("vitest.workspace.*", "vite.config.*", "karma.conf*.*", "karma.config.*", "playwright*.config.*"),
    *("cypress.config.*", "cypress.json", ".mocharc*", "mocha.opts", "ava.config.*", ".ava.config.*", ".nycrc*"),
    *("nyc.config.*", ".c8rc*", ".taprc", "wdio.conf.*", "jasmine.json", ".jasmine.json", "testem.*"),
    *("web-test-runner.config.*", "babel.config.*", ".babelrc*", ".swcrc", "/__mocks__", "setupTests.*"),
    *("jest.setup.*", "vitest.setup.*", "setup-jest.*", "bunfig.toml", ".rspec", "phpunit*.xml*", "Pest.php"),
    *("testng*.xml", "junit-platform.properties", ".runsettings", "*.runsettings", "xunit.runner.json", ".prove"),
    *(".proverc", "behave.ini", ".behaverc", "cucumber.*", ".cucumberrc", "codecov.y*ml", ".codecov.y*ml"),
    # Linters and type checkers: they are checks as well.
    *(".eslintrc*", "eslint.config.*", ".eslintignore", "biome.json*", ".oxlintrc*", "tsconfig*.json", "jsconfig.json"),
    *("ruff.toml", ".ruff.toml", ".flake8", ".pylintrc", "pylintrc", "mypy.ini", ".mypy.ini", "pyrightconfig.json"),
    *(".bandit", ".golangci.*", "clippy.toml", ".clippy.toml", ".cargo/nextest.toml", "nextest.toml", ".rubocop*.yml"),
    *("phpstan*.neon*", "psalm.xml*", "checkstyle*.xml", "detekt*.yml", ".stylelintrc*", "stylelint.config.*"),
    *(".markdownlint*", ".yamllint*", ".shellcheckrc", ".hadolint.y*ml", "deno.json*"),
    # What tools read from the environment's files.
    *(".env", ".env.test", ".env.ci", ".node-options"),
)
_MANIFEST_KEYS = {
    "package.json": (
        *("scripts", "jest", "ava", "mocha", "nyc", "c8", "tap", "vitest", "babel", "eslintConfig", "bin", "type"),
        *("imports", "exports", "browser", "wireit", "nx", "stylelint", "xo", "standard", "engines", "tsd"),
    ),
    "composer.json": ("scripts", "autoload", "autoload-dev", "config"),
}
_PACKAGING = frozenset({"poetry", "uv", "pdm", "setuptools", "setuptools_scm", "flit", "hatch", "towncrier"})
_SETUP_SECTIONS = re.compile(
    r"^\[(?:tool:pytest|flake8|mypy[^\]\n]*|coverage:[^\]\n]+|tox[^\]\n]*|aliases|test)\]", re.M
)
_WORDS = re.compile(r"[^\s;&|()<>'\"=`$,]+")


def steering_changed(changes: Iterable[FileChange], commands: Iterable[str] = ()) -> list[Note]:
    """A note for each changed file that decides what the checks run or count. `commands`: the checks and the scripts
    that they call; files that those name count as well."""
    scripts = _files_named(commands)
    return [Note(path, what) for change in changes for path in change.paths for what in _reasons(path, change, scripts)]


def find_called(commands: Iterable[str], package: bytes | None) -> list[str]:
    """The commands with the scripts of `package.json`, which they may call by name."""
    try:
        scripts = as_dict(read_json(package).get("scripts"))
    except Unreadable:
        scripts = {}
    return [*commands, *(script for script in scripts.values() if isinstance(script, str))]


def _reasons(path: str, change: FileChange, scripts: frozenset[str]) -> Iterator[str]:
    name = fold(path).rpartition("/")[2]
    if first_match(path, _STEERING) is not None:
        yield _WHY
    elif name in _MANIFEST_KEYS:
        yield from _find_changed(change, read_json, lambda read: _choose(read, _MANIFEST_KEYS[name]))
    elif name in ("pyproject.toml", "cargo.toml"):
        yield from _find_changed(change, read_toml, _tools if name == "pyproject.toml" else _cargo)
    elif name == "setup.cfg" and any(_SETUP_SECTIONS.search(_text(side)) for side in (change.before, change.after)):
        yield _WHY
    if any(fold(path) == script or fold(path).endswith(f"/{script}") for script in scripts):
        yield "is run by the checks"


def _files_named(commands: Iterable[str]) -> frozenset[str]:
    """What looks like the path of a file in command lines."""
    words = (word.removeprefix("./").strip("/") for command in commands for word in _WORDS.findall(command))
    return frozenset(fold(word) for word in words if "." in word or "/" in word)


def _find_changed(
    change: FileChange,
    read: Callable[[bytes | None], dict[str, Any]],
    chosen: Callable[[dict[str, Any]], Mapping[str, object]],
) -> Iterator[str]:
    """Compare the settings of a manifest by name. A manifest that cannot be read counts as changed."""
    try:
        before, after = chosen(read(change.before)), chosen(read(change.after))
    except Unreadable:
        yield _WHY
        return
    names = [name for name in dict.fromkeys([*before, *after]) if _same(before, name) != _same(after, name)]
    if names:
        yield f"{_WHY}: {', '.join(names[:_NAMED])}{' and more' if len(names) > _NAMED else ''}"


def _same(document: Mapping[str, object], name: str) -> str:
    return json.dumps(document[name], default=str) if name in document else ""


def _choose(read: dict[str, Any], keys: Iterable[str]) -> dict[str, object]:
    """The keys as they are, but each script under a separate name."""
    found: dict[str, object] = {key: read[key] for key in keys if key in read and key != "scripts"}
    return found | {f"scripts.{name}": script for name, script in as_dict(read.get("scripts")).items()}


def _tools(read: dict[str, Any]) -> dict[str, object]:
    """The settings of runners and linters as a whole; of tools for packages, their scripts and environments."""
    tools = as_dict(read.get("tool"))
    found: dict[str, object] = {f"tool.{name}": tools[name] for name in tools if name not in _PACKAGING}
    for name in _PACKAGING & tools.keys():
        settings = as_dict(tools[name])
        found |= {f"tool.{name}.{key}": settings[key] for key in ("scripts", "envs") if key in settings}
    return found


def _cargo(read: dict[str, Any]) -> dict[str, object]:
    """Which targets are tests, and how code is compiled for them."""
    keys = ("test", "bench", "lib", "bin", "example", "profile", "lints", "features")
    return {key: read[key] for key in keys if key in read}


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")
