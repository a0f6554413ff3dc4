"""A test that fails, and passes when it runs again by itself, is named: that is not what has to be fixed first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.trials import UNITTEST, tried

pytestmark = pytest.mark.needs("bwrap")

BY_ORDER = """
    def test_alone(self):
        type(self).was_here = True

    def test_before_others(self):
        self.assertFalse(hasattr(self, "was_here"))
"""


@pytest.mark.usefixtures("folder_of_trials")
def test_a_test_that_passes_when_it_runs_again_is_named(tmp_path: Path) -> None:
    """What fails each time has to be fixed all the same."""
    answer = tried({"test_clock.py": UNITTEST.format(midnight=1) + BY_ORDER}, tmp_path)

    assert answer.code == 1
    assert "to do: test_clock.Clock.test_before_others" in answer.out
    assert "failed, and passed when run again" in answer.out
    assert "to do: fix what fails" in answer.out
