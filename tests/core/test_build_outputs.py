"""An output of a build is distinguished from source of the same name, and from output that a repository tracks."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest

from bot.core.by_products import folder_kind
from tests.core.made_folders import Made

TSC = "tsc -p ."
ES_MODULE = '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'


def kind(name: str, files: dict[str, str], manifest: dict[str, object], tracked: Collection[str] = ()) -> str | None:
    """What a folder is beside a `package.json`."""
    parent = Made({"package.json": json.dumps(manifest), **files})
    folder = parent.inside(name)
    assert folder is not None
    return folder_kind(name, "", folder, parent, tracked=lambda: tracked)


def builds(script: str = TSC, **fields: object) -> dict[str, object]:
    return {"name": "clock", "scripts": {"build": script}, **fields}


OUTPUTS: dict[str, tuple[str, dict[str, str], dict[str, object]]] = {
    "main": ("dist", {"dist/index.js": "", "src/index.ts": ""}, builds(main="dist/index.js")),
    "exports": ("dist", {"dist/a.js": "", "src/a.ts": ""}, builds(exports={".": [{"import": "./dist/a.js"}]})),
    "bin": ("lib", {"lib/cli.js": "", "src/cli.ts": ""}, builds(bin={"clock": "./lib/cli.js"})),
    "files": ("build", {"build/a.js": "", "tsconfig.json": ""}, builds(files=["build"])),
    "one of several": ("esm", {"esm/a.js": "", "src/a.ts": ""}, builds("rollup -c", module="./esm/a.js")),
    "sources at the top": ("dist", {"dist/a.js": "", "index.ts": ""}, builds("tsup index.ts", main="./dist/a.js")),
    "prepare": ("dist", {"dist/a.js": "", "src/a.js": ""}, {"main": "dist/a", "scripts": {"prepare": "babel src"}}),
    "a source map": ("dist", {"dist/app.js": "", "dist/app.js.map": ""}, builds("esbuild app.js")),
    "a map of types": ("lib", {"lib/a.d.ts.map": "", "lib/a.d.ts": ""}, builds()),
    "digests": ("dist", {"dist/index.html": "", "dist/assets/index-BkD2f9aX.js": ""}, builds("vite build")),
    "digests of webpack": ("build", {"build/static/js/main.4f9ac01b.js": ""}, builds("react-scripts build")),
    "tsc": ("out", {"out/a.js": ES_MODULE}, builds()),
    "webpack": ("dist", {"dist/main.js": "/******/ (() => { // webpackBootstrap\n"}, builds("webpack --mode none")),
    "esbuild": ("dist", {"dist/x.cjs": "var __defProp = Object.defineProperty;\n"}, builds("node esbuild.mjs")),
    "parcel": ("dist", {"dist/deep/a.js": "parcelRequire = (function"}, builds("parcel build")),
    "a variant": ("dist-node", {"dist-node/a.js": ES_MODULE}, builds()),
}

WORK: dict[str, tuple[str, dict[str, str], dict[str, object]]] = {
    "hand-written": ("lib", {"lib/index.js": ""}, {"main": "lib/index.js", "scripts": {"test": "jest"}}),
    "hand-written with types": ("lib", {"lib/index.js": "", "lib/index.d.ts": ""}, builds("eslint .", main="lib")),
    "the only source": ("lib", {"lib/index.js": ""}, builds("babel lib -d dist", main="lib/index.js")),
    "scripts of a build": ("build", {"build/rollup.config.js": "export default {}", "src/a.js": ""}, builds("rollup")),
    "no script builds": ("dist", {"dist/a.js.map": ""}, {"scripts": {"test": "vitest run"}}),
    "no scripts": ("dist", {"dist/a.js.map": ""}, {"main": "dist/a.js"}),
    "an action": (
        "dist",
        {"dist/index.js": ES_MODULE, "src/a.ts": "", "action.yml": "runs:\n  main: dist/index.js\n"},
        builds("ncc build", main="dist/index.js"),
    ),
    "an action in YAML": ("lib", {"lib/a.js.map": "", "action.yaml": "main: ./lib/a.js"}, builds()),
    "another name": ("public", {"public/a.js.map": ""}, builds()),
    "source of a library": ("library", {"library/a.js.map": ""}, builds()),
    "a word with a hyphen": ("lib", {"lib/index-template.js": "", "lib/date-formatter.js": ""}, builds("tsc")),
    "a version": ("dist", {"dist/readme.md": ""}, builds("tsc")),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_of_a_build(name: str) -> None:
    folder, files, manifest = OUTPUTS[name]

    assert kind(folder, files, manifest) == "an output of a build"


@pytest.mark.parametrize("name", OUTPUTS)
def test_where_the_base_commit_tracks_a_folder_of_the_name_it_is_work(name: str) -> None:
    """Also another one: then packages of this repository have theirs in it."""
    folder, files, manifest = OUTPUTS[name]

    assert kind(folder, files, manifest, tracked={folder, "src"}) is None


@pytest.mark.parametrize("name", WORK)
def test_what_may_be_source_is_work(name: str) -> None:
    assert kind(*WORK[name]) is None


def test_without_a_manifest_or_with_one_that_is_none_it_is_work() -> None:
    for text in ("", "[]", "{", '{"scripts": "tsc"}', '{"scripts": {"build": ["tsc"]}}'):
        parent = Made({"package.json": text, "dist/a.js.map": ""})
        assert folder_kind("dist", "", parent.inside("dist") or parent, parent) is None
    alone = Made({"dist/a.js.map": ""})
    assert folder_kind("dist", "", alone.inside("dist") or alone, alone) is None
