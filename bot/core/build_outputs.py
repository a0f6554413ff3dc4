"""What bundlers and compilers of JavaScript write into `dist`, `build` or `lib`: an output of a build, no work.

Some repositories track such folders, and then a change in them is work. So a folder is an output only if the base
commit tracks none of its name, the manifest beside it runs a tool that builds, and either that manifest points into it
while the sources are elsewhere, or what lies in it has marks of such a tool. An action of GitHub runs what is in its
`dist`: there it is work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Protocol

from bot.core.untrusted import as_dict

OUTPUT = "an output of a build"

_NAMES = re.compile(r"(?:dist|build|lib|out|output|es|esm|cjs|umd|bundle|compiled)(?:[-_]\w+)?")
_TOOL = re.compile(
    r"\b(?:tsc|tsup|tsdown|rollup|webpack|vite(?!st)|esbuild|parcel|babel|swc|unbuild|microbundle|ncc|rspack|rsbuild"
    r"|rslib|tsdx|father|ng build|react-scripts build|vue-cli-service build|vue-tsc|preconstruct|pkgroll|bunchee"
    r"|browserify|gulp|grunt|stencil|svelte-package|ng-packagr|bun build|deno bundle|coffee|snowpack|astro build"
    r"|kcd-scripts build|bob build|aegir build|zshy|tshy|obuild|craco build|nest build|esno|metro)\b"
)
_POINTERS = ("main", "module", "types", "typings", "bin", "exports", "browser", "files", "unpkg", "jsdelivr", "imports")
_ACTIONS = ("action.yml", "action.yaml")
_SOURCES = re.compile(r"src|source|sources|app|tsconfig\.json|.+\.[cm]?tsx?|.+\.(?:coffee|svelte|vue)")
_MAP = re.compile(r".+\.(?:[cm]?js|css|d\.[cm]?ts)\.map")
_HASHED = re.compile(r".+[-.](?=[A-Za-z_]*[0-9]|[a-z]+[A-Z]|[A-Z]+[a-z])[A-Za-z0-9_]{8,}\.(?:[cm]?js|css)")
_SCRIPT = re.compile(r".+\.[cm]?js")
_HEADS = (
    b'Object.defineProperty(exports, "__esModule"',
    b"webpackBootstrap",
    b"__webpack_require__",
    b"__defProp = Object.defineProperty",
    b"__commonJS = (",
    b"parcelRequire",
    b'require("source-map-support").install',
    b"/******/",
)
_MANIFEST, _READ = 200_000, 4096  # bytes
_MOST_FILES, _DEEPEST = 60, 3


class OutputFolder(Protocol):
    """As in `bot.core.by_products`."""

    @property
    def names(self) -> Collection[str]: ...

    def inside(self, name: str) -> OutputFolder | None: ...

    def read(self, name: str, limit: int) -> bytes: ...


def may_be_output(name: str, parent: OutputFolder) -> bool:
    """By its name, and by what is beside it: what costs little to see."""
    return _NAMES.fullmatch(name) is not None and "package.json" in parent.names


def is_build_output(name: str, folder: OutputFolder, parent: OutputFolder, tracked: Collection[str]) -> bool:
    """`tracked`: the names of all folders in which the base commit tracks files."""
    if name in tracked or not may_be_output(name, parent):
        return False
    manifest = _read_manifest(parent)
    scripts = as_dict(manifest.get("scripts")).values()
    if not any(isinstance(text, str) and _TOOL.search(text) for text in scripts) or _is_run(name, parent):
        return False
    has_sources = any(_SOURCES.fullmatch(each) for each in parent.names if each != name)
    return (has_sources and _points_into(manifest, name)) or _has_marks(folder)


def _read_manifest(parent: OutputFolder) -> dict[str, object]:
    try:
        return as_dict(json.loads(parent.read("package.json", _MANIFEST)))
    except (ValueError, RecursionError):
        return {}


def _is_run(name: str, parent: OutputFolder) -> bool:
    """Whether the repository is an action of GitHub that has the folder in it."""
    return any(f"{name}/".encode() in parent.read(action, _READ) for action in _ACTIONS if action in parent.names)


def _points_into(manifest: dict[str, object], name: str) -> bool:
    paths = (path.removeprefix("./").strip("/") for key in _POINTERS for path in _texts(manifest.get(key)))
    return any(path == name or path.startswith(f"{name}/") for path in paths)


def _texts(value: object) -> Iterator[str]:
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            left += each.values()
        elif isinstance(each, list):
            left += each


def _has_marks(folder: OutputFolder) -> bool:
    """Whether some file in it is a source map, has a digest in its name, or begins as tools begin what they write."""
    return any(
        _MAP.fullmatch(name)
        or _HASHED.fullmatch(name)
        or (_SCRIPT.fullmatch(name) and any(head in around.read(name, _READ) for head in _HEADS))
        for around, name in _files(folder)
    )


def _files(folder: OutputFolder) -> Iterator[tuple[OutputFolder, str]]:
    """The first files, the outermost first."""
    level, count = [folder], 0
    for _ in range(_DEEPEST):
        deeper = list[OutputFolder]()
        for each in level:
            for name in sorted(each.names):
                count += 1
                if count > _MOST_FILES:
                    return
                inner = each.inside(name)
                if inner is not None:
                    deeper.append(inner)
                else:
                    yield each, name
        level = deeper
