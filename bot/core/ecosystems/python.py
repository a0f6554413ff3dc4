"""Python: pytest, unittest, Django's runner or the project's own script, called directly.

What CI, tox, nox or a makefile runs counts before a guess. A tool that makes environments (tox, nox) is called only
where nothing says what it would run: the environment is set up before the checks.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from bot.core.ecosystems.files import END_TO_END, DetectedCheck, TreeFiles, find_touched, in_folder, with_dependents
from bot.core.ecosystems.python_declared import Declared, read_declared
from bot.core.ecosystems.python_lines import PYTEST, RUNNERS, TEST_FILE
from bot.core.globs import matches
from bot.core.python_requirements import names_requirement
from bot.core.untrusted import as_dict, as_list, as_str

_CONFIGURED = (
    ("pytest.ini", r"\[pytest\]|^\s*$"),
    (".pytest.ini", r"\[pytest\]|^\s*$"),
    ("pytest.toml", r""),
    (".pytest.toml", r""),
    ("pyproject.toml", r"\[tool\.pytest"),
    ("setup.cfg", r"\[tool:pytest\]"),
    ("tox.ini", r"^\[pytest\]"),
)
_NAMING = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "tox.toml", "noxfile.py", "Pipfile", "Makefile")
_REQUIREMENTS = r"(?:.*/)?(?:[\w-]*requirements[\w-]*|dev|test|tests)\.(?:txt|in)"
_PLAIN_UNITTEST = "python3 -m unittest -v"
_LOOKED_AT = 30  # files of tests
_NOT_OWN = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|deps|extern|fixtures?|testdata|resources|examples?|scripts|samples?"
    r"|demos?|sample_[^/]*|example_[^/]*|demo_[^/]*)/"
)
_HATCH = re.compile(r"(?:python[\d.]* -m )?((?:pytest|unittest)(?: [\w./*\"'=-]+)*)")
_SCRIPTS = r"(?:run_?tests?|runtest|all_?tests)\.py|tests?/(?:run_?tests?|all_?tests)\.py"
_SETTINGS = r"(?:[\w-]+/)?tests?/(?:test_)?settings\.py|(?:[\w-]+/)?test_settings\.py"
_NAMES = (("test*.py", r"test[^/]*\.py"), ("*_test.py", r"[^/]*_test\.py"), ("*_tests.py", r"[^/]*_tests\.py"))


def python(files: TreeFiles) -> list[DetectedCheck]:
    first = next(_candidates(files), None)
    return _of_members(files) or ([first] if first else [])


def _candidates(files: TreeFiles) -> Iterator[DetectedCheck]:
    """How the tests run, the surest first: the runner that the tests are written for, what other files declare, what
    the repository's names suggest."""
    tests = tuple(_tests(files))
    declared = read_declared(files, tests)
    used = _uses_pytest(files, tests)
    yield from filter(None, [_hatch(files)])
    if used:
        yield _pytest(files, used, declared)
    by_pytest = next((each for each in declared if each.call.runner == "pytest"), None)
    others = [each.check for each in declared if each.check.command and each.call.runner != "pytest"]
    if by_pytest and tests:
        reason = "pytest is run by the CI workflow" if by_pytest.is_ci else by_pytest.check.reason
        yield _pytest(files, reason, declared)
    unittest = _unittest(files, tests)
    yield from (unittest if unittest and check.command == _PLAIN_UNITTEST else check for check in others)
    yield from filter(None, [_script(files), _django_settings(files, tests)])
    if named := tests and _names_pytest(files):
        yield _pytest(files, named, declared)
    yield from filter(None, [_manage(files), _of_group(files, tests), unittest])
    if tests and tests[0].rpartition("/")[2] != "tests.py":
        yield _pytest(files, tests[0], declared)
    yield from _by_environments(files)


def _tests(files: TreeFiles) -> list[str]:
    """The files of tests, without those of projects within the project."""
    others = {path.rpartition("/")[0] for path in files.find(r".+/(?:pyproject\.toml|setup\.py)")}
    found = files.find(rf"(?:.*/)?conftest\.py|{TEST_FILE}")
    own = (path for path in found if not any(path.startswith(f"{other}/") for other in others))
    return [path for path in own if not _NOT_OWN.search(path)]


def _hatch(files: TreeFiles) -> DetectedCheck | None:
    """The script `test` of hatch's environments, if it calls a runner as it is."""
    environments = as_dict(as_dict(as_dict(files.toml("pyproject.toml").get("tool")).get("hatch")).get("envs"))
    for name in ("test", "default"):
        script = as_str(as_dict(as_dict(environments.get(name)).get("scripts")).get("test"))
        if found := _HATCH.fullmatch(script):
            reason = f"tool.hatch.envs.{name}.scripts.test in pyproject.toml"
            return DetectedCheck(f"python3 -m {found[1]}", reason)
    return None


def _uses_pytest(files: TreeFiles, tests: Sequence[str]) -> str:
    """What shows that the tests are written for pytest; empty if nothing does."""
    for name, pattern in _CONFIGURED:
        if name in files.top and re.search(pattern, files.text(name), re.MULTILINE):
            return f"pytest is configured in {name}"
    for path in tests[:_LOOKED_AT]:
        if path.endswith("conftest.py") or re.search(r"^\s*(?:import|from) pytest\b", files.text(path), re.MULTILINE):
            return f"pytest is used in {path}"
    return ""


def _names_pytest(files: TreeFiles) -> str:
    named = [name for name in _NAMING if name in files.top] + files.find(_REQUIREMENTS)[:_LOOKED_AT]
    path = next((path for path in named if names_requirement(path, files.text(path), "pytest")), "")
    return f"pytest is named in {path}" if path else ""


def _pytest(files: TreeFiles, reason: str, declared: Sequence[Declared]) -> DetectedCheck:
    """As CI runs it for most tests, the plainest line first; else as tox, nox or a makefile does; else the unit tests
    alone, where there are others beside them."""
    checks = [(each.check, each.is_ci) for each in declared if each.call.runner == "pytest" and each.check.command]
    by_ci = [check for check, is_ci in checks if is_ci]
    if any(check.command == PYTEST for check in by_ci):
        return DetectedCheck(PYTEST, reason)
    others = [] if _has_testpaths(files) else [check for check, _ in checks if check.command != PYTEST]
    if chosen := next(iter(by_ci or others), None):
        return DetectedCheck(chosen.command, f"{reason}; {chosen.reason}")
    units = [folder for folder in files.folders if re.fullmatch(r"tests?/units?|tests?/unit_tests?", folder)]
    for unit in sorted(units):
        beside = (folder for folder in files.folders if folder.startswith("test") and folder.count("/") == 1)
        if any(END_TO_END.search(folder.rpartition("/")[2]) for folder in beside):
            return DetectedCheck(f"{PYTEST} {unit}", f"{reason}; {unit} are the unit tests")
    return DetectedCheck(PYTEST, reason)


def _has_testpaths(files: TreeFiles) -> bool:
    return any(re.search(r"^\s*testpaths\s*=", files.text(name), re.MULTILINE) for name, _ in _CONFIGURED)


def _script(files: TreeFiles) -> DetectedCheck | None:
    """A script that runs all tests, or a package of tests that can be run."""
    if script := next(iter(files.find(_SCRIPTS)), None):
        return DetectedCheck(f"python3 {script}", script)
    own = (path for path in files.find(r"(?:(?:src/)?[\w-]+/)?tests?/__main__\.py") if not _NOT_OWN.search(path))
    if main := next(own, None):
        module = main.removeprefix("src/").removesuffix("/__main__.py").replace("/", ".")
        return DetectedCheck(f"python3 -m {module}", main)
    return None


def _django_settings(files: TreeFiles, tests: Sequence[str]) -> DetectedCheck | None:
    """A reusable application with settings for its tests."""
    found = (path for path in files.find(_SETTINGS) if re.search(r"INSTALLED_APPS|SECRET_KEY", files.text(path)))
    path = next((path for path in found if not _NOT_OWN.search(path)), None)
    first = next((test for test in tests if test != path and not test.endswith("conftest.py")), None)
    if path is None or first is None:
        return None
    settings = path.removesuffix(".py").replace("/", ".")
    folder = f" {shlex.quote(first.partition('/')[0])}" if "/" in first else ""
    return DetectedCheck(f"python3 -m django test -v 2 --settings={settings}{folder}", path)


def _manage(files: TreeFiles) -> DetectedCheck | None:
    found = (path for path in files.find(r"(?:[\w-]+/)?manage\.py") if not _NOT_OWN.search(path))
    manage = next(found, None)
    if manage is None or "django" not in files.text(manage).lower():
        return None
    folder, _, name = manage.rpartition("/")
    command = f"cd {shlex.quote(folder)} && python3 {name} test" if folder else f"python3 {name} test"
    return DetectedCheck(command, manage)


def _of_group(files: TreeFiles, tests: Sequence[str]) -> DetectedCheck | None:
    """A runner of unittest's tests that the project requires."""
    named = [name for name in _NAMING if name in files.top] + files.find(_REQUIREMENTS)[:_LOOKED_AT]
    for runner, command in RUNNERS.items():
        path = next((path for path in named if names_requirement(path, files.text(path), runner)), None)
        if path and tests:
            top = next((test.partition("/")[0] for test in tests if "/" in test), ".")
            return DetectedCheck(f"{command} {shlex.quote(top)}", f"{runner} is named in {path}")
    return None


def _unittest(files: TreeFiles, tests: Sequence[str]) -> DetectedCheck | None:
    """With `-v`, without which unittest names only the tests that fail."""
    using = next((path for path in tests[:_LOOKED_AT] if re.search(r"\bunittest\b", files.text(path))), None)
    if using is None:
        return None
    folder, named = using.rpartition("/")[0], _naming(tests)
    if not folder:
        command = f"python3 -m unittest discover -v{named}" if named else _PLAIN_UNITTEST
    elif package := _topmost_package(files, folder):
        root = "src" if package.startswith("src/") else package.rpartition("/")[0] or "."
        command = f"python3 -m unittest discover -v -s {shlex.quote(package)} -t {shlex.quote(root)}{named}"
    else:
        command = f"python3 -m unittest discover -v -s {shlex.quote(folder)}{named}"
    return DetectedCheck(command, f"unittest is used in {using}")


def _topmost_package(files: TreeFiles, folder: str) -> str:
    """The outermost package that a folder is in; empty if it is in none."""
    found = ""
    while folder and f"{folder}/__init__.py" in files.paths:
        found, folder = folder, folder.rpartition("/")[0]
    return found


def _naming(tests: Sequence[str]) -> str:
    """The pattern for the names of most files of tests, where it is not unittest's own."""
    names = [path.rpartition("/")[2] for path in tests]
    counted = [(sum(1 for name in names if re.fullmatch(form, name)), pattern) for pattern, form in _NAMES]
    most = max(count for count, _ in counted)
    pattern = next(pattern for count, pattern in counted if count == most)
    return "" if pattern == "test*.py" else f" -p '{pattern}'"


def _by_environments(files: TreeFiles) -> list[DetectedCheck]:
    """One environment, for the Python that is there."""
    for name, sign in (("tox.ini", ""), ("tox.toml", ""), ("pyproject.toml", "[tool.tox"), ("setup.cfg", "[tox:tox]")):
        if name in files.top and sign in files.text(name):
            return [DetectedCheck("tox -e py", f"tox is configured in {name}")]
    if session := re.search(r"def (tests?|unit(?:_?tests?)?|pytest)\(", files.text("noxfile.py")):
        return [DetectedCheck(f"nox -s {session[1]}", f"the session {session[1]} in noxfile.py")]
    return []


def _of_members(files: TreeFiles) -> list[DetectedCheck]:
    """The touched packages of a workspace of uv, and those that need them."""
    workspace = as_dict(as_dict(as_dict(files.toml("pyproject.toml").get("tool")).get("uv")).get("workspace"))
    patterns = [as_str(each).strip("/") for each in as_list(workspace.get("members")) if as_str(each)]
    found = [path.rpartition("/")[0] for path in files.find(r".+/pyproject\.toml")]
    members = [each for each in found if any(matches(each, f"/{pattern}") for pattern in patterns)]
    start = find_touched(files.changed, members) if members and files.changed else None
    names = {_project_name(files, member): member for member in members}

    def needs(member: str) -> set[str]:
        listed = as_list(as_dict(files.toml(f"{member}/pyproject.toml").get("project")).get("dependencies"))
        wanted = (re.match(r"[\w.-]+", as_str(each)) for each in listed)
        return {names[_fold(each[0])] for each in wanted if each and _fold(each[0]) in names}

    chosen = with_dependents(start or (), needs, members)
    checks = {member: python(files.within(member)) for member in chosen}
    if not start or not all(checks[member] for member in start):
        return []
    return [check for member in chosen for check in in_folder(member, checks[member])]


def _project_name(files: TreeFiles, member: str) -> str:
    return _fold(as_str(as_dict(files.toml(f"{member}/pyproject.toml").get("project")).get("name")))


def _fold(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
