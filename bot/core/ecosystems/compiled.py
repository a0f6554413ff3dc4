"""Go, Rust, Java, .NET and C++: the build tool's own tests."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from posixpath import dirname, join, normpath

from bot.core.ecosystems.files import DetectedCheck, TreeFiles, find_touched, in_folder, with_dependents
from bot.core.ecosystems.gradle import gradle
from bot.core.globs import matches
from bot.core.untrusted import as_dict, as_list, as_str

_TAGS = re.compile(r"^go test .*?(-tags[= ][\w,]+)")
_CARGO = re.compile(r"^cargo test((?: --?[\w=,-]+)+)$")
_CARGO_OPTIONS = re.compile(r"--(?:all-features|no-default-features|features=[\w,-]+)")
_MOST_MEMBERS = 10


def go(files: TreeFiles) -> list[DetectedCheck]:
    if "go.work" in files.top:
        return _go_work(files)
    return _go_module(files) if "go.mod" in files.top else []


def _go_module(files: TreeFiles) -> list[DetectedCheck]:
    """The module at the top, and those within it that a change touches."""
    if made := _go_with_library(files):
        return [made]
    ci = [line for line in files.workflow_commands if line.startswith("go test")]
    tags = {f" {found[1]}" if (found := _TAGS.match(line)) else "" for line in ci}
    tag = next(iter(tags)) if len(tags) == 1 else ""  # several: variants of what is built without any
    nested = [path.rpartition("/")[0] for path in files.find(r"(?!(?:.*/)?(?:vendor|testdata|examples?)/).+/go\.mod")]
    inside = [each for each in nested if any(path.startswith(f"{each}/") for path in files.changed)]
    of_nested = [check for each in inside[:_MOST_MEMBERS] for check in in_folder(each, go(files.within(each)))]
    return [DetectedCheck(f"go test{tag} ./...", "go.mod"), *of_nested]


def _go_with_library(files: TreeFiles) -> DetectedCheck | None:
    """Bindings of a C library that is a submodule: the makefile builds it first."""
    if ".gitmodules" not in files.top or "Makefile" not in files.top:
        return None
    targets = re.findall(r"^(test[\w-]*)[ \t]*:(?!=)", files.text("Makefile"), re.MULTILINE)
    ci = (word for line in files.workflow_commands if line.startswith("make ") for word in line.split()[1:])
    target = next((word for word in ci if word in targets), None)
    target = target or next((each for each in ("test-static", "test") if each in targets), None)
    return DetectedCheck(f"make {target}", f"{target} in Makefile builds the submodule first") if target else None


def _go_work(files: TreeFiles) -> list[DetectedCheck]:
    """The touched modules and those that require them; all of them, where the change is elsewhere."""
    listed = re.sub(r"//.*", "", files.text("go.work"))
    named = re.findall(r"^[ \t]*(?:use[ \t]+)?\(?[ \t]*\.?/?([\w./-]+)[ \t]*$", listed, re.MULTILINE)
    if "." in named and "go.mod" in files.top:
        return _go_module(files)
    members = [each.strip("/") for each in named if f"{each.strip('/')}/go.mod" in files.paths]
    names = {_module(files, member): member for member in members}

    def needs(member: str) -> set[str]:
        text = files.text(f"{member}/go.mod")
        return {
            place
            for name, place in names.items()
            if name and re.search(rf"^\s*(?:require )?{re.escape(name)} v", text, re.M)
        }

    chosen = with_dependents(find_touched(files.changed, members) or members, needs, members)
    if not chosen:
        return [DetectedCheck("go test ./...", "go.work")]
    return [DetectedCheck(f"go test {' '.join(f'./{shlex.quote(each)}/...' for each in chosen)}", "go.work")]


def _module(files: TreeFiles, member: str) -> str:
    found = re.search(r"^module[ \t]+(\S+)", files.text(f"{member}/go.mod"), re.MULTILINE)
    return found[1] if found else ""


def rust(files: TreeFiles) -> list[DetectedCheck]:
    if "Cargo.toml" not in files.top:
        return []
    ci = (found[1] for line in files.workflow_commands if (found := _CARGO.match(line)))
    options = "".join(f" {option}" for option in _CARGO_OPTIONS.findall(next(ci, "")))
    manifest = files.toml("Cargo.toml")
    workspace = as_dict(manifest.get("workspace"))
    if "workspace" not in manifest:
        return [DetectedCheck(f"cargo test{options}", "Cargo.toml")]
    chosen = _crates(files, [as_str(each).strip("/") for each in as_list(workspace.get("members"))])
    if chosen is None:
        return [DetectedCheck(f"cargo test --workspace{options}", "[workspace] in Cargo.toml")]
    packages = " ".join(f"-p {name}" for name in chosen)
    return [DetectedCheck(f"cargo test {packages}{options}", "the touched crates and their dependents")]


def _crates(files: TreeFiles, patterns: Iterable[str]) -> list[str] | None:
    """The touched crates and those that need them, by name. None: all."""
    found = [path.rpartition("/")[0] for path in files.find(r".+/Cargo\.toml")]
    members = [each for each in found if any(matches(each, f"/{pattern}") for pattern in patterns if pattern)]
    start = find_touched(files.changed, members) if files.changed else None
    if not start:
        return None
    places = {_crate(files, member): member for member in members}
    chosen = with_dependents(
        start, lambda member: {places[name] for name in _crate_needs(files, member) & set(places)}, members
    )
    names = [_crate(files, member) for member in chosen]
    root = _crate(files, "")
    if root and _crate_needs(files, "") & set(names):
        names.append(root)
    fit = all(re.fullmatch(r"[\w-]+", name) for name in names) and len(names) <= _MOST_MEMBERS
    return sorted(names) if fit else None


def _crate(files: TreeFiles, member: str) -> str:
    return as_str(as_dict(_manifest(files, member).get("package")).get("name"))


def _crate_needs(files: TreeFiles, member: str) -> set[str]:
    manifest = _manifest(files, member)
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    return {
        as_str(as_dict(spec).get("package")) or name
        for kind in kinds
        for name, spec in as_dict(manifest.get(kind)).items()
    }


def _manifest(files: TreeFiles, member: str) -> dict[str, object]:
    return files.toml(f"{member}/Cargo.toml" if member else "Cargo.toml")


def java(files: TreeFiles) -> list[DetectedCheck]:
    if "pom.xml" in files.top:
        return [_maven(files)]
    if built := gradle(files):
        return built
    if "build.sbt" in files.top:
        return [DetectedCheck("sbt test", "build.sbt")]
    return []


def _maven(files: TreeFiles) -> DetectedCheck:
    """In a project of modules: the touched ones, what they need, and what needs them."""
    tool = "./mvnw" if "mvnw" in files.top else "mvn"
    members = [each.strip() for each in re.findall(r"<module>([\w./ -]+)</module>", files.text("pom.xml"))]
    start = (
        find_touched(files.changed, [each for each in members if f"{each}/pom.xml" in files.paths])
        if files.changed
        else None
    )
    if start:
        return DetectedCheck(
            f"{tool} -B verify -pl {','.join(map(shlex.quote, start))} -am -amd", "the touched modules of pom.xml"
        )
    return DetectedCheck(f"{tool} -B verify", "pom.xml")


def dotnet(files: TreeFiles) -> list[DetectedCheck]:
    tests = files.find(r"(?i:(?:.*/)?[^/]*tests?[^/]*\.(?:cs|fs|vb)proj)")
    if not tests:
        return []
    solutions = files.find(r"(?:[^/]+/)?[^/]+\.slnx?")
    near = [path for path in solutions if path.count("/") == solutions[0].count("/")] if solutions else []
    if len(near) == 1:
        name = "" if "/" not in near[0] else f" {shlex.quote(near[0])}"
        return [DetectedCheck(f"dotnet test{name}", near[0])]
    chosen = _touched_tests(files, tests)
    if near:
        named = [path for path in near if f" {path}" in " ".join(files.workflow_commands)][:1] or near[:1]
        with_chosen = [path for path in near if any(_holds(files, path, test) for test in chosen)]
        named = with_chosen if chosen != tests and with_chosen else named
        return [DetectedCheck(f"dotnet test {shlex.quote(path)}", path) for path in named[:_MOST_MEMBERS]]
    return [DetectedCheck(f"dotnet test {shlex.quote(path)}", path) for path in chosen[:_MOST_MEMBERS]]


def _touched_tests(files: TreeFiles, tests: list[str]) -> list[str]:
    """The projects of tests that a change touches, or that need one which it touches; all, where it is elsewhere."""
    projects = {dirname(path): path for path in files.find(r"(?:.*/)?[^/]+\.(?:cs|fs|vb)proj")}

    def needs(folder: str) -> set[str]:
        named = re.findall(r"ProjectReference\s+Include\s*=\s*[\"']([^\"']+)", files.text(projects[folder]))
        return {dirname(normpath(join(folder, each.replace("\\", "/")))) for each in named}

    start = find_touched(files.changed, [folder for folder in projects if folder]) if files.changed else None
    chosen = with_dependents(start or (), needs, projects)
    return [path for path in tests if dirname(path) in chosen] or tests


def _holds(files: TreeFiles, solution: str, project: str) -> bool:
    return posixpath.relpath(project, dirname(solution) or ".") in files.text(solution).replace("\\", "/")


def cmake(files: TreeFiles) -> list[DetectedCheck]:
    if "CMakeLists.txt" not in files.top:
        return []
    lists = files.find(r"(?!(?:.*/)?(?:third_party|vendor|extern(?:al)?|deps)/)(?:.*/)?CMakeLists\.txt")[
        : _MOST_MEMBERS * 3
    ]
    sign = re.compile(
        r"enable_testing\s*\(|include\s*\(\s*CTest|add_test\s*\(|gtest_discover_tests|catch_discover_tests", re.I
    )
    named = next((path for path in lists if sign.search(files.text(path))), None)
    if named is None:
        return []
    return [
        DetectedCheck(
            "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure",
            f"tests in {named}",
        )
    ]
