"""An author's answers count once a maintainer confirms them, and a stranger's template starts nothing by itself."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.rehearsal.nights import rehearse


def test_questions_are_asked_again_only_after_a_maintainer_confirmed_the_answers(tmp_path: Path) -> None:
    """The author is mentioned once for each round of questions, the maintainer once to confirm the answers; she is
    asked for the review that she asked for."""
    night = Path(__file__).with_name("questions_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    told = json.loads(out)
    assert told["unexpected"] == [], err
    assert code == 0
    found = Counter((mail["person"], mail["where"], mail["reason"]) for mail in told["notified"])
    # Who was mentioned gets each later comment as well: mallory the answer to the own `/retry` and the comment that
    # mentions ada, who gets that answer and the second round of questions besides.
    assert found["mallory", "octo/shop#1", "mention"] == 4
    assert {
        key: count for key, count in found.items() if key[0] == "ada" and key[2] in {"mention", "review_requested"}
    } == {("ada", "octo/shop#1", "mention"): 3, ("ada", "octo/shop#3", "review_requested"): 1}
    assert told["digest"][0] == "1 pull request to review (about 5 minutes to read), 1 question."
