"""Results by test: from report files and from what runners print, all of it written by untrusted code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.ran import TestResult
from bot.core.reports.asking import PYTEST_FILE, RSPEC_FILE, ask, was_refused, without_noise
from bot.core.reports.printed import read_printed
from bot.core.reports.reading import REPORT_NAME, read_reports
from bot.core.reports.report import LONGEST_NAME, MOST_TESTS, collect
from bot.core.reports.xml_report import read_xml

FOLDER = Path(__file__).parents[1] / "data/runners"
RULE = "#" * 20 + "\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """What a runner prints, shortened, with the tests that it shows, and whether those are all."""

    runner: str
    printed: str
    tests: str
    lists_all: bool

    @classmethod
    def read(cls, path: Path) -> Sample:
        """Recorded from pytest 9, unittest of Python 3.11, cargo, jest 30, vitest 4, mocha 12 and node 20; the others
        follow the documentation of their projects."""
        said, _, printed = path.read_text(encoding="utf-8").partition(RULE)
        first, _, tests = said.strip("\n").partition("\n")
        return cls(path.stem, printed, tests, first == "lists all")


SAMPLES = [Sample.read(path) for path in sorted(FOLDER.glob("*.txt"))]
MARKS = {TestResult.PASSED: "+", TestResult.FAILED: "-", TestResult.SKIPPED: "~", TestResult.NOT_LOADED: "!"}


def shown(tests: Mapping[str, TestResult] | None) -> str:
    return "\n".join(f"{MARKS[result]}{name}" for name, result in (tests or {}).items())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.runner))
def test_what_a_runner_prints_names_its_tests(sample: Sample) -> None:
    report = read_reports({}, {}, sample.printed)

    assert report is not None
    assert (shown(report.tests), report.lists_all) == (sample.tests, sample.lists_all)


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.lists_all], ids=lambda sample: str(sample.runner))
def test_an_output_that_was_cut_lists_not_all(sample: Sample) -> None:
    report = read_reports({}, {}, sample.printed, whole=False)

    assert report is not None
    assert not report.lists_all


@pytest.mark.parametrize("printed", ["", "make: *** [test] Error 1", "FAILED", "ok", "--- a/x\n+++ b/x\n", "1 passed"])
def test_other_output_is_no_report(printed: str) -> None:
    assert read_reports({}, {}, printed) is None


JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="5">
<testcase classname="tests.test_a.TestC" name="test_m[a b]" file="tests/test_a.py"><failure>no</failure></testcase>
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py"/>
<testcase classname="org.example.ClockTest" name="noon"><skipped/></testcase>
<testcase classname="org.example.ClockTest" name="noon"><error/><system-out>x</system-out></testcase>
<testcase classname="adds" name="adds"><properties><property name="failure"/></properties></testcase>
</testsuite></testsuites>"""
TRX = b"""<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testName="App.A" outcome="Passed"/><UnitTestResult testName="App.B" outcome="Failed"/>
<UnitTestResult testName="App.C" outcome="NotExecuted"/></Results></TestRun>"""


@pytest.mark.parametrize(
    ("content", "tests"),
    [
        (JUNIT, "-tests/test_a.py::TestC::test_m[a b]\n+tests/test_a.py::test_ok\n~org.example.ClockTest.noon\n"
                "-org.example.ClockTest.noon (2)\n+adds"),
        (TRX, "+App.A\n-App.B\n~App.C"),
    ],
)  # fmt: skip
def test_reports_in_xml_are_read(content: bytes, tests: str) -> None:
    report = read_xml(content)

    assert report is not None
    assert (shown(report.tests), report.lists_all) == (tests, True)


def test_a_report_that_breaks_off_lists_what_it_came_to() -> None:
    report = read_xml(JUNIT[: JUNIT.index(b'<testcase classname="org')])

    assert report is not None
    assert (len(report.tests), report.lists_all) == (2, False)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no XML", b"<testsuite/>", b"\xff\xfe\x00", b"<a>" * 100_000),
        BOMB + b'<testsuite><testcase name="&b;"/></testsuite>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite><testcase name="x"/></testsuite>',
        b'<?xml version="1.0" encoding="nonsense"?><testsuite><testcase name="x"/></testsuite>',
        b"<testcase name='x'/>" + b" " * 20_000_001,
    ],
)
def test_hostile_xml_is_no_report(content: bytes) -> None:
    """Nothing is expanded, fetched, or read beyond its bounds."""
    assert read_xml(content) is None


@settings(max_examples=40)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read(content: bytes) -> None:
    read_xml(content)
    read_reports({RSPEC_FILE: content, PYTEST_FILE: content}, {"junit.xml": content}, content.decode(errors="replace"))


def test_names_are_cleaned_and_cut() -> None:
    """They go into comments and into the ledger."""
    long = "x" * 5000
    tests = collect(
        [
            ("a\x1b[31m\u202e b\n c", TestResult.PASSED),
            (f"{long}1", TestResult.FAILED),
            (f"{long}2", TestResult.PASSED),
        ],
        lists_all=True,
    ).tests

    assert next(iter(tests)) == "a[31m b c"
    assert len(tests) == 3
    assert max(map(len, tests)) == LONGEST_NAME


def test_of_too_many_tests_those_that_failed_stay() -> None:
    many = [(f"t{number}", TestResult.PASSED) for number in range(MOST_TESTS)]

    report = collect([*many, ("bad", TestResult.FAILED)], lists_all=True)

    assert (len(report.tests), report.lists_all) == (MOST_TESTS, False)
    assert report.tests["bad"] is TestResult.FAILED


def test_a_file_says_more_than_the_output_of_its_runner() -> None:
    """Its output names the same tests again, some of them in other words."""
    asked = {PYTEST_FILE: JUNIT}
    printed = "FAILED a.py::test_x - no\n1 failed in 0.1s\n1/1 Test #1: noon ....   Passed\n"
    printed += "100% tests passed, 0 tests failed out of 1"
    report = read_reports(asked, {}, printed)

    assert report is not None
    assert "a.py::test_x" not in report.tests
    assert "noon" in report.tests


def test_rspecs_json_is_read() -> None:
    examples = [
        {"file_path": "./spec/a_spec.rb", "full_description": "A does b", "status": status}
        for status in ("passed", "failed", "pending")
    ]
    report = read_reports({RSPEC_FILE: json.dumps({"examples": examples}).encode()}, {}, "3 examples, 1 failure")

    assert report is not None
    assert shown(report.tests).split("\n")[1] == "-./spec/a_spec.rb A does b (2)"


@pytest.mark.parametrize(
    ("name", "is_report"),
    [
        ("TEST-org.example.ClockTest.xml", True),
        ("junit.xml", True),
        ("junit-report.xml", True),
        ("test-results.xml", True),
        ("run.trx", True),
        ("pom.xml", False),
        ("testng.xml", False),
        ("strings.xml", False),
    ],
)
def test_usual_report_files_are_known_by_their_names(name: str, is_report: bool) -> None:
    assert (REPORT_NAME.fullmatch(name) is not None) is is_report


def test_what_a_command_gets_stays_and_reports_are_asked_for_besides() -> None:
    asked = ask("/r/0", {"GOFLAGS": "-mod=vendor", "HOME": "/home"})

    assert asked["GOFLAGS"] == "-mod=vendor -v"
    assert asked["HOME"] == "/home"
    assert asked["PYTEST_ADDOPTS"].startswith("--junit-xml=/r/0/")
    assert was_refused("pytest: error: unrecognized arguments: --junit-xml=/r/0/pytest.xml", "/r/0")
    assert not was_refused("error: unrecognized arguments: --verbose", "/r/0")


def test_output_is_shown_as_it_is_without_being_asked() -> None:
    printed = "=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n    b_test.go:7: no"
    assert without_noise(printed.split("\n")) == ["--- FAIL: TestB (0.00s)", "    b_test.go:7: no"]


def test_much_output_is_read_in_bounded_time() -> None:
    """It is cut into short lines, of which the last ones count. Ten times as much would take minutes."""
    assert read_printed("test a ... " * 100_000) == []
    (report,) = read_printed("running 1 test\n" + "\n" * 300_000 + "running 1 test\ntest a ... ok\n")
    assert not report.lists_all


@pytest.mark.parametrize(
    ("printed", "tests"),
    [
        ("ERROR tests/test_a.py - ImportError: x\n1 error in 0.10s", "!tests/test_a.py"),
        ("ERROR tests/test_a.py\n1 passed, 1 error in 0.10s", "!tests/test_a.py"),
        ("ERROR test_a.py::test_b - OSError\n1 error in 0.10s", "-test_a.py::test_b"),
        (f"{'=' * 70}\nERROR: test_a (unittest.loader._FailedTest.test_a)\nRan 1 test in 0.000s", "!test_a"),
        (f"{'=' * 70}\nERROR: test_a (unittest.loader._FailedTest)\nRan 1 test in 0.000s", "!test_a"),
        (f"{'=' * 70}\nERROR: pkg.test_a (unittest.loader._FailedTest.pkg.test_a)\nRan 1 test in 0.0s", "!pkg.test_a"),
        ("TAP version 13\n# Error: nothing\n# Subtest: a.test.js\nnot ok 1 - a.test.js\n# Subtest: b\nok 2 - b\n1..2",
         "!a.test.js\n+b"),
        (f"{'=' * 70}\nERROR: setUpClass (test_a.T)\nRan 0 tests in 0.000s", "!test_a.T"),
        (f"{'=' * 70}\nERROR: setUpModule (test_a)\nRan 0 tests in 0.000s", "!test_a"),
        ("FAIL\texample.org/a [build failed]\nFAIL", "!example.org/a"),
        ("FAIL\texample.org/a [setup failed]\nFAIL", "!example.org/a"),
        ('{"Time":"x","Action":"fail","Package":"a"}', "!a"),
        ('{"Time":"x","Action":"fail","Package":"a","Test":"T"}\n{"Time":"x","Action":"fail","Package":"a"}', "-a.T"),
        ("FAIL src/a.test.js\n  ● Test suite failed to run\nTest Suites: 1 failed, 1 total", "!src/a.test.js"),
        (" FAIL  src/a.test.ts [ src/a.test.ts ]\n Test Files  1 failed (1)\n      Tests  no tests", "!src/a.test.ts"),
        ("✖ test/a.test.js (31.2ms)\nℹ tests 1", "!test/a.test.js"),
        ("TAP version 13\n# Subtest: a.test.js\nnot ok 1 - a.test.js\n1..1\n# tests 1", "!a.test.js"),
        ("  ✘ test/a.js exited with a non-zero exit code: 1\n  1 uncaught exception", "!test/a.js"),
        ("Uncaught error from ./a_test.ts FAILED\nFAILED | 0 passed | 1 failed (5ms)", "!./a_test.ts"),
        ("a.test.ts:\n\n# Unhandled error between tests\nRan 1 test across 1 file. [9ms]", "!a.test.ts"),
        ("    1/1 Test #1: calc ....***Not Run   0.00 sec\n0% tests passed, 1 tests failed out of 1", "!calc"),
    ],
)  # fmt: skip
def test_what_could_not_be_loaded_is_no_test_that_failed(printed: str, tests: str) -> None:
    report = read_reports({}, {}, printed)

    assert report is not None
    assert shown(report.tests) == tests


@pytest.mark.parametrize(
    ("case", "tests"),
    [
        ('classname="" name="tests.test_a" file="tests/test_a.py"><error message="collection failure"/>',
         "!tests/test_a.py"),
        ('classname="unittest.loader._FailedTest" name="test_a"><error message="x"/>', "!test_a"),
        ('classname="a" name="a Test suite failed to run" file="a.test.js"><failure message="x"/>', "!a.test.js"),
        ('classname="" name="tests.test_a" file="tests/test_a.py"><skipped message="collection skipped"/>',
         "~tests.test_a"),
        ('classname="test_a" name="test_b" file="test_a.py"><error message="failed on setup"/>', "-test_a.py::test_b"),
    ],
)  # fmt: skip
def test_a_report_in_xml_says_what_could_not_be_loaded(case: str, tests: str) -> None:
    report = read_xml(f"<testsuite><testcase {case}</testcase></testsuite>".encode())

    assert report is not None
    assert shown(report.tests) == tests


def test_what_tap_spec_prints_names_the_tests_of_tape() -> None:
    printed = (
        "\n  adds\n\n    ✔ one\n    ✖ two\n    -----\n      operator: equal\n\n  subtracts\n\n    ✔ one\n\n"
        "  Failed Tests: There was 1 failure\n\n    adds\n\n      ✖ two\n\n"
        "  total:     3\n  passing:   2\n  failing:   1\n"
    )
    report = read_reports({}, {}, printed)

    assert report is not None
    assert shown(report.tests) == "-adds\n+subtracts"
