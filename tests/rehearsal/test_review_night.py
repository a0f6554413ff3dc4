"""Each request on a pull request is acknowledged and followed, and answered as the night's file expects."""

from __future__ import annotations

import json
from pathlib import Path

from tests.rehearsal.nights import rehearse


def test_what_people_ask_for_on_pull_requests_is_followed(tmp_path: Path) -> None:
    """The night's own judge compares each comment, reaction and file."""
    night = Path(__file__).with_name("review_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    assert json.loads(out)["unexpected"] == [], err
    assert code == 0
