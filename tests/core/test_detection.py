"""Which checks a repository has: what its maintainers would type, once, and why."""

from __future__ import annotations

import json

import pytest

from bot.core.detection import detected, files_to_read

Layout = dict[str, str]


def found(files: Layout, *changed: str) -> list[str]:
    return [check.command for check in detected(list(files), files.get, changed)]


def package(**content: object) -> str:
    return json.dumps(content)


def workflow(*lines: str) -> Layout:
    steps = "".join(f"      - run: {json.dumps(line)}\n" for line in lines)
    return {".github/workflows/test.yml": f"jobs:\n  test:\n    steps:\n{steps}"}


SCRIPTS = {"test": "jest", "lint": "eslint ."}
PYTEST = "python3 -m pytest -q"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, []),
        ({"README.md": "make test"}, []),
        ({"package.json": package(scripts=SCRIPTS)}, ["npm run lint", "npm run test"]),
        ({"package.json": package(scripts=SCRIPTS, devDependencies={"jest": "1"}), "package-lock.json": "{}"}, None),
        ({"package.json": package(scripts={"test": "x"}), "pnpm-lock.yaml": ""}, ["pnpm run test"]),
        ({"package.json": package(scripts={"test": "x"}), "yarn.lock": ""}, ["yarn run test"]),
        ({"package.json": package(scripts={"test": "x"}), "bun.lock": ""}, ["bun run test"]),
        ({"package.json": package(scripts={"test": "x"}, packageManager="pnpm@9.1.0")}, ["pnpm run test"]),
        ({"package.json": package(scripts={"test": 'echo "Error: no test specified" && exit 1'})}, []),
        ({"package.json": "no JSON"}, []),
        ({"package.json": "[" * 100_000}, []),
        # unit tests rather than all, a script that calls others once, nothing that writes
        ({"package.json": package(scripts={"test": "vitest", "test:unit": "vitest u", "test:e2e": "x"})},
         ["npm run test:unit"]),
        ({"package.json": package(scripts={"test": "npm run lint && ava", "lint": "xo"})}, ["npm run test"]),
        ({"package.json": package(scripts={"check": "run-s lint test", "lint": "x", "test": "y"})},
         ["npm run lint", "npm run test"]),
        ({"package.json": package(scripts={"format:check": "prettier --write .", "test": "y"})}, ["npm run test"]),
        ({"package.json": package(scripts={"ci:test": "y"}), **workflow("npm run ci:test")}, ["npm run ci:test"]),
        ({"package.json": package(scripts={"test:e2e": "y"}), **workflow("npm run test:e2e")}, []),
        ({"package.json": package(), "test/a.test.js": "import test from 'node:test'"}, ["node --test"]),
        ({"package.json": package(), "bun.lock": "", "a.test.ts": 'import { test } from "bun:test"'}, ["bun test"]),
        ({"deno.json": '{"tasks": {"test": "deno test -A"}}'}, ["deno task test"]),
        ({"deno.jsonc": "{} // none", "src/a_test.ts": ""}, ["deno test"]),
        # Python
        ({"tox.ini": "[tox]", "tests/test_a.py": ""}, [PYTEST]),
        ({"tox.ini": "[tox]"}, ["tox -e py"]),
        ({"noxfile.py": "@nox.session\ndef tests(session): ..."}, ["nox -s tests"]),
        ({"tests/test_a.py": ""}, [PYTEST]),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, [PYTEST]),
        ({"setup.cfg": "[tool:pytest]\n"}, [PYTEST]),
        ({"pyproject.toml": "[project]\n"}, []),
        ({"test_a.py": "import unittest"}, ["python3 -m unittest"]),
        ({"tests/__init__.py": "", "tests/test_a.py": "import unittest"},
         ["python3 -m unittest discover -s tests -t ."]),
        ({"tests/test_a.py": "from unittest import TestCase"}, ["python3 -m unittest discover -s tests"]),
        ({"tests/test_a.py": "import unittest", "dev-requirements.txt": "pytest==8\n"}, [PYTEST]),
        ({"manage.py": "from django.core import management", "shop/tests.py": ""}, ["python3 manage.py test"]),
        ({"tests/unit/test_a.py": "", "tests/integration/test_b.py": ""}, [f"{PYTEST} tests/unit"]),
        ({"tests/a/test_a.py": "", "pytest.ini": "", **workflow("pytest --cov=x -n auto tests/a")},
         [f"{PYTEST} tests/a"]),
        ({"pytest.ini": "", **workflow('pytest -m "not slow"')}, [f"{PYTEST} -m 'not slow'"]),
        ({"pytest.ini": "", **workflow("pytest -m integration")}, [PYTEST]),
        # one tool, not two
        ({"go.mod": "", "Makefile": "test:\n"}, ["go test ./..."]),
        ({"Cargo.toml": "[package]", "Makefile": "test:\n"}, ["cargo test"]),
        ({"Makefile": "all:\n\ntest: all\n\techo\n"}, ["make test"]),
        ({"Makefile": "test := 1\ntests:\n"}, ["make tests"]),
        ({"Makefile": "test := 1\nall:\n"}, []),
        ({"Makefile": "test:\n", "GNUmakefile": "all:\n"}, []),
        ({"Makefile": "unit:\ntest: unit e2e\n"}, ["make unit"]),
        ({"Makefile": "check-all:\ntest:\n", **workflow("make check-all")}, ["make check-all"]),
        ({"justfile": "test *args:\n  x\n"}, ["just test"]),
        ({"package.json": package(scripts={"lint": "x"}), "Makefile": "test:\n"}, ["npm run lint", "make test"]),
        ({"go.mod": "", **workflow("go test -race -tags=unit ./...")}, ["go test -tags=unit ./..."]),
        # others
        ({"pom.xml": "<project/>"}, ["mvn -B verify"]),
        ({"pom.xml": "<project/>", "mvnw": ""}, ["./mvnw -B verify"]),
        ({"build.gradle.kts": "", "gradlew": ""}, ["./gradlew test"]),
        ({"settings.gradle": "", "gradlew": "", "app/build.gradle": "", **workflow("./gradlew build")},
         ["./gradlew check"]),
        ({"build.sbt": ""}, ["sbt test"]),
        ({"Gemfile": "", "Rakefile": "Rake::TestTask.new do |t|"}, ["bundle exec rake test"]),
        ({"Gemfile": "", "Rakefile": "RSpec::Core::RakeTask.new(:spec)", "spec/a_spec.rb": ""}, ["bundle exec rspec"]),
        ({"Gemfile": "", "bin/rails": "", "test/models/a_test.rb": ""}, ["bin/rails test"]),
        ({"composer.json": package(scripts={"test": ["@lint", "phpunit"]})}, ["composer test"]),
        ({"composer.json": package(), "phpunit.xml.dist": ""}, ["vendor/bin/phpunit"]),
        ({"App.sln": "", "App.Tests/App.Tests.csproj": ""}, ["dotnet test"]),
        ({"src/App.sln": "", "test/App.Tests/App.Tests.csproj": ""}, ["dotnet test src/App.sln"]),
        ({"App.sln": "", "App/App.csproj": ""}, []),
        ({"mix.exs": "", "test/a_test.exs": ""}, ["mix test"]),
        ({"CMakeLists.txt": "project(x)"}, []),
        ({"Makefile.PL": "", "t/a.t": ""}, ["prove -lr t"]),
        ({"Package.swift": "", "Tests/A/a.swift": ""}, ["swift test"]),
        # folders
        ({"web/package.json": package(scripts={"test": "x"})}, ["cd web && npm run test"]),
        ({"examples/a/package.json": package(scripts={"test": "x"})}, []),
        ({"backend/pyproject.toml": "[tool.pytest.ini_options]", "ui/package.json": package(scripts={"test": "x"})},
         [f"cd backend && {PYTEST}", "cd ui && npm run test"]),
    ],
)  # fmt: skip
def test_checks_are_found_by_the_usual_signs(files: Layout, commands: list[str] | None) -> None:
    """Nothing installs: that is the set-up's part."""
    assert found(files) == (["npm run lint", "npm run test"] if commands is None else commands)


def test_cmake_builds_what_it_tests() -> None:
    (command,) = found({"CMakeLists.txt": "enable_testing()\nadd_subdirectory(tests)"})
    assert command == "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure"


def test_each_check_has_a_reason() -> None:
    files = {"package.json": package(scripts=SCRIPTS), "go.mod": "", "tests/test_a.py": "import pytest"}
    assert [check.reason for check in detected(list(files), files.get)] == [
        *("scripts.lint in package.json", "scripts.test in package.json"),
        *("pytest is used in tests/test_a.py", "go.mod"),
    ]


# Layouts of real projects, as far as the detection reads them.
CLICK = {
    "pyproject.toml": '[dependency-groups]\ntests = ["pytest"]\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    '[tool.tox]\nenv_list = ["py3.13", "pypy", "docs"]\n',
    "tests/conftest.py": "import pytest",
    "uv.lock": "",
    **workflow("uv run --locked tox run -e ${{ matrix.tox }}"),
}
GOT = {
    "package.json": package(scripts={"test": "xo && tsc --noEmit && NODE_OPTIONS='--import=tsx/esm' ava"}),
    ".npmrc": "",
}
COBRA = {
    "go.mod": "module github.com/spf13/cobra\n",
    "Makefile": "test: install_deps\n\t$(info)\n\tgo test -v ./...\nrichtest: install_deps\n\trichgo test -v ./...\n",
    **workflow("PATH=$HOME/go/bin/:$PATH make richtest"),
}
RIPGREP = {
    "Cargo.toml": '[package]\nname = "ripgrep"\n[workspace]\nmembers = ["crates/globset", "crates/grep", '
    '"crates/printer"]\n'
    '[dependencies]\ngrep = { version = "0.3", path = "crates/grep" }\n',
    "crates/globset/Cargo.toml": '[package]\nname = "globset"\n',
    "crates/printer/Cargo.toml": '[package]\nname = "grep-printer"\n',
    "crates/grep/Cargo.toml": '[package]\nname = "grep"\n[dependencies]\ngrep-printer = { path = "../printer" }\n',
    "crates/core/main.rs": "",
}
PINIA = {
    "package.json": package(
        packageManager="pnpm@9.0.0",
        scripts={"lint": "prettier -c --parser typescript '{packages/**}.ts'", "test": "pnpm run -r test"},
    ),
    "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
    "packages/pinia/package.json": package(name="pinia", scripts={"test": "vitest run"}),
    "packages/nuxt/package.json": package(
        name="@pinia/nuxt", scripts={"test": "vitest run"}, dependencies={"pinia": "*"}
    ),
    "packages/docs/package.json": package(name="docs", scripts={"docs": "x"}),
}
VUE = {
    "package.json": package(
        packageManager="pnpm@10.0.0",
        scripts={
            "check": "tsc --incremental --noEmit",
            "lint": "eslint --cache .",
            "format-check": "prettier --check --cache .",
            "test": "vitest",
            "test-unit": "vitest --project unit*",
            "test-e2e": "node scripts/build.js vue -f global -d && vitest --project e2e",
            "test-dts": "run-s build-dts test-dts-only",
        },
    ),
    "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
    "packages/runtime-core/package.json": package(name="@vue/runtime-core"),
}
COMMONS_CLI = {"pom.xml": "<project><build/></project>", **workflow("mvn --errors --show-version --batch-mode verify")}
SINATRA = {
    "Gemfile": "",
    "Rakefile": "require 'rake/testtask'\ntask default: :test\nRake::TestTask.new(:test) do |t|\n",
    "rack-protection/Rakefile": "",
    **workflow("bundle exec rake"),
}
GIT2GO = {
    "go.mod": "module github.com/libgit2/git2go/v34\n",
    ".gitmodules": '[submodule "vendor/libgit2"]',
    "Makefile": "TEST_ARGS ?= --count=1\ntest: test-dynamic\ntest-static: static-build/install/lib/libgit2.a\n",
    **workflow("make TEST_ARGS=-test.v test-static"),
}
ANSIBLE = {
    "pyproject.toml": "[build-system]\n",
    "test/units/conftest.py": "",
    "test/units/test_a.py": "import pytest",
    "test/integration/targets/a/test_b.py": "",
    "test/sanity/code-smell/a.py": "",
}


@pytest.mark.parametrize(
    ("files", "changed", "commands"),
    [
        (CLICK, (), [PYTEST]),
        (GOT, (), ["npm run test"]),
        (COBRA, ("command.go",), ["go test ./..."]),
        (RIPGREP, (), ["cargo test --workspace"]),
        (RIPGREP, ("crates/printer/src/lib.rs",), ["cargo test -p grep -p grep-printer -p ripgrep"]),
        (RIPGREP, ("crates/core/main.rs",), ["cargo test --workspace"]),
        (PINIA, (), ["pnpm run lint", "pnpm run test"]),
        (PINIA, ("packages/pinia/src/a.ts",),
         ["pnpm run lint", "pnpm --dir packages/nuxt run test", "pnpm --dir packages/pinia run test"]),
        (PINIA, ("packages/docs/a.md",), ["pnpm run lint", "pnpm run test"]),
        (PINIA, ("packages/pinia/src/a.ts", "tsconfig.json"), ["pnpm run lint", "pnpm run test"]),
        (VUE, ("packages/runtime-core/src/a.ts",),
         [f"pnpm run {name}" for name in ("lint", "check", "format-check", "test-unit", "test-dts")]),
        (COMMONS_CLI, (), ["mvn -B verify"]),
        (SINATRA, (), ["bundle exec rake test"]),
        (GIT2GO, (), ["make test-static"]),
        (ANSIBLE, (), [f"{PYTEST} test/units"]),
    ],
)  # fmt: skip
def test_real_layouts_are_checked_as_their_maintainers_do(
    files: Layout, changed: tuple[str, ...], commands: list[str]
) -> None:
    assert found(files, *changed) == commands


WORKSPACE = {
    "package.json": package(workspaces=["packages/*", "!packages/old"], scripts={"test": "lerna run test"}),
    "packages/a/package.json": package(name="a", scripts={"test": "x"}),
    "packages/b/package.json": package(name="b", scripts={"test": "x"}, devDependencies={"a": "*"}),
    "packages/c/package.json": package(name="c", scripts={"test": "x"}, dependencies={"b": "*"}),
    "packages/d/package.json": package(name="d", scripts={"test": "x"}),
    "packages/old/package.json": package(name="old", scripts={"test": "x"}),
}
MODULES = {
    "go.work": "go 1.22\n\nuse (\n\t./core\n\t./cli // the program\n)\nuse ./web\n",
    "core/go.mod": "module example.org/core\n",
    "cli/go.mod": "module example.org/cli\nrequire (\n\texample.org/core v1.0.0\n)\n",
    "web/go.mod": "module example.org/web\n",
}
UV = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n[tool.pytest.ini_options]\n',
    "packages/a/pyproject.toml": '[project]\nname = "Pkg.A"\n[tool.pytest.ini_options]\n',
    "packages/b/pyproject.toml": '[project]\nname = "b"\ndependencies = ["pkg-a>=1"]\n[tool.pytest.ini_options]\n',
}
MAVEN = {
    "pom.xml": "<modules><module>core</module><module>app</module></modules>",
    "core/pom.xml": "",
    "app/pom.xml": "",
}


@pytest.mark.parametrize(
    ("files", "changed", "commands"),
    [
        (WORKSPACE, "packages/a/i.js", [f"npm run test --workspace=packages/{each}" for each in "abc"]),
        (WORKSPACE, "packages/d/i.js", ["npm run test --workspace=packages/d"]),
        (WORKSPACE, "packages/old/i.js", ["npm run test"]),
        (WORKSPACE | {"yarn.lock": ""}, "packages/c/i.js", ["yarn workspace c run test"]),
        (WORKSPACE | {"bun.lock": ""}, "packages/c/i.js", ["cd packages/c && bun run test"]),
        (MODULES, "core/a.go", ["go test ./cli/... ./core/..."]),
        (MODULES, "web/a.go", ["go test ./web/..."]),
        (MODULES, "README.md", ["go test ./cli/... ./core/... ./web/..."]),
        (UV, "packages/a/a.py", [f"cd packages/{each} && {PYTEST}" for each in "ab"]),
        (UV, "packages/b/a.py", [f"cd packages/b && {PYTEST}"]),
        (UV, "noted.md", [PYTEST]),
        (MAVEN, "core/A.java", ["mvn -B verify -pl core -am -amd"]),
        ({"go.mod": "", "sdk/go.mod": ""}, "sdk/a.go", ["go test ./...", "cd sdk && go test ./..."]),
        ({"go.mod": "", "sdk/go.mod": ""}, "a.go", ["go test ./..."]),
        ({"go.mod": "", "ui/package.json": package(scripts={"test": "x"})}, "ui/a.ts",
         ["go test ./...", "cd ui && npm run test"]),
    ],
)  # fmt: skip
def test_in_a_monorepo_the_touched_packages_and_their_dependents_are_checked(
    files: Layout, changed: str, commands: list[str]
) -> None:
    assert found(files, changed) == commands


def test_hostile_manifests_are_no_commands() -> None:
    """Names of files and scripts go into a shell."""
    files = {
        "package.json": package(workspaces=["p/*"], scripts={"test": "x"}),
        "p/$(touch x)/package.json": package(name="; rm -rf ~", scripts={"test": "x"}),
        "Cargo.toml": '[workspace]\nmembers = ["c"]\n',
        "c/Cargo.toml": '[package]\nname = "a; b"\n',
    }
    assert found(files, "p/$(touch x)/i.js") == ["npm run test --workspace='p/$(touch x)'", "cargo test --workspace"]
    assert found(files, "c/src/lib.rs")[1:] == ["cargo test --workspace"]


def test_what_is_read_is_known_beforehand() -> None:
    assert files_to_read(["a/b/go.mod", "src/x.c", ".github/workflows/ci.yml", "tests/test_a.py", "go.mod"]) == [
        *("go.mod", "a/b/go.mod", ".github/workflows/ci.yml", "tests/test_a.py")
    ]
