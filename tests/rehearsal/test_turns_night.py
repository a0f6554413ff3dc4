"""After a mixed night each person was mentioned or asked once for each of their turns, and for nothing else. The digest
says first what a maintainer does first."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.rehearsal.nights import rehearse

# Which issue mentions whom, once.
TURNS = {
    ("ada", "octo/shop#2"),
    ("mallory", "octo/shop#3"),
    ("grace", "octo/shop#4"),
    ("ada", "octo/shop#5"),
    ("ada", "octo/shop#10"),
    ("ada", "octo/shop#12"),
}
# Where ada acts as soon as she can, maybe before she was mentioned: so often at the most.
AT_ONCE = {("ada", "octo/shop#9"): 2, ("ada", "octo/api#2"): 1}
REVIEWS = ("octo/shop#1", "octo/shop#9", "octo/api#3", "octo/api#4", "octo/api#5")  # in the order of the digest
FAILED = {
    ("octo/shop#2", "verification_failed"),
    ("octo/shop#4", "diff_too_large"),
    ("octo/shop#5", "protected_path"),
    ("octo/shop#10", "task_blocked"),
    ("octo/shop#12", "secret_detected"),
}


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
    assert len(REVIEWS) <= asked["ada"] <= len(REVIEWS) + 1, "and of one that may be merged before"
    check_first_lines(told["digest"], told["tasks"])


def check_first_lines(lines: Sequence[str], tasks: Sequence[Mapping[str, Any]]) -> None:
    """How much there is to do; the reviews, what is verified first and what builds on others last; the question; the
    failures."""
    opened = {f"{each['repository']}#{each['issue']}": f"{each['repository']}#{each['pull_request']}" for each in tasks}
    first, *rest = (opened[issue] for issue in REVIEWS)
    headline, review, then, questions, failures = lines

    assert re.fullmatch(r"5 pull requests to review \(about \d+ minutes to read\), 1 question, 5 failures\.", headline)
    assert review.startswith(f"1. Review and merge {first} “Add a VAT calculation”: verified, ")
    assert then == f"2. Then, in this order, {', '.join(rest)}."
    assert questions == "3. See that the questions are answered: octo/shop#3, then comment /retry."
    assert failures.startswith("4. Decide on what failed: ")
    assert set(re.findall(r"(\S+#\d+) \((\w+)\)", failures)) == FAILED
