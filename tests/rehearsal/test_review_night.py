"""Each request on a pull request is acknowledged and followed, and answered as the night's file expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.rehearsal.nights import rehearse


def test_what_people_ask_for_on_pull_requests_is_followed(tmp_path: Path) -> None:
    """The night's own judge compares each comment, reaction and file. The mails to a person end with their turn."""
    night = Path(__file__).with_name("review_night.yml").read_text()
    code, out, err = rehearse(tmp_path, night, "--json")

    told = json.loads(out)
    assert told["unexpected"] == [], err
    assert code == 0
    assert mails(told, 1) == ["commented", "pushed", "reviewed", "commented", "review_requested"]
    assert mails(told, 2) == ["pushed", "commented", "review_requested"]
    assert mails(told, 3) == ["pushed", "reviewed", "commented", "review_requested"]


def mails(told: dict[str, Any], issue: int) -> list[str]:
    """To ada, on the pull request of an issue. She may be quicker than the first request of her review."""
    (task,) = (each for each in told["tasks"] if each["issue"] == issue)
    where = f"{task['repository']}#{task['pull_request']}"
    found = [each["event"] for each in told["notified"] if (each["person"], each["where"]) == ("ada", where)]
    return found[1:] if found[0] == "review_requested" else found
