"""Which commands set up a repository, and for which of its files."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

import pytest

from bot.core.environment.values import Origin, SetUp, Tree
from bot.core.set_up import find_set_up, inputs, key, makes_python

MAKE = 'python3 -m venv "$VIRTUAL_ENV"'
PIP = "python -m pip install"
EXTRA = '[project.optional-dependencies]\ntest = ["pytest"]\ndocs = ["sphinx"]\n'
PROJECT = f'[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n{EXTRA}'
NEEDS = json.dumps({"dependencies": {"a": "1"}})


def tree(files: Mapping[str, str]) -> Tree:
    return Tree(frozenset(files), files.get)


def found(
    files: Mapping[str, str], *, declared: Collection[str] | None = None, tools: Collection[str] = ()
) -> SetUp | None:
    return find_set_up(tree(files), declared=declared, tools=tools)


def commands(files: Mapping[str, str], *, tools: Collection[str] = ()) -> list[tuple[str, str]]:
    """Each command with its reason."""
    set_up = found(files, tools=tools)
    return [(command.text, command.reason) for command in set_up.commands] if set_up else []


NPM = "npm install --no-package-lock --no-audit --no-fund"
GLOBAL = 'npm install --global --no-audit --no-fund --prefix "$HOME/.local"'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"package.json": "{}"}, []),
        ({"package.json": "not json"}, []),
        ({"package.json": '["a"]'}, []),
        ({"package.json": NEEDS}, [(NPM, "package.json")]),
        ({"package.json": '{"devDependencies": {"a": "1"}}'}, [(NPM, "package.json")]),
        ({"package.json": '{"workspaces": ["a"]}'}, [(NPM, "package.json")]),
        ({"package.json": NEEDS, "package-lock.json": ""}, [("npm ci --no-audit --no-fund", "package-lock.json")]),
        ({"package.json": NEEDS, "npm-shrinkwrap.json": ""}, [("npm ci --no-audit --no-fund", "npm-shrinkwrap.json")]),
        ({"web/package.json": NEEDS}, [(f"(cd web && {NPM})", "web/package.json")]),
        ({"package.json": "{}", "web/package.json": NEEDS}, [(f"(cd web && {NPM})", "web/package.json")]),
        ({"package.json": '{"workspaces": ["web"]}', "web/package.json": NEEDS}, [(NPM, "package.json")]),
        ({"my web/package.json": NEEDS}, [(f"(cd 'my web' && {NPM})", "my web/package.json")]),
        ({"node_modules/x/package.json": NEEDS, "docs/package.json": NEEDS, "test/fixtures/a/package.json": NEEDS}, []),
    ],
)
def test_npm(files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert commands(files) == expected


@pytest.mark.parametrize(
    ("files", "tools", "expected"),
    [
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'"}, {"pnpm"}, ["pnpm install --frozen-lockfile"]),
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'"}, (), [f"{GLOBAL} pnpm@10", "pnpm install --frozen-lockfile"]),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'"}, (), [f"{GLOBAL} pnpm@8", "pnpm install --frozen-lockfile"]),
        ({"pnpm-lock.yaml": "lockfileVersion: 5.4"}, (), [f"{GLOBAL} pnpm@7", "pnpm install --frozen-lockfile"]),
        ({"pnpm-workspace.yaml": "packages: []"}, {"pnpm"}, ["pnpm install --no-lockfile"]),
        ({"yarn.lock": "# yarn lockfile v1"}, {"yarn"}, ["yarn install --frozen-lockfile"]),
        ({"yarn.lock": "# yarn lockfile v1"}, (), [f"{GLOBAL} yarn@1", "yarn install --frozen-lockfile"]),
        ({"yarn.lock": "__metadata:\n  version: 8"}, {"yarn"}, ["yarn install --immutable"]),
        ({"yarn.lock": "", ".yarnrc.yml": "x: y"}, (), [f"{GLOBAL} @yarnpkg/cli-dist@4", "yarn install --immutable"]),
        ({"bun.lock": "{}"}, {"bun"}, ["bun install --frozen-lockfile"]),
        ({"bun.lockb": "x"}, (), [f"{GLOBAL} bun@latest", "bun install --frozen-lockfile"]),
    ],
)
def test_other_managers_of_node(files: dict[str, str], tools: Collection[str], expected: list[str]) -> None:
    """By their lockfile. One that the host does not have comes from npm, in a version that reads this lockfile."""
    assert [text for text, _ in commands({"package.json": NEEDS, **files}, tools=tools)] == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("pnpm@9.1.2+sha512.abc", [f"{GLOBAL} pnpm@9.1.2", "pnpm install --no-lockfile"]),
        ("yarn@4.5.0", [f"{GLOBAL} @yarnpkg/cli-dist@4.5.0", "yarn install --no-immutable"]),
        ("yarn@1.22.22", [f"{GLOBAL} yarn@1.22.22", "yarn install --no-lockfile"]),
        ("bun@1.1.0", [f"{GLOBAL} bun@1.1.0", "bun install --no-save"]),
        ("npm@10.0.0", [NPM]),
        ("other@1", [NPM]),
        ("pnpm@$(evil)", [NPM]),
    ],
)
def test_the_manager_that_package_json_names(named: str, expected: list[str]) -> None:
    package = json.dumps({"packageManager": named, "devDependencies": {"a": "1"}})

    assert [text for text, _ in commands({"package.json": package})] == expected


UV_LOCK = (
    '[[package]]\nname = "x"\nversion = "1"\nsource = { editable = "." }\n[[package]]\nname = "a"\nversion = "1.2"\n'
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": PROJECT}, [(f"{PIP} -e '.[test]'", "pyproject.toml")]),
        ({"pyproject.toml": "[tool.black]\nline-length = 100\n"}, []),
        ({"setup.py": "from setuptools import setup\nsetup()"}, [(f"{PIP} -e .", "setup.py")]),
        ({"setup.py": "setup(extras_require={'test': ['x'], 'docs': []})"}, [(f"{PIP} -e '.[test]'", "setup.py")]),
        ({"setup.py": "E = {'dev': ['x']}\nsetup(extras_require=E)"}, [(f"{PIP} -e '.[dev]'", "setup.py")]),
        (
            {"setup.cfg": "[metadata]\nname = x\n[options.extras_require]\ntesting = y\n"},
            [(f"{PIP} -e '.[testing]'", "setup.cfg")],
        ),
        ({"setup.cfg": "[flake8]\nmax-line-length = 100\n"}, []),
        ({"requirements.txt": "a"}, [(f"{PIP} -r requirements.txt", "requirements.txt")]),
        (
            {
                "requirements.txt": "a",
                "requirements-dev.txt": "b",
                "requirements/test.txt": "c",
                "requirements-docs.txt": "d",
            },
            [
                (f"{PIP} -r {name}", name)
                for name in ("requirements.txt", "requirements-dev.txt", "requirements/test.txt")
            ],
        ),
        (
            {"requirements/dev.txt": "sphinx", "requirements/tests.txt": "pytest", "requirements/docs.txt": "sphinx"},
            [(f"{PIP} -r requirements/tests.txt", "requirements/tests.txt")],
        ),
        ({"requirements.in": "a", "requirements.txt": "a==1"}, [(f"{PIP} -r requirements.txt", "requirements.txt")]),
        ({"test_requirements.txt": "a"}, [(f"{PIP} -r test_requirements.txt", "test_requirements.txt")]),
        ({"api/pyproject.toml": PROJECT}, [(f"(cd api && {PIP} -e '.[test]')", "api/pyproject.toml")]),
    ],
)
def test_python_without_a_lockfile(files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    made = commands(files)

    assert made[:1] == ([(MAKE, expected[0][1])] if expected else [])
    assert made[1:] == expected


@pytest.mark.parametrize(
    ("lockfile", "text", "tool", "expected"),
    [
        ("uv.lock", UV_LOCK, "uv", "uv sync --frozen --extra test"),
        ("poetry.lock", UV_LOCK, "poetry", "poetry install --no-interaction --extras test"),
        ("pdm.lock", UV_LOCK, "pdm", "pdm sync --dev --group test"),
        ("Pipfile.lock", '{"default": {"a": {"version": "==1.2"}}}', "pipenv", "pipenv sync --dev"),
    ],
)
def test_python_with_a_lockfile(lockfile: str, text: str, tool: str, expected: str) -> None:
    """By its tool; where the host does not have that, by pip with what the lockfile pins: not the project itself."""
    files = {"pyproject.toml": PROJECT, lockfile: text}

    assert commands(files, tools={tool})[1:] == [(expected, lockfile)]
    by_pip = found(files)
    assert by_pip is not None
    assert all("$NIGHTSHIFT_SETUP/" in command.text and command.pinned for command in by_pip.commands[1:])
    assert list(by_pip.files.values()) == ["a==1.2\n"]


def test_groups_of_dependencies_for_tests() -> None:
    """With the groups that they include, and in Poetry's own form."""
    groups = '[dependency-groups]\ntest = ["pytest>=8", {include-group = "base"}]\nbase = ["mock"]\ndocs = ["sphinx"]\n'
    needs = 'pytest = "^7.1"\nmock = "*"\nx = {git = "y"}\n'
    poetry = f'[tool.poetry]\nname = "x"\n[tool.poetry.group.dev.dependencies]\n{needs}'
    made = [found({"pyproject.toml": text + "[build-system]\nrequires = []\n"}) for text in (groups, poetry)]

    assert [dict(each.files) for each in made if each] == [
        {"groups.txt": "pytest>=8\nmock\n"},
        {"groups.txt": "pytest>=7.1,<8\nmock\n"},
    ]


def test_a_project_that_is_no_package_gets_what_it_depends_on() -> None:
    text = '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n' + EXTRA

    set_up = found({"pyproject.toml": text})

    assert set_up is not None
    assert dict(set_up.files) == {"groups.txt": "flask\npytest\n"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"tests/conftest.py": ""}, "tests/conftest.py"),
        ({"pytest.ini": ""}, "pytest.ini"),
        ({"tests/test_x.py": "import pytest\n"}, "tests/test_x.py"),
        ({"tests/test_x.py": "def test_x(): pass\n"}, "tests/test_x.py"),
        ({"x_test.py": "async def test_x(): pass\n"}, "x_test.py"),
        ({"setup.cfg": "[tool:pytest]\n"}, "setup.cfg"),
        ({"tests/test_x.py": "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n"}, ""),
    ],
)
def test_tests_for_pytest_bring_pytest(files: dict[str, str], reason: str) -> None:
    made = commands(files)

    if not reason:
        assert made == []
    else:
        assert made[-1] == (f"python -c 'import pytest' 2>/dev/null || {PIP} pytest", f"{reason}: its tests use pytest")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"go.mod": ""}, [("go mod download", "go.mod")]),
        ({"go.mod": "", "go.sum": ""}, [("go mod download", "go.sum")]),
        ({"go.mod": "", "vendor/modules.txt": ""}, []),
        ({"Cargo.toml": "", "Cargo.lock": ""}, [("cargo fetch --locked", "Cargo.lock")]),
        ({"Cargo.toml": ""}, [("cargo fetch", "Cargo.toml")]),
        ({"Gemfile": "", "Gemfile.lock": ""}, [("bundle install", "Gemfile.lock")]),
        ({"composer.json": "{}"}, [("composer install --no-interaction --no-progress", "composer.json")]),
        ({"pom.xml": ""}, [("mvn -q -B dependency:go-offline", "pom.xml")]),
        ({"pom.xml": "", "mvnw": ""}, [("sh ./mvnw -q -B dependency:go-offline", "pom.xml")]),
        (
            {"build.gradle.kts": "", "gradlew": ""},
            [("sh ./gradlew --quiet --no-daemon testClasses", "build.gradle.kts")],
        ),
        ({"src/a.csproj": "", "all.sln": ""}, [("dotnet restore all.sln", "all.sln")]),
        ({"src/my app.csproj": ""}, [("dotnet restore 'src/my app.csproj'", "src/my app.csproj")]),
        ({"mix.exs": ""}, [("mix local.hex --force && mix local.rebar --force && mix deps.get", "mix.exs")]),
        ({"deno.json": "{}", "deno.lock": ""}, [("deno install --frozen", "deno.lock")]),
        ({"deno.json": "{}"}, [("deno install --no-lock", "deno.json")]),
    ],
)
def test_other_languages(files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert commands(files) == expected


def test_what_the_repository_declares_is_all_that_runs() -> None:
    files = {"package.json": NEEDS, "pyproject.toml": PROJECT}

    set_up = found(files, declared=["make deps", "npm ci"])

    assert set_up is not None
    assert set_up.origin is Origin.DECLARED
    assert [command.text for command in set_up.commands] == [MAKE, "make deps", "npm ci"]
    assert [command.pinned for command in set_up.commands] == [True, False, True]
    assert makes_python(set_up)
    assert found(files, declared=[]) is None


def test_inputs_are_manifests_lockfiles_settings_and_files_that_commands_name() -> None:
    names = (
        "package.json",
        "web/yarn.lock",
        ".npmrc",
        "go.sum",
        ".tool-versions",
        "scripts/install.sh",
        "requirements/x.txt",
    )
    others = ("src/a.py", "README.md", "node_modules/x/package.json", "tests/conftest.py", "scripts/other.sh")
    set_up = found({}, declared=["bash ./scripts/install.sh --all"])

    assert set_up is not None
    assert inputs(set_up, [*names, *others]) == sorted(names)


def test_the_key_depends_on_all_that_a_set_up_depends_on() -> None:
    one, other = found({}, declared=["a"]), found({}, declared=["b"])
    assert one is not None
    assert other is not None
    keys = {
        key(one, {"x": b"1"}),
        key(other, {"x": b"1"}),
        key(one, {"x": b"2"}),
        key(one, {"y": b"1"}),
        key(one, {"x": b"1"}, "node v20"),
        key(one, {"x": b"1"}, "node v22"),
    }
    assert len(keys) == 6
    assert key(one, {"x": b"1", "y": b"2"}) == key(one, {"y": b"2", "x": b"1"})


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Cargo.toml": "", "tests/syntax-tests/highlighted/XML/console.csproj": ""}, ["cargo fetch"]),
        ({"go.mod": "", "website/package.json": NEEDS}, ["go mod download"]),
        ({"go.mod": "", "playground/package.json": NEEDS, "demo/package.json": NEEDS}, ["go mod download"]),
        ({"go.mod": "", "ui/package.json": NEEDS}, [f"(cd ui && {NPM})", "go mod download"]),
        ({"test/App.Tests/App.Tests.csproj": ""}, ["dotnet restore test/App.Tests/App.Tests.csproj"]),
    ],
)
def test_what_tests_read_and_websites_are_no_projects(files: dict[str, str], expected: list[str]) -> None:
    assert [text for text, _ in commands(files)] == expected
