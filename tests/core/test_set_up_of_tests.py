"""What Python projects' tests need is installed: as tox, hatch, nox and pytest's settings say it."""

from __future__ import annotations

import pytest

from bot.core.detection import detect_checks
from bot.core.environment.values import Tree
from bot.core.set_up import find_set_up

PIP = "python -m pip install"
PYTEST = f"python -c 'import pytest' 2>/dev/null || {PIP} pytest"
PROJECT = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n'
TESTS = {"tests/test_a.py": "import pytest\n"}
Layout = dict[str, str]


def set_up(files: Layout) -> tuple[list[str], dict[str, list[str]]]:
    """The commands after those for the environment and the project itself, and the files that they read."""
    found = find_set_up(Tree(frozenset(files), files.get), declared=None)
    assert found is not None
    commands = [command.text for command in found.commands[1:] if not command.text.startswith(f"{PIP} -e ")]
    return commands, {name: text.splitlines() for name, text in found.files.items()}


def of(name: str) -> str:
    return f'{PIP} -r "$NIGHTSHIFT_SETUP/{name}.txt"'


def tox(deps: str, commands: str = "pytest") -> Layout:
    return {"tox.ini": f"[testenv]\ndeps =\n    {deps}\ncommands = {commands}\n", "setup.py": "setup()", **TESTS}


@pytest.mark.parametrize(
    ("files", "commands", "lines"),
    [
        # tablib, parsel, wcwidth: files of requirements, by name and by tox
        (tox("-rtests/requirements.txt") | {"tests/requirements.txt": "pytest"},
         [f"{PIP} -r tests/requirements.txt", PYTEST], {}),
        (tox("-r{toxinidir}/tests/requirements.txt") | {"tests/requirements.txt": "sybil"},
         [f"{PIP} -r tests/requirements.txt", PYTEST], {}),
        (tox("-r requirements-tests39.txt\n    setuptools") | {"requirements-tests39.txt": "pytest-cov"},
         [f"{PIP} -r requirements-tests39.txt", of("tox"), PYTEST], {"tox.txt": ["setuptools"]}),
        (tox("-r requirements/test-ci.txt") | {"requirements/test-ci.txt": "x"},
         [f"{PIP} -r requirements/test-ci.txt", PYTEST], {}),
        (tox("-r requirements/requirements-tests.txt") | {"requirements/requirements-tests.txt": "x"},
         [f"{PIP} -r requirements/requirements-tests.txt", PYTEST], {}),
        (tox("-r gone.txt\n    mock"), [of("tox"), PYTEST], {"tox.txt": ["mock"]}),
        ({"setup.py": "setup()", "tests/requirements-test.txt": "mock", **TESTS},
         [f"{PIP} -r tests/requirements-test.txt", PYTEST], {}),
        ({"setup.py": "setup()", "tests/requirements-mysql.txt": "x", "tests/requirements-docs.txt": "x", **TESTS},
         [PYTEST], {}),
        # other names, where the usual ones are not there
        ({"app.py": "", "requirements-prod.txt": "x", "requirements_all.txt": "", "requirements-docs.txt": "", **TESTS},
         [f"{PIP} -r requirements-prod.txt", f"{PIP} -r requirements_all.txt", PYTEST], {}),
        ({"app.py": "", "requirements/prod.txt": "x", **TESTS}, [f"{PIP} -r requirements/prod.txt", PYTEST], {}),
        # pyparsing, tqdm: conditions, sections, settings within pyproject.toml
        (TESTS | {"setup.py": "setup()", "tox.ini": "[tox]\nenvlist = py3-{unit,doctest}\n[testenv]\n"
         "deps =\n  unit: pytest\n  unit-!py315t: matplotlib\n  doctest: sphinx\ncommands =\n  unit: pytest tests\n"},
         [of("tox")], {"tox.txt": ["pytest", "matplotlib"]}),
        ({"pyproject.toml": PROJECT + '[tool.pytest.ini_options]\naddopts = "--asyncio-mode=strict"\n[tool.tox]\n'
          'legacy_tox_ini = """\n[core]\ndeps=\n  pytest\n  pytest-asyncio\n  git+https://example.org/x\n[testenv]\n'
          'deps=\n  {[core]deps}\n  numpy\n  tf: tensorflow\ncommands=\n  {envpython} -m pytest\n"""\n', **TESTS},
         [of("tox")], {"tox.txt": ["pytest", "pytest-asyncio", "numpy"]}),
        # hatch, in both of its files
        ({"pyproject.toml": PROJECT, "hatch.toml": "[envs.hatch-test]\nextra-dependencies = ['trustme']\n", **TESTS},
         [of("hatch")], {"hatch.txt": ["pytest", "pytest-mock", "pytest-rerunfailures", "pytest-xdist", "trustme"]}),
        ({"pyproject.toml": PROJECT + "[tool.hatch.envs.test]\ndependencies = ['pytest', 'x {root:uri}']\n", **TESTS},
         [of("hatch")], {"hatch.txt": ["pytest"]}),
        ({"pyproject.toml": PROJECT + "[tool.hatch.envs.lint]\ndependencies = ['ruff']\n", **TESTS}, [PYTEST], {}),
        # nox
        ({"setup.py": "setup()",
         "noxfile.py": "@nox.session\ndef tests(session):\n    session.install('pytest-mock', '.')\n"
          "    session.install('-r', 'needs.txt')\n    session.run('pytest')\n", "needs.txt": "x", **TESTS},
         [f"{PIP} -r needs.txt", of("nox")], {"nox.txt": ["pytest-mock"]}),
        ({"setup.py": "setup()", "noxfile.py": "@nox.session\ndef lint(session):\n    session.install('ruff')\n",
         **TESTS},
         [PYTEST], {}),
        # one decision: pytest is installed where a check runs it
        ({"setup.py": "setup()", "tests/test_a.py": "def test_a(): ...\n"}, [PYTEST], {}),
        ({"setup.py": "setup()", "tests/test_a.py": "import unittest\n", ".github/workflows/ci.yml":
          "jobs: {a: {steps: [{run: pytest}]}}"}, [PYTEST], {}),
        ({"setup.py": "setup()", "tests/test_a.py": "import unittest\n"}, [], {}),
        ({"pyproject.toml": PROJECT + '[dependency-groups]\ntest = ["virtue"]\n[tool.ruff.lint.flake8-pytest-style]\n',
          "x/test_a.py": "import unittest\n"}, [of("groups")], {"groups.txt": ["virtue"]}),
    ],
)  # fmt: skip
def test_what_the_tests_need_is_installed(files: Layout, commands: list[str], lines: dict[str, list[str]]) -> None:
    assert set_up(files) == (commands, lines)


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("pytest.ini", "[pytest]\naddopts = -rsxX --cov=tablib --cov-report xml\n", ["pytest-cov"]),
        ("tox.ini", "[pytest]\naddopts = --color=yes\n          --cov=wcwidth\n          -n auto\n",
         ["pytest-cov", "pytest-xdist"]),
        ("setup.cfg", "[tool:pytest]\naddopts = -n4 --dist loadfile\n", ["pytest-xdist"]),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--timeout=30", "--benchmark-skip"]\n',
         ["pytest-timeout", "pytest-benchmark"]),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = """\n    --asyncio-mode=auto\n    --mypy\n"""\n',
         ["pytest-asyncio", "pytest-mypy"]),
        ("pyproject.toml", "[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n", ["pytest-asyncio"]),
        ("pyproject.toml", "[tool.pytest]\naddopts = ['--disable-socket']\n", ["pytest-socket"]),
        ("pytest.toml", "[pytest]\naddopts = ['--reruns', '2']\n", ["pytest-rerunfailures"]),
        ("setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\naddopts = --reuse-db\n",
         ["pytest-django"]),
        ("pytest.ini", "[pytest]\nrequired_plugins = pytest-httpx>=0.2 pytest-env\n", ["pytest-httpx", "pytest-env"]),
        ("pytest.ini", "[pytest]\naddopts = -ra --strict-markers --durations=5 -p no:cacheprovider\n", []),
        ("pytest.ini", "[pytest]\nmarkers = --cov: a mark\n", []),
        ("tox.ini", "[pytest]\n[testenv]\ncommands = pytest --cov\n", []),
    ],
)  # fmt: skip
def test_a_plugin_whose_option_stands_in_pytests_settings(path: str, text: str, wanted: list[str]) -> None:
    """Without it pytest answers "unrecognized arguments", and no test runs."""
    commands, _ = set_up({"setup.py": "setup()", path: text, **TESTS})

    assert commands == [PYTEST, *([f"{PIP} {' '.join(wanted)}"] if wanted else [])]


def test_a_plugin_that_is_installed_already_is_named_once() -> None:
    named = {"pytest.ini": "[pytest]\naddopts = --cov=x -n auto\n", "requirements-test.txt": "pytest-cov==6\n"}

    commands, _ = set_up({"setup.py": "setup()", **named, **TESTS})

    assert commands == [f"{PIP} -r requirements-test.txt", PYTEST, f"{PIP} pytest-xdist"]


@pytest.mark.parametrize("text", ["import unittest\n", "import pytest\n", "def test_a(): ...\n", ""])
@pytest.mark.parametrize("more", [{}, {"tox.ini": "[testenv]\ncommands = pytest\n"}, {"runtests.py": ""}])
def test_checks_and_set_up_agree_on_pytest(text: str, more: Layout) -> None:
    files = {"setup.py": "setup()", "tests/test_a.py": text, **more}
    commands, _ = set_up(files)
    runs_pytest = any("pytest" in check.command for check in detect_checks(list(files), files.get))

    assert (PYTEST in commands) == runs_pytest
