"""A trial says whether a change could be verified, and what to do where it could not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.ran import NO_TESTS, TestResult
from bot.core.trial import Trial
from tests.core.trials import a_check, a_set_up, a_trial

PASSES = a_check()
FAILS = a_check("npm test", 1)
MISSING = a_check("tox", 127, obstacle="tox: command not found")
YOUNG = "npm error notarget No matching version found for a@^2 with a date before 11/27/2026, 5:14:53 AM."
FAILED_ONCE = {"t.py::a": TestResult.PASSED, "t.py::b": TestResult.FAILED}
UNSTABLE = replace(a_check("pytest", 1, tests=FAILED_ONCE), unstable=("t.py::b",))
TESTS = {"a": TestResult.PASSED, "b": TestResult.PASSED, "c": TestResult.SKIPPED}


@pytest.mark.parametrize(
    ("trial", "conclusion", "passes"),
    [
        (a_trial(PASSES), "verified: a change to this repository can be verified", True),
        (a_trial(), "not verified: no checks were found", False),
        (a_trial(says="verify: []"), "not verified: no checks were found", False),
        (a_trial(FAILS), "not verified: `npm test` fails without any change, and would with each change", False),
        (
            a_trial(PASSES, FAILS),
            "not verified: `npm test` fails without any change, and would with each change",
            False,
        ),
        (a_trial(MISSING), "not verified: `tox` could not run (tox: command not found)", False),
        (a_trial(PASSES, MISSING), "not verified: `tox` could not run (tox: command not found)", False),
        (a_trial(FAILS, MISSING), "not verified: `tox` could not run (tox: command not found)", False),
        (a_trial(a_check(tests=TESTS), MISSING), "not verified: `tox` could not run (tox: command not found)", False),
        (a_trial(MISSING, MISSING), "not verified: `tox` and 1 more could not run (tox: command not found)", False),
    ],
)
def test_the_conclusion_names_what_stands_in_the_way(trial: Trial, conclusion: str, passes: bool) -> None:
    assert trial.conclusion == conclusion
    assert trial.passes is passes
    assert bool(trial.advice) is not passes


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (a_trial(), "name the checks"),
        (a_trial(FAILS), "fix what fails"),
        (a_trial(UNSTABLE), "t.py::b failed, and passed when run again"),
        (a_trial(MISSING), "install the program"),
        (a_trial(a_check(code=127, obstacle="a program was not found")), "install the program"),
        (a_trial(a_check(code=2, obstacle="the Python module idna is not installed")), 'setup: ["pip install'),
        (a_trial(a_check(code=1, obstacle="express is not installed")), "have it installed by `setup:`"),
        (a_trial(a_check(code=5, obstacle=NO_TESTS)), "what to run instead"),
        (a_trial(a_check(code=None, obstacle="its time was up (15 minutes for a check)")), "check_minutes: 30"),
        (a_trial(a_check(code=1, obstacle="the network could not be reached: x")), "have `setup:` fetch"),
        (a_trial(MISSING, tools_missing=("python 3.9 (`.python-version`) is not installed here",)), "in TOOLS"),
        (a_trial(MISSING, services_missing=("postgresql",)), "apt-get install postgresql"),
        (a_trial(MISSING, set_up=a_set_up("npm ci", code=1)), "set-up failed at `npm ci`"),
        (a_trial(MISSING, set_up=a_set_up("npm ci", code=None)), "setup_minutes: 60"),
        (a_trial(MISSING, set_up=a_set_up("npm i", code=1, output=YOUNG)), "`packages_older_than: 0d`"),
        (a_trial(MISSING, set_up=a_set_up("npm ci", refused=("example.org:443",))), "under `network:`"),
        (a_trial(MISSING, set_up=a_set_up("x", refused=("example.org:443 (in a private network)",))), "NETWORK_HOSTS"),
        (a_trial(PASSES, set_up=a_set_up("npm ci", code=1)), "set-up failed at `npm ci`"),
        (a_trial(PASSES, tools_missing=("rust 1.2.3 (`rust-toolchain`) is not installed here",)), "rust 1.2.3"),
        (a_trial(PASSES, tools_missing=("node 9 (`.nvmrc`) is not installed here", "go 1.1")), "go 1.1: install it"),
        (a_trial(PASSES, services_missing=("redis",)), "apt-get install redis"),
    ],
)
def test_each_obstacle_has_advice(trial: Trial, words: str) -> None:
    assert any(words in each for each in trial.advice), trial.advice


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (a_trial(PASSES, set_up=a_set_up("npm ci", code=1)), "but set-up failed at `npm ci`"),
        (
            a_trial(PASSES, tools_missing=("rust 1.2.3 (`x`) is not installed here",)),
            "not all that the repository names",
        ),
        (a_trial(PASSES, services_missing=("redis",)), "Redis"),
    ],
)
def test_what_is_missing_is_said_though_all_checks_pass(trial: Trial, words: str) -> None:
    assert trial.passes
    assert trial.conclusion.startswith("verified: a change to this repository can be verified; but ")
    assert words in trial.conclusion


def test_hosts_that_nothing_needed_are_no_advice() -> None:
    """Telemetry, or a look for a new version: set-up ended well, and all checks pass."""
    trial = a_trial(PASSES, set_up=a_set_up("npm ci", refused=("telemetry.example.org:443",)))

    assert (trial.advice, trial.conclusion) == ((), "verified: a change to this repository can be verified")


def test_a_refused_host_is_the_advice_instead_of_another_set_up() -> None:
    refused = ("npm.example.org:443 (in a private network)",)
    trial = a_trial(MISSING, set_up=a_set_up("npm ci", code=1, output="npm error code ENOTFOUND", refused=refused))

    first, *others = trial.advice
    assert first == "if set-up needs npm.example.org of this host's own network, name it in the setting NETWORK_HOSTS"
    assert not any("set-up failed at" in each for each in others)


def test_a_host_of_the_operators_network_is_not_one_for_the_repository_to_list() -> None:
    trial = a_trial(MISSING, set_up=a_set_up("x", refused=("example.org:443 (in a private network)",)))

    assert not any("`network:`" in each for each in trial.advice)


def test_tests_are_counted_by_their_results() -> None:
    assert a_check(tests=TESTS).tests == {"passed": 2, "skipped": 1}
    assert a_check().tests == {}


def test_a_part_of_the_tests_is_not_shown_as_all() -> None:
    """It does not end as a failure: which tests matter is for a person to say."""
    trial = a_trial(a_check(tests=TESTS), defined_tests=300)

    assert trial.conclusion == (
        "verified by a part of the tests only: the checks ran 3 of about 300 tests that its files define"
    )
    assert trial.advice[0].startswith("name under `verify:` in .github/nightshift.yml what runs all tests")
    assert a_trial(a_check(tests=TESTS), defined_tests=10).advice == ()
    assert a_trial(PASSES, defined_tests=300).advice == (), "no report says how many ran"


def test_what_fails_now_and_then_alone_needs_no_mending() -> None:
    assert not any("fix what fails" in each for each in a_trial(UNSTABLE).advice)
    assert any("fix what fails" in each for each in a_trial(UNSTABLE, FAILS).advice)
