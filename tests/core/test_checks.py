"""Which checks a repository has, and what their results mean."""

from __future__ import annotations

import json

import pytest

from bot.core.checks import Check, Ran, Verdict, describe_failing
from bot.core.detection import detected


def found(files: dict[str, str]) -> list[str]:
    return detected(list(files), files.get)


def package(**content: object) -> str:
    return json.dumps(content)


SCRIPTS = {"test": "jest", "lint": "eslint ."}


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, []),
        ({"README.md": "make test"}, []),
        ({"package.json": package(scripts=SCRIPTS)}, ["npm run lint", "npm run test"]),
        (
            {"package.json": package(scripts=SCRIPTS, devDependencies={"jest": "1"}), "package-lock.json": "{}"},
            ["npm ci", "npm run lint", "npm run test"],
        ),
        (
            {"package.json": package(scripts={"test": "x"}, dependencies={"a": "1"}), "pnpm-lock.yaml": ""},
            ["pnpm install --frozen-lockfile", "pnpm run test"],
        ),
        ({"package.json": package(scripts={"test": "x"}), "yarn.lock": ""}, ["yarn run test"]),
        ({"package.json": package(scripts={"test": 'echo "Error: no test specified" && exit 1'})}, []),
        ({"package.json": "no JSON"}, []),
        ({"package.json": "[" * 100_000}, []),
        ({"web/package.json": package(scripts=SCRIPTS)}, []),
        ({"tox.ini": "[tox]", "tests/test_a.py": ""}, ["tox"]),
        ({"tests/test_a.py": ""}, ["python3 -m pytest -q"]),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["python3 -m pytest -q"]),
        ({"setup.cfg": "[tool:pytest]\n"}, ["python3 -m pytest -q"]),
        ({"pyproject.toml": "[project]\n"}, []),
        ({"go.mod": "module x"}, ["go test ./..."]),
        ({"Cargo.toml": "[package]"}, ["cargo test"]),
        ({"Makefile": "all:\n\ntest: all\n\techo\n"}, ["make test"]),
        ({"Makefile": "test := 1\ntests:\n"}, []),
        ({"Makefile": "test:\n", "GNUmakefile": "all:\n"}, []),
        ({"go.mod": "", "Makefile": "test:\n"}, ["go test ./...", "make test"]),
    ],
)
def test_checks_are_found_by_the_usual_signs(files: dict[str, str], commands: list[str]) -> None:
    assert found(files) == commands


def check(before: int | None, after: int | None) -> Check:
    return Check(
        command="make test",
        before=Ran(code=before, seconds=1),
        after=Ran(code=after, seconds=2, output="it broke"),
    )


@pytest.mark.parametrize(
    ("before", "after", "blamed"),
    [(0, 0, False), (0, 1, True), (0, None, True), (1, 1, False), (1, 0, False), (None, 1, False)],
)
def test_only_what_passed_before_is_held_against_a_change(before: int | None, after: int | None, blamed: bool) -> None:
    assert bool(Verdict(checks=(check(before, after),)).newly_failing) is blamed


def test_what_fails_is_told_with_the_end_of_its_output() -> None:
    assert describe_failing([check(0, 2)]) == "$ make test\n(exit 2; on the base commit: exit 0)\nit broke"
    assert "not installed" in describe_failing([check(0, 127)])
    assert "a limit" in describe_failing([check(0, None)])


def test_the_output_of_many_is_shared_out() -> None:
    long = Check(command="x", before=Ran(code=0, seconds=1), after=Ran(code=1, seconds=1, output="y" * 9000))

    assert len(describe_failing([long] * 4, limit=4000)) < 4500
