"""The first lines of a pull request: what a reviewer decides by before reading anything of Claude's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.change_size import ChangeSize, read_numstat
from bot.core.changes import Note
from bot.core.checks import Verdict
from bot.core.messages import KeyFacts, PullRequestView, StatusView, pull_request_body, status_comment
from bot.core.messages.key_facts import key_facts
from bot.core.public_verdict import PublicVerdict
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Guards, Snapshot, State, Task

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.FAILED,
    snapshot=Snapshot(title="Fix the clock", body="It is late.", approved_by="ada"),
    created_at=NOW,
    updated_at=NOW,
)
ATTEMPT = Attempt(task_id=1, number=2, started_at=NOW, summary="It is on time.", guards=Guards(refused=2))
FACTS = KeyFacts(
    size=ChangeSize(files=2, added=1200, removed=1),
    base=("release `x`", "0123456789abcdef"),
    merge_first=[
        (IssueRef("octo/tools", 4), IssueRef("octo/tools", 3)),
        (IssueRef("octo/b", 2), IssueRef("octo/b", 1)),
    ],
)


def test_the_figures_stand_before_claudes_words() -> None:
    """In this order: verdict, size, base, refused, flagged, what is merged first; then what to look at."""
    flags = (Note("setup.py", "runs at installation"), Note("setup.py", "names the checks"), Note("a.sh", "is run"))
    verdict = PublicVerdict(Verdict(flags=flags))

    body = pull_request_body(
        PullRequestView(task=TASK, attempt=ATTEMPT, verdict=verdict, facts=FACTS, refused_hosts=("a.b",))
    )

    closes, said, figures, look, words = body.split("\n\n")[:5]
    assert closes == "Closes #7"
    assert said.startswith("**Not verified**: ")
    assert figures.split("\n") == [
        "- **Size**: 2 files, +1,200 −1 lines",
        "- **Base**: `` release `x` `` at 0123456789",
        '- **Refused**: 2 calls and 1 host, listed under "How Nightshift came to this"',
        "- **Look first**: 2 files, named below",
        "- **Merge first**: #4 (for #3), octo/b#2 (for octo/b#1), open when this was written",
    ]
    assert look.startswith("**This change touches files")
    assert words.startswith("What was done") or words.startswith("- ")


def test_what_is_not_there_takes_no_line() -> None:
    assert key_facts(None, "octo/tools", calls=0, hosts=0, flagged=0) == ""


def test_many_blockers_do_not_fill_the_page() -> None:
    many = [(IssueRef("o/r", number + 100), IssueRef("o/r", number)) for number in range(1, 31)]

    told = key_facts(replace(FACTS, merge_first=many), "o/r", calls=0, hosts=0, flagged=0)

    assert "#110 (for #10) and 20 more" in told
    assert "#111" not in told


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (b"", ChangeSize()),
        (b"3\t1\ta.py\x00", ChangeSize(files=1, added=3, removed=1)),
        (b"-\t-\tpicture.png\x000\t9\tb\n\tc.py\x00", ChangeSize(files=2, removed=9)),
        (b"1\t0\tcaf\xe9.py\x00", ChangeSize(files=1, added=1)),
    ],
)
def test_a_change_is_counted_as_git_counts_it(output: bytes, size: ChangeSize) -> None:
    """Binary files have no lines; a name may hold a tab, a line end or any bytes."""
    assert read_numstat(output) == size


def test_a_failed_task_shows_what_it_has_cost() -> None:
    """Also a single attempt, which has no table; a task that did not fail shows it in its pull request."""
    spent = replace(ATTEMPT, turns=20, turn_limit=20, cost_usd=1.234, seconds=245)

    told = status_comment(StatusView(task=TASK, attempts=[spent]))

    assert "Attempt 2: 20 of 20 turns, $1.23, 4 min 5 s.\n" in told
    review = replace(TASK, state=State.IN_REVIEW)
    assert "$1.23" not in status_comment(StatusView(task=review, attempts=[spent])).split("<!--")[0]
