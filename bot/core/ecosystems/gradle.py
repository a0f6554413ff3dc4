"""Gradle: all tests of a build, or those of the projects that a change touches and of those that need them.

The build scripts are programs. What is read here are the usual ways to write them; where a project may be somewhere
else, or a change is in what all projects share, the whole build is tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.ecosystems.files import DetectedCheck, TreeFiles, find_touched, with_dependents

_BUILDS = ("build.gradle", "build.gradle.kts")
_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_WHOLE = re.compile(r"^(?:\./)?gradlew?\b.*\s(?:check|build)\b")
_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_INCLUDE = re.compile(r"\binclude\b\s*\(?((?:\s*,?\s*[\"'][\w:./-]+[\"'])+)")
_QUOTED = re.compile(r"[\"']([\w:./-]+)[\"']")
_PLACE = re.compile(
    r"project\s*\(\s*[\"']:?([\w:.-]+)[\"']\s*\)\s*\.projectDir\s*=\s*(?:file|new\s+File|File)\s*\("
    r"\s*(?:settingsDir\s*,\s*|rootDir\s*,\s*)?[\"'](?:\./|\$rootDir/|\$\{rootDir\}/)?([\w./-]+)[\"']\s*\)"
)
_NEEDED = re.compile(r"\bproject\s*\(\s*(?:path\s*[:=]\s*)?[\"']:([\w:.-]+)[\"']")
_ACCESSOR = re.compile(r"\bprojects\.([\w.]+)")
_SHARED = r"(?:build\.gradle(?:\.kts)?|(?:buildSrc|build-logic|buildLogic)/.*\.gradle(?:\.kts)?)"
_MOST = 300  # projects: each is a file to read
_MOST_NAMED = 30
_TESTS = re.compile(r"src/test/.+")
_OTHER_TESTS = re.compile(r"src/(?!test/)(?:\w+Test|androidTest|testFixtures)/.+")


def gradle(files: TreeFiles) -> list[DetectedCheck]:
    build = next((name for name in (*_BUILDS, *_SETTINGS) if name in files.top), None)
    if build is None:
        return []
    tool = "./gradlew" if "gradlew" in files.top else "gradle"
    whole = next((line for line in files.workflow_commands if _WHOLE.match(line)), None)
    task = "check" if whole else "test"
    if touched := _select_touched(files, task):
        tasks = " ".join(f":{path}:{task}" for path in touched)
        return [DetectedCheck(f"{tool} {tasks}", "the touched projects of Gradle's build, and those that need them")]
    return [DetectedCheck(f"{tool} {task}", f"{build}; the CI workflow runs `{whole}`" if whole else build)]


def _select_touched(files: TreeFiles, task: str) -> list[str]:
    """The paths of the projects to test; none where that is the whole build."""
    places = _projects(files)
    start = find_touched(files.changed, list(places)) if files.changed and 1 < len(places) <= _MOST else None
    if not start:
        return []
    shared = set[str]().union(*(_needs(files.text(path), places) for path in files.find(_SHARED)))
    chosen = with_dependents(start, lambda place: _of_project(files, place, places) | shared, places)
    tested = [places[place] for place in chosen if _has_tests(files, place, task)]
    # What has tests of another kind has another task for them.
    fits = all(_has_tests(files, place, task) or not _has_others(files, place) for place in chosen)
    return sorted(tested) if fits and len(tested) <= _MOST_NAMED else []


def _projects(files: TreeFiles) -> dict[str, str]:
    """The paths of the projects, without the first colon, by their folders. None where the settings put one in a place
    that cannot be read."""
    said = _COMMENT.sub("", "\n".join(files.text(name) for name in _SETTINGS))
    moved = {name.strip(":"): place.strip("/") for name, place in _PLACE.findall(said)}
    if said.count("projectDir") > len(moved) or "includeFlat" in said:
        return {}
    named = [name.strip(":") for group in _INCLUDE.findall(said) for name in _QUOTED.findall(group)]
    return {moved.get(name, name.replace(":", "/")): name for name in named if "/" not in name}


def _of_project(files: TreeFiles, place: str, places: dict[str, str]) -> set[str]:
    """A script may have the name of its project: `core/core.gradle.kts`."""
    own = {*_BUILDS, *(f"{place.rpartition('/')[2]}.gradle{ending}" for ending in ("", ".kts"))}
    return _needs("\n".join(files.text(f"{place}/{name}") for name in sorted(own)), places)


def _needs(script: str, places: dict[str, str]) -> set[str]:
    """The folders of the projects that a script names."""
    named = {name.strip(":") for name in _NEEDED.findall(script)}
    accessors = _ACCESSOR.findall(script)
    of = {_accessor(path): place for place, path in places.items()} if accessors else {}
    found = (next((of[each] for each in _prefixes(accessor) if each in of), None) for accessor in accessors)
    return {place for place, path in places.items() if path in named} | {each for each in found if each is not None}


def _prefixes(accessor: str) -> Iterator[str]:
    """The longest first: behind it stands what is asked of the project."""
    parts = accessor.split(".")
    return (".".join(parts[:count]) for count in range(len(parts), 0, -1))


def _accessor(path: str) -> str:
    """`core:data-model` is `core.dataModel` in a script of Kotlin."""
    return ".".join(re.sub(r"[-_.](\w)", lambda found: found[1].upper(), part) for part in path.split(":"))


def _has_tests(files: TreeFiles, place: str, task: str) -> bool:
    return _has(files, place, _TESTS) or (task == "check" and _has(files, place, _OTHER_TESTS))


def _has_others(files: TreeFiles, place: str) -> bool:
    return _has(files, place, _OTHER_TESTS)


def _has(files: TreeFiles, place: str, pattern: re.Pattern[str]) -> bool:
    start = f"{place}/"
    known = (path for paths in (files.paths, files.changed) for path in paths if path.startswith(start))
    return any(pattern.match(path, len(start)) for path in known)
