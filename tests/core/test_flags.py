"""What is published but named first: what the checks run, what shadows, what installs, what is depended on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.broker import sort_protected
from bot.core.changes import Note
from bot.core.flags import flags
from bot.core.shadowing import shadowing
from bot.core.steering import find_called, steering_changed
from tests.core.changed_files import change

# -- what the checks run


@pytest.mark.parametrize(
    "path",
    [
        *("Makefile", "web/Makefile", "rules.mk", "justfile", "Taskfile.yml", "tox.ini", "noxfile.py", "Rakefile"),
        *("tests/conftest.py", "pytest.ini", ".coveragerc", "jest.config.js", "web/vitest.config.ts", ".mocharc.yml"),
        *("karma.conf.js", "playwright.config.ts", "phpunit.xml.dist", ".rspec", "babel.config.js", "__mocks__/fs.js"),
        *("eslint.config.js", "ruff.toml", "mypy.ini", "tsconfig.json", ".golangci.yml", ".nycrc", "CONFTEST.PY"),
        *("package.json", "pyproject.toml", ".env", "web/jest.setup.js", ".bazelrc"),
    ],
)
def test_what_steers_the_checks_is_named(path: str) -> None:
    """Also when it cannot be read, and when it is deleted."""
    for after in (b"a", None):
        (note,) = steering_changed([change(path, b"b = [", after)])
        assert (note.path, note.what) == (path, "decides what the checks run")


@pytest.mark.parametrize("path", ["src/package.json.md", "src/clock.py", "docs/make.md", "app/tasks.py", "build/x.js"])
def test_other_files_steer_nothing(path: str) -> None:
    assert steering_changed([change(path, b"a", b"b")]) == []


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("package.json", {"scripts": {"test": "jest"}}, {"scripts": {"test": "true"}}, "scripts.test"),
        ("package.json", {}, {"jest": {"testPathIgnorePatterns": ["x"]}}, "jest"),
        ("pyproject.toml", "[tool.pytest.ini_options]\n", "[tool.pytest.ini_options]\naddopts='-k x'\n", "tool.pytest"),
        ("pyproject.toml", "", "[tool.hatch.envs.default.scripts]\ntest='true'\n", "tool.hatch.envs"),
        ("Cargo.toml", "", "[lib]\ntest = false\n", "lib"),
        ("composer.json", {}, {"scripts": {"test": "true"}}, "scripts.test"),
    ],
)
def test_the_part_of_a_manifest_that_steers_is_named(path: str, before: object, after: object, said: str) -> None:
    (note,) = steering_changed([change(path, before, after)])

    assert note.what == f"decides what the checks run: {said}"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("package.json", {"version": "1"}, {"version": "2"}),
        ("package.json", {}, {"dependencies": {"a": "1"}}),
        ("pyproject.toml", "[project]\nversion='1'\n", "[project]\nversion='2'\n"),
        ("setup.cfg", "[metadata]\nversion=1\n", "[metadata]\nversion=2\n"),
    ],
)
def test_the_rest_of_a_manifest_steers_nothing(path: str, before: object, after: object) -> None:
    assert steering_changed([change(path, before, after)]) == []


def test_the_files_that_the_checks_name_are_flagged() -> None:
    """In `verify`, behind `cd`, and in the scripts of `package.json`."""
    commands = find_called(
        ["bash ./ci/check.sh --all", "cd web && ./verify.sh", "pytest tests"], b'{"scripts": {"t": "node tools/t.js"}}'
    )
    changed = ["ci/check.sh", "web/verify.sh", "tools/t.js", "tests/test_a.py", "ci/other.sh"]

    found = steering_changed([change(path, b"a", b"b") for path in changed], commands)

    assert [(note.path, note.what) for note in found] == [(path, "is run by the checks") for path in changed[:3]]


# -- what shadows


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("pytest.py", "takes the place of the test runner or tool pytest"),
        ("tests/pytest.py", "takes the place of the test runner or tool pytest"),
        ("src/clock/pytest.py", "takes the place of the test runner or tool pytest"),
        ("unittest.py", "takes the place of the test runner or tool unittest"),
        ("unittest/__init__.py", "takes the place of the test runner or tool unittest"),
        ("unittest.cpython-311-x86_64-linux-gnu.so", "takes the place of the test runner or tool unittest"),
        ("_pytest/__init__.py", "takes the place of the test runner or tool _pytest"),
        ("spec/minitest.rb", "takes the place of the test runner or tool minitest"),
        ("random.py", "takes the place of random of the standard library"),
        ("src/json/__init__.py", "takes the place of json of the standard library"),
        ("tests/logging.py", "takes the place of logging of the standard library"),
        ("new/os.pyw", "takes the place of os of the standard library"),
        ("sitecustomize.py", "is run whenever Python starts"),
        ("deep/in/usercustomize.py", "is run whenever Python starts"),
        ("evil.pth", "is run whenever Python starts"),
        ("node_modules/jest/index.js", "is run in the place of an installed package"),
        ("web/node_modules/.bin/jest", "is run in the place of an installed package"),
        ("node_modules", "is run in the place of an installed package"),
        ("clock/__pycache__/clock.cpython-311.pyc", "is run in the place of an installed package"),
        ("clock.pyc", "is run in the place of an installed package"),
        ("bin/python3", "takes the place of the program python3"),
        ("vendor/bin/phpunit", "takes the place of the program phpunit"),
        ("src/test/java/org/junit/Assert.java", "takes the place of a test runner"),
    ],
)
def test_what_shadows_a_runner_or_the_library_is_named(path: str, said: str) -> None:
    assert shadowing([change(path)]) == [Note(path, said)]


def test_a_link_named_like_a_module_shadows_it() -> None:
    """A folder that it leads to is a package."""
    assert [note.path for note in shadowing([change("unittest", None, b"src/innocent")])] == ["unittest"]
    assert shadowing([change("queue", None, b"some\nlines\n")]) == []


@pytest.mark.parametrize(
    "path",
    [
        *("clock/random.py", "clock/json/__init__.py", "src/clock/types.py", "tests/test_random.py", "jest.config.js"),
        *("src/pytest_clock.py", "docs/unittest.md", "test/__init__.py", "clock/coverage.py", "bin/clock"),
    ],
)
def test_what_cannot_shadow_is_free(path: str) -> None:
    """A module inside of a package has the package's name before its own."""
    assert shadowing([change(path)], {"clock/__init__.py", "src/clock/__init__.py"}) == []


def test_a_package_of_the_change_itself_hides_no_shadow() -> None:
    """With a new `__init__.py` a session could make any folder look like one."""
    assert shadowing([change("lib/__init__.py"), change("lib/random.py")], {"lib/a.py"})
    assert shadowing([change("tests/random.py")], {"tests/__init__.py"})


def test_an_old_module_of_such_a_name_is_not_named_again() -> None:
    """But a file that was moved there is, and a runner's double is each time."""
    assert shadowing([change("random.py", b"a", b"b")]) == []
    assert shadowing([change("random.py", b"a", b"b", old_path="a.py")])
    assert shadowing([change("pytest.py", b"a", b"b")])
    assert shadowing([change("pytest.py", b"a", None)]) == []


# -- all of them


def test_the_most_serious_come_first() -> None:
    changes = [change("package.json", {}, {"dependencies": {"a": "1"}}), change("Makefile"), change("pytest.py")]

    found = flags(changes, downgraded=[Note("AGENTS.md", "coding agents obey it")])

    assert [note.path for note in found] == ["AGENTS.md", "pytest.py", "Makefile", "package.json"]


PATHS = st.sampled_from(
    [
        *("package.json", "pyproject.toml", "Cargo.toml", "go.mod", "Gemfile", "requirements.txt", "environment.yml"),
        *("pubspec.yaml", "composer.json", "Pipfile", "package-lock.json", "setup.cfg", "random.py", "pom.xml"),
    ]
)
CONTENTS = st.binary(max_size=80) | st.text(alphabet="[]{}\"':=,\n -a1.@/#", max_size=80).map(str.encode)


@given(PATHS, st.none() | CONTENTS, st.none() | CONTENTS)
def test_any_change_is_judged(path: str, before: bytes | None, after: bytes | None) -> None:
    """No content is an error: hostile ones are what this is for."""
    flags([change(path, before, after)])


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("package.json", {"scripts": [1], "dependencies": "x", "overrides": 1, "bundledDependencies": [[1]]}),
        ("package.json", {"dependencies": {"a": {"b": 1}}, "pnpm": 1, "workspaces": {}}),
        ("pyproject.toml", "tool = 1\nproject = [1]\ndependency-groups = {a = 1, b = [{include-group='c'}]}\n"),
        (
            "pyproject.toml",
            "[tool]\npoetry = 1\nuv = {index = 1}\nhatch = {envs = {a = 1}}\n[project]\ndependencies=[1]",
        ),
        ("Cargo.toml", "dependencies = 1\ntarget = {x = 1}\npatch = 1\npackage = 1\n"),
        ("environment.yml", "dependencies: 1\nchannels: {a: 1}\n"),
        ("pubspec.yaml", "dependencies: [a]\n"),
    ],
)
def test_a_document_of_another_shape_is_judged(path: str, document: object) -> None:
    flags([change(path, None, document), change(path, document, None)])


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("go.mod", b"\n" * 1_900_000),
        ("go.mod", b"a " * 900_000),
        ("go.mod", b"a" + b" " * 1_900_000),
        ("Gemfile", b"gem '" * 380_000),
        ("Gemfile", b"\n" * 1_900_000),
        ("requirements.txt", b"a \\\n" * 400_000),
        ("setup.cfg", b"[mypy\n" * 300_000),
        ("package.json", b'{"a":' + b"[" * 1_900_000),
        ("pyproject.toml", b"[" + b"a." * 200_000 + b"a]\n"),
        ("pyproject.toml", b"".join(b"[" + b"a." * 199 + b"a%d]\n" % n for n in range(1200))),
        ("pnpm-workspace.yaml", b"- " * 90_000),
        ("package-lock.json", b'"resolved": "' * 150_000),
        ("Makefile", b"x" * 60_000_000),
    ],
)
def test_no_content_takes_long(path: str, content: bytes) -> None:
    """Quadratic patterns would hold the host up for hours; linear ones need a moment."""
    started = time.process_time()

    flags([change(path, b"", content)], commands=["make test"])
    sort_protected([change(path, b"", content)])

    assert time.process_time() - started < 10
