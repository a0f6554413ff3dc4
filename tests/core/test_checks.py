"""What the results of checks mean, test by test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.checks import Check, CheckStanding, FailedSetUp, Verdict, describe_failing
from bot.core.ran import FAILURES, NO_TESTS, Ran, TestResult


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


def test_what_fails_is_reported_with_the_end_of_its_output() -> None:
    assert describe_failing([check(0, 2)]) == "$ make test\n(exit 2; on the base commit: exit 0)\nit broke"
    missing = Ran(code=127, seconds=1, obstacle="tox: command not found")
    assert "could not run: tox: command not found" in describe_failing([replace(check(0, 1), after=missing)])
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
        before=Ran(code=int(not FAILURES.isdisjoint((before or {}).values())), seconds=1, tests=before),
        after=Ran(code=int(not FAILURES.isdisjoint((after or {}).values())), seconds=1, tests=after),
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


@pytest.mark.parametrize(("before", "after"), [(None, {"t": PASSED}), ({"t": PASSED}, None), (None, None)])
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


def ran(code: int | None, failed: str = "", *, passed: str = "", all_: bool = False, obstacle: str = "") -> Ran:
    tests = dict.fromkeys(failed.split(), FAILED) | dict.fromkeys(passed.split(), PASSED)
    return Ran(code=code, seconds=1, tests=tests or None, lists_all=all_, obstacle=obstacle)


UNREACHABLE = ran(1, obstacle="the network could not be reached")


@pytest.mark.parametrize(
    ("before", "after", "named", "blamed"),
    [
        (ran(1, "net"), ran(1, "a b net"), ("a", "b"), True),
        (ran(1, "net"), ran(1, "net"), (), False),
        (ran(1, "a b"), ran(1, "a"), (), False),
        (ran(0), ran(1, "a"), ("a",), True),
        # The exit code decides: a report in which nothing failed explains nothing, and one that went missing neither.
        (ran(1, "net"), ran(1, passed="net a"), (), True),
        (ran(1, "net"), ran(2), (), True),
        (ran(1), ran(1), (), False),
        (ran(0), ran(0, "a"), (), False),
        # But a test that passed before and fails after counts: a pipeline or `|| true` may hide it.
        (ran(0, passed="a"), ran(0, "a"), ("a",), True),
        (ran(0, passed="a", all_=True), ran(0, "a", all_=True), ("a",), True),
        (ran(1, "b", passed="a"), ran(0, "a b"), ("a",), True),
        (ran(0, "a"), ran(0, "a"), (), False),
        (ran(0, passed="b", all_=True), ran(0, "new", passed="b", all_=True), (), False),
        (ran(0, passed="b"), ran(0, "a", passed="b"), ("a",), True),
        (UNREACHABLE, ran(0, "a"), (), False),
        # Before the change no report says what failed: all of it may have.
        (ran(1), ran(1, "a"), (), False),
        # What could run before has to run after it; what could not says nothing.
        (ran(1, "net"), UNREACHABLE, (), True),
        (ran(0), ran(None), (), True),
        (UNREACHABLE, ran(1, "a"), (), False),
        (UNREACHABLE, UNREACHABLE, (), False),
        (UNREACHABLE, ran(0), (), False),
        (ran(5, obstacle=NO_TESTS), ran(1, "new"), ("new",), True),
    ],
)
def test_what_counts_against_a_change(before: Ran, after: Ran, named: tuple[str, ...], blamed: bool) -> None:
    found = Check(command="x", before=before, after=after)

    assert (found.newly_failing_tests, found.newly_failing) == (named, blamed)


@pytest.mark.parametrize(
    ("after", "flaky", "blamed", "passes"),
    [
        (ran(1, "a"), ("a",), False, True),
        (ran(1, "a b"), ("a",), True, False),
        (ran(1), ("",), False, True),
        (ran(1, "a"), ("",), True, False),
    ],
)
def test_a_flaky_test_does_not_count(after: Ran, flaky: tuple[str, ...], blamed: bool, passes: bool) -> None:
    found = Check(command="x", before=ran(0), after=after, flaky=flaky)

    assert (found.newly_failing, found.passes) == (blamed, passes)
    assert (Verdict(checks=(found,)).standing is CheckStanding.VERIFIED) is passes


def test_a_list_of_failures_shows_neither_new_nor_removed_tests() -> None:
    found = Check(command="x", before=ran(1, "a b"), after=ran(1, "b"))

    assert (found.removed_tests, found.new_tests, found.newly_passing_tests) == ((), (), ("a",))


def test_the_tests_to_look_at_are_named_before_the_output() -> None:
    """The output names those that failed before as well."""
    after = replace(ran(1, "a net"), output="2 failed")
    told = describe_failing([Check(command="x", before=ran(1, "net"), after=after)])

    assert told.endswith("Newly failing:\na\n\n2 failed")


PASSES, FAILS = Ran(code=0, seconds=1), Ran(code=1, seconds=1)
PASSES_TESTS = Ran(code=0, seconds=1, tests={"t": PASSED})
FAILS_TESTS = Ran(code=1, seconds=1, tests={"t": FAILED})
NOT_RUN = Ran(code=127, seconds=1, obstacle="tox: command not found")
NO_TEST = Ran(code=5, seconds=1, obstacle=NO_TESTS)


@pytest.mark.parametrize(
    ("ran", "standing"),
    [
        ([], CheckStanding.NOT_VERIFIED),
        ([(PASSES, PASSES)], CheckStanding.VERIFIED),
        ([(FAILS, PASSES)], CheckStanding.VERIFIED),
        ([(NOT_RUN, PASSES)], CheckStanding.VERIFIED),
        ([(FAILS, FAILS)], CheckStanding.FAILS_AS_BEFORE),
        ([(PASSES, PASSES), (FAILS, FAILS)], CheckStanding.FAILS_AS_BEFORE),
        ([(NOT_RUN, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(NOT_RUN, FAILS)], CheckStanding.NOT_VERIFIED),
        ([(PASSES, PASSES), (NOT_RUN, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(PASSES_TESTS, PASSES_TESTS), (NOT_RUN, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(PASSES_TESTS, PASSES_TESTS), (PASSES, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(PASSES_TESTS, PASSES_TESTS), (NO_TEST, NO_TEST)], CheckStanding.NOT_VERIFIED),
        ([(FAILS_TESTS, FAILS_TESTS), (NOT_RUN, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(FAILS, FAILS), (NOT_RUN, NOT_RUN)], CheckStanding.NOT_VERIFIED),
        ([(PASSES, PASSES), (PASSES, Ran(code=None, seconds=900))], CheckStanding.NOT_VERIFIED),
    ],
)
def test_a_change_is_verified_only_if_all_checks_ran(ran: list[tuple[Ran, Ran]], standing: CheckStanding) -> None:
    """Tests that pass say nothing of a check that could not run, and a linter nothing of tests."""
    checks = tuple(Check(command="x", before=before, after=after) for before, after in ran)

    assert Verdict(checks=checks).standing is standing


NOT_LOADED = TestResult.NOT_LOADED


def test_a_file_that_cannot_be_loaded_hides_no_other_test() -> None:
    """What passes beside it and then fails counts, and its own tests were not removed."""
    found = by_test({"a.py": NOT_LOADED, "b.py::x": PASSED}, {"a.py": NOT_LOADED, "b.py::x": FAILED})

    assert (found.newly_failing_tests, found.hidden) == (("b.py::x",), ("a.py",))


def test_a_file_that_cannot_be_loaded_any_more_counts_against_the_change() -> None:
    found = by_test({"a.py::x": PASSED, "b.py::x": PASSED}, {"a.py": NOT_LOADED, "b.py::x": PASSED})

    assert (found.newly_failing_tests, found.removed_tests, found.new_tests) == (("a.py",), (), ())
    assert found.newly_failing


def test_a_file_that_could_not_be_loaded_adds_no_new_tests() -> None:
    found = by_test({"a.py": NOT_LOADED}, {"a.py::x": PASSED})

    assert found.new_tests == ()


def test_a_check_that_breaks_a_test_and_ends_with_exit_0_does_not_pass() -> None:
    found = Check(command="x", before=ran(0, passed="a"), after=ran(0, "a"))

    assert not found.passes
    assert Verdict(checks=(found,)).standing is not CheckStanding.VERIFIED


def test_what_fails_under_exit_0_as_before_is_named() -> None:
    found = Check(command="x", before=ran(0, "a", passed="b"), after=ran(0, "a", passed="b"))

    assert (found.tolerated_failures, found.passes) == (("a",), True)


@pytest.mark.parametrize(
    ("obstacle", "blamed"),
    [
        ("the network could not be reached: example.org", False),
        ("a program was not found", True),
        ("", True),
    ],
)
def test_a_set_up_that_cannot_reach_the_network_again_is_no_fault_of_the_change(obstacle: str, blamed: bool) -> None:
    """The base commit's may reach more than the checks of a change."""
    failed = FailedSetUp(command="pip install -e .", reason="setup.py", ran=ran(1, obstacle=obstacle))
    found = Check(command="x", before=ran(0, passed="a"), after=ran(None, obstacle=failed.obstacle))

    assert found.newly_failing is blamed
    assert Verdict(checks=(found,)).standing is CheckStanding.NOT_VERIFIED
