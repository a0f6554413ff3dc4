"""A night passes only if its repositories hold no branch, digest and pull request that the documentation rules out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.night_judge import judge_repository
from tests.rehearsal.as_documented import pull_request_text

CLOCK, BOT = "octo/clock", "nightshift-bot"
TITLE = "Nightshift: the night"
FAILED = "**Failed**: `task_blocked`. Claude reports that it cannot do this for now."
DIGEST = "**1 question.**\n1. See that it is answered.\n\n### Questions\n\n<!-- nightshift:digest 2026-01-01 -->"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as running:
        for login in ("ada", BOT):
            running.add_user(login)
        running.add_repository(CLOCK, files={".github/nightshift.yml": "max_open_pull_requests: 2\n"})
        for login in ("ada", BOT):
            running.set_role(CLOCK, login, "write")
        yield running


def said(github: SimulatedGitHub, later: timedelta = timedelta()) -> list[str]:
    now = github.world.now() + later
    return list(judge_repository(github, CLOCK, bot=BOT, prefix="auto", now=now))


def publish(github: SimulatedGitHub, issue: int, *, verdict: str = "**Verified**: `make` passes.") -> int:
    """A pull request of the bot, for an issue of that number."""
    github.push_commit(CLOCK, f"auto/{issue}", {f"{issue}.py": "x = 2\n"}, by=BOT)
    body = pull_request_text(issue, verdict=verdict)
    return github.open_pull_request(CLOCK, title="Fix it", head=f"auto/{issue}", body=body, by=BOT).number


def remove(github: SimulatedGitHub, issue: int, *, by: str = BOT) -> None:
    github.delete_branch(CLOCK, f"auto/{issue}", by=by)


def test_a_merged_branch_has_to_go_at_once(github: SimulatedGitHub) -> None:
    number = publish(github, 50)
    assert said(github) == []
    github.merge_pull_request(CLOCK, number, by="ada")
    assert said(github) == [f"auto/50 is still there, though pull request #{number} was merged"]
    remove(github, 50)
    assert said(github) == []
    number = publish(github, 51)
    github.add_ruleset(CLOCK, "update", branches=("auto/51",))
    github.merge_pull_request(CLOCK, number, by="ada")
    assert said(github) == []


def test_a_closed_branch_stays_for_a_day(github: SimulatedGitHub) -> None:
    number = publish(github, 50)
    github.close_pull_request(CLOCK, number, by="ada")
    assert said(github) == []
    assert said(github, timedelta(days=2)) == []
    remove(github, 50)
    assert said(github, timedelta(hours=23)) == ["the bot removed auto/50, which may not go yet"]
    assert said(github, timedelta(days=2)) == []


def test_a_branch_with_a_persons_commit_stays(github: SimulatedGitHub) -> None:
    number = publish(github, 50)
    github.push_commit(CLOCK, "auto/50", {"mine.py": "x = 3\n"}, by="ada")
    github.merge_pull_request(CLOCK, number, by="ada")
    assert said(github) == []
    remove(github, 50)
    assert said(github) == ["the bot removed auto/50, which may not go yet"]


def test_a_branch_that_another_pull_request_needs_stays(github: SimulatedGitHub) -> None:
    number = publish(github, 50)
    github.push_commit(CLOCK, "more", {"more.py": "x = 3\n"}, by="ada")
    github.open_pull_request(CLOCK, title="More", head="more", base="auto/50", by="ada")
    github.merge_pull_request(CLOCK, number, by="ada")
    assert said(github) == []


def test_what_a_person_removes_is_theirs(github: SimulatedGitHub) -> None:
    number = publish(github, 50)
    github.close_pull_request(CLOCK, number, by="ada")
    remove(github, 50, by="ada")
    assert said(github) == []


def test_no_more_pull_requests_are_open_than_the_repository_says(github: SimulatedGitHub) -> None:
    """The work of a failure does not count, nor what was closed before."""
    first = publish(github, 50)
    publish(github, 51)
    publish(github, 52, verdict=FAILED)
    assert said(github) == []
    github.close_pull_request(CLOCK, first, by="ada")
    publish(github, 53)
    assert said(github) == []
    last = publish(github, 54)
    assert said(github) == [f"pull request #{last} was opened beside 2 others; 2 may be open"]


def write_digest(
    github: SimulatedGitHub, night: str = "2026-01-01", body: str = DIGEST, label: str = "auto:digest"
) -> int:
    title = f"{TITLE} of {night}"
    return github.open_issue(CLOCK, title=title, body=body, author=BOT, labels=[label]).number


def test_a_night_has_one_digest(github: SimulatedGitHub) -> None:
    first = write_digest(github)
    assert said(github) == []
    second = write_digest(github, "2026-01-02")
    assert said(github) == ["more than one digest is open"]
    github.close_issue(CLOCK, first, by=BOT)
    assert said(github) == []
    github.close_issue(CLOCK, second, by=BOT)
    write_digest(github, "2026-01-02")
    assert said(github) == ["the night of 2026-01-02 has 2 digests"]


@pytest.mark.parametrize(
    "body",
    [
        DIGEST.replace("**", ""),
        DIGEST.replace("1. See", "2. See"),
        DIGEST.replace("1. See", "- See"),
        DIGEST.partition("<!--")[0],
        DIGEST.replace("1. See", "1. a\n2. b\n3. c\n4. d\n5. See"),
    ],
    ids=["no headline", "not numbered from one", "not numbered", "no tag", "too long"],
)
def test_another_issue_of_the_bot_is_none(github: SimulatedGitHub, body: str) -> None:
    number = write_digest(github, body=body)
    assert said(github) == [f"the bot made the issue #{number}, which is no digest: '{TITLE} of 2026-01-01'"]


def test_a_digest_has_its_label_and_mentions_no_account(github: SimulatedGitHub) -> None:
    write_digest(github, body=DIGEST.replace("is answered", "@ada answers"))
    assert said(github) == ["the digest #1 mentions ada"]
    write_digest(github, label="auto:review")
    assert f"the bot made the issue #2, which is no digest: '{TITLE} of 2026-01-01'" in said(github)
