"""An author's answers count once a maintainer confirms them, and a stranger's template starts nothing by itself."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.rehearsal.test_night import rehearse


def test_questions_are_asked_again_only_after_a_maintainer_confirmed_the_answers(tmp_path: Path) -> None:
    """The author is mentioned once for each round of questions; the maintainer for the review that she asked for."""
    night = Path(__file__).with_name("questions_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    told = json.loads(out)
    assert told["unexpected"] == [], err
    assert code == 0
    found = Counter((mail["person"], mail["where"]) for mail in told["notified"] if mail["reason"] == "mention")
    assert found == {("mallory", "octo/shop#1"): 2, ("ada", "octo/shop#2"): 1}
    assert told["digest"][0] == "1 pull request to review (about 5 minutes to read), 1 question."
