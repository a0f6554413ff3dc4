"""Which checks a repository has: what its maintainers would type, once, and why."""

from __future__ import annotations

import pytest

from bot.core.detection import detect_checks, files_to_read
from tests.core.layouts import PYTEST, Layout, found, package, workflow

SCRIPTS = {"test": "jest", "lint": "eslint ."}


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
        ({"test_a.py": "import unittest"}, ["python3 -m unittest -v"]),
        ({"tests/__init__.py": "", "tests/test_a.py": "import unittest"},
         ["python3 -m unittest discover -v -s tests -t ."]),
        ({"tests/test_a.py": "from unittest import TestCase"}, ["python3 -m unittest discover -v -s tests"]),
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
    assert [check.reason for check in detect_checks(list(files), files.get)] == [
        *("scripts.lint in package.json", "scripts.test in package.json"),
        *("pytest is used in tests/test_a.py", "go.mod"),
    ]


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
