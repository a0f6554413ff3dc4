"""Every test of `mix test` is known by name, also one that passes; a run that broke off is not taken for whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.core.ran import TestResult
from bot.core.reports.arguments import arguments_for, prepare_report
from bot.core.reports.exunit import EXUNIT_FILE, VARIABLE
from bot.core.reports.reading import read_reports

# As Elixir 1.14 and 1.18 end a run.
PRINTED = """
  1) test sums fails (PriceTest)
     test/price_test.exs:6
     Assertion with == failed

Finished in 0.01 seconds (0.01s async, 0.00s sync)
1 doctest, 4 tests, 1 failure, 1 excluded, 1 skipped
"""
LISTED = """begins
skipped PriceTest: test later
excluded PriceTest: test long
failed PriceTest: test sums fails
passed PriceTest: test sums adds
invalid OtherTest: test needs a database
passed PriceTest: doctest Price.add/2 (1)
ends
"""


@pytest.mark.parametrize(
    ("command", "is_asked"),
    [
        ("mix test", True),
        ("MIX_ENV=test mix test --color", True),
        ("cd apps/core && mix test", True),
        ("mix test --formatter JUnitFormatter", False),
        ("mix format --check-formatted", False),
        ("mix test | tee log", False),
    ],
)
def test_mix_gets_a_second_formatter(command: str, is_asked: bool) -> None:
    assert arguments_for(command, "/r/1", list, lambda _: None) == (f" {VARIABLE}" if is_asked else "")


def test_every_test_is_listed() -> None:
    """What fails once is not read twice, from the file and from what was printed."""
    report = read_reports({EXUNIT_FILE: LISTED.encode(), "compiled": b"", "A.beam": b"FOR1\0"}, {}, PRINTED)

    assert report is not None
    assert report.lists_all
    assert report.tests == {
        "PriceTest: test later": TestResult.SKIPPED,
        "PriceTest: test long": TestResult.SKIPPED,
        "PriceTest: test sums fails": TestResult.FAILED,
        "PriceTest: test sums adds": TestResult.PASSED,
        "OtherTest: test needs a database": TestResult.FAILED,
        "PriceTest: doctest Price.add/2 (1)": TestResult.PASSED,
    }


@pytest.mark.parametrize("listed", [LISTED.removesuffix("ends\n"), LISTED + "begins\n"])
def test_a_suite_that_broke_off_is_not_whole(listed: str) -> None:
    report = read_reports({EXUNIT_FILE: listed.encode()}, {}, "")

    assert report is not None
    assert not report.lists_all


def test_without_the_list_what_is_printed_counts() -> None:
    report = read_reports({}, {}, PRINTED)

    assert report is not None
    assert report.tests == {"PriceTest: test sums fails": TestResult.FAILED}


@pytest.mark.parametrize(
    ("compiler", "said"),
    [
        ("exit 0", "--formatter ExUnit.CLIFormatter --formatter NightshiftExUnit -pa FOLDER"),
        ("exit 1", ""),
        (None, ""),
    ],
)
def test_where_the_formatter_cannot_be_compiled_the_command_runs_as_it_is(
    compiler: str | None, said: str, tmp_path: Path
) -> None:
    """Under `set -e`, as checks run."""
    programs, folder = tmp_path / "bin", tmp_path / "reports/1"
    programs.mkdir()
    if compiler is not None:
        (programs / "elixirc").write_text(f"#!/bin/sh\n{compiler}\n")
        (programs / "elixirc").chmod(0o755)
    text = prepare_report(f" {VARIABLE}", str(folder)) + 'echo "${NIGHTSHIFT_EXUNIT-}" ${ELIXIR_ERL_OPTIONS-}'
    ran = subprocess.run(
        ["/bin/bash", "-eo", "pipefail", "-c", text],
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert ran.stdout.strip() == said.replace("FOLDER", str(folder))
    assert ran.stderr == ""


def test_a_folder_that_no_option_can_name_gets_no_formatter() -> None:
    assert "elixirc" not in prepare_report(f" {VARIABLE}", "/my data/1")
