"""In a repository with several projects each of them is set up, and each touched one is checked with its dependents."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.core.detection import detect_checks
from bot.core.environment.values import MOST_FOLDERS, Tree
from bot.core.set_up import find_set_up

NPM = "npm install --no-package-lock --no-audit --no-fund"
COMPOSER = "composer install --no-interaction --no-progress"
MIX = "mix local.hex --force && mix local.rebar --force && mix deps.get"
PIP = "python -m pip install"
VENV = 'python3 -m venv "$VIRTUAL_ENV"'
PYTEST = "python3 -m pytest -q"
BUILD = '[build-system]\nrequires = ["hatchling"]\n'


def package(**more: object) -> str:
    return json.dumps({"dependencies": {"x": "1"}, **more})


def project(name: str, *needs: str) -> str:
    return f'{BUILD}[project]\nname = "{name}"\ndependencies = {json.dumps(needs)}\n[tool.pytest.ini_options]\n'


def set_up(files: Mapping[str, str], *tools: str) -> list[str]:
    found = find_set_up(Tree(frozenset(files), files.get), declared=None, tools=tools)
    return [command.text for command in found.commands] if found else []


def checks(files: Mapping[str, str], *changed: str) -> list[str]:
    return [check.command for check in detect_checks(list(files), files.get, changed)]


LOCKED = {"pyproject.toml": project("a"), "uv.lock": ""}
SERVICES = {f"services/{name}/package.json": package() for name in "abcdefg"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (SERVICES, [f"(cd services/{name} && {NPM})" for name in "abcdefg"]),
        ({"package.json": "{}", **SERVICES}, [f"(cd services/{name} && {NPM})" for name in "abcdefg"]),
        ({"package.json": package(workspaces=["services/*"]), **SERVICES}, [NPM]),
        ({"pnpm-workspace.yaml": "packages: ['services/*']\n", "package.json": "{}", **SERVICES},
         ['npm install --global --no-audit --no-fund --prefix "$HOME/.local" pnpm@10', "pnpm install --no-lockfile"]),
        ({"pyproject.toml": f'{BUILD}[project]\nname = "a"\n', "requirements/requirements.txt": "x"},
         [VENV, "python -m pip install -e .", "python -m pip install -r requirements/requirements.txt"]),
        ({"a/b/c/package.json": package()}, [f"(cd a/b/c && {NPM})"]),
        ({"web/package.json": package(workspaces=["x"]), "web/x/package.json": package()}, [f"(cd web && {NPM})"]),
        ({"go.mod": "", "sdk/go.mod": "", "sdk/x/go.mod": ""},
         ["go mod download", "(cd sdk && go mod download)", "(cd sdk/x && go mod download)"]),
        ({"go.work": "use ./a\nuse ./b\n", "a/go.mod": "", "b/go.mod": ""},
         ["(cd a && go mod download)", "(cd b && go mod download)"]),
        ({"Cargo.toml": "[workspace]\n", "a/Cargo.toml": ""}, ["cargo fetch"]),
        ({"Cargo.toml": "[package]\n", "a/Cargo.toml": ""}, ["cargo fetch", "(cd a && cargo fetch)"]),
        ({"Gemfile": "", "gems/a/Gemfile": "", "gems/b/b.gemspec": ""},
         ["bundle install", "(cd gems/a && bundle install)"]),
        ({"composer.json": '{"scripts": {"test": "phpunit"}}', "packages/a/composer.json": "{}"}, [COMPOSER]),
        ({"composer.json": "{}", "packages/a/composer.json": "{}"}, [COMPOSER, f"(cd packages/a && {COMPOSER})"]),
        ({"mix.exs": 'apps_path: "apps"', "apps/a/mix.exs": ""}, [MIX]),
        ({"a/mix.exs": "", "b/mix.exs": ""}, [f"(cd {name} && {MIX})" for name in "ab"]),
        ({"pom.xml": "<modules/>", "a/pom.xml": ""}, ["mvn -q -B dependency:go-offline"]),
        ({f"{name}/pom.xml": "" for name in "abcd"},
         [f"(cd {name} && mvn -q -B dependency:go-offline)" for name in "abcd"]),
        ({"settings.gradle": "", "a/build.gradle": ""}, ["gradle --quiet --no-daemon testClasses"]),
        ({"settings.gradle": 'includeBuild("a")', "a/build.gradle": ""},
         ["gradle --quiet --no-daemon testClasses", "(cd a && gradle --quiet --no-daemon testClasses)"]),
        ({"a.sln": "", "b.sln": ""}, ["dotnet restore a.sln", "dotnet restore b.sln"]),
        ({"src/A/A.csproj": "", "test/A.Tests/A.Tests.csproj": ""},
         ["dotnet restore src/A/A.csproj", "dotnet restore test/A.Tests/A.Tests.csproj"]),
        ({"api/go.mod": "", "web/package.json": package(), "jobs/Cargo.toml": ""},
         [f"(cd web && {NPM})", "(cd api && go mod download)", "(cd jobs && cargo fetch)"]),
    ],
)  # fmt: skip
def test_each_project_of_a_repository_is_set_up(files: Mapping[str, str], expected: list[str]) -> None:
    assert set_up(files) == expected


@pytest.mark.parametrize(
    ("files", "tools", "expected"),
    [
        ({"a/pyproject.toml": project("a"), "b/pyproject.toml": project("b")}, (),
         [VENV, f"(cd a && {PIP} -e .)", f"(cd b && {PIP} -e .)"]),
        ({"a/pyproject.toml": project("a", "core>=1"), "b/pyproject.toml": project("core")}, (),
         [VENV, f"(cd b && {PIP} -e .)", f"(cd a && {PIP} -e .)"]),
        ({"a/pyproject.toml": f'{BUILD}[tool.poetry.dependencies]\nz = {{path = "../z"}}',
          "z/pyproject.toml": project("z")}, (),
         [VENV, f"(cd z && {PIP} -e .)", f"(cd a && {PIP} -e .)"]),
        ({"pyproject.toml": "[tool.ruff]\n", "libs/a/pyproject.toml": project("a"), "libs/b/setup.py": "setup()"}, (),
         [VENV, f"(cd libs/a && {PIP} -e .)", f"(cd libs/b && {PIP} -e .)"]),
        ({"pyproject.toml": project("top"), "libs/a/pyproject.toml": project("a")}, (), [VENV, f"{PIP} -e ."]),
        ({"a/requirements.txt": "six", "b/requirements.txt": "idna"}, (),
         [VENV, f"(cd a && {PIP} -r requirements.txt)", f"(cd b && {PIP} -r requirements.txt)"]),
        ({"requirements-dev.txt": "six", "libs/a/pyproject.toml": project("a")}, (),
         [VENV, f"{PIP} -r requirements-dev.txt", f"(cd libs/a && {PIP} -e .)"]),
        ({f"{each}/{name}": text for each in "ab" for name, text in LOCKED.items()}, ("uv",),
         [VENV, "(cd a && uv sync --frozen --inexact)", "(cd b && uv sync --frozen --inexact)"]),
        ({"pyproject.toml": '[tool.uv.workspace]\nmembers = ["p/*"]\n[project]\nname = "t"\n', "uv.lock": "",
          "p/a/pyproject.toml": project("a")}, ("uv",), [VENV, "uv sync --frozen --all-packages"]),
        ({"a/pyproject.toml": project("a"), "a/uv.lock": ""}, ("uv",), [VENV, "(cd a && uv sync --frozen)"]),
    ],
)  # fmt: skip
def test_python_projects_share_one_environment(
    files: Mapping[str, str], tools: tuple[str, ...], expected: list[str]
) -> None:
    """Those that others need come first: pip would ask the registry for them."""
    made = [text for text in set_up(files, *tools) if "import pytest" not in text]

    assert made == expected


def test_texts_of_several_projects_have_different_names() -> None:
    """Both are written into one folder."""
    group = '[dependency-groups]\ntest = ["{}"]\n'
    files = {"a/pyproject.toml": group.format("six"), "libs/b/pyproject.toml": group.format("idna")}
    found = find_set_up(Tree(frozenset(files), files.get), declared=None)

    assert found is not None
    assert dict(found.files) == {"a.groups.txt": "six\n", "libs-b.groups.txt": "idna\n"}
    commands = [command.text for command in found.commands]
    assert f'(cd libs/b && {PIP} -r "$NIGHTSHIFT_SETUP/libs-b.groups.txt")' in commands


def test_what_is_too_much_is_named() -> None:
    files = {f"services/s{number:02}/package.json": package() for number in range(MOST_FOLDERS + 2)}
    found = find_set_up(Tree(frozenset(files), files.get), declared=None)

    assert found is not None
    assert len(found.commands) == MOST_FOLDERS
    assert found.left_out == ("services/s20", "services/s21")


RSPEC = {"spec/a_spec.rb": "", "lib/a.rb": ""}


def at(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


GEMS = {
    "Gemfile": 'gem "core", path: "gems/core"\n',
    "Rakefile": "Rake::TestTask.new\n",
    **at("gems/core", {**RSPEC, "core.gemspec": 's.name = "core"\n'}),
    **at("gems/api", {**RSPEC, "api.gemspec": 's.name = "api"\ns.add_dependency "core"\n'}),
    **at("gems/cli", {**RSPEC, "Gemfile": 'gem "api", path: "../api"\n'}),
    **at("gems/other", {**RSPEC, "Gemfile": ""}),
}
PHP = {
    "composer.json": '{"require": {}}',
    **{f"packages/{name}/phpunit.xml": "" for name in ("core", "api", "other")},
    "packages/core/composer.json": '{"name": "acme/core"}',
    "packages/api/composer.json": '{"name": "acme/api", "require": {"acme/core": "*"}}',
    "packages/other/composer.json": '{"name": "acme/other"}',
}
ELIXIR = {
    "core/mix.exs": "app: :core",
    "api/mix.exs": 'app: :api, deps: [{:core, path: "../core"}]',
    "other/mix.exs": "app: :other",
    **{f"{name}/test/a_test.exs": "" for name in ("core", "api", "other")},
}
DOTNET = {
    "src/Core/Core.csproj": "<Project/>",
    "src/Api/Api.csproj": '<ProjectReference Include="..\\Core\\Core.csproj" />',
    "tests/Core.Tests/Core.Tests.csproj": '<ProjectReference Include="..\\..\\src\\Core\\Core.csproj" />',
    "tests/Api.Tests/Api.Tests.csproj": '<ProjectReference Include="../../src/Api/Api.csproj" />',
    "tests/Other.Tests/Other.Tests.csproj": "<Project/>",
}
SOLUTIONS = {
    **DOTNET,
    "a.sln": '"tests\\Core.Tests\\Core.Tests.csproj"',
    "b.sln": '"tests\\Other.Tests\\Other.Tests.csproj"',
}
GRADLE = {"settings.gradle": 'include "a", "b"', "build.gradle": "", "a/build.gradle": "", "b/build.gradle": ""}
COMPOSITE = {
    "settings.gradle": "includeBuild 'core'\nincludeBuild 'api'",
    "build.gradle": "",
    "core/settings.gradle": "",
    "api/settings.gradle": "includeBuild('../core')",
}
CRATES = {
    "Cargo.toml": "[package]\n",
    "core/Cargo.toml": '[package]\nname = "core"\n',
    "api/Cargo.toml": '[package]\nname = "api"\n[dependencies]\ncore = { path = "../core" }\n',
}
NODE = {
    "core/package.json": json.dumps({"name": "@x/core", "scripts": {"test": "x"}}),
    "api/package.json": json.dumps(
        {"name": "@x/api", "scripts": {"test": "x"}, "dependencies": {"@x/core": "file:../core"}}
    ),
    "other/package.json": json.dumps({"name": "@x/other", "scripts": {"test": "x"}}),
}
LIBRARIES = {
    "pyproject.toml": "[tool.ruff]\n",
    "libs/core/pyproject.toml": project("my-core"),
    "libs/api/pyproject.toml": project("my-api", "my-core>=1"),
    "libs/other/pyproject.toml": project("other"),
}


@pytest.mark.parametrize(
    ("files", "changed", "expected"),
    [
        (GEMS, "gems/core/lib/a.rb",
         ["bundle exec rake test", *(f"cd gems/{each} && bundle exec rspec" for each in ("core", "api", "cli"))]),
        (GEMS, "gems/other/lib/a.rb", ["bundle exec rake test", "cd gems/other && bundle exec rspec"]),
        (GEMS, "lib/a.rb", ["bundle exec rake test"]),
        ({**GEMS, **at("dummy", {**RSPEC, "Gemfile": 'gem "all", path: ".."'})}, "lib/a.rb",
         ["bundle exec rake test", "cd dummy && bundle exec rspec"]),
        (PHP, "packages/core/a.php", [f"cd packages/{each} && vendor/bin/phpunit" for each in ("core", "api")]),
        (PHP, "packages/other/a.php", ["cd packages/other && vendor/bin/phpunit"]),
        ({**PHP, "phpunit.xml.dist": ""}, "packages/core/a.php", ["vendor/bin/phpunit"]),
        (ELIXIR, "core/a.ex", ["cd core && mix test", "cd api && mix test"]),
        (ELIXIR, "other/a.ex", ["cd other && mix test"]),
        ({"mix.exs": 'apps_path: "apps"', "apps/a/mix.exs": "", "apps/a/test/a_test.exs": ""}, "apps/a/a.ex",
         ["mix test"]),
        (DOTNET, "src/Core/A.cs",
         [f"dotnet test tests/{each}.Tests/{each}.Tests.csproj" for each in ("Api", "Core")]),
        (DOTNET, "src/Api/A.cs", ["dotnet test tests/Api.Tests/Api.Tests.csproj"]),
        (DOTNET, "README.md",
         [f"dotnet test tests/{each}.Tests/{each}.Tests.csproj" for each in ("Api", "Core", "Other")]),
        (SOLUTIONS, "src/Core/A.cs", ["dotnet test a.sln"]),
        (SOLUTIONS, "tests/Other.Tests/A.cs", ["dotnet test b.sln"]),
        ({**DOTNET, "all.sln": ""}, "src/Core/A.cs", ["dotnet test"]),
        (GRADLE, "a/A.java", ["gradle test"]),
        (COMPOSITE, "core/A.java", ["gradle test", "cd core && gradle test", "cd api && gradle test"]),
        (COMPOSITE, "api/A.java", ["gradle test", "cd api && gradle test"]),
        (CRATES, "core/src/lib.rs", ["cargo test", "cd core && cargo test", "cd api && cargo test"]),
        (NODE, "core/a.js", ["cd core && npm run test", "cd api && npm run test"]),
        (NODE, "other/a.js", ["cd other && npm run test"]),
        (LIBRARIES, "libs/core/a.py", [f"cd libs/{each} && {PYTEST}" for each in ("core", "api")]),
        (LIBRARIES, "libs/other/a.py", [f"cd libs/other && {PYTEST}"]),
    ],
)  # fmt: skip
def test_the_dependents_of_a_touched_project_are_checked_too(
    files: Mapping[str, str], changed: str, expected: list[str]
) -> None:
    """By a path or a name in their manifests, also through others, in languages whose tools run no tests of those."""
    assert checks(files, changed) == expected
