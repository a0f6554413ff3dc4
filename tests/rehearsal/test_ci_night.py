"""Checks of others that fail on Nightshift's pull requests are repaired, as the night's file expects."""

from __future__ import annotations

import json
from pathlib import Path

from tests.rehearsal.nights import rehearse


def test_what_fails_on_github_is_repaired_twice_at_most(tmp_path: Path) -> None:
    """What fails on the base as well is left alone."""
    night = Path(__file__).with_name("ci_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    assert json.loads(out)["unexpected"] == [], err
    assert code == 0
