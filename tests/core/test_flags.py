"""What is published but named first: what the checks run, what shadows, what installs, what is depended on."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.broker import sort_protected
from bot.core.changes import FileChange, Note
from bot.core.flags import flags
from bot.core.install_scripts import install_scripts
from bot.core.packages import package_changes
from bot.core.shadowing import shadowing
from bot.core.steering import called, steering_changed


def change(path: str, before: object = None, after: object = b"x = 1\n", *, old_path: str = "") -> FileChange:
    return FileChange(path=path, old_path=old_path or path, before=_content(before), after=_content(after))


def _content(document: object) -> bytes | None:
    if isinstance(document, str):
        return document.encode()
    return document if isinstance(document, bytes | None) else json.dumps(document).encode()


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
    commands = called(
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


# -- what runs at an installation


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("package.json", {}, {"scripts": {"postinstall": "node x"}}, "its script postinstall runs when"),
        ("package.json", {"scripts": {"prepare": "a"}}, {"scripts": {"prepare": "b"}}, "its script prepare runs"),
        ("package.json", {}, {"trustedDependencies": ["x"]}, "it changes which packages may run scripts"),
        ("package.json", {}, {"pnpm": {"onlyBuiltDependencies": ["x"]}}, "it changes which packages may run scripts"),
        ("composer.json", {}, {"scripts": {"post-install-cmd": "x"}}, "its script post-install-cmd runs when"),
        ("setup.py", None, b"x", "runs when the project is installed or built"),
        ("crates/a/build.rs", b"a", b"b", "runs when the project is installed or built"),
        ("binding.gyp", None, b"x", "runs when the project is installed or built"),
        ("ext/a/extconf.rb", b"a", b"b", "runs when the project is installed or built"),
        ("pyproject.toml", "", "[build-system]\nbuild-backend='x'\nbackend-path=['.']\n", "its build settings change"),
        ("pyproject.toml", "", "[tool.hatch.build.hooks.custom]\n", "its build settings change"),
        ("pyproject.toml", "", "[tool.hatch.build]\nsince=2026-01-01\n", "its build settings change, and they run"),
        ("pyproject.toml", "", "[tool.hatch", "it cannot be read as TOML"),
        ("Cargo.toml", "", "[package]\nbuild = 'x.rs'\n", "its build or links key changes"),
        ("Dockerfile", b"a", b"b", "runs when the project is installed or built"),
    ],
)
def test_install_scripts_are_named(path: str, before: object, after: object, said: str) -> None:
    (note,) = install_scripts([change(path, before, after)])

    assert note.what.startswith(said)


def test_unchanged_install_scripts_are_not() -> None:
    before = {"scripts": {"postinstall": "a"}, "version": "1"}

    assert install_scripts([change("package.json", before, before | {"version": "2"})]) == []
    assert install_scripts([change("pyproject.toml", "[build-system]\n", "[build-system]\nrequires=['x']\n")]) == []


# -- dependencies


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("package.json", {}, {"dependencies": {"left-pad": "1"}}, "adds the dependency left-pad"),
        ("web/package.json", {}, {"devDependencies": {"a": "1", "b": "2"}}, "adds the dependencies a, b"),
        ("package.json", {}, {"optionalDependencies": {"a": "evil/a"}}, "adds the dependency a from evil/a"),
        (
            "package.json",
            {"dependencies": {"a": "1"}},
            {"dependencies": {"a": "git+https://evil.example/a"}},
            "takes from another place a from git+https://evil.example/a",
        ),
        (
            "package.json",
            {"dependencies": {"a": "1"}},
            {"dependencies": {"a": "npm:b@1"}},
            "takes from another place a from npm:b@1",
        ),
        ("package.json", {}, {"overrides": {"a": "2"}}, "adds the dependency the override a"),
        ("package.json", {}, b"{", "it cannot be read as JSON: look for new dependencies"),
        ("pyproject.toml", "", "[project]\ndependencies=['Left_Pad>=1']\n", "adds the dependency left-pad"),
        ("pyproject.toml", "", "[dependency-groups]\ndev=['a','b']\n", "adds the dependencies a, b"),
        ("pyproject.toml", "", "[build-system]\nrequires=['evil']\n", "adds the dependency evil"),
        ("pyproject.toml", "", "[tool.poetry.group.dev.dependencies]\na='1'\n", "adds the dependency a"),
        (
            "pyproject.toml",
            "[project]\ndependencies=['a']\n",
            "[project]\ndependencies=['a @ https://evil.example/a.whl']\n",
            "takes from another place a from https://evil.example/a.whl",
        ),
        (
            "pyproject.toml",
            "",
            "[[tool.uv.index]]\nurl='https://evil.example/simple'\n",
            "adds the dependency the registry https://evil.example/simple",
        ),
        ("requirements.txt", "a==1\n", "a==2\nB[x]>=1 ; python_version>'3' # why\n", "adds the dependency b"),
        ("requirements/dev.txt", "", "--index-url https://evil.example\n", "adds the dependency --index-url https"),
        ("dev-requirements.in", "", "git+https://evil.example/a\n", "adds the dependency git+https://evil.example/a"),
        ("requirements.txt", "", "a==1 \\\n  --hash=sha256:00\n", "adds the dependency a"),
        ("Cargo.toml", "", "[dependencies]\nserde = '1'\n", "adds the dependency serde"),
        (
            "Cargo.toml",
            "",
            "[target.'cfg(unix)'.build-dependencies]\na = {git = 'https://evil.example'}\n",
            "adds the dependency a from https://evil.example",
        ),
        ("Cargo.toml", "", "[patch.crates-io]\na = {path = 'x'}\n", "adds the dependency a from x"),
        ("go.mod", "module x\n", "module x\nrequire evil.example/a v1.0.0\n", "adds the dependency evil.example/a"),
        ("go.mod", "", "require (\n\tgithub.com/a/b v1.2.3 // indirect\n)\n", "adds the dependency github.com/a/b"),
        (
            "go.mod",
            "",
            "replace github.com/a/b => ../b\n",
            "adds the dependency the replacement of github.com/a/b from",
        ),
        ("Gemfile", "", "gem 'rails', git: 'https://evil.example'\n", "adds the dependency rails from https://evil"),
        ("Pipfile", "", "[packages]\na = '*'\n", "adds the dependency a"),
        ("composer.json", {}, {"require-dev": {"a/b": "1"}}, "adds the dependency a/b"),
        ("pubspec.yaml", "", "dependencies:\n  a: ^1\n", "adds the dependency a"),
        ("environment.yml", "", "dependencies:\n- numpy=1\n- pip:\n  - b\n", "adds the dependencies numpy, b"),
        ("pnpm-workspace.yaml", "", "catalog:\n  a: 1\n", "adds the dependency a"),
        ("pnpm-workspace.yaml", "", "catalogs:\n  old:\n    a: 1\n", "adds the dependency a"),
        ("pubspec.yaml", "", "dev_dependencies:\n  a: ^1\n", "adds the dependency a"),
        ("Cargo.toml", "", "[dev-dependencies]\na='1'\n", "adds the dependency a"),
        ("pyproject.toml", "", "[tool.hatch.envs.test]\ndependencies=['a']\n", "adds the dependency a"),
        ("pyproject.toml", "", "[tool.hatch.envs.test]\nextra-dependencies=['a']\n", "adds the dependency a"),
        (
            "pyproject.toml",
            "",
            "[[tool.pdm.source]]\nurl='https://evil.example'\n",
            "adds the dependency the registry https://evil.example",
        ),
        ("pom.xml", b"a", b"b", "the manifest changes: look for new dependencies"),
        ("app/build.gradle.kts", b"a", b"b", "the manifest changes: look for new dependencies"),
        ("poetry.lock", b"a", b"b", "decides which packages are installed, and from where"),
    ],
)
def test_new_dependencies_are_named(path: str, before: object, after: object, said: str) -> None:
    """And places that packages did not come from before."""
    (note,) = package_changes([change(path, before, after)])

    assert note.what.startswith(said)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("package.json", {"dependencies": {"a": "1"}}, {"dependencies": {"a": "2"}}),
        ("package.json", {"dependencies": {"a": "1"}}, {}),
        ("requirements.txt", "a==1\n# c\n", "a==2\n"),
        ("Cargo.toml", "[dependencies]\na='1'\n", "[dependencies]\na='2'\n"),
        ("docs/requirements.md", "", "b\n"),
    ],
)
def test_a_newer_version_is_no_new_dependency(path: str, before: object, after: object) -> None:
    assert package_changes([change(path, before, after)]) == []


def test_many_dependencies_are_counted() -> None:
    many = {f"p{number}": "1" for number in range(20)}

    (note,) = package_changes([change("package.json", {}, {"dependencies": many})])

    assert note.what == "adds the dependencies p0, p1, p2, p3 and 16 more"


def test_a_lockfile_that_names_a_new_host_says_so() -> None:
    """What a poisoned lockfile does; GitHub folds the file away in the review."""
    before = '{"resolved": "https://registry.npmjs.org/a.tgz"}'
    after = '{"resolved": "https://evil.example/a.tgz"}'

    found = package_changes([change("package-lock.json", before, after)])

    assert [note.what for note in found] == [
        "takes packages from evil.example:443, which it did not before",
        "decides which packages are installed, and from where",
    ]


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
