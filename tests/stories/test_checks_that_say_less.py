"""Checks that say less than their exit code does: skipped, new or hidden tests, and failures that a command hides."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.adapters.environments import Environment, Step
from bot.core.checks import CheckStanding, Verdict
from bot.core.environment.values import Command, Origin, SetUp
from bot.core.messages.verdict import verdict_section
from bot.core.public_verdict import make_public
from bot.core.ran import Ran, Result
from tests.stories.checked_repository import BROKEN, CLOCK, FILES, TESTS, UNITTEST, Repository


def test_a_change_that_skips_each_test_is_not_verified(repository: Repository) -> None:
    tests = "import unittest\nclass Clock(unittest.TestCase):\n{}    def test_a(self): pass\n"
    skips = tests.format("    @unittest.skip('later')\n")

    check = repository.check({"test_clock.py": tests.format("")}, {"test_clock.py": skips})

    assert (check.after.ending, check.newly_failing) == ("could not run: each test was skipped", True)


@pytest.mark.parametrize("verify", [UNITTEST, "python3 -m unittest -v", "{python} -m pytest -q"])
def test_a_change_of_tests_alone_proves_nothing(repository: Repository, tmp_path: Path, verify: str) -> None:
    """And no command runs a third time to say so."""
    more = "    def test_claim(self): self.assertEqual(noon(3), 15)\n"
    counted = f"echo ran >> {tmp_path}/runs; {verify.format(python=sys.executable)}"
    before = {"clock.py": CLOCK, "test_clock.py": TESTS.partition("    def test_net")[0]}

    checked = repository.run(before, {"test_clock.py": before["test_clock.py"] + more}, f"verify: ['{counted}']")

    assert checked.only_tests
    (named,) = checked.checks[0].proves_nothing
    assert named.endswith(("test_claim", "test_clock.py"))
    assert len((tmp_path / "runs").read_text().split()) == 2


HIDES_FAILURES = {
    "makefile": "sh tests.sh",
    "or true": f"{UNITTEST} || true",
    "pipe": f"{UNITTEST} 2>&1 | cat",
}
TAP = "echo 1..1; grep -q 12 clock.py && echo ok 1 - noon || echo not ok 1 - noon\n"


@pytest.mark.parametrize("command", HIDES_FAILURES)
def test_a_test_that_fails_newly_counts_though_the_command_ends_with_exit_0(
    repository: Repository, command: str
) -> None:
    verify = f"verify: [\"sh -c '{HIDES_FAILURES[command]}'\"]"

    check = repository.check({**FILES, "tests.sh": TAP}, BROKEN, verify)

    assert (check.before.code, check.after.code, check.newly_failing) == (0, 0, True)
    assert {name.rpartition(".")[2] for name in check.newly_failing_tests} <= {"noon", "test_a", "test_b"}


LOADS_NOTHING = {
    "pytest": ("{python} -m pytest -q", "test_a.py", "import nosuchmodule\n\ndef test_a(): assert 0\n"),
    "unittest": (UNITTEST, "test_a.py", "import nosuchmodule\n"),
    "node": ("node --test", "a.test.js", "require('nosuchmodule')\n"),
}
OTHERS = {
    "pytest": ("test_b.py", "from clock import noon\n\ndef test_b(): assert noon(0) == 12\n", "test_b.py::test_b"),
    "unittest": ("test_clock.py", TESTS.partition("    def test_b")[0], "test_clock.Clock.test_a"),
    "node": ("b.test.js", "require('node:test')('b', () => { if (require('fs').readFileSync('clock.py', 'utf8')"
             ".includes('13')) throw 1 })\n", "b"),
}  # fmt: skip


@pytest.mark.parametrize("runner", LOADS_NOTHING)
def test_a_file_that_cannot_be_loaded_hides_nothing_that_a_change_breaks(repository: Repository, runner: str) -> None:
    verify, *broken = LOADS_NOTHING[runner]
    file, tests, name = OTHERS[runner]
    files = {"clock.py": CLOCK, broken[0]: broken[1], file: tests}

    check = repository.check(files, {"clock.py": CLOCK.replace("12", "13")}, _verify(verify))

    assert check.newly_failing_tests == (name,)
    assert check.hidden


@pytest.mark.parametrize("runner", LOADS_NOTHING)
def test_where_no_file_of_tests_can_be_loaded_for_want_of_a_module_the_check_could_not_run(
    repository: Repository, runner: str
) -> None:
    verify, *broken = LOADS_NOTHING[runner]

    check = repository.check({"clock.py": CLOCK, broken[0]: broken[1]}, {"README.md": "1"}, _verify(verify))

    assert (check.before.result, check.after.result) == (Result.COULD_NOT_RUN, Result.COULD_NOT_RUN)
    assert "nosuchmodule is not installed" in check.after.obstacle


def _verify(command: str) -> str:
    return f"verify: ['{command.format(python=sys.executable)}']"


PART = {
    "package.json": '{"name": "clock", "scripts": {"test": "node --test unit/noon.test.js"}}',
    "clock.js": "exports.noon = day => day + 12;\n",
    "unit/noon.test.js": "require('node:test')('noon', () => { if (require('../clock').noon(0) !== 12) throw 1; });\n",
    "whole/days.test.js": "const test = require('node:test');\n" + "test('day', () => {});\n" * 30,
}


@pytest.mark.parametrize("settings", ["", "verify: ['npm test']"], ids=["detected", "named"])
def test_detected_checks_that_run_a_few_of_many_tests_are_named(repository: Repository, settings: str) -> None:
    """A person who names a part has chosen it."""
    checked = repository.run(PART, {"clock.js": PART["clock.js"] + "// day\n"}, settings)

    assert checked.checks[0].passes
    assert checked.few_tests == ("" if settings else "ran 1 of about 30 tests that its files define")
    said = verdict_section(make_public(Verdict(checks=checked.checks, few_tests=checked.few_tests), str), "octo/clock")
    assert ("ran 1 of about 30 tests" in said) is (not settings)


def failed_set_up() -> Environment:
    command = Command(text="(cd web && npm ci)", reason="web/package-lock.json")
    ran = Ran(code=1, output="getaddrinfo ENOTFOUND registry.npmjs.org", seconds=1.0)
    set_up = SetUp(origin=Origin.DETECTED, commands=(command,))
    steps = (Step(command=command, ran=ran),)
    hosts = ("registry.npmjs.org",)
    return Environment(set_up=set_up, steps=steps, failed=True, refused_hosts=hosts)


def test_a_set_up_that_failed_in_part_hides_no_broken_test(repository: Repository) -> None:
    """What it lacked, it lacked on both commits: tests that ran are compared."""
    repository.environment = failed_set_up()

    check = repository.check(FILES, BROKEN, "verify: ['python3 -m unittest -v']")

    assert check.newly_failing
    assert {name.rpartition(".")[2] for name in check.newly_failing_tests} >= {"test_a", "test_b"}


def test_where_no_test_passes_after_a_set_up_that_failed_nothing_fails_as_before(repository: Repository) -> None:
    """They lack what was not set up, so they could not run: a change could break whatever it likes."""
    repository.environment = failed_set_up()
    tests = "import unittest\nclass Clock(unittest.TestCase):\n    def test_a(self): import gone_package\n"

    checked = repository.run({"test_clock.py": tests}, {"README.md": "More.\n"}, "verify: ['python3 -m unittest -v']")

    assert Verdict(checks=checked.checks).standing is CheckStanding.NOT_VERIFIED
    assert checked.checks[0].before.obstacle.startswith("set-up failed: ")
