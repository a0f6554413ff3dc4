"""Which checks a repository has, by the files that its kind of project usually has, each with its reason.

They are read from the base commit alone, so a change cannot choose what verifies it; the paths of a change only say
which part of a monorepo is checked. A repository's `verify:` is asked first (`bot/steps/checks.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from bot.core.ecosystems.compiled import cmake, dotnet, go, java, rust
from bot.core.ecosystems.files import DetectedCheck, Files, ReadText, in_folder
from bot.core.ecosystems.node import deno, node
from bot.core.ecosystems.others import by_hand, php, ruby, usual
from bot.core.ecosystems.python import python

__all__ = ["DetectedCheck", "ReadText", "detect_checks", "files_to_read"]

_ECOSYSTEMS: tuple[Callable[[Files], list[DetectedCheck]], ...] = (
    *(node, deno, python, go, rust, java, ruby, php, dotnet, cmake, usual),
)
_NOT_PROJECTS = re.compile(
    r"(?:^|/)(?:\.[^/]+|examples?|samples?|demos?|docs?|documentation|website|benchmarks?|fixtures?|testdata|templates?"
    r"|vendor|third_party|deps|extern(?:al)?|node_modules|tests?|spec|playground|scripts|tools|contrib)(?:/|$)",
    re.IGNORECASE,
)
_MANIFEST = re.compile(
    r"(?:package|composer|deno)\.jsonc?|pyproject\.toml|setup\.(?:py|cfg)|tox\.(?:ini|toml)|\.?pytest\.(?:ini|toml)|hatch\.toml|noxfile\.py"
    r"|Pipfile|manage\.py|go\.(?:mod|work)|Cargo\.toml|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|Gemfile|Rakefile"
    r"|mix\.exs|CMakeLists\.txt|pnpm-workspace\.yaml|(?:GNUm|m|M)akefile|[Jj]ustfile|Taskfile\.ya?ml|pubspec\.yaml"
)
_ROOTS = re.compile(
    r"package\.json|pyproject\.toml|setup\.py|requirements\.txt|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?"
    r"|Gemfile|composer\.json|mix\.exs|deno\.jsonc?|pubspec\.yaml|CMakeLists\.txt|Makefile"
)
_MOST_READ, _MOST_TESTS, _MOST_FOLDERS = 300, 40, 5


def detect_checks(paths: Collection[str], read: ReadText, changed: Sequence[str] = ()) -> list[DetectedCheck]:
    """The checks that a repository has by the usual signs, in the order in which they run. `read` gives the text of a
    file of the same commit, None where there is none; `changed`: the paths of a change, if there is one."""
    files = Files(paths=paths, read=read, changed=tuple(changed))
    found = _of(files)
    folders = _folders(files)
    named = " ".join(check.command for check in found)
    touched = [folder for folder in folders if _is_touched(files, folder)]
    within = touched if found or touched else folders
    for folder in within[:_MOST_FOLDERS]:
        if folder not in named:
            found += in_folder(folder, _of(files.within(folder)))
    return found


def files_to_read(paths: Collection[str]) -> list[str]:
    """The files that `detected` is likely to read, so that a caller can read them at once."""
    wanted = [path for path in paths if _MANIFEST.fullmatch(path.rpartition("/")[2]) or ".github/workflows/" in path]
    tests = [path for path in paths if re.search(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$", path)]
    by_depth = sorted(wanted, key=lambda path: path.count("/"))[:_MOST_READ]
    return [*by_depth, *sorted(tests, key=lambda path: (path.count("/"), path))[:_MOST_TESTS]]


def _of(files: Files) -> list[DetectedCheck]:
    found = [check for ecosystem in _ECOSYSTEMS for check in ecosystem(files)]
    tests = [
        check for check in found if not re.search(r"run (?:\S*(?:lint|check|types?|fmt|format|tsc)\S*)$", check.command)
    ]
    return found if tests else [*found, *by_hand(files)]


def _folders(files: Files) -> list[str]:
    """Folders below the top that are separate projects, none within another."""
    found = list[str]()
    for path in files.find(r"[^/]+/(?:[^/]+/)?[^/]+"):
        folder, _, name = path.rpartition("/")
        is_root = _ROOTS.fullmatch(name) is not None and not _NOT_PROJECTS.search(folder)
        if is_root and not _is_member(files, name) and not any(_is_in(folder, each) for each in found):
            found.append(folder)
    return found


def _is_member(files: Files, manifest: str) -> bool:
    """Whether a folder with this manifest belongs to what the top one builds."""
    if manifest == "package.json":
        return "workspaces" in files.json(manifest) or "pnpm-workspace.yaml" in files.top
    by_gradle = manifest.startswith("build.gradle") and files.top & {"settings.gradle", "settings.gradle.kts"}
    return manifest in files.top or bool(by_gradle)


def _is_in(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(f"{other}/")


def _is_touched(files: Files, folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in files.changed)
