"""Texts of the bot as the documentation shows them, written by hand: for tests of the judge."""

from __future__ import annotations

import json
from collections.abc import Sequence

import requests

from bot.rehearsal.github.server import SimulatedGitHub

LEDGER, RELAY = "1" * 64, "2" * 64

EVIDENCE = f"""\
<details><summary>How Nightshift came to this: 3 of 30 turns, $0.02, 5 s</summary>

| | |
| --- | --- |
| Attempt | 1 |
| Turns | 3 of 30 |
| Cost | $0.02 |
| Time | 5 s, of which Claude 4 s |
| Gate | asked 3, granted 2, refused 1 |
| Finished | Claude reported it complete |
| Uncommitted changes | none |
| Checks | 1 of 1 pass |
| Approved by | `ada` |
| The gate's log | `{LEDGER}` |
| The relay's record | `{RELAY}` |

</details>"""


def status(
    state: str = "in_review",
    *,
    issue: str = "octo/clock#3",
    failure: str | None = None,
    blockers: Sequence[tuple[str, bool]] = (),
    refused: int = 0,
    standing: str | None = "verified",
    text: str = "verified, #4 is ready for review: `make test` passes\n\n**Next** (a maintainer): review #4.",
) -> str:
    """A status comment. `text`: what stands behind the bot's name."""
    row = [1, state, failure, 3, 30, 0.02, 5.0, 4.0, 3, 3 - refused, refused, 1767258000]
    record = {"version": 3, "issue": issue, "state": state, "failure": failure, "blockers": blockers, "rows": [row]}
    record["approved_by"] = "ada"
    record["verdict"] = None if standing is None else {"standing": standing, "commands": ["make test"]}
    return f"**Nightshift**: {text}\n\n<!-- nightshift:status {json.dumps(record)} -->"


NOTICE = "@ada, it is your turn: review #4. For another attempt comment `/retry`.\n\n<!-- nightshift:notice x -->"


def acknowledge(github: SimulatedGitHub, repository: str, comment: int, *, by: str = "nightshift-bot") -> None:
    """Put 👀 on a comment, by the API as the bot does."""
    answer = requests.post(
        f"{github.api_url}/repos/{repository}/issues/comments/{comment}/reactions",
        json={"content": "eyes"},
        headers={"Authorization": f"token {github.add_token(by).value}"},
        timeout=10,
    )
    assert answer.status_code == 201


VERDICT = "**Verified**: `make test` passes, as before (12 tests)."


def pull_request_text(number: int = 3, *, verdict: str = VERDICT, evidence: str = EVIDENCE) -> str:
    said = "What was done, in Claude's words:\n\n> It is fixed."
    marker = f"<!-- nightshift:pull-request octo/clock#{number} -->"
    return "\n\n".join(part for part in (f"Closes #{number}", verdict, said, evidence, marker) if part)
