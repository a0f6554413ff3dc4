"""Of jest and vitest every test is known, not only those that fail: they are asked for a report, and it is read.

The jest of these repositories is a few lines that print and write what jest does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.ceilings import Ceilings
from bot.adapters.sandbox import Bubblewrap, program
from bot.adapters.store import Store
from bot.steps.run_checks import CheckRunner
from tests.stories.checked_repository import Repository

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")

JEST = """
const fs = require("fs"), path = require("path")
const tests = JSON.parse(fs.readFileSync("tests.json"))
const option = process.argv.find((word) => word.startsWith("--outputFile="))
if (option && process.env.OLD) { console.error(`Unrecognized option "outputFile": ${option}`); process.exit(1) }
const failed = Object.keys(tests).filter((title) => tests[title] === "failed")
for (const title of failed) console.log(`FAIL t/a.test.js\\n  ● noon › ${title}\\n`)
console.log("Test Suites: 1 total\\nTests: " + Object.keys(tests).length + " total")
if (option) {
  const assertionResults = Object.entries(tests).map(([title, status]) => ({ ancestorTitles: ["noon"], title, status }))
  const suite = { name: path.resolve("t/a.test.js"), status: "", assertionResults }
  fs.writeFileSync(option.slice(13), JSON.stringify({ testResults: [suite] }))
  console.log("Test results written to: " + option.slice(13))
}
process.exit(failed.length ? 1 : 0)
"""
BEFORE = {"broken": "failed", "old": "passed", "steady": "passed", "gone": "passed"}
AFTER = {"broken": "passed", "old": "pending", "steady": "passed", "fresh": "passed"}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield Repository(store, tmp_path)


def files(tests: dict[str, str], environment: str = "") -> dict[str, str]:
    script = f"{environment} node node_modules/jest/bin/jest.js".strip()
    package = json.dumps({"name": "clock", "scripts": {"test": script}})
    return {"package.json": package, "node_modules/jest/bin/jest.js": JEST, "tests.json": json.dumps(tests)}


def names(*titles: str) -> tuple[str, ...]:
    return tuple(f"t/a.test.js > noon > {title}" for title in titles)


SETTINGS = "verify: ['npm test']"


def test_newly_passing_skipped_removed_and_new_tests_are_named(repository: Repository) -> None:
    check = repository.check(files(BEFORE), files(AFTER), SETTINGS)

    assert check.newly_passing_tests == names("broken")
    assert check.newly_skipped_tests == names("old")
    assert check.removed_tests == names("gone")
    assert check.new_tests == names("fresh")
    assert check.newly_failing_tests == ()
    assert "outputFile" not in check.before.output
    assert "Test results written" not in check.before.output


def test_a_test_that_breaks_is_distinguished_from_one_that_was_broken(repository: Repository) -> None:
    check = repository.check(files(BEFORE), files({**BEFORE, "steady": "failed"}), SETTINGS)

    assert check.newly_failing_tests == names("steady")


def test_a_runner_that_refuses_the_arguments_runs_without(repository: Repository) -> None:
    """Then the tests that fail are known, as before."""
    check = repository.check(files(BEFORE, "OLD=1"), files({**BEFORE, "steady": "failed"}, "OLD=1"), SETTINGS)

    assert check.newly_failing_tests == names("steady")
    assert not check.after.lists_all


@pytest.mark.needs("bwrap")
def test_in_a_cell_the_report_can_be_written(repository: Repository) -> None:
    repository.checks.runs = CheckRunner(sandbox=Bubblewrap(Path(program("bwrap"))), ceilings=Ceilings())

    check = repository.check(files(BEFORE), files(AFTER), SETTINGS)

    assert check.new_tests == names("fresh")
