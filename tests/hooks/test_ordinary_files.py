"""Tests, makefiles and manifests as sessions write them every day: none of them may be refused.

Tests talk of deletion, start the project's own program, set variables and delete the folders that their runner made.
"""

from __future__ import annotations

import pytest

from hooks.policy import Context
from tests.hooks.ordinary_manifests import ORDINARY_MANIFESTS
from tests.hooks.ordinary_packages import ORDINARY_PACKAGES
from tests.hooks.ordinary_tests import ORDINARY_TESTS
from tests.hooks.sessions import Case, PlayedSession, write

ORDINARY = [*ORDINARY_TESTS, *ORDINARY_PACKAGES, *ORDINARY_MANIFESTS]


@pytest.mark.parametrize("case", ORDINARY, ids=lambda case: str(case[0][-1])[:60])
def test_an_ordinary_session_is_granted(case: Case, a_context: Context) -> None:
    calls, files = case

    ruling = PlayedSession(a_context, files).play(*calls)

    assert ruling.granted, ruling.sentence()


def test_a_session_with_many_long_tests_runs_them(a_context: Context) -> None:
    """Forty tests that start the project's program in each of twenty files are no reason to refuse."""
    test = "def test_{0}(tmp_path):\n    subprocess.run([sys.executable, '-m', 'app', '{0}'], cwd=tmp_path)\n"
    text = "import subprocess, sys\n" + "".join(test.format(number) for number in range(40))
    session = PlayedSession(a_context)
    for number in range(20):
        session.call(write(f"tests/test_{number}.py", text))

    assert session.call("pytest -q").granted
    assert (
        session.play(write("tests/test_x.py", f"{text}\nsubprocess.run(['git', 'push'])"), "pytest").rule == "git.push"
    )


def test_the_list_is_long_enough_to_mean_something() -> None:
    assert len(ORDINARY) >= 50
