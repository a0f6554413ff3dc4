"""Which folders of a repository are projects apart from the one at its top, and which of them need which.

The set-up installs what each of them needs, and the checks of a touched one, and of those that need it, run in its
folder. Both ask this module, so that what is checked was set up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from posixpath import dirname, join, normpath

Text = Callable[[str], str]
"""The text of a file of the commit; empty where there is none."""

_NOT_PROJECTS = re.compile(
    r"(?:^|/)(?:\.[^/]+|examples?|samples?|demos?|docs?|documentation|website|benchmarks?|fixtures?|testdata|templates?"
    r"|vendor|third_party|deps|extern(?:al)?|node_modules|tests?|spec|playground|scripts|tools|contrib"
    r"|requirements?|reqs?)(?:/|$)",
    re.IGNORECASE,
)
_ROOTS = re.compile(
    r"package\.json|pyproject\.toml|setup\.py|requirements\.txt|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?"
    r"|settings\.gradle(?:\.kts)?|Gemfile|[^/]+\.gemspec|composer\.json|mix\.exs|deno\.jsonc?|pubspec\.yaml"
)
_BY_HAND = re.compile(r"CMakeLists\.txt|Makefile")
_DEEPEST = 4  # folders of a path
_GRADLE = frozenset({"settings.gradle", "settings.gradle.kts"})
_INCLUDED = re.compile(r"includeBuild\s*\(?\s*[\"']([^\"']+)")
_PHP_TESTS = re.compile(r'"(?:[\w:-]*tests?[\w:-]*|unit|phpunit)"\s*:')


def find_projects(paths: Collection[str], text: Text) -> list[str]:
    """The folders below the top that are separate projects, the nearest first, none within another."""
    found, others = list[str](), list[str]()
    top = frozenset(path for path in paths if "/" not in path)
    for path in sorted(filter(_is_candidate, paths), key=lambda path: (path.count("/"), path)):
        folder, _, name = path.rpartition("/")
        if _BY_HAND.fullmatch(name):
            others += [] if name in top else [folder]
        elif not _is_member(folder, name, top, text) and not _is_in_any(folder, found):
            found.append(folder)
    for folder in others:
        if not _is_in_any(folder, found) and not any(is_in(each, folder) for each in found):
            found.append(folder)
    return found


def is_in(folder: str, other: str) -> bool:
    """Whether a folder is another one, or in it. The top is the empty text."""
    return not other or folder == other or folder.startswith(f"{other}/")


def _is_in_any(folder: str, others: Iterable[str]) -> bool:
    return any(is_in(folder, other) for other in others)


def _is_candidate(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if not folder or folder.count("/") >= _DEEPEST or not (_ROOTS.fullmatch(name) or _BY_HAND.fullmatch(name)):
        return False
    return not _NOT_PROJECTS.search(folder)


def _is_member(folder: str, manifest: str, top: frozenset[str], text: Text) -> bool:
    """Whether a folder with this manifest belongs to what the top one builds and tests."""
    if manifest == "package.json":
        return '"workspaces"' in text(manifest) or "pnpm-workspace.yaml" in top
    if "gradle" in manifest:
        included = {normpath(each) for name in _GRADLE & top for each in _INCLUDED.findall(text(name))}
        return bool(top & _GRADLE or manifest in top) and folder not in included
    if manifest in ("Gemfile", "mix.exs") or manifest.endswith(".gemspec"):
        return manifest == "mix.exs" and "apps_path" in text(manifest)  # gems of the same repository have their tests
    if manifest == "composer.json":
        has_tests = any(name.startswith("phpunit.") for name in top) or bool(_PHP_TESTS.search(text(manifest)))
        return manifest in top and has_tests
    if manifest in ("pyproject.toml", "setup.py"):
        return manifest in top and _is_python_project(text)
    return manifest in top and (manifest != "Cargo.toml" or "[workspace" in text(manifest))


def _is_python_project(text: Text) -> bool:
    """Whether the top is a package, or a workspace of uv: many a pyproject.toml holds settings of linters only."""
    document = text("pyproject.toml")
    if "[tool.uv.workspace]" in document or "setup" in text("setup.py"):
        return True
    is_named = re.search(r"^\[(?:project|tool\.poetry)\]", document, re.MULTILINE)
    return is_named is not None and not re.search(r"^package-mode\s*=\s*false", document, re.MULTILINE)


_MENTIONS = re.compile(
    r"package\.json|pyproject\.toml|setup\.(?:py|cfg)|requirements[\w.-]*\.(?:txt|in)|go\.(?:mod|work)|Cargo\.toml|pom\.xml"
    r"|(?:build|settings)\.gradle(?:\.kts)?|Gemfile|[^/]+\.gemspec|composer\.json|mix\.exs|deno\.jsonc?|pubspec\.yaml"
    r"|CMakeLists\.txt|Makefile|[^/]+\.(?:cs|fs|vb)proj"
)
_ABOVE = re.compile(r"(?<![\w./\\-])\.\.(?:[/\\][\w.@+-]+)*")
_MENTIONED = re.compile(r"(?:[\"':]|^\s*(?:require )?)([\w@./-]+?)(?=[\"'<>=~!;\[, \]]|$)", re.MULTILINE)
_NAMES = (
    (re.compile(r"(?:package|composer|deno)\.jsonc?"), re.compile(r'^\s*\{?\s*"name"\s*:\s*"([^"\n]+)"', re.MULTILINE)),
    (re.compile(r"(?:pyproject|Cargo)\.toml"), re.compile(r"^name\s*=\s*[\"']([^\"'\n]+)", re.MULTILINE)),
    (re.compile(r"setup\.py"), re.compile(r"\bname\s*=\s*[\"']([^\"'\n]+)")),
    (re.compile(r"mix\.exs"), re.compile(r"\bapp:\s*:(\w+)")),
    (re.compile(r"[^/]+\.gemspec"), re.compile(r"\.name\s*=\s*[\"']([^\"'\n]+)")),
    (re.compile(r"go\.mod"), re.compile(r"^module[ \t]+(\S+)", re.MULTILINE)),
)


def find_needs(folders: Collection[str], paths: Collection[str], text: Text) -> dict[str, set[str]]:
    """For each folder those of the others that it needs, by a path or by a name in its manifests. The top is the empty
    text. It may be one too many: that costs a run of tests."""
    known = [path for path in paths if _MENTIONS.fullmatch(path.rpartition("/")[2])]
    manifests = {folder: _manifests(folder, known) for folder in folders}
    names = {folder: set(_names(folder, manifests[folder], text)) for folder in folders}
    needs = dict[str, set[str]]()
    for folder, inside in manifests.items():
        said = "\n".join(map(text, inside))
        mentioned = set(_MENTIONED.findall(said)) - names[folder]  # two may have one name
        by_name = {other for other, called in names.items() if called & mentioned}
        needs[folder] = {*_by_path(folder, said, folders), *by_name} - {folder}
    return needs


def _manifests(folder: str, known: Collection[str]) -> list[str]:
    start = f"{folder}/" if folder else ""
    depth = start.count("/") + (2 if folder else 0)  # a project of .NET has its manifests a folder below
    return [path for path in known if path.startswith(start) and path.count("/") <= depth]


def _names(folder: str, manifests: Collection[str], text: Text) -> Iterator[str]:
    for path in manifests:
        for manifest, name in _NAMES:
            if dirname(path) == folder and manifest.fullmatch(path.split("/")[-1]):
                yield from name.findall(text(path))[:1]


def _by_path(folder: str, said: str, folders: Collection[str]) -> Iterator[str]:
    for found in set(_ABOVE.findall(said)):
        place = normpath(join(folder, found.replace("\\", "/")))
        for other in folders:
            if (other and is_in(place, other)) or (not other and place == "."):
                yield other


def sort_by_needs(folders: Iterable[str], needs: Mapping[str, Collection[str]]) -> list[str]:
    """What others need before them; in a circle as they were given."""
    found = list[str]()

    def add(folder: str, above: frozenset[str]) -> None:
        for each in sorted(needs.get(folder, ())):
            if each not in above and each not in found:
                add(each, above | {folder})
        if folder not in found:
            found.append(folder)

    given = list(folders)
    for folder in given:
        add(folder, frozenset({folder}))
    return [folder for folder in found if folder in given]
