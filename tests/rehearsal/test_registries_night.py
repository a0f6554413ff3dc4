"""A night on projects that need packages: without any setting, what they name is installed, and their checks run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.real_registries import HOSTS, can_be_reached
from tests.patience import within

NIGHT = Path(__file__).parent / "registries_night.yml"


def test_what_a_project_names_is_installed_before_its_checks(tmp_path: Path) -> None:
    """By a lockfile, with hashes, and with neither."""
    if not can_be_reached(*HOSTS):
        pytest.skip("neither PyPI nor npm's registry can be reached from here")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "rehearse", "--scenario", str(NIGHT), "--folder", "left", "--json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=within(400),
    )

    assert json.loads(done.stdout)["unexpected"] == [], done.stderr
    assert done.returncode == 0
