"""Python: pytest, unittest or Django's runner, called directly.

A tool that makes environments (tox, nox) is called only where nothing says what it would run: the environment is set up
before the checks.
"""

from __future__ import annotations

import re
import shlex

from bot.core.ecosystems.files import END_TO_END, DetectedCheck, Files, in_folder, touched, with_dependents
from bot.core.globs import matches
from bot.core.untrusted import as_dict, as_list, as_str

_TEST_FILE = r"(?:.*/)?(?:test_[^/]*|[^/]*_test|tests)\.py|(?:.*/)?tests?/[^/]*_tests\.py"
_CONFIGURED = (
    ("pytest.ini", r"\[pytest\]|^\s*$"),
    (".pytest.ini", r"\[pytest\]|^\s*$"),
    ("pyproject.toml", r"\[tool\.pytest"),
    ("setup.cfg", r"\[tool:pytest\]"),
    ("tox.ini", r"^\[pytest\]"),
)
_NAMING = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "Pipfile", "Makefile")
_REQUIREMENTS = r"(?:.*/)?(?:[\w-]*requirements[\w-]*|dev|test|tests)\.(?:txt|in)"
_PYTEST = "python3 -m pytest -q"
_LOOKED_AT = 30  # files of tests
_NOT_OWN = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|deps|extern|fixtures?|testdata|resources|examples?|scripts)/"
)
_HATCH = re.compile(r"(?:python[\d.]* -m )?((?:pytest|unittest)(?: [\w./*\"'=-]+)*)")
_CI_PYTEST = re.compile(r"(?:^|\s)(?:pytest|py\.test)((?:\s+\S+)*)$")
_CI_UNITTEST = re.compile(r"^python[\d.]* -m (unittest(?: [\w./=-]+)*)$")
_CI_DJANGO = re.compile(r"^python[\d.]* ((?:[\w-]+/)?manage\.py test(?: [\w./=-]+)*)$")


def python(files: Files) -> list[DetectedCheck]:
    tests = _tests(files)
    members = _of_members(files)
    if members:
        return members
    reason = _pytest_reason(files, tests)
    named = _hatch(files) or (None if "pytest" in reason else _django(files))
    if named is not None:
        return [named]
    if reason:
        return [_pytest(files, reason)]
    if tests and (unittest := _unittest(files, tests)) is not None:
        return [unittest]
    if tests and tests[0].rpartition("/")[2] != "tests.py":
        return [_pytest(files, tests[0])]
    return _by_environments(files)


def _tests(files: Files) -> list[str]:
    """The files of tests, without those of projects within the project."""
    others = {path.rpartition("/")[0] for path in files.find(r".+/(?:pyproject\.toml|setup\.py)")}
    found = files.find(rf"(?:.*/)?conftest\.py|{_TEST_FILE}")
    own = (path for path in found if not any(path.startswith(f"{other}/") for other in others))
    return [path for path in own if not _NOT_OWN.search(path)]


def _hatch(files: Files) -> DetectedCheck | None:
    """The script `test` of hatch's environments, if it calls a runner as it is."""
    environments = as_dict(as_dict(as_dict(files.toml("pyproject.toml").get("tool")).get("hatch")).get("envs"))
    for name in ("test", "default"):
        script = as_str(as_dict(as_dict(environments.get(name)).get("scripts")).get("test"))
        if found := _HATCH.fullmatch(script):
            reason = f"tool.hatch.envs.{name}.scripts.test in pyproject.toml"
            return DetectedCheck(f"python3 -m {found[1]}", reason)
    return None


def _pytest_reason(files: Files, tests: list[str]) -> str:
    """What shows that the repository uses pytest; empty if nothing does."""
    for name, pattern in _CONFIGURED:
        if name in files.top and re.search(pattern, files.text(name), re.MULTILINE):
            return f"pytest is configured in {name}"
    for path in tests[:_LOOKED_AT]:
        if path.endswith("conftest.py") or re.search(r"^\s*(?:import|from) pytest\b", files.text(path), re.MULTILINE):
            return f"pytest is used in {path}"
    named = [name for name in _NAMING if name in files.top] + files.find(_REQUIREMENTS)[:_LOOKED_AT]
    for path in named if tests else ():
        if re.search(r"\bpytest\b|\bpy\.test\b", files.text(path)):
            return f"pytest is named in {path}"
    if tests and any(_CI_PYTEST.search(line) for line in files.workflow_commands):
        return "pytest is run by the CI workflow"
    return ""


def _pytest(files: Files, reason: str) -> DetectedCheck:
    """With the folders and marks that CI gives it; else the unit tests alone, where there are others beside them."""
    for line in files.workflow_commands:
        found = _CI_PYTEST.search(line)
        if found and (chosen := _ci_arguments(files, found[1])):
            return DetectedCheck(f"{_PYTEST} {chosen}", f"{reason}; the CI workflow runs `{line}`")
    units = [folder for folder in files.folders if re.fullmatch(r"tests?/units?|tests?/unit_tests?", folder)]
    for unit in sorted(units):
        beside = (folder for folder in files.folders if folder.startswith("test") and folder.count("/") == 1)
        if any(END_TO_END.search(folder.rpartition("/")[2]) for folder in beside):
            return DetectedCheck(f"{_PYTEST} {unit}", f"{reason}; {unit} are the unit tests")
    return DetectedCheck(_PYTEST, reason)


def _ci_arguments(files: Files, text: str) -> str:
    """What chooses tests among CI's arguments: folders, files, marks. Empty for a choice of tests from end to end."""
    try:
        words = shlex.split(text)
    except ValueError:
        return ""
    chosen = list[str]()
    for before, word in zip(("", *words), words, strict=False):
        place = word.rstrip("/")
        if before in ("-m", "-k") and re.fullmatch(r"[\w ()]+", word):
            chosen += [before, word]
        elif not before.startswith("-") and (place in files.folders or place in files.paths):
            chosen.append(place)
    positive = [word for word in chosen if END_TO_END.search(word) and not word.startswith("not ")]
    return "" if positive else shlex.join(chosen)


def _django(files: Files) -> DetectedCheck | None:
    for line in files.workflow_commands:
        if (found := _CI_DJANGO.match(line)) and found[1].split()[0] in files.paths:
            return DetectedCheck(f"python3 {found[1]}", f"the CI workflow runs `{line}`")
    manage = next(iter(files.find(r"(?:[\w-]+/)?manage\.py")), None)
    if manage is None or "django" not in files.text(manage).lower():
        return None
    folder, _, name = manage.rpartition("/")
    command = f"cd {shlex.quote(folder)} && python3 {name} test" if folder else f"python3 {name} test"
    return DetectedCheck(command, manage)


def _unittest(files: Files, tests: list[str]) -> DetectedCheck | None:
    """With `-v`, without which unittest names only the tests that fail."""
    for line in files.workflow_commands:
        if found := _CI_UNITTEST.match(line):
            return DetectedCheck(f"python3 -m {found[1]}", f"the CI workflow runs `{line}`")
    using = next((path for path in tests[:_LOOKED_AT] if re.search(r"\bunittest\b", files.text(path))), None)
    if using is None:
        return None
    folder = using.rpartition("/")[0]
    top = folder.split("/")[0]
    if not folder or f"{folder}/__init__.py" in files.paths:
        in_packages = folder and f"{top}/__init__.py" in files.paths
        command = f"python3 -m unittest discover -v -s {top} -t ." if in_packages else "python3 -m unittest -v"
    else:
        command = f"python3 -m unittest discover -v -s {shlex.quote(folder)}"
    return DetectedCheck(command, f"unittest is used in {using}")


def _by_environments(files: Files) -> list[DetectedCheck]:
    """One environment, for the Python that is there."""
    for name, sign in (("tox.ini", ""), ("tox.toml", ""), ("pyproject.toml", "[tool.tox"), ("setup.cfg", "[tox:tox]")):
        if name in files.top and sign in files.text(name):
            return [DetectedCheck("tox -e py", f"tox is configured in {name}")]
    if session := re.search(r"def (tests?|unit(?:_?tests?)?|pytest)\(", files.text("noxfile.py")):
        return [DetectedCheck(f"nox -s {session[1]}", f"the session {session[1]} in noxfile.py")]
    return []


def _of_members(files: Files) -> list[DetectedCheck]:
    """The touched packages of a workspace of uv, and those that need them."""
    workspace = as_dict(as_dict(as_dict(files.toml("pyproject.toml").get("tool")).get("uv")).get("workspace"))
    patterns = [as_str(each).strip("/") for each in as_list(workspace.get("members")) if as_str(each)]
    found = [path.rpartition("/")[0] for path in files.find(r".+/pyproject\.toml")]
    members = [each for each in found if any(matches(each, f"/{pattern}") for pattern in patterns)]
    start = touched(files.changed, members) if members and files.changed else None
    names = {_project_name(files, member): member for member in members}

    def needs(member: str) -> set[str]:
        listed = as_list(as_dict(files.toml(f"{member}/pyproject.toml").get("project")).get("dependencies"))
        wanted = (re.match(r"[\w.-]+", as_str(each)) for each in listed)
        return {names[_folded(each[0])] for each in wanted if each and _folded(each[0]) in names}

    chosen = with_dependents(start or (), needs, members)
    checks = {member: python(files.within(member)) for member in chosen}
    if not start or not all(checks[member] for member in start):
        return []
    return [check for member in chosen for check in in_folder(member, checks[member])]


def _project_name(files: Files, member: str) -> str:
    return _folded(as_str(as_dict(files.toml(f"{member}/pyproject.toml").get("project")).get("name")))


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
