"""JavaScript and TypeScript: the scripts of package.json, by the package manager that the repository uses; and Deno."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import partial

from bot.core.ecosystems.files import END_TO_END, DetectedCheck, TreeFiles, find_touched, with_dependents
from bot.core.ecosystems.node_chains import builds_before, is_chain_of_tests, links_of
from bot.core.ecosystems.node_scripts import CALL, called_by, plain_test
from bot.core.globs import matches
from bot.core.untrusted import as_dict, as_list, as_str

_NO_TEST = re.compile(r"no test specified|^\s*(?:exit 0|true|echo\b[^&|;]*)\s*$", re.IGNORECASE)
_LOCKFILES = (
    ("pnpm-lock.yaml", "pnpm"),
    ("pnpm-workspace.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_UNIT = ("test:unit", "test-unit", "unit-test", "unit", "test:units", "tests:unit", "unit:test", "unittest")
_OTHERS = (
    ("lint:check", "lint-check", "lint:ci", "lint"),
    ("typecheck", "type-check", "check-types", "types:check", "check:types", "tsc", "ts:check", "check"),
    ("format:check", "format-check", "check-format", "check:format", "fmt:check", "prettier:check"),
)
_AFTER = (("test:types", "test-types", "test:typescript", "test:tsd", "test:dts", "test-dts", "tsd"),)
_WRITES = re.compile(r"--(?:fix|write)\b|--watch\b|\bpublish\b")
_MOST_MEMBERS = 10


def node(files: TreeFiles) -> list[DetectedCheck]:
    if "package.json" not in files.top:
        return []
    manager = _manager(files)
    scripts = _scripts(files, "package.json")
    names = _choose(scripts, files.workflow_commands)
    tests = [name for name in names if _is_test(name)]
    members = _of_members(files, manager) or ([] if tests else _of_all_members(files, manager))
    root = [name for name in names if not (members and _is_test(name))]
    found = [check for name in root for check in _checks_of(scripts, name, manager, names)]
    found += members or ([] if tests else _without_script(files, manager))
    return found


def deno(files: TreeFiles) -> list[DetectedCheck]:
    name = next((name for name in ("deno.json", "deno.jsonc") if name in files.top), None)
    if name is None or ("package.json" in files.top and _is_tested(_scripts(files, "package.json"))):
        return []
    if re.search(r'"test"\s*:', files.text(name).partition('"tasks"')[2]):
        return [DetectedCheck("deno task test", f"tasks.test in {name}")]
    has_tests = files.find(r"(?:.*/)?(?:[^/]*[._])?test\.(?:[cm]?[jt]sx?)")
    return [DetectedCheck("deno test", f"{name} and {has_tests[0]}")] if has_tests else []


def _checks_of(scripts: Mapping[str, str], name: str, manager: str, names: list[str]) -> list[DetectedCheck]:
    """One for each link, where a script of tests only calls others."""
    links = links_of(scripts, name, names) if _is_test(name) else [name]
    called = "" if links == [name] else f", which scripts.{name} calls"
    return [DetectedCheck(f"{manager} run {link}", f"scripts.{link} in package.json{called}") for link in links]


def _manager(files: TreeFiles) -> str:
    named = as_str(files.json("package.json").get("packageManager")).partition("@")[0]
    if named in ("npm", "pnpm", "yarn", "bun"):
        return named
    return next((manager for lockfile, manager in _LOCKFILES if lockfile in files.top), "npm")


def _scripts(files: TreeFiles, path: str) -> dict[str, str]:
    scripts = as_dict(files.json(path).get("scripts"))
    return {
        name: text for name, text in scripts.items() if isinstance(text, str) and text and not _NO_TEST.search(text)
    }


def _is_test(name: str) -> bool:
    return name in _UNIT or "test" in name


def _is_tested(scripts: Mapping[str, str]) -> bool:
    return any(_is_test(name) for name in scripts)


def _choose(scripts: Mapping[str, str], ci: tuple[str, ...]) -> list[str]:
    """Linters first, since they take seconds; one script of tests; what another of them calls is left out."""
    test = _test_script(scripts, ci)
    groups = (*_OTHERS, (test,) if test else (), *_AFTER)
    found = [
        next((name for name in group if name in scripts and not _WRITES.search(scripts[name])), "") for group in groups
    ]
    if not found[0] and "lint" in scripts:
        found[0] = "lint"  # it fixes what it can and fails for the rest
    chosen = [name for name in dict.fromkeys(found) if name]
    chosen = [name for name in chosen if name == test or test not in called_by(scripts, name)]
    called = {each for name in chosen for each in called_by(scripts, name)}
    return [name for name in chosen if name not in called]


def _test_script(scripts: Mapping[str, str], ci: tuple[str, ...]) -> str:
    unit = next((name for name in _UNIT if name in scripts), None)
    if unit is not None:
        return "test" if builds_before(scripts, unit) or _is_one_of_several(scripts, unit) else unit
    if "test" in scripts:
        return "test" if is_chain_of_tests(scripts, "test") else plain_test(scripts, "test")
    wanted = (name for line in ci for found in CALL.finditer(line) for name in [found[1] or ""])
    return next(
        (name for name in (*wanted, "test:ci", "test-ci", "tests", "ci:test", "spec") if _fits(name, scripts)), ""
    )


def _is_one_of_several(scripts: Mapping[str, str], unit: str) -> bool:
    """Whether `test` is a chain of tests, with the unit tests among them."""
    return "test" in scripts and unit in links_of(scripts, "test") and is_chain_of_tests(scripts, "test")


def _fits(name: str, scripts: Mapping[str, str]) -> bool:
    return name in scripts and re.search("test|spec|unit", name) is not None and not END_TO_END.search(name)


def _without_script(files: TreeFiles, manager: str) -> list[DetectedCheck]:
    """The runners that need none."""
    tests = files.find(r"(?:.*/)?[^/]+[._](?:test|spec)\.[cm]?[jt]sx?|tests?/[^/]+\.[cm]?js")
    tests = [path for path in tests if "node_modules/" not in path][:20]
    if manager == "bun" and any("bun:test" in files.text(path) for path in tests):
        return [DetectedCheck("bun test", f"bun:test in {tests[0]}")]
    if any(re.search(r"['\"]node:test['\"]", files.text(path)) for path in tests):
        return [DetectedCheck("node --test", f"node:test in {tests[0]}")]
    return []


# Workspaces


def _of_members(files: TreeFiles, manager: str) -> list[DetectedCheck]:
    """The tests of the packages that a change touches and of those that need them. Empty if the root's tests say it
    better: where a touched package has none, where the change is elsewhere, or where too many are touched."""
    members = _members(files)
    if not members or not files.changed:
        return []
    start = find_touched(files.changed, members)
    names = {as_str(files.json(f"{member}/package.json").get("name")): member for member in members}
    chosen = with_dependents(start or (), partial(_needs, files, names), members)
    scripts = {member: _test_script(_scripts(files, f"{member}/package.json"), ()) for member in chosen}
    if not start or not all(scripts[member] for member in start):
        return []
    tested = [member for member in chosen if scripts[member]]
    if len(tested) > _MOST_MEMBERS:
        return []
    by_folder = {folder: name for name, folder in names.items()}
    return [_in_member(manager, member, by_folder[member], scripts[member]) for member in tested]


_ALL = {
    "npm": "npm run {script} --workspaces --if-present",
    "pnpm": "pnpm --recursive --if-present run {script}",
    "yarn": "yarn workspaces foreach --all run {script}",
    "bun": "bun run --filter '*' {script}",
}


def _of_all_members(files: TreeFiles, manager: str) -> list[DetectedCheck]:
    """The tests of every package, where the root has none."""
    scripts = {member: _test_script(_scripts(files, f"{member}/package.json"), ()) for member in _members(files)}
    tested = {script: member for member, script in scripts.items() if script}
    if not tested:
        return []
    script = "test" if "test" in tested else next(iter(tested))
    reason = f"scripts.{script} in {tested[script]}/package.json"
    return [DetectedCheck(_ALL[manager].format(script=script), reason)]


def _in_member(manager: str, member: str, name: str, script: str) -> DetectedCheck:
    reason = f"scripts.{script} in {member}/package.json"
    if manager == "npm":
        return DetectedCheck(f"npm run {script} --workspace={shlex.quote(member)}", reason)
    if manager == "pnpm":
        return DetectedCheck(f"pnpm --dir {shlex.quote(member)} run {script}", reason)
    if manager == "yarn" and name:
        return DetectedCheck(f"yarn workspace {shlex.quote(name)} run {script}", reason)
    return DetectedCheck(f"cd {shlex.quote(member)} && {manager} run {script}", reason)


def _members(files: TreeFiles) -> list[str]:
    """The folders of the packages of a workspace."""
    named = files.json("package.json").get("workspaces")
    patterns = as_list(named) or as_list(as_dict(named).get("packages"))
    patterns = patterns or as_list(files.yaml("pnpm-workspace.yaml").get("packages"))
    wanted = [as_str(pattern).strip("/").removeprefix("./") for pattern in patterns if as_str(pattern)]
    packages = [path.rpartition("/")[0] for path in files.find(r"(?!.*node_modules/).+/package\.json")]
    yes, no = [each for each in wanted if each[:1] != "!"], [each[1:] for each in wanted if each[:1] == "!"]
    return [folder for folder in packages if _is_listed(folder, yes) and not _is_listed(folder, no)]


def _is_listed(folder: str, patterns: list[str]) -> bool:
    return any(_is_glob_of(folder, pattern) for pattern in patterns)


def _is_glob_of(folder: str, pattern: str) -> bool:
    """`*` is one folder, `**` any number."""
    if "**" not in pattern and pattern.count("/") != folder.count("/"):
        return False
    try:
        return matches(folder, f"/{pattern}")
    except ValueError:
        return False


def _needs(files: TreeFiles, names: Mapping[str, str], member: str) -> set[str]:
    manifest = files.json(f"{member}/package.json")
    kinds = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    return {names[name] for kind in kinds for name in as_dict(manifest.get(kind)) if name in names}
