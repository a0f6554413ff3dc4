"""The checks say which tests a change breaks, adds and proves nothing with; a flaky one costs no session.
Most stories end before a session: they run the checks of two commits, as the broker does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.adapters.ceilings import Ceilings
from bot.adapters.sandbox import Bubblewrap, NoSandbox, program
from bot.core.checks import CheckStanding, Verdict
from bot.core.failures import FailureKind
from bot.core.ran import Result
from bot.core.tasks import State
from bot.steps.run_checks import CheckRunner
from tests.stories.checked_repository import BROKEN, CLOCK, FILES, TESTS, UNITTEST, Repository
from tests.stories.repository_settings import commits
from tests.stories.world import World, finish


def test_two_broken_tests_are_named_beside_one_that_failed_before(world: World) -> None:
    """So the change is not ready for review, though the check as a whole failed before it."""
    files = {"app.py": CLOCK, "clock.py": CLOCK, "test_clock.py": TESTS}
    settings = {".github/nightshift.yml": f"verify: ['{UNITTEST}']\n"}
    world.github.push_commit("octo/clock", "main", files | settings, by="ada")
    issue = world.label_issue(sessions=[commits("sed -i s/12/13/ clock.py"), [finish(summary="I see nothing wrong.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.VERIFICATION_FAILED
    assert "test_clock.Clock.test_a\ntest_clock.Clock.test_b\n" in world.task(issue).detail
    assert "Clock.test_net\n" not in world.task(issue).detail.partition("Newly failing:")[2].partition("\n\n")[0]
    assert [pull.draft for pull in world.pull_requests()] == [True]
    with world.services.store.read() as ledger:
        (kept,) = ledger.check_results.of(world.task(issue).id)[1]  # what the dashboard shows
    groups = {group.name: group.tests for group in kept.groups}
    assert groups["newly failing"] == ("test_clock.Clock.test_a", "test_clock.Clock.test_b")
    assert groups["failing as before"] == ("test_clock.Clock.test_net",)
    assert "AssertionError" in kept.output


def test_a_flaky_check_costs_no_second_session(world: World, tmp_path: Path) -> None:
    first = tmp_path / "first"
    verify = f"verify: ['test ! -e time.txt || ! mkdir {first}']\n"
    world.github.push_commit("octo/clock", "main", {".github/nightshift.yml": verify}, by="ada")
    issue = world.label_issue(sessions=[commits("echo noon > time.txt")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert first.exists()


def test_what_newly_fails_runs_twice_more_before_it_counts(repository: Repository) -> None:
    """With a pause before the last time, and each time in a fresh checkout."""
    check = repository.check(FILES, BROKEN)

    assert check.newly_failing
    assert check.newly_failing_tests == ("test_clock.Clock.test_a", "test_clock.Clock.test_b")
    assert sum(repository.slept) == 30.0


FLAKY = """import os, unittest

def fails_once(path):
    try:
        os.mkdir(path)
    except FileExistsError:
        return False
    return True

class T(unittest.TestCase):
    def test_once(self): self.assertFalse(fails_once("{folder}/made"))
"""


def test_a_test_that_passes_again_is_flaky_and_remembered(repository: Repository, tmp_path: Path) -> None:
    """In this repository, for later changes: they are not blamed for it, though it fails each time."""
    made, once = tmp_path / "made", FLAKY.replace("{folder}", str(tmp_path))
    made.mkdir()
    before = {"clock.py": CLOCK, "test_once.py": once}
    assert repository.check(before, {"README.md": "1"}).flaky == ()
    made.rmdir()

    flaky = repository.check(before, {"README.md": "2"})
    always = repository.check(before, {"test_once.py": once.replace("return False", "return True")})

    for check in (flaky, always):
        assert (check.flaky, check.newly_failing) == (("test_once.T.test_once",), False)
        assert Verdict(checks=(check,)).standing is CheckStanding.VERIFIED


def new_test(equal: str) -> str:
    return (
        "import unittest, clock\n\nclass N(unittest.TestCase):\n"
        f"    def test_n(self): self.assertEqual(clock.{equal})\n"
    )


@pytest.mark.parametrize("verify", [UNITTEST, "python3 -m unittest -v"])
def test_a_new_test_that_passes_on_the_old_code_proves_nothing(repository: Repository, verify: str) -> None:
    """It is named: a runner that would name only what fails is asked for all."""
    change = {"test_new.py": new_test("noon(0), 12"), "clock.py": f"{CLOCK}# the same\n"}

    check = repository.check(FILES, change, f"verify: ['{verify}']")

    assert check.proves_nothing == ("test_new.N.test_n",)


@pytest.mark.parametrize("verify", [UNITTEST, "python3 -m unittest -v"])
def test_a_new_test_that_fails_on_the_old_code_proves_something(repository: Repository, verify: str) -> None:
    change = {"test_new.py": new_test("six(), 6"), "clock.py": f"{CLOCK}def six(): return 6\n"}

    check = repository.check(FILES, change, f"verify: ['{verify}']")

    assert (check.proves_nothing, check.newly_failing) == ((), False)


OF_PYTEST = {
    "clock.py": CLOCK,
    "test_clock.py": "from clock import noon\ndef test_a(): assert noon(0) == 12\ndef test_b(): assert noon(1) == 13\n",
    "test_gone.py": "import clock\ndef test_gone(): pass\ndef test_broken(): assert 0\n",
}
OF_NODE = {
    "clock.js": "exports.noon = (day) => day + 12\n",
    "clock.test.js": "const { test } = require('node:test'), { equal } = require('node:assert')\n"
    "const { noon } = require('./clock')\n"
    "test('a', () => equal(noon(0), 12)); test('b', () => equal(noon(1), 13))\n",
    "gone.test.js": "const { test } = require('node:test')\n"
    "test('gone', () => {}); test('broken', () => { throw 1 })\n",
}


@pytest.mark.parametrize(
    ("verify", "before", "change", "name"),
    [
        (f"{sys.executable} -m pytest -q -p no:cacheprovider", OF_PYTEST,
         {"clock.py": CLOCK.replace("day +", "max(day, 1) +"), "test_gone.py": "def test_broken(): pass\n"},
         "{file}::test_{test}"),
        ("node --test --test-reporter=spec", OF_NODE,
         {"clock.js": "exports.noon = (day) => Math.max(day, 1) + 12\n",
          "gone.test.js": "const { test } = require('node:test')\ntest('broken', () => {})\n"},
         "{test}"),
    ],
    ids=["pytest", "node"],
)  # fmt: skip
def test_every_test_of_a_runner_is_compared(
    repository: Repository, verify: str, before: dict[str, str], change: dict[str, str], name: str
) -> None:
    """Broken, repaired and removed ones, beside one that passes before and after."""
    check = repository.check(before, change, f"verify: ['{verify}']")

    assert check.newly_failing_tests == (name.format(file="test_clock.py", test="a"),)
    assert check.newly_passing_tests == (name.format(file="test_gone.py", test="broken"),)
    assert check.removed_tests == (name.format(file="test_gone.py", test="gone"),)


@pytest.mark.needs("bwrap")
def test_a_host_that_a_check_asked_for_in_vain_is_named(repository: Repository) -> None:
    """And the check could not run: it says nothing of the change."""
    asks = 'import urllib.request\nurllib.request.urlopen("http://example.org/x")\n'
    repository.checks.runs = CheckRunner(sandbox=Bubblewrap(Path(program("bwrap"))), ceilings=Ceilings())

    checked = repository.run({"ask.py": asks}, {"README.md": "1"}, "verify: ['python3 ask.py']")

    assert checked.refused_hosts == ("example.org:80",)
    assert checked.checks[0].after.ending == "could not run: the network could not be reached: example.org:80"


@pytest.mark.parametrize(
    ("verify", "before", "after", "blamed"),
    [
        ("nosuchprogram --all", Result.COULD_NOT_RUN, Result.COULD_NOT_RUN, False),
        ("test -e clock.py && exit 1", Result.FAILS, Result.FAILS, False),
        ("grep -q 12 clock.py || nosuchprogram", Result.PASSES, Result.COULD_NOT_RUN, True),
        ("grep -q 13 clock.py || nosuchprogram", Result.COULD_NOT_RUN, Result.PASSES, False),
        ("python3 -m unittest discover -s gone", Result.FAILS, Result.FAILS, False),
    ],
)
def test_a_check_that_could_not_run_says_nothing(
    repository: Repository, verify: str, before: Result, after: Result, blamed: bool
) -> None:
    """It counts only where it could run before."""
    check = repository.check(FILES, BROKEN, f"verify: ['{verify}']")

    assert (check.before.result, check.after.result, check.newly_failing) == (before, after, blamed)


def test_the_results_before_are_kept_with_their_tests(repository: Repository, tmp_path: Path) -> None:
    """For this commit, these commands and their environment, if all of them could run."""
    counted = f"verify: ['echo ran >> {tmp_path}/runs; {UNITTEST}', 'echo ok']"
    first = repository.run(FILES, {"README.md": "1"}, counted)
    runs = len((tmp_path / "runs").read_text().split())
    second = repository.run(FILES, BROKEN, counted)

    assert runs == 2
    assert first.checks[0].before.tests == second.checks[0].before.tests
    assert second.checks[0].newly_failing_tests == ("test_clock.Clock.test_a", "test_clock.Clock.test_b")


def test_a_baseline_that_could_not_run_is_not_kept(repository: Repository, tmp_path: Path) -> None:
    """What was missing may be there the next time."""
    counted = f"verify: ['echo ran >> {tmp_path}/runs; test -e {tmp_path}/tool || nosuchprogram']"
    assert not repository.check(FILES, {"README.md": "1"}, counted).before.ended
    (tmp_path / "tool").touch()

    assert repository.check(FILES, {"README.md": "2"}, counted).before.passed


def test_a_limit_that_the_base_commit_reached_is_not_paid_for_twice(repository: Repository, tmp_path: Path) -> None:
    """As long as this process runs."""
    counted = f"verify: ['echo ran >> {tmp_path}/runs; sleep 600']"
    repository.checks.runs = CheckRunner(sandbox=NoSandbox(), ceilings=Ceilings(), minute=1.0)
    for number in range(2):
        check = repository.check(FILES, {"README.md": str(number)}, counted + "\nlimits: {check_minutes: 1}")
        assert check.before.code is check.after.code is None
        assert "its time was up (1 minutes for a check)" in check.before.ending

    assert len((tmp_path / "runs").read_text().split()) == 3
