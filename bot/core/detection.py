"""Which checks a repository has, by the files that its kind of project usually has, each with its reason.

They are read from the base commit alone, so a change cannot choose what verifies it; the paths of a change only say
which part of a monorepo is checked. A repository's `verify:` is asked first (`bot/steps/checks.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from bot.core.ecosystems.compiled import cmake, dotnet, go, java, rust
from bot.core.ecosystems.files import DetectedCheck, ReadText, TreeFiles, in_folder, with_dependents
from bot.core.ecosystems.node import deno, node
from bot.core.ecosystems.others import by_hand, php, ruby, usual
from bot.core.ecosystems.python import python
from bot.core.projects import find_needs, find_projects

__all__ = ["DetectedCheck", "ReadText", "detect_checks", "files_to_read"]

_ECOSYSTEMS: tuple[Callable[[TreeFiles], list[DetectedCheck]], ...] = (
    *(node, deno, python, go, rust, java, ruby, php, dotnet, cmake, usual),
)
_MANIFEST = re.compile(
    r"(?:package|composer|deno)\.jsonc?|pyproject\.toml|setup\.(?:py|cfg)|tox\.(?:ini|toml)|\.?pytest\.(?:ini|toml)|hatch\.toml|noxfile\.py"
    r"|Pipfile|manage\.py|go\.(?:mod|work)|Cargo\.toml|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|Gemfile|Rakefile"
    r"|mix\.exs|CMakeLists\.txt|pnpm-workspace\.yaml|(?:GNUm|m|M)akefile|[Jj]ustfile|Taskfile\.ya?ml|pubspec\.yaml"
)
_OF_RUBY = re.compile(r"(?:rake|rspec)\b")
_MOST_READ, _MOST_TESTS, _MOST_FOLDERS = 300, 40, 10


def detect_checks(paths: Collection[str], read: ReadText, changed: Sequence[str] = ()) -> list[DetectedCheck]:
    """The checks that a repository has by the usual signs, in the order in which they run. `read` gives the text of a
    file of the same commit, None where there is none; `changed`: the paths of a change, if there is one."""
    files = TreeFiles(paths=paths, read=read, changed=tuple(changed))
    found = _of(files)
    folders = find_projects(files.paths, files.text)
    named = " ".join(check.command for check in found)
    touched = _find_touched(files, folders)
    within = touched if found or touched else folders
    for folder in within[:_MOST_FOLDERS]:
        if not re.search(rf"(?<![\w.-]){re.escape(folder)}(?![\w-])", named):
            found += in_folder(folder, _with_bundler(files, _of(files.within(folder))))
    return found


def _find_touched(files: TreeFiles, folders: list[str]) -> list[str]:
    """The projects that a change touches, then those that need them."""
    if not files.changed or not folders:
        return []
    touched = [each for each in folders if any(path.startswith(f"{each}/") for path in files.changed)]
    at_top = any(not any(path.startswith(f"{each}/") for each in folders) for path in files.changed)
    start = [*touched, *([""] if at_top else [])]
    needs = find_needs(["", *folders], files.paths, files.text)
    dependents = with_dependents(start, needs.__getitem__, ["", *folders])
    return list(dict.fromkeys((*touched, *(each for each in dependents if each))))


def _with_bundler(files: TreeFiles, checks: list[DetectedCheck]) -> list[DetectedCheck]:
    """A gem without a Gemfile has the one at the top: Bundler looks for it in the folders above."""
    if not files.top & {"Gemfile", "gems.rb"}:
        return checks
    return [
        DetectedCheck(f"bundle exec {each.command}", each.reason) if _OF_RUBY.match(each.command) else each
        for each in checks
    ]


def files_to_read(paths: Collection[str]) -> list[str]:
    """The files that `detected` is likely to read, so that a caller can read them at once."""
    wanted = [path for path in paths if _MANIFEST.fullmatch(path.rpartition("/")[2]) or ".github/workflows/" in path]
    tests = [path for path in paths if re.search(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$", path)]
    by_depth = sorted(wanted, key=lambda path: path.count("/"))[:_MOST_READ]
    return [*by_depth, *sorted(tests, key=lambda path: (path.count("/"), path))[:_MOST_TESTS]]


def _of(files: TreeFiles) -> list[DetectedCheck]:
    found = [check for ecosystem in _ECOSYSTEMS for check in ecosystem(files)]
    tests = [
        check for check in found if not re.search(r"run (?:\S*(?:lint|check|types?|fmt|format|tsc)\S*)$", check.command)
    ]
    return found if tests else [*found, *by_hand(files)]
