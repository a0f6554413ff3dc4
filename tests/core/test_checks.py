"""Which checks a repository has, and what their results mean."""

from __future__ import annotations

import json

import pytest

from bot.core.checks import Check, Ran, Standing, TestResult, Verdict, describe_failing
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


PASSED, FAILED, SKIPPED = TestResult.PASSED, TestResult.FAILED, TestResult.SKIPPED


def by_test(
    before: dict[str, TestResult] | None, after: dict[str, TestResult] | None, *, flaky: tuple[str, ...] = ()
) -> Check:
    return Check(
        command="pytest",
        before=Ran(code=int(FAILED in (before or {}).values()), seconds=1, tests=before),
        after=Ran(code=int(FAILED in (after or {}).values()), seconds=1, tests=after),
        flaky=flaky,
    )


@pytest.mark.parametrize(
    ("before", "after", "lists"),
    [
        (PASSED, PASSED, set()),
        (PASSED, FAILED, {"newly_failing_tests"}),
        (PASSED, SKIPPED, {"newly_skipped_tests"}),
        (PASSED, None, {"removed_tests"}),
        (FAILED, PASSED, {"newly_passing_tests"}),
        (FAILED, FAILED, set()),
        (FAILED, SKIPPED, {"newly_skipped_tests"}),
        (FAILED, None, {"removed_tests"}),
        (SKIPPED, PASSED, set()),
        (SKIPPED, FAILED, {"newly_failing_tests"}),
        (SKIPPED, SKIPPED, set()),
        (SKIPPED, None, {"removed_tests"}),
        (None, PASSED, {"new_tests"}),
        (None, FAILED, {"new_tests", "newly_failing_tests"}),
        (None, SKIPPED, {"new_tests"}),
    ],
)
def test_each_test_is_compared_by_its_name(
    before: TestResult | None, after: TestResult | None, lists: set[str]
) -> None:
    """Beside one that fails on both commits, which must hide no other."""
    was, now = ({"old": FAILED} | ({"t": result} if result else {}) for result in (before, after))
    check = by_test(was, now)

    names = ("newly_failing_tests", "newly_passing_tests", "newly_skipped_tests", "removed_tests", "new_tests")
    assert {name for name in names if getattr(check, name) == ("t",)} == lists
    assert not [name for name in names if getattr(check, name) not in ((), ("t",))]


@pytest.mark.parametrize(("before", "after"), [(None, {"t": FAILED}), ({"t": PASSED}, None), (None, None)])
def test_without_results_on_both_commits_no_test_is_compared(
    before: dict[str, TestResult] | None, after: dict[str, TestResult] | None
) -> None:
    check = by_test(before, after)

    assert (*check.newly_failing_tests, *check.removed_tests, *check.new_tests, *check.newly_skipped_tests) == ()


def test_a_flaky_test_neither_fails_nor_passes_newly() -> None:
    check = by_test({"a": PASSED, "b": FAILED}, {"a": FAILED, "b": PASSED}, flaky=("a", "b"))

    assert (check.newly_failing_tests, check.newly_passing_tests) == ((), ())


def test_a_check_that_was_stopped_removes_no_test() -> None:
    """It reported the tests that it came to."""
    whole, stopped = (
        Ran(code=0, seconds=1, tests={"a": PASSED, "b": PASSED}),
        Ran(code=None, seconds=900, tests={"a": PASSED}),
    )

    assert Check(command="x", before=whole, after=stopped).removed_tests == ()
    assert Check(command="x", before=stopped, after=whole).new_tests == ()


PASSES, FAILS = Ran(code=0, seconds=1), Ran(code=1, seconds=1)
PASSES_TESTS = Ran(code=0, seconds=1, tests={"t": PASSED})
NOT_RUN = Ran(code=127, seconds=1, obstacle="tox: command not found")


@pytest.mark.parametrize(
    ("ran", "standing"),
    [
        ([], Standing.NOT_VERIFIED),
        ([(PASSES, PASSES)], Standing.VERIFIED),
        ([(FAILS, PASSES)], Standing.VERIFIED),
        ([(NOT_RUN, PASSES)], Standing.VERIFIED),
        ([(FAILS, FAILS)], Standing.FAILS_AS_BEFORE),
        ([(PASSES, PASSES), (FAILS, FAILS)], Standing.FAILS_AS_BEFORE),
        ([(NOT_RUN, NOT_RUN)], Standing.NOT_VERIFIED),
        ([(NOT_RUN, FAILS)], Standing.NOT_VERIFIED),
        ([(PASSES, PASSES), (NOT_RUN, NOT_RUN)], Standing.NOT_VERIFIED),
        ([(PASSES_TESTS, PASSES_TESTS), (NOT_RUN, NOT_RUN)], Standing.VERIFIED),
        ([(FAILS, FAILS), (NOT_RUN, NOT_RUN)], Standing.NOT_VERIFIED),
        ([(PASSES, PASSES), (PASSES, Ran(code=None, seconds=900))], Standing.NOT_VERIFIED),
    ],
)
def test_a_change_is_verified_only_by_what_ran(ran: list[tuple[Ran, Ran]], standing: Standing) -> None:
    """A linter that passes says nothing of tests that could not run."""
    checks = tuple(Check(command="x", before=before, after=after) for before, after in ran)

    assert Verdict(checks=checks).standing is standing
