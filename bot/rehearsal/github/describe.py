"""Cuts GitHub's own description of its API down to what is modelled: `python -m bot.rehearsal.github.describe`.

The result, `description.json.gz`, is data that the guard reads. It is never edited by hand: a test makes it anew
from the package `@octokit/openapi` and compares.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.rehearsal.github.events import WEBHOOKS
from bot.rehearsal.github.routes import ROUTES

Json = dict[str, Any]

HERE = Path(__file__).parent
REDUCED = HERE / "description.json.gz"
LICENCE = HERE / "description.LICENSE"

_PROSE = frozenset({"summary", "description", "example", "examples", "externalDocs", "tags", "x-github", "x-octokit"})
# Below these keys the next level holds names, not keywords: a property called `description` is no prose.
_NAME_MAPS = frozenset({"properties", "patternProperties", "schemas", "responses", "parameters", "headers", "content"})


def reduce(description: Json, operations: Iterable[tuple[str, str]], webhooks: Iterable[str]) -> Json:
    """The part of `description` that these operations (`("GET", "/user")`) and webhooks need, without prose."""
    paths: Json = {}
    for method, path in operations:
        operation = without_prose(description["paths"][path][method.lower()])
        paths.setdefault(path, {})[method.lower()] = operation
    hooks = {name: without_prose(description["x-webhooks"][name]) for name in webhooks}
    return {
        "openapi": description["openapi"],
        "info": {"title": description["info"]["title"], "version": description["info"]["version"]},
        "paths": paths,
        "x-webhooks": hooks,
        "components": _referenced_components(description, [paths, hooks]),
    }


def without_prose(node: Any, *, names: bool = False) -> Any:
    if isinstance(node, list):
        return [without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_prose(value, names=not names and key in _NAME_MAPS)
        for key, value in node.items()
        if names or key not in _PROSE
    }


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below `node`."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def _referenced_components(description: Json, roots: list[Json]) -> Json:
    components: Json = {}
    waiting = list(references(roots))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name in components.setdefault(kind, {}):
            continue
        component = without_prose(description["components"][kind][name])
        components[kind][name] = component
        waiting.extend(references(component))
    return components


def as_text(description: Json) -> str:
    return json.dumps(description, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def reduced_from(package: Path) -> Json:
    """What the simulation needs of the npm package `@octokit/openapi` unpacked at `package`."""
    full = json.loads((package / "generated" / "api.github.com.json").read_text("utf-8"))
    operations = sorted((route.method, route.template) for route in ROUTES)
    return reduce(full, operations, sorted(WEBHOOKS))


def main(arguments: list[str]) -> int:
    package = Path(arguments[0]) if arguments else Path("node_modules/@octokit/openapi")
    if not (package / "generated").is_dir():
        sys.stderr.write(f"{package} is not the npm package @octokit/openapi: run `npm ci`, or name its folder\n")
        return 2
    REDUCED.write_bytes(gzip.compress(as_text(reduced_from(package)).encode(), mtime=0))
    LICENCE.write_text((package / "LICENSE").read_text("utf-8"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
