"""A command gets the arguments of its runner's report only where they are sure to reach that runner."""

from __future__ import annotations

import json

import pytest

from bot.core.ran import TestResult
from bot.core.reports.arguments import arguments_for
from bot.core.reports.asking import was_refused, without_noise
from bot.core.reports.json_report import read_jest_json
from bot.core.reports.reading import read_reports
from tests.core.report_arguments import added

JEST = " --json --outputFile=/r/1/jest.json"
VITEST = " --reporter=default --reporter=json --outputFile.json=/r/1/vitest.json"
MOCHA = " --reporter spec"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("jest", JEST),
        ("npx jest --ci", JEST),
        ("node node_modules/jest/bin/jest.js", JEST),
        ("node --experimental-vm-modules node_modules/.bin/jest -w 2", JEST),
        ("NODE_OPTIONS=--experimental-vm-modules npx jest", JEST),
        ("cross-env TZ=UTC jest src", JEST),
        ("yarn jest", JEST),
        ("pnpm exec vitest run", VITEST),
        ("npx vitest run --coverage", VITEST),
        ("./node_modules/.bin/vitest --run", VITEST),
        ("c8 --reporter lcov vitest run", VITEST),
        ("node ./node_modules/vitest/vitest.mjs run", VITEST),
        ("nyc --reporter=lcov mocha", MOCHA),
        ("mocha --reporter dot test", MOCHA),
        ("npx mocha -R min", MOCHA),
        ("npx _mocha --ui bdd", MOCHA),
        ("react-scripts test --watchAll=false", JEST),
        ("vue-cli-service test:unit", JEST),
        ("cd packages/a && jest", JEST),
        ("tsc -p . && jest", JEST),
    ],
)
def test_a_runner_by_itself(command: str, expected: str) -> None:
    assert added(command) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        *[(call, " --continue") for call in ("./gradlew test", "gradle :a:test :b:test", "sh ./gradlew -q check")],
        ("cd app && JAVA_HOME=/opt/jdk bash gradlew test", " --continue"),
        *[(call, " --fail-at-end") for call in ("mvn -B verify", "./mvnw -B verify -pl a,b -am -amd", "mvnd test")],
        ("npm run lint && mvn -q test", " --fail-at-end"),
        *[(call, " --no-fail-fast") for call in ("cargo test", "cargo +stable t -p a", "cargo nextest run")],
        *[(call, "") for call in ("gradle test --continue", "./gradlew --no-continue check")],
        *[(call, "") for call in ("cargo test -- --test-threads=1", "cargo test --", "cargo test --no-fail-fast")],
        *[(call, "") for call in ("cargo build", "cargo testing", "cargo nextest list", "echo cargo test")],
        *[(f"mvn {option} verify", "") for option in ("-fae", "-ff", "-fn", "--fail-fast", "--fail-never")],
        *[(call, "") for call in ("mvn verify | tail", "make gradle", "./gradlew.bat test", "sh", "sh gradle.sh")],
    ],
)
def test_a_build_of_several_projects_goes_on_after_the_first_that_fails(command: str, expected: str) -> None:
    """What a person decided stays."""
    assert added(command) == expected


@pytest.mark.parametrize("manager", ["pnpm run test", "yarn run test", "yarn test", "bun run test", "pnpm test"])
def test_most_package_managers_hand_on_what_follows(manager: str) -> None:
    assert added(manager, "jest") == JEST


@pytest.mark.parametrize("call", ["npm run test", "npm test", "npm t", "npm run-script test --silent"])
def test_npm_hands_on_what_follows_two_dashes(call: str) -> None:
    assert added(call, "vitest run") == f" --{VITEST}"
    assert added(f"{call} -- --bail", "vitest run") == VITEST


@pytest.mark.parametrize(
    ("command", "test", "expected"),
    [
        ("npm run test --workspace=packages/a", "jest", f" --{JEST}"),
        ("pnpm --dir packages/a run test", "jest", JEST),
        ("yarn workspace @x/a run test", "jest", JEST),
        ("cd packages/a && yarn run test", "jest", JEST),
        ("cd packages/a && npm run test", "eslint . && cross-env CI=1 jest", f" --{JEST}"),
        ("npm run test", "npm run unit", f" -- --{JEST}"),
        ("npm run test", "npm run unit -- --ci", f" --{JEST}"),
        ("npm run test", "yarn unit", f" --{JEST}"),
    ],
)
def test_scripts_of_members_and_scripts_that_call_scripts(command: str, test: str, expected: str) -> None:
    assert added(command, test, unit="jest") == expected


@pytest.mark.parametrize(
    "command",
    [
        *("jest --json > out.json", "jest --reporters=jest-junit", "jest --listTests", "jest -- src", "vitest list"),
        *("vitest bench", "vitest run --reporter junit", "mocha --reporter xunit", "mocha -R tap", "echo jest"),
        *("eslint jest.config.js", "jest || true", "jest | tee out", "jest && eslint .", "jest; true", "jest &"),
        *("echo `jest`", "echo 'jest", "npm exec jest", "jester", "tox", "node --test", "bun test", ""),
        *(
            "jest # all of them",
            "cd .. && npm run test",
            "tsc && cd x && npm test",
            "(cd x; npm test)",
            "prettier --check jest",
        ),
    ],
)
def test_a_command_that_may_mean_something_else_stays(command: str) -> None:
    assert added(command, "jest") == ""


@pytest.mark.parametrize(
    ("command", "test"),
    [
        *(("npm run test", text) for text in ("jest | tee out", "jest && eslint .", "node test.js", "run-s a b", "")),
        ("npm run test --workspaces --if-present", "jest"),  # they would write one file
        ("pnpm --recursive --if-present run test", "jest"),
        ("bun run --filter '*' test", "jest"),
        ("npm run absent", "jest"),
        ("yarn workspace @x/absent run test", "jest"),
        ("npm run test", "npm run test"),
    ],
)
def test_a_script_that_hands_nothing_on_stays(command: str, test: str) -> None:
    assert added(command, test) == ""


def test_a_manifest_that_is_none_adds_nothing() -> None:
    for text in ("", "[]", '{"scripts": []}', '{"scripts": {"test": 7}}', "{" * 100_000):
        assert arguments_for("npm test", "/r/1", lambda: ["package.json"], {"package.json": text}.get) == ""


# As jest 30 and vitest 4 write them, shortened.
REPORT = {
    "testResults": [
        {
            "name": "/w/t/a.test.js",
            "status": "failed",
            "assertionResults": [
                {"ancestorTitles": ["noon"], "title": "passes", "status": "passed"},
                {"ancestorTitles": ["noon"], "title": "fails", "status": "failed"},
                {"ancestorTitles": ["noon"], "title": "later", "status": "pending"},
                {"ancestorTitles": ["noon"], "title": "passes", "status": "passed"},
            ],
        },
        {"name": "/w/t/c.test.js", "status": "failed", "assertionResults": []},
        {
            "name": "/elsewhere/b.test.js",
            "status": "passed",
            "assertionResults": [{"ancestorTitles": [""], "title": "thing", "status": "todo"}],
        },
    ]
}
PRINTED = "FAIL t/a.test.js\n  ● noon › fails\nTest Suites: 2 failed, 1 passed, 3 total\n"


def test_a_report_in_json_names_every_test_as_the_output_names_it() -> None:
    """So results of a run without a report can be compared with it."""
    report = read_reports({"jest.json": json.dumps(REPORT).encode()}, {}, PRINTED, root="/w")

    assert report is not None
    assert report.lists_all
    assert report.tests == {
        "t/a.test.js > noon > passes": TestResult.PASSED,
        "t/a.test.js > noon > fails": TestResult.FAILED,
        "t/a.test.js > noon > later": TestResult.SKIPPED,
        "t/a.test.js > noon > passes (2)": TestResult.PASSED,
        "t/c.test.js": TestResult.NOT_LOADED,
        "/elsewhere/b.test.js > thing": TestResult.SKIPPED,
    }
    printed = read_reports({}, {}, PRINTED)
    assert printed is not None
    assert set(printed.tests) < set(report.tests)


def test_of_two_runs_in_one_command_the_output_tells_of_the_first() -> None:
    """Only the last gets the arguments, so its report does not list all."""
    first = "FAIL t/first.test.js\n  ● fails\nTest Suites: 1 failed, 1 total\n"
    report = read_reports({"jest.json": json.dumps(REPORT).encode()}, {}, first + PRINTED, root="/w")

    assert report is not None
    assert report.tests["t/first.test.js > fails"] is TestResult.FAILED
    assert report.tests["t/a.test.js > noon > passes"] is TestResult.PASSED
    assert not report.lists_all


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"testResults": 7}'])
def test_what_is_no_report_leaves_the_output_to_be_read(content: bytes) -> None:
    report = read_reports({"vitest.json": content}, {}, PRINTED, root="/w")

    assert report is not None
    assert "t/a.test.js > noon > fails" in report.tests
    assert not report.lists_all


def test_a_report_of_any_form_is_read() -> None:
    for suite in ({}, {"name": 7, "assertionResults": [{"ancestorTitles": 7, "title": None}]}, {"assertionResults": 7}):
        assert read_jest_json(json.dumps({"testResults": [suite]}).encode(), "/w") is not None


def test_output_is_shown_without_what_was_asked() -> None:
    said = [
        "> jest --ci --json --outputFile=/r/1/jest.json",
        '$ vitest run "--reporter=default" "--reporter=json" "--outputFile.json=/r/1/vitest.json"',
        "Test results written to: ../r/1/jest.json",
        "JSON report written to /r/1/vitest.json",
        "1 failed",
    ]

    assert without_noise(said, "/r/1") == ["> jest --ci", "$ vitest run", "1 failed"]


@pytest.mark.parametrize(
    ("output", "refused"),
    [
        ("CACError: Unknown option `--outputFile`\n> vitest --outputFile.json=/r/1/vitest.json", True),
        ("● Unrecognized CLI Parameter:\n  Unrecognized option outputFile\n/r/1", True),
        ("Error: ENOENT: no such file or directory, open '/r/1/jest.json'", True),
        (
            "Error: ENOENT: no such file or directory, open '/data/clock.json'\n> jest --outputFile=/r/1/jest.json",
            False,
        ),
        ("> jest --json --outputFile=/r/1/jest.json\n1 failed", False),
    ],
)
def test_a_runner_that_knows_no_such_argument_runs_without(output: str, refused: bool) -> None:
    assert was_refused(output, "/r/1") is refused
