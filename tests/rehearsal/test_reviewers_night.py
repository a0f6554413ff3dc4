"""A night in which reviews are requested from people and a team, and a reaction confirms answers."""

from __future__ import annotations

import json
from pathlib import Path

from tests.rehearsal.nights import rehearse


def test_each_person_is_asked_once_and_a_reaction_counts(tmp_path: Path) -> None:
    """The night's own judge compares the mails of each person with those that the night expects."""
    night = Path(__file__).with_name("reviewers_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    assert json.loads(out)["unexpected"] == [], err
    assert code == 0
