"""Files that take the place of a test runner, of the standard library, or of an installed package.

`python -m unittest` and pytest look in the working folder and in the tests' folders first: a `unittest.py` there is run
instead of the real one, and every check passes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator

from bot.core.changes import FileChange, Note
from bot.core.globs import fold

_RUNNERS = frozenset(
    (
        *("pytest", "_pytest", "pluggy", "unittest", "unittest2", "nose", "nose2", "doctest", "tox", "nox"),
        *("hypothesis", "coverage", "xdist", "pytest_cov", "mock", "behave", "robot", "ward", "testtools"),
        *("twisted", "trial", "mypy", "ruff", "flake8", "pylint", "pyflakes", "black", "isort", "pyright"),
        *("bandit", "pip", "setuptools", "wheel", "pkg_resources", "rspec", "minitest", "test_unit", "rake"),
        *("jest", "vitest", "mocha", "jasmine", "ava", "tap", "karma", "phpunit"),
    )
)
_LIBRARY = frozenset(map(str.casefold, sys.stdlib_module_names)) - {"test", "this", "antigravity"}
_ANYWHERE = frozenset({"sitecustomize", "usercustomize"})
_MODULE = re.compile(r"([^.]+)\.(?:py[cow]?|(?:[\w-]+\.)?(?:so|pyd)|rb|php)|([^.]+)")
_REAL_RUNNERS = frozenset({"pytest", "_pytest", "unittest"})
_TOOLS = _RUNNERS | frozenset(
    (
        *("python", "python3", "node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "go", "cargo", "rustc"),
        *("ruby", "bundle", "php", "composer", "java", "javac", "mvn", "gradle", "make", "cmake", "just"),
        *("task", "git", "bash", "sh", "env", "gcc", "cc", "clang", "eslint", "tsc", "prettier"),
        *("golangci-lint", "pre-commit", "uv", "poetry"),
    )
)
_BIN = frozenset({"bin", ".bin", "sbin", "scripts", ".venv", "venv"})
_INSTALLED = frozenset(
    {"node_modules", "site-packages", "dist-packages", ".venv", "venv", "__pycache__", "__pypackages__"}
)
_TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "testing"})
_JAVA = re.compile(r"(?:^|/)org/(?:junit|testng|mockito|hamcrest|assertj)/")


def shadowing(changes: Iterable[FileChange], known: Collection[str] = ()) -> list[Note]:
    """A note for each file that is new or changed and shadows something. `known`: the base commit's paths, which tell
    whether a folder is a package; modules inside of packages shadow nothing."""
    return [
        Note(change.path, what)
        for change in changes
        if change.after is not None and (what := _find_shadowed(change, known)) is not None
    ]


def _find_shadowed(change: FileChange, known: Collection[str]) -> str | None:
    *folders, name = fold(change.path).split("/")
    if not _INSTALLED.isdisjoint(folders) or name in _INSTALLED or name.endswith((".pyc", ".pyo")):
        return "is run in the place of an installed package"
    if name.endswith((".pth", ".egg-link")):
        return "is run whenever Python starts"
    if _JAVA.search(fold(change.path)):
        return "takes the place of a test runner"
    if folders and folders[-1] in _BIN and name.partition(".")[0] in _TOOLS:
        return f"takes the place of the program {name}"
    return next(_modules(change, folders, name, known), None)


def _modules(change: FileChange, folders: list[str], name: str, known: Collection[str]) -> Iterator[str]:
    """The module that a file is, and the package that its folder is by its `__init__`."""
    if (found := _MODULE.fullmatch(name)) is None:
        return
    module, within = found[1] or found[2], folders
    if module == "__init__" and folders:
        module, within = folders[-1], folders[:-1]
    elif found[2] is not None and not change.may_be_link:
        return
    is_new = change.before is None or change.path != change.old_path
    python, inside = not name.endswith((".rb", ".php")), _in_package(change.path, within, known)
    if python and module in _ANYWHERE:
        yield "is run whenever Python starts"
    elif module in _REAL_RUNNERS or (module in _RUNNERS and not inside):
        yield f"takes the place of the test runner or tool {module}"
    elif python and is_new and module in _LIBRARY and not inside:
        yield f"takes the place of {module} of the standard library"


def _in_package(path: str, folders: list[str], known: Collection[str]) -> bool:
    """Whether its folder was a package before the change, and none of tests: those can be the start of a search."""
    if not folders or not _TEST_FOLDERS.isdisjoint(folders):
        return False
    return f"{'/'.join(path.split('/')[: len(folders)])}/__init__.py" in known
