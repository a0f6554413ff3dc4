"""The checks say which tests a change breaks, adds and proves nothing with; a flaky one costs no session.
Most stories end before a session: they run the checks of two commits, as the broker does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.ceilings import Ceilings
from bot.adapters.git import Mirror, Workspace
from bot.adapters.sandbox import Bubblewrap, NoSandbox, program
from bot.adapters.store import Store
from bot.core.attempts import Base
from bot.core.checks import Check, Result, Standing, Verdict
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.repository_settings import read_repository_settings
from bot.core.tasks import State
from bot.steps.check_runs import CheckRuns
from bot.steps.checks import Checked, Checks
from bot.steps.own_branch import OwnBranch
from bot.steps.preparation import Preparation
from tests.git_host import commit_files, create_repository, run_git
from tests.stories.repository_settings import commits
from tests.stories.world import World, finish

ISSUE = IssueRef("octo/clock", 7)
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
CLOCK = "def noon(day):\n    return day + 12\n"
TESTS = """import socket, unittest
from clock import noon
class Clock(unittest.TestCase):
    def test_a(self): self.assertEqual(noon(0), 12)
    def test_b(self): self.assertEqual(noon(1), 13)
    def test_net(self): socket.create_connection(("127.0.0.1", 9), 1)
"""
"""One of them fails wherever nothing answers on that port."""
UNITTEST = "python3 -m unittest -q"  # what the repository of most stories names under `verify:`


def test_two_broken_tests_are_named_beside_one_that_failed_before(world: World) -> None:
    """So the change is not published, though the check as a whole failed before it."""
    files = {"app.py": CLOCK, "clock.py": CLOCK, "test_clock.py": TESTS}
    settings = {".github/nightshift.yml": f"verify: ['{UNITTEST}']\n"}
    world.github.push_commit("octo/clock", "main", files | settings, by="ada")
    issue = world.label_issue(sessions=[commits("sed -i s/12/13/ clock.py"), [finish(summary="I see nothing wrong.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.VERIFICATION_FAILED
    assert "test_clock.Clock.test_a\ntest_clock.Clock.test_b\n" in world.task(issue).detail
    assert "Clock.test_net\n" not in world.task(issue).detail.partition("Newly failing:")[2].partition("\n\n")[0]
    assert issue.branch not in world.github.branches("octo/clock")


def test_a_flaky_check_costs_no_second_session(world: World, tmp_path: Path) -> None:
    first = tmp_path / "first"
    verify = f"verify: ['test ! -e time.txt || ! mkdir {first}']\n"
    world.github.push_commit("octo/clock", "main", {".github/nightshift.yml": verify}, by="ada")
    issue = world.label_issue(sessions=[commits("echo noon > time.txt")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert first.exists()


@dataclass(slots=True)
class Repository:
    """A repository whose checks run on a base commit and on a change. `rested`: for how long they paused."""

    store: Store
    folder: Path
    rested: list[float] = field(default_factory=list)
    checks: Checks = field(init=False)

    def __post_init__(self) -> None:
        runs = CheckRuns(sandbox=NoSandbox(), ceilings=Ceilings())
        self.checks = Checks(store=self.store, runs=runs, clock=lambda: NOW, rest=self.rested.append)

    def check(self, before: Mapping[str, str], change: Mapping[str, str], settings: str = "") -> Check:
        """The one check, after a change of these files. `settings`: the repository's, in YAML."""
        (check,) = self.run(before, change, settings or f"verify: ['{UNITTEST}']").checks
        return check

    def run(self, before: Mapping[str, str], change: Mapping[str, str], settings: str) -> Checked:
        bare = self.folder / "octo/clock.git"
        if not bare.exists():
            create_repository(self.folder, "octo/clock", before)
        base = run_git("rev-parse", "main", cwd=bare)
        head = _change(bare, base, change)
        mirror = Mirror(bare, "https://git.example.org/octo/clock.git")
        with mirror.quarantine(self.folder / "quarantine.git") as quarantine:
            prepared = Preparation(
                mirror=mirror,
                quarantine=quarantine,
                workspace=Workspace(self.folder / "none"),
                base=Base(branch="main", commit=base),
                files=mirror.files(base),
                held=OwnBranch.replaced(base),
                brief="",
                system_prompt="",
                turn_limit=1,
                template=None,
                settings=read_repository_settings(settings.encode()),
                registries=frozenset(),
            )
            changes = quarantine.changes(base, head)
            place = self.folder / "checks"
            return self.checks.run(ISSUE, prepared, head, place, changes=changes, should_stop=lambda: None)


def _change(bare: Path, base: str, files: Mapping[str, str]) -> str:
    run_git("update-ref", "refs/heads/change", base, cwd=bare)
    return commit_files(bare, "change", files, "Change")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield Repository(store, tmp_path)


FILES = {"clock.py": CLOCK, "test_clock.py": TESTS}
BROKEN = {"clock.py": CLOCK.replace("12", "13")}


def test_what_newly_fails_runs_twice_more_before_it_counts(repository: Repository) -> None:
    """With a pause before the last time, and each time in a fresh checkout."""
    check = repository.check(FILES, BROKEN)

    assert check.newly_failing
    assert check.newly_failing_tests == ("test_clock.Clock.test_a", "test_clock.Clock.test_b")
    assert sum(repository.rested) == 30.0


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
        assert Verdict(checks=(check,)).standing is Standing.VERIFIED


def new_test(equal: str) -> str:
    return (
        "import unittest, clock\n\nclass N(unittest.TestCase):\n"
        f"    def test_n(self): self.assertEqual(clock.{equal})\n"
    )


@pytest.mark.parametrize("verify", [UNITTEST, "python3 -m unittest -v"])
def test_a_new_test_that_passes_on_the_old_code_proves_nothing(repository: Repository, verify: str) -> None:
    """It is named, or its file where the runner names only what fails."""
    change = {"test_new.py": new_test("noon(0), 12"), "clock.py": f"{CLOCK}# the same\n"}

    check = repository.check(FILES, change, f"verify: ['{verify}']")

    assert check.proves_nothing == (("test_new.N.test_n",) if verify.endswith("-v") else ("test_new.py",))


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


@pytest.mark.needs("bwrap")
def test_a_host_that_a_check_asked_for_in_vain_is_named(repository: Repository) -> None:
    """And the check could not run: it says nothing of the change."""
    asks = 'import urllib.request\nurllib.request.urlopen("http://example.org/x")\n'
    repository.checks.runs = CheckRuns(sandbox=Bubblewrap(Path(program("bwrap"))), ceilings=Ceilings())

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
    repository.checks.runs = CheckRuns(sandbox=NoSandbox(), ceilings=Ceilings(), minute=1.0)
    for number in range(2):
        check = repository.check(FILES, {"README.md": str(number)}, counted + "\nlimits: {check_minutes: 1}")
        assert check.before.code is check.after.code is None
        assert "its time was up (1 minutes for a check)" in check.before.ending

    assert len((tmp_path / "runs").read_text().split()) == 3
