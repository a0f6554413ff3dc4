"""What tox would run and install for the tests."""

from __future__ import annotations

import pytest

from bot.core.tox import Tox, read_tox


def read(**files: str) -> Tox:
    named = {name.replace("_", ".", 1): text for name, text in files.items()}
    return read_tox(lambda path: named.get(path, ""))


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("[testenv]\ncommands = pytest {posargs}\n", ["pytest"]),
        ("[testenv]\ncommands = py.test --cov=x {posargs:docs tests}\n", ["py.test --cov=x docs tests"]),
        ("[testenv]\ncommands =\n    coverage erase\n    pytest tests\n", ["coverage erase", "pytest tests"]),
        ("[testenv]\ncommands = {envpython} -m pytest \\\n    -v \\\n    {toxinidir}/tests\n",
         ["python3 -m pytest -v ./tests"]),
        ("[testenv]\ncommands = pytest {posargs: \"{toxinidir}/tests\" --basetemp={envtmpdir}}\n",
         ['pytest "./tests"']),
        ("[testenv]\ncommands = pytest {envsitepackagesdir}/x tests\n", ["pytest tests"]),
        ("[testenv]\ncommands = {env:RUNNER:pytest} {posargs:tests}\n", ["pytest tests"]),
        ("[base]\ncommands = pytest -k \"not perf\"\n[testenv]\ncommands = {[base]commands}\n",
         ['pytest -k "not perf"']),
        ("[tox]\nenvlist = py{39,310}-{unit,doc}\n[testenv]\ncommands =\n  unit: pytest a\n  doc: sphinx-build x\n",
         ["pytest a"]),
        ("[tox]\nenvlist = lint, tests\n[testenv:tests]\ncommands = pytest -vv\n[testenv:lint]\ncommands = ruff\n",
         ["pytest -vv"]),
        ("[tox]\nenvlist = compile\n[testenv]\ncommands = pytest\n[testenv:compile]\n"
         "commands = python -m compileall ./tests\n",
         ["pytest"]),
        ("[tox]\nenvlist = py{39,310}\n[testenv:py{39,310}]\ncommands = pytest new\n", ["pytest new"]),
        ("[testenv]\ncommands = - pytest\n", ["pytest"]),
        ("[testenv]\ncommands = sphinx-build x\n", []),
        ("[testenv]\n# a note\ncommands = pytest  # another\n", ["pytest"]),
        ("no ini", []),
        ("[flake8]\nx = 1\n", []),
    ],
)  # fmt: skip
def test_commands(text: str, commands: list[str]) -> None:
    assert list(read(tox_ini=text).commands) == commands


@pytest.mark.parametrize(
    ("deps", "requirements", "files"),
    [
        ("pytest\n  mock>=2", ["pytest", "mock>=2"], []),
        ("-r{toxinidir}/tests/requirements.txt", [], ["tests/requirements.txt"]),
        ("-rtests/requirements.txt", [], ["tests/requirements.txt"]),
        ("-r requirements-tests39.txt\n  setuptools", ["setuptools"], ["requirements-tests39.txt"]),
        ("--requirement=a.txt", [], ["a.txt"]),
        ("-c constraints.txt\n  x", ["x"], []),
        ("{[core]deps}\n  x", ["pytest", "pytest-cov", "x"], []),
        ("unit: a\n  other: b", ["a"], []),
        ("unit-!py9: a; python_version <= '3.15'\n  !unit: b", ["a; python_version <= '3.15'"], []),
        ("other: {[core]deps}\n  x", ["x"], []),
        ("unit: {[core]deps}", ["pytest", "pytest-cov"], []),
        # one package in several versions: all up to the newest
        ("dj42: django~=4.2.1\n  dj51: django~=5.1.0\n  djmain: https://example.org/main.tar.gz", ["django<5.2"], []),
        ("dj52: Django>=5.2,<5.3\n  unit: Django>=6.0,<6.1", ["django<6.1"], []),
        ("dj32: Django==3.2.*\n  dj42: Django==4.2.*", ["django<4.3"], []),
        ("a: Django>=5\n  b: Django>=6", ["django"], []),
        ("a: psycopg2\n  b: psycopg2", [], []),
        ("{[gone]deps}\n  x", ["x"], []),
    ],
)
def test_requirements(deps: str, requirements: list[str], files: list[str]) -> None:
    core = "[core]\ndeps =\n  pytest\n  pytest-cov\n"
    text = f"[tox]\nenvlist = py3-unit\n{core}[testenv]\ndeps =\n  {deps}\ncommands = pytest\n"

    assert list(read(tox_ini=text).requirements) == requirements
    assert list(read(tox_ini=text).files) == files


TABLES = """
env_list = ["3.13", "docs"]
[env_run_base]
deps = ["pytest"]
dependency_groups = ["test"]
extras = ["crypto"]
set_env.MODE = "ci"
commands = [["pytest", "-v", {replace = "posargs", default = ["{tox_root}{/}tests"], extend = true}]]
[env.docs]
commands = [["sphinx-build", "x"]]
"""


@pytest.mark.parametrize(
    "files",
    [
        {"tox_toml": TABLES},
        {"pyproject_toml": TABLES.replace("[env", "[tool.tox.env").replace("\nenv_list", "[tool.tox]\nenv_list", 1)},
        {"pyproject_toml": '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ndeps = pytest\nextras = crypto\n'
         'dependency_groups = test\nsetenv = MODE = ci\ncommands = pytest -v ./tests\n"""\n'},
        {"setup_cfg": "[tox:tox]\nenvlist = py3\n[testenv]\ndeps = pytest\nextras = crypto\n"
         "dependency_groups = test\nsetenv = MODE=ci\ncommands = pytest -v ./tests\n"},
    ],
)  # fmt: skip
def test_every_file_that_tox_reads(files: dict[str, str]) -> None:
    tox = read(**files)

    assert [word.strip("'") for word in tox.commands[0].split()] == ["pytest", "-v", "./tests"]
    assert (tox.requirements, tox.groups, tox.extras) == (("pytest",), ("test",), ("crypto",))
    assert dict(tox.variables) == {"MODE": "ci"}


def test_without_tox_there_is_nothing() -> None:
    assert read() == Tox()
    assert read(pyproject_toml="no toml [") == Tox()


@pytest.mark.parametrize(
    "text",
    [
        "[tox]\nenvlist = " + "{a,b}" * 40 + "\n[testenv]\ncommands = pytest\n",
        "[tox]\nenvlist = " + "," * 200_000 + "{\n[testenv]\ncommands = pytest\n",
        "[testenv]\ncommands = " + "{" * 100_000 + "\n",
        "[testenv]\ncommands = " + "{[testenv]commands} " * 2000 + "pytest\n",
        "[a]\nx = " + "{[a]y} " * 1000 + "\ny = " + "{[a]x} " * 1000 + "\n[testenv]\ncommands = {[a]x} pytest\n",
        "[testenv]\ndeps = " + "a" * 200_000 + "\ncommands = pytest\n",
        "[testenv]\ncommands = pytest" + " #" * 50_000 + "\n",
    ],
)
def test_a_hostile_file_is_read_in_bounded_time(text: str) -> None:
    """Braces multiply, and values may name each other: without bounds these take longer than a person waits."""
    assert read(tox_ini=text).file in ("", "tox.ini")
