"""A command gets the arguments of its runner's report only where they are sure to reach that runner."""

from __future__ import annotations

import json

import pytest

from bot.core.ran import TestResult
from bot.core.reports.arguments import arguments_for
from bot.core.reports.asking import was_refused, without_noise
from bot.core.reports.json_report import read_jest_json
from bot.core.reports.reading import read_reports

JEST = " --json --outputFile=/r/1/jest.json"
VITEST = " --reporter=default --reporter=json --outputFile.json=/r/1/vitest.json"
MOCHA = " --reporter spec"


def added(command: str, test: str = "", **scripts: str) -> str:
    """`test`: the script of that name at the root; `a` is a package in a folder, of the name `@x/a`."""
    manifests = {
        "package.json": {"scripts": {"test": test, **scripts}},
        "packages/a/package.json": {"name": "@x/a", "scripts": {"test": test, **scripts}},
    }
    texts = {path: json.dumps(content) for path, content in manifests.items()}
    return arguments_for(command, "/r/1", lambda: list(texts), texts.get)


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


PHPUNIT = " --log-junit /r/1/phpunit.xml"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("vendor/bin/phpunit", PHPUNIT),
        ("./vendor/bin/phpunit --testsuite unit", PHPUNIT),
        ("php vendor/bin/phpunit", PHPUNIT),
        ("php -d memory_limit=-1 vendor/bin/phpunit tests", PHPUNIT),
        ("XDEBUG_MODE=off vendor/bin/phpunit", PHPUNIT),
        ("phpunit -c phpunit.xml.dist", PHPUNIT),
        ("php phpunit.phar", PHPUNIT),
        ("vendor/bin/phpunit --testdox", PHPUNIT),
        ("vendor/bin/pest --parallel", PHPUNIT),
        ("vendor/bin/paratest -p 4", PHPUNIT),
        ("php artisan test", PHPUNIT),
        ("php artisan test --parallel", PHPUNIT),
        ("cd api && vendor/bin/phpunit", PHPUNIT),
        ("composer check && vendor/bin/phpunit", PHPUNIT),
        ("vendor/bin/phpunit --log-junit build/junit.xml", ""),
        ("vendor/bin/phpunit --list-tests", ""),
        ("vendor/bin/phpunit | tee log", ""),
        ("php artisan migrate", ""),
        ("vendor/bin/phpstan analyse", ""),
        ("python3 -m unittest -q", " -v"),
        ("python3 -m unittest", " -v"),
        ("python -W error -m unittest discover -s tests", " -v"),
        ("/usr/bin/python3.12 -Bm unittest", ""),
        ("python3 -m unittest --help", ""),
        ("python3 -m unittest discover | cat", ""),
        ("python3 manage.py test", " -v 2"),
        ("cd site && python manage.py test shop --noinput", " -v 2"),
        ("python3 -m django test --settings=x", " -v 2"),
        ("python3 -m django test -v 3 --settings=x", ""),
        ("python3 manage.py test --verbosity=1", ""),
        ("python3 manage.py migrate", ""),
        ("python3 -m pytest", ""),
    ],
)
def test_runners_of_php_and_python(command: str, expected: str) -> None:
    assert added(command) == expected


@pytest.mark.parametrize(
    ("command", "script", "expected"),
    [
        ("composer test", "phpunit", f" --{PHPUNIT}"),
        ("composer run test", "vendor/bin/phpunit --colors", f" --{PHPUNIT}"),
        ("composer run-script test -- --filter x", "phpunit", PHPUNIT),
        ("composer test", ["@php vendor/bin/phpunit"], f" --{PHPUNIT}"),
        ("composer test", "@unit", f" --{PHPUNIT}"),
        ("composer test", "@composer unit", ""),
        ("cd api && composer test", "phpunit", f" --{PHPUNIT}"),
        ("composer test", ["@cs", "phpunit"], ""),
        ("composer test", "phpstan && phpunit", f" --{PHPUNIT}"),
        ("composer test", "phpstan", ""),
        ("composer install", "phpunit", ""),
        ("composer exec phpunit", "phpunit", ""),
    ],
)
def test_composer_hands_on_what_follows_two_dashes(command: str, script: object, expected: str) -> None:
    """To each command of a list: a script of several stays as it is."""
    manifest = json.dumps({"scripts": {"test": script, "unit": "phpunit"}})
    texts = {"composer.json": manifest, "api/composer.json": manifest}

    assert arguments_for(command, "/r/1", lambda: list(texts), texts.get) == expected


def test_the_report_of_phpunit_lists_every_test() -> None:
    """What it prints names only the ones that fail."""
    xml = b"""<testsuites><testsuite name="T"><testcase name="testA" class="T" classname="T"/>
    <testcase name="testB" class="T" classname="T"><failure type="x">no</failure></testcase></testsuite></testsuites>"""
    printed = "There was 1 failure:\n\n1) T::testB\nno\n\nFAILURES!\nTests: 2, Assertions: 2, Failures: 1.\n"
    report = read_reports({"phpunit.xml": xml}, {}, printed)

    assert report is not None
    assert report.lists_all
    assert sorted(report.tests.values()) == [TestResult.FAILED, TestResult.PASSED]


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
