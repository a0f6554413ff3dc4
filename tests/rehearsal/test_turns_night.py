"""After a mixed night each person was mentioned or asked once for each of their turns, and for nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.rehearsal.test_night import rehearse

# Which issue mentions whom, once.
TURNS = {
    ("ada", "octo/shop#2"),
    ("mallory", "octo/shop#3"),
    ("grace", "octo/shop#4"),
    ("ada", "octo/shop#5"),
}
# Where ada acts as soon as she can, maybe before she was mentioned: so often at the most.
AT_ONCE = {("ada", "octo/shop#9"): 2}


def test_each_person_is_notified_once_for_each_of_their_turns(tmp_path: Path) -> None:
    """The night's own judge checks each issue's mails, and that one comment at most mentions one person."""
    night = Path(__file__).with_name("turns_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    told = json.loads(out)
    assert told["unexpected"] == [], err
    assert code == 0
    found = Counter((mail["person"], mail["where"]) for mail in told["notified"] if mail["reason"] == "mention")
    assert {turn: times for turn, times in found.items() if turn not in AT_ONCE} == dict.fromkeys(TURNS, 1)
    assert not found - Counter(AT_ONCE) - Counter(TURNS)
    asked = Counter(
        mail["person"] for mail in told["notified"] if mail["reason"] == mail["event"] == "review_requested"
    )
    assert asked.keys() == {"ada"}
    assert 2 <= asked["ada"] <= 3, "of two pull requests, and of the third unless it was merged before"
