"""Which checks a repository has, by the files that its kind of project usually has.

They are read from the base commit alone, so a change cannot choose what verifies it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable

from bot.core.untrusted import as_dict, as_str

ReadText = Callable[[str], str | None]

_SCRIPTS = ("lint", "test")
_NO_TEST = re.compile(r"no test specified")
_MANAGERS = (
    ("pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn", "yarn install --frozen-lockfile"),
    ("package-lock.json", "npm", "npm ci"),
    ("npm-shrinkwrap.json", "npm", "npm ci"),
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def detected(paths: Collection[str], read: ReadText) -> list[str]:
    """The checks that a repository has by the usual signs, in the order in which they run. `read` gives the text of a
    file of the same commit, None where it is none."""
    top = {path for path in paths if "/" not in path}
    return [*_node(top, read), *_python(top, paths, read), *_go_and_rust(top), *_make(top, read)]


def _node(top: Collection[str], read: ReadText) -> list[str]:
    if "package.json" not in top:
        return []
    package = _package(read)
    scripts = as_dict(package.get("scripts"))
    wanted = [name for name in _SCRIPTS if as_str(scripts.get(name)) and not _NO_TEST.search(as_str(scripts.get(name)))]
    _, manager, install = next((each for each in _MANAGERS if each[0] in top), ("", "npm", ""))
    needs = install and any(as_dict(package.get(kind)) for kind in ("dependencies", "devDependencies"))
    return [*([install] if needs and wanted else []), *(f"{manager} run {name}" for name in wanted)]


def _package(read: ReadText) -> dict[str, object]:
    try:
        return as_dict(json.loads(read("package.json") or "{}"))
    except (ValueError, RecursionError):
        return {}


def _python(top: Collection[str], paths: Iterable[str], read: ReadText) -> list[str]:
    if "tox.ini" in top or "[tool.tox" in (read("pyproject.toml") or ""):
        return ["tox"]
    configured = {"pytest.ini", "conftest.py"} & set(top) or "[tool.pytest" in (read("pyproject.toml") or "")
    configured = configured or "[tool:pytest]" in (read("setup.cfg") or "")
    tests = any(re.fullmatch(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py", path) for path in paths)
    return ["python3 -m pytest -q"] if configured or tests else []


def _go_and_rust(top: Collection[str]) -> list[str]:
    return [*(["go test ./..."] if "go.mod" in top else []), *(["cargo test"] if "Cargo.toml" in top else [])]


def _make(top: Collection[str], read: ReadText) -> list[str]:
    """The file that GNU make would take, if it has the target."""
    name = next((name for name in _MAKEFILES if name in top), None)
    has_target = name is not None and re.search(r"^test[ \t]*:(?!=)", read(name) or "", re.MULTILINE)
    return ["make test"] if has_target else []
