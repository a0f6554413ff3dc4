"""Python projects: the whole suite is checked, as the project's own files say that it runs.

Each layout holds the files and lines of a real project that the detection reads.
"""

from __future__ import annotations

import pytest

from tests.core.layouts import PYTEST, Layout, found, workflow

CONFIGURED = "[tool.pytest.ini_options]\n"
UNIT = "import unittest\n"
DJANGO = "from django.test import TestCase\n"
SETTINGS = "SECRET_KEY = 'x'\nINSTALLED_APPS = []\n"


def files(*paths: str, text: str = "") -> Layout:
    return dict.fromkeys(paths, text)


def tox(commands: str, more: str = "") -> Layout:
    return {"tox.ini": f"[tox]\nenvlist = py310,docs\n[testenv]\n{more}commands =\n    {commands}\n"}


def jobs(*steps: str) -> Layout:
    """A workflow whose steps are written out."""
    text = "".join(f"      - {step}\n" for step in steps)
    return {".github/workflows/test.yml": f"jobs:\n  test:\n    steps:\n{text}"}


BENCH = files(
    "bench/test_a.py", "bench/test_b.py", "toolz/tests/test_a.py", "toolz/tests/test_b.py", "tlz/tests/test_c.py"
)
TOOLZ = {"pyproject.toml": CONFIGURED, **BENCH, **files("toolz/tests/test_d.py", "toolz/tests/test_e.py")}
GUNICORN = {"pyproject.toml": CONFIGURED, **files("tests/test_a.py", "tests/test_b.py", "tests/docker/uwsgi/test_c.py")}
PYDANTIC = {
    "pyproject.toml": CONFIGURED,
    **files("tests/test_a.py", "tests/test_b.py", "tests/pydantic_core/test_c.py", "tests/plugin/test_d.py"),
}
OWN = {"pytest.ini": "", **files("tests/test_a.py", "tests/test_b.py", "tests/slow/test_c.py")}


@pytest.mark.parametrize(
    ("project", "ci", "command"),
    [
        # toolz: benchmarks beside the tests
        (TOOLZ, ("pytest bench/",), PYTEST),
        (TOOLZ, ("pytest bench/", "coverage run -m pytest --doctest-modules toolz/"), f"{PYTEST} toolz"),
        # gunicorn, pydantic, humanize, cattrs: one part each
        (GUNICORN, ("pytest tests/docker/uwsgi/ -v --tb=short",), PYTEST),
        (PYDANTIC, ("uv run --no-sync pytest tests/pydantic_core", "uv run pytest", "uv run pytest tests/plugin"),
         PYTEST),
        (PYDANTIC, ("uv run coverage run -m pytest tests/mypy --test-mypy",), PYTEST),
        (OWN, ("pytest tests/test_benchmarks.py --codspeed",), PYTEST),
        (OWN, ("uv run --python 3.14 --with pytest-benchmark --group test pytest --codspeed bench/",), PYTEST),
        # marks and names
        (OWN, ("pytest -m slow", "pytest"), PYTEST),
        (OWN, ("pytest -m slow",), PYTEST),
        (OWN, ("pytest -m 'slow or network'",), PYTEST),
        (OWN, ("pytest -k smoke",), PYTEST),
        (OWN, ("pytest -m 'not slow'", "pytest -m slow"), f"{PYTEST} -m 'not slow'"),
        (OWN, ("pytest -m 'not slow and not network' -n auto",), f"{PYTEST} -m 'not slow and not network'"),
        (OWN, ("pytest -k 'not live' --cov=x",), f"{PYTEST} -k 'not live'"),
        (OWN, ("pytest -m 'not slow'", "python -m pytest -v"), PYTEST),
        # a file, documents, what collects only or repeats
        (OWN, ("pytest tests/test_a.py",), PYTEST),
        (OWN, ("pytest docs/",), PYTEST),
        (OWN, ("pytest --collect-only -qq .",), PYTEST),
        (OWN, ("pytest --no-cov -vvvvv --lf -rA",), PYTEST),
        (OWN, ("pytest tests/slow/test_c.py::test_x",), PYTEST),
        # all of it, spelled in other ways
        (OWN, ("pytest ./tests --doctest-modules",), PYTEST),
        (OWN, ("poetry run python -m pytest -p no:sugar -q tests/",), PYTEST),
        (OWN, ("pdm run pytest -vvv tests",), PYTEST),
        (OWN, ("python -bb -X dev -W error -m pytest tests",), PYTEST),
        (OWN, ("coverage run --source src -p -m pytest",), PYTEST),
        (OWN, ("PYTHONPATH=. py.test",), PYTEST),
        (OWN, ("pytest --ignore=tests/slow tests",), f"{PYTEST} --ignore=tests/slow"),
        (OWN, ("pytest --ignore=tests/gone",), PYTEST),
        ({**OWN, "examples/test_e.py": ""}, ("pytest tests -q",), f"{PYTEST} tests"),
        (OWN, ("uv run --directory other pytest -m 'not slow'",), PYTEST),
    ],
)  # fmt: skip
def test_ci_chooses_the_tests_only_where_it_runs_most_of_them(
    project: Layout, ci: tuple[str, ...], command: str
) -> None:
    assert found({**project, **workflow(*ci)}) == [command]


def test_what_ci_runs_in_another_folder_is_another_projects() -> None:
    elsewhere = jobs(
        'run: pytest -m "not x"\n        working-directory: fastapi', "run: \"cd core\\npytest -k 'not y'\""
    )

    assert found({**OWN, **elsewhere}) == [PYTEST]
    assert found({**OWN, **jobs('run: pytest -m "not x"\n        working-directory: ./')}) == [f"{PYTEST} -m 'not x'"]


TORNADO = {"tornado/test/__main__.py": "", **files("tornado/test/a_test.py", "tornado/test/b_test.py", text=UNIT)}
TOOLBAR = {
    **files("example/manage.py", text="django"), "tests/settings.py": SETTINGS,
    **files("tests/__init__.py", "tests/test_a.py", "tests/test_b.py", text=DJANGO), "example/test_views.py": DJANGO,
}  # fmt: skip
PEEWEE = {
    "runtests.py": "",
    **files("tests/__init__.py", "tests/models.py", "playhouse/__init__.py", "playhouse/test_utils.py"),
}
TAGGIT = {
    "sample_taggit/manage.py": "django", "sample_taggit/library/tests.py": DJANGO, "tests/settings.py": SETTINGS,
    **files("tests/__init__.py", "tests/tests.py", text=DJANGO),
}  # fmt: skip
ZOPE = files("src/zope/interface/__init__.py", "src/zope/interface/tests/__init__.py") | files(
    "src/zope/interface/tests/test_a.py", text=UNIT
)
FILTER = {
    "runtests.py": "",
    "tests/settings.py": SETTINGS,
    **files("tests/__init__.py", "tests/test_a.py", text=DJANGO),
}
DOCUTILS = {"test/alltests.py": "", "test/test_a.py": UNIT, "test/test_parsers/test_b.py": UNIT}
JSONSCHEMA = {
    "pyproject.toml": '[dependency-groups]\ntest = ["virtue"]\n[tool.ruff.lint.flake8-pytest-style]\nx = 1\n',
    **files("jsonschema/__init__.py", "jsonschema/tests/__init__.py", "jsonschema/tests/test_a.py", text=UNIT),
}
ASN = {"tests/__main__.py": "", **files("tests/__init__.py", "tests/test_a.py", text=UNIT)}
TESTED = files("tests/__init__.py", "tests/test_a.py", "tests/test_b.py", text=UNIT)
SET = "setenv =\n    DJANGO_SETTINGS_MODULE = tests.settings\n"
DISCOVER = "python3 -m unittest discover -v"


@pytest.mark.parametrize(
    ("project", "commands"),
    [
        (TORNADO | tox("python -bb -m tornado.test {posargs:}"), "python3 -m tornado.test"),
        (TORNADO | workflow("py -m tornado.test --fail-if-logs=false"), "python3 -m tornado.test"),
        (TORNADO, "python3 -m tornado.test"),
        (TOOLBAR | tox("python -b -W always -m coverage run -m django test -v2 {posargs:tests}", SET),
         "python3 -m django test -v 2 --settings=tests.settings tests"),
        (TOOLBAR
         | {"Makefile": "test:\n\tDJANGO_SETTINGS_MODULE=tests.settings \\\n\t\tpython -m django test $${A:-tests}\n"},
         "python3 -m django test -v 2 --settings=tests.settings tests"),
        (TOOLBAR, "python3 -m django test -v 2 --settings=tests.settings tests"),
        (PEEWEE | workflow("python runtests.py --mysql-user=root -s -v2", "python runtests.py -A"),
         "python3 runtests.py"),
        (PEEWEE, "python3 runtests.py"),
        (TAGGIT | tox("coverage run -m django test --settings=tests.settings {posargs}\n    coverage report"),
         "python3 -m django test -v 2 --settings=tests.settings"),
        (TAGGIT, "python3 -m django test -v 2 --settings=tests.settings tests"),
        (ZOPE | tox("pip install -U -e .[test]\n    coverage run -p -m unittest discover -s src/zope {posargs}"),
         f"{DISCOVER} -s src/zope"),
        (ZOPE, f"{DISCOVER} -s src/zope/interface -t src"),
        (FILTER | tox("coverage run --parallel-mode --source django_filters ./runtests.py --testrunner x.Y {posargs}"),
         "python3 runtests.py"),
        (FILTER | {"Makefile": ".PHONY: test\n\ntest:\n\t./runtests.py\n"}, "python3 runtests.py"),
        (DOCUTILS, "python3 test/alltests.py"),
        (JSONSCHEMA, "python3 -m virtue jsonschema"),
        (ASN, "python3 -m tests"),
        # python-slugify, django-ipware, cachetools, idna, more-itertools, Twisted's form, pyflakes
        ({"test.py": UNIT, **workflow("coverage run --source=slugify test.py")}, "python3 test.py"),
        ({"manage.py": "django", "ipware/tests/test_a.py": DJANGO,
          **workflow("coverage run --source=ipware manage.py test")},
         "python3 manage.py test"),
        (TESTED | tox("python -m unittest -v {posargs}"), f"{DISCOVER} -s tests -t ."),
        (files("tests/test_a.py") | tox("python -m unittest {posargs}"), "python3 -m unittest -v"),
        (TESTED | tox("python -m unittest discover tests"), f"{DISCOVER} tests"),
        (TESTED | tox("python -m unittest tests.test_a"), f"{DISCOVER} -s tests -t ."),
        (TESTED | workflow("python -m unittest tests.test_a tests.test_b"),
         "python3 -m unittest -v tests.test_a tests.test_b"),
        (TESTED | {"noxfile.py": "@nox.session\ndef tests(session):\n    session.run('python', '-m', 'unittest')\n"},
         f"{DISCOVER} -s tests -t ."),
        (TESTED | {"noxfile.py": "@nox.session\ndef lint(session):\n    session.run('python', '-m', 'tests')\n"},
         f"{DISCOVER} -s tests -t ."),
        (TESTED | {"Makefile": "test:\n\t@$(PYTHON) -m unittest discover -s tests\n"}, f"{DISCOVER} -s tests"),
        # names and layouts of unittest
        (files("tests/a_test.py", "tests/b_test.py", text=UNIT), f"{DISCOVER} -s tests -p '*_test.py'"),
        (files("a_test.py", "b_test.py", text=UNIT), f"{DISCOVER} -p '*_test.py'"),
        (files("tests/a_tests.py", "tests/b_tests.py", text=UNIT), f"{DISCOVER} -s tests -p '*_tests.py'"),
        (files("src/pkg/__init__.py", "src/pkg/tests/__init__.py", "src/pkg/tests/test_a.py", text=UNIT),
         f"{DISCOVER} -s src/pkg -t src"),
        (files("lib/pkg/__init__.py", "lib/pkg/test_a.py", text=UNIT), f"{DISCOVER} -s lib/pkg -t lib"),
        (files("pkg/__init__.py", "pkg/tests/test_a.py", text=UNIT), f"{DISCOVER} -s pkg/tests"),
        # Django: examples of use are no project
        ({"demo/manage.py": "django", **TESTED}, f"{DISCOVER} -s tests -t ."),
        ({"example_project/manage.py": "django", **TESTED}, f"{DISCOVER} -s tests -t ."),
        ({"app/manage.py": "django", "app/shop/tests.py": DJANGO}, "cd app && python3 manage.py test"),
        ({"test_settings.py": SETTINGS, "app/tests/test_a.py": DJANGO},
         "python3 -m django test -v 2 --settings=test_settings app"),
        ({"tests/runtests.py": "", "django/__init__.py": "", "tests/basic/tests.py": DJANGO},
         "python3 tests/runtests.py"),
        # pytest after all
        ({**TESTED, "requirements-dev.txt": "pytest>=8\n"}, PYTEST),
        ({**TESTED, "pyproject.toml": '[project.optional-dependencies]\ntest = ["pytest-cov"]\n'}, PYTEST),
        ({**TESTED, "pyproject.toml": '[tool.poetry.group.dev.dependencies]\npytest = "^8"\n'}, PYTEST),
        ({**TESTED, "tox.ini": "[testenv]\ndeps = pytest\ncommands = pytest {posargs}\n"}, PYTEST),
        ({**TESTED, "pyproject.toml": "# pytest is not used\n"}, f"{DISCOVER} -s tests -t ."),
        ({**TESTED, "requirements-dev.txt": "flake8-pytest-style\n# pytest\n"}, f"{DISCOVER} -s tests -t ."),
        ({**files("tests/test_a.py", "tests/test_b.py"), **tox("pytest -m 'not slow' {posargs:tests}")},
         f"{PYTEST} -m 'not slow'"),
        ({"pyproject.toml": f"{CONFIGURED}testpaths = ['tests']\n", **files("tests/test_a.py"),
          **tox("pytest -k 'not a'")},
         PYTEST),
        ({**files("tests/unit/test_a.py", "tests/functional/test_b.py"), **tox("pytest {posargs}")},
         f"{PYTEST} tests/unit"),
    ],
)  # fmt: skip
def test_the_tests_run_as_the_projects_files_say(project: Layout, commands: str) -> None:
    assert found(project) == [commands]
