"""What a Python project says that it needs: itself, its extras and groups for tests, and requirements files."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from configparser import Error, RawConfigParser
from dataclasses import dataclass, replace
from posixpath import basename, dirname

from bot.core.documents import Unreadable, read_toml
from bot.core.environment.values import Tree
from bot.core.tox import read_tox
from bot.core.untrusted import as_dict, as_list, as_str

WANTED = frozenset({"test", "tests", "dev", "develop", "development", "testing", "unittest", "unit", "ci"})
_FILES = re.compile(
    r"(?:requirements?|reqs)(?:[-_.](?:dev|develop|development|tests?|testing|ci|unit))?\.(?:txt|pip|in)"
    r"|(?:dev|develop|tests?|testing)[-_.]requirements?\.(?:txt|in)"
    r"|tests?/requirements(?![^/]*(?:doc|mysql|postg|oracle|lint|min|pypy|win))[^/]*\.(?:txt|in)"
    r"|requirements?/(?:requirements?[-_])?(?:dev|develop|development|tests?|testing|ci|unit|requirements|main|base|common|all)\.(?:txt|in)"
)
_OTHERS = re.compile(r"requirements?[-_.][^/]+\.(?:txt|in)|requirements?/[^/]+\.(?:txt|in)")
_SPECIAL = re.compile(
    r"doc|lint|mypy|type|mysql|oracle|win|macos|darwin|min(?:imum)?\b|pypy|deploy|release|optional|gpu|cuda"
)
_CARET = re.compile(r"([\^~])\s*(\d+(?:\.\d+)*)\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`manifest`: the file that says it, empty where there is none. `is_installed`: pip can install the project itself,
    with these `extras`; else `requirements` hold what it depends on. `groups`: the names of those for tests.
    `has_members`: it is the top of a workspace of uv."""

    manifest: str = ""
    is_installed: bool = False
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    has_members: bool = False


def read_project(tree: Tree) -> Project:
    """Read from `pyproject.toml`, `setup.cfg` and `setup.py`."""
    document, tox = _pyproject(tree), read_tox(tree.text)
    legacy = next((name for name in ("setup.py", "setup.cfg") if name in tree.paths and _is_package(tree, name)), "")
    project, poetry = as_dict(document.get("project")), as_dict(as_dict(document.get("tool")).get("poetry"))
    groups = _groups(document, poetry, tox.groups)
    has_members = "workspace" in as_dict(as_dict(document.get("tool")).get("uv"))
    if not project and not poetry:
        found = _without_metadata(tree, legacy, groups, bool(document.get("build-system")))
        return replace(found, has_members=has_members)
    is_installed = bool(document.get("build-system") or legacy) and poetry.get("package-mode") is not False
    extras = [*as_dict(project.get("optional-dependencies")), *as_dict(poetry.get("extras")), *_legacy_extras(tree)]
    needs = [*as_list(project.get("dependencies")), *_of_poetry(poetry.get("dependencies"))]
    others = [] if is_installed else [*needs, *_extra_requirements(project)]
    return Project(
        manifest="pyproject.toml",
        is_installed=is_installed,
        extras=_select_wanted(extras, tox.extras),
        groups=tuple(groups),
        requirements=tuple(dict.fromkeys([*map(as_str, others), *_flat(groups.values())])),
        has_members=has_members,
    )


def requirements_files(tree: Tree) -> list[str]:
    """The requirements files of the project and of its tests; of `x.in` and `x.txt` the compiled one. Those of
    development only where none beside them is for tests: they bring documentation tools and linters too."""
    found = [path for path in tree.paths if _FILES.fullmatch(path)] or _others(tree)
    found = [path for path in found if not (path.endswith(".in") and f"{path[:-3]}.txt" in tree.paths)]
    tested = {dirname(path) for path in found if "test" in basename(path)}
    found = [path for path in found if "dev" not in basename(path) or dirname(path) not in tested]
    return sorted(found, key=lambda path: (any(word in path for word in ("dev", "test", "ci")), path))


def _others(tree: Tree) -> list[str]:
    """Where no usual name is there: `requirements-prod.txt`, `requirements_all.txt`, `requirements/prod.txt`."""
    return [path for path in tree.paths if _OTHERS.fullmatch(path) and not _SPECIAL.search(path)]


def is_hashed(text: str) -> bool:
    return "--hash=" in text


def _pyproject(tree: Tree) -> dict[str, object]:
    try:
        return read_toml(tree.text("pyproject.toml").encode())
    except Unreadable:
        return {}


def _is_package(tree: Tree, name: str) -> bool:
    """Whether it says how a package is built: many a setup.cfg holds settings of linters only."""
    text = tree.text(name)
    return (
        bool(re.search(r"^\[metadata\]|^\[options\]", text, re.MULTILINE)) if name == "setup.cfg" else "setup" in text
    )


def _without_metadata(tree: Tree, legacy: str, groups: dict[str, list[str]], builds: bool) -> Project:
    manifest = legacy or ("pyproject.toml" if groups or builds else "")
    return Project(
        manifest=manifest,
        is_installed=bool(legacy),
        extras=_select_wanted(_legacy_extras(tree), read_tox(tree.text).extras),
        groups=tuple(groups),
        requirements=tuple(dict.fromkeys([*_flat(groups.values()), *_tests_require(tree)])),
    )


def _select_wanted(names: Iterable[str], by_tox: Collection[str] = ()) -> tuple[str, ...]:
    """Those for tests by their name, or because tox installs them for its tests."""
    more = {_usual(name) for name in by_tox if "doc" not in name}
    return tuple(dict.fromkeys(name for name in names if _usual(name) in WANTED | more))


def _usual(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


def _extra_requirements(project: dict[str, object]) -> Iterator[object]:
    for name, needs in as_dict(project.get("optional-dependencies")).items():
        if _usual(name) in WANTED:
            yield from as_list(needs)


def _groups(
    document: dict[str, object], poetry: dict[str, object], by_tox: Collection[str] = ()
) -> dict[str, list[str]]:
    """The requirements of each group for tests, by its name."""
    named = as_dict(document.get("dependency-groups"))
    found = {name: _of_group(name, named, ()) for name in _select_wanted(named, by_tox)}
    pdm = as_dict(as_dict(as_dict(document.get("tool")).get("pdm")).get("dev-dependencies"))
    found |= {name: [as_str(need) for need in as_list(needs)] for name, needs in pdm.items()}
    for name, group in as_dict(poetry.get("group")).items():
        if _usual(name) in WANTED:
            found[name] = list(_of_poetry(as_dict(group).get("dependencies")))
    if old := list(_of_poetry(poetry.get("dev-dependencies"))):
        found["dev"] = old
    uv = as_list(as_dict(as_dict(document.get("tool")).get("uv")).get("dev-dependencies"))
    return {**found, "dev": [*found.get("dev", []), *map(as_str, uv)]} if uv else found


def _of_group(name: str, groups: dict[str, object], within: tuple[str, ...]) -> list[str]:
    needs = list[str]()
    for each in as_list(groups.get(name)):
        included = as_str(as_dict(each).get("include-group"))
        if included and included not in (*within, name):
            needs += _of_group(included, groups, (*within, name))
        elif isinstance(each, str):
            needs.append(each)
    return needs


def _of_poetry(table: object) -> Iterator[str]:
    """Poetry's own form of requirements as pip reads them; what comes from git or a path is left out."""
    for name, wanted in as_dict(table).items():
        version = as_str(wanted) or as_str(as_dict(wanted).get("version"))
        if name.lower() == "python" or not version:
            continue
        extras = ",".join(map(as_str, as_list(as_dict(wanted).get("extras"))))
        yield f"{name}{f'[{extras}]' if extras else ''}{_range(version)}"


def _range(version: str) -> str:
    """`^1.2` as `>=1.2,<2`, `~1.2` as `>=1.2,<1.3`; what pip knows as it is, and nothing for `*`."""
    version = version.strip()
    if version in {"", "*"} or "||" in version:
        return ""
    found = _CARET.fullmatch(version)
    if found is None:
        return version if version[0] in "<>=!~" else f"=={version}"
    return f">={found[2]},<{_next(found[1], [int(part) for part in found[2].split('.')])}"


def _next(sign: str, parts: list[int]) -> str:
    if sign == "~":
        return f"{parts[0]}.{parts[1] + 1}" if len(parts) > 1 else f"{parts[0] + 1}"
    first = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
    return ".".join(map(str, [*parts[:first], parts[first] + 1]))


def _legacy_extras(tree: Tree) -> list[str]:
    return [*_section(tree, "options.extras_require"), *_literal_keys(tree.text("setup.py"), "extras_require")]


def _section(tree: Tree, name: str) -> list[str]:
    parser = RawConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(tree.text("setup.cfg"))
    except Error:
        return []
    return parser.options(name) if parser.has_section(name) else []


def _tests_require(tree: Tree) -> list[str]:
    found = _keyword(tree.text("setup.py"), "tests_require")
    items = found.elts if isinstance(found, ast.List | ast.Tuple) else []
    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _literal_keys(source: str, keyword: str) -> list[str]:
    found = _keyword(source, keyword)
    keys: Collection[ast.expr | None] = found.keys if isinstance(found, ast.Dict) else []
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _keyword(source: str, keyword: str) -> ast.expr | None:
    """The value of a keyword of a call, or of the variable of that name that is given for it."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    given = next((node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == keyword), None)
    if not isinstance(given, ast.Name):
        return given
    assigned = (node for node in nodes if isinstance(node, ast.Assign))
    return next((each.value for each in assigned if any(_is_named(each_, given.id) for each_ in each.targets)), None)


def _is_named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _flat(lists: Iterable[Iterable[str]]) -> Iterator[str]:
    for each in lists:
        yield from each
