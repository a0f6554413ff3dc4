"""Which dependencies a manifest names, by the formats that the standard library and PyYAML can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.core.documents import read_json, read_text, read_toml, read_yaml
from bot.core.globs import first_match, fold
from bot.core.untrusted import as_dict, as_list

Dependencies = Mapping[str, str]
"""Names, with where a dependency comes from if that is no registry's usual place."""
Reader = Callable[[bytes | None], Dependencies]

_ELSEWHERE = re.compile(
    r"://|^git[@+]|^(?:file|link|portal|npm|jsr|github|gitlab|bitbucket|gist|workspace|patch):|^[\w.-]+/[\w.-]+(?:#|$)|^@\s",
    re.I,
)
_REQUIREMENTS = (
    "*requirements*.txt",
    "*requirements*.in",
    "requirements/*.txt",
    "requirements/*.in",
    "constraints*.txt",
)


def manifest_reader(path: str) -> Reader | None:
    """What reads a manifest of this name; None for a file that is none. A reader raises Unreadable."""
    name = fold(path).rpartition("/")[2]
    if name in _READERS:
        return _READERS[name]
    if re.fullmatch(r"environment[\w.-]*\.ya?ml", name):
        return _conda
    return _requirements if first_match(path, _REQUIREMENTS) is not None else None


def _node(content: bytes | None) -> Dependencies:
    read, found = read_json(content), dict[str, str]()
    for key in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
        found |= {name: _elsewhere(spec) for name, spec in as_dict(read.get(key)).items()}
    for key in ("bundledDependencies", "bundleDependencies"):
        found |= {str(name): "" for name in as_list(read.get(key)) if str(name) not in found}
    pnpm = as_dict(read.get("pnpm")).get("overrides")
    for overrides in (read.get("overrides"), read.get("resolutions"), pnpm):
        found |= {f"the override {name}": _elsewhere(spec) for name, spec in as_dict(overrides).items()}
    return found


def _composer(content: bytes | None) -> Dependencies:
    read = read_json(content)
    return {name: "" for key in ("require", "require-dev", "replace") for name in as_dict(read.get(key))}


def _python(content: bytes | None) -> Dependencies:
    read = read_toml(content)
    project, tools = as_dict(read.get("project")), as_dict(read.get("tool"))
    lists = [project.get("dependencies"), as_dict(read.get("build-system")).get("requires")]
    for groups in (project.get("optional-dependencies"), read.get("dependency-groups"), *_groups(tools)):
        lists += as_dict(groups).values()
    lists.append(as_dict(tools.get("uv")).get("dev-dependencies"))
    found = dict(_requirement(item) for each in lists for item in as_list(each) if isinstance(item, str))
    return found | _tables(_poetry(tools)) | _indexes(tools)


def _groups(tools: dict[str, Any]) -> Iterator[object]:
    yield as_dict(tools.get("pdm")).get("dev-dependencies")
    for environment in as_dict(as_dict(tools.get("hatch")).get("envs")).values():
        keys = ("dependencies", "extra-dependencies")
        yield {key: as_dict(environment).get(key) for key in keys}


def _poetry(tools: dict[str, Any]) -> Iterator[object]:
    poetry = as_dict(tools.get("poetry"))
    yield from (poetry.get("dependencies"), poetry.get("dev-dependencies"))
    yield from (as_dict(group).get("dependencies") for group in as_dict(poetry.get("group")).values())
    yield as_dict(as_dict(tools.get("uv")).get("sources"))


def _indexes(tools: dict[str, Any]) -> dict[str, str]:
    """Registries that the project names."""
    found: dict[str, str] = {}
    for tool, key in (("uv", "index"), ("poetry", "source"), ("pdm", "source"), ("uv", "index-url")):
        value = as_dict(tools.get(tool)).get(key)
        for each in [value] if isinstance(value, str) else as_list(value):
            url = str(as_dict(each).get("url", each))
            found[f"the registry {url}"] = ""
    return found


def _cargo(content: bytes | None) -> Dependencies:
    read = read_toml(content)
    places = [read, as_dict(read.get("workspace")), *map(as_dict, as_dict(read.get("target")).values())]
    kinds = ("dependencies", "dev-dependencies", "build-dependencies", "replace")
    tables = [place.get(kind) for place in places for kind in kinds]
    tables += [*as_dict(read.get("patch")).values()]
    return _tables(tables)


def _pipfile(content: bytes | None) -> Dependencies:
    read = read_toml(content)
    sources = {f"the registry {as_dict(each).get('url')}": "" for each in as_list(read.get("source"))}
    return _tables([table for name, table in read.items() if isinstance(table, dict) and name != "requires"]) | sources


def _tables(tables: Iterable[object]) -> dict[str, str]:
    """Names to versions or to tables, as Cargo and Poetry write them."""
    found: dict[str, str] = {}
    for table in tables:
        for name, spec in as_dict(table).items():
            place = next((str(as_dict(spec)[key]) for key in _PLACES if key in as_dict(spec)), "")
            found[name] = found.get(name) or place or _elsewhere(spec)
    return found


_PLACES = ("git", "url", "path", "file", "registry", "registry-index", "index", "source", "package")


def _pub(content: bytes | None) -> Dependencies:
    read = read_yaml(content)
    return _tables(read.get(key) for key in ("dependencies", "dev_dependencies", "dependency_overrides"))


def _pnpm(content: bytes | None) -> Dependencies:
    read = read_yaml(content)
    return _tables([read.get("catalog"), *as_dict(read.get("catalogs")).values()])


def _conda(content: bytes | None) -> Dependencies:
    read = read_yaml(content)
    listed = as_list(read.get("dependencies"))
    pip = [item for each in listed for item in as_list(as_dict(each).get("pip"))]
    found = dict(_requirement(item) for item in [*listed, *pip] if isinstance(item, str))
    return found | {f"the channel {channel}": "" for channel in as_list(read.get("channels"))}


def _requirements(content: bytes | None) -> Dependencies:
    text = read_text(content).replace("\\\n", " ")
    lines = (re.sub(r"(?:^|\s)#.*", "", line).strip() for line in text.splitlines())
    return dict(_requirement(line) for line in lines if line and not line.startswith("--hash"))


def _requirement(line: str) -> tuple[str, str]:
    """A requirement as pip reads it; an option or an address stands for itself."""
    named = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(@\s*\S+)?", line)
    if named is None or line.startswith("-") or re.match(r"[\w+.]+:", line):
        return line, ""
    return re.sub(r"[-_.]+", "-", named[1]).casefold(), (named[2] or "").removeprefix("@").strip()


def _go(content: bytes | None) -> Dependencies:
    text = re.sub(r"//.*", "", read_text(content))
    found = dict.fromkeys(re.findall(r"^[ \t]*(?:require[ \t]+)?([\w~-]+\.[\w.~-]+(?:/\S+)?)[ \t]+v\d", text, re.M), "")
    replaced = re.findall(r"^[ \t]*(?:replace[ \t]+)?([^\s(]+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(\S+)", text, re.M)
    return found | {f"the replacement of {name}": place for name, place in replaced}


def _gems(content: bytes | None) -> Dependencies:
    text = read_text(content)
    found = {
        name: _gem_source(rest) for name, rest in re.findall(r"^[ \t]*gem[ \t(]+['\"]([^'\"\n]+)['\"](.*)", text, re.M)
    }
    return found | {
        f"the registry {url}": "" for url in re.findall(r"^[ \t]*source[ \t(]+['\"]([^'\"\n]+)", text, re.M)
    }


def _gem_source(rest: str) -> str:
    found = re.search(r"\b(?:git|github|gist|bitbucket|path|source)(?::|['\"]?\s*=>)\s*['\"]([^'\"]+)", rest)
    return found[1] if found else ""


def _elsewhere(spec: object) -> str:
    return spec if isinstance(spec, str) and _ELSEWHERE.search(spec) else ""


_READERS: dict[str, Reader] = {
    "package.json": _node,
    "composer.json": _composer,
    "pyproject.toml": _python,
    "cargo.toml": _cargo,
    "pipfile": _pipfile,
    "go.mod": _go,
    "go.work": _go,
    "gemfile": _gems,
    "gems.rb": _gems,
    "pubspec.yaml": _pub,
    "pubspec.yml": _pub,
    "pnpm-workspace.yaml": _pnpm,
}
