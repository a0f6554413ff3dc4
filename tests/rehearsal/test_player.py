"""The player plays a scenario on the simulated GitHub, each moment once, when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.player import Player
from bot.rehearsal.reading import parse_scenario
from bot.rehearsal.script import Script
from bot.rehearsal.watch import View
from tests.rehearsal.as_documented import acknowledge
from tests.rehearsal.players import START, begun, view


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as running:
        yield running


def test_a_reaction_is_given_to_the_last_comment_of_a_person_and_lets_the_night_wait(github: SimulatedGitHub) -> None:
    """No webhook reports it, so the night goes on for two periodic passes."""
    reacts = (
        "settings: {POLL_SECONDS: 5}\nmoments:\n  - {when: {seconds: 1}, react: {issue: first, by: ada, to: mallory}}\n"
    )
    player = begun(github, reacts)
    assert player.play_due(1, view(State.FAILED)) == ["could not react first: mallory has not commented on it"]

    player = Player(player.scenario, github, Script())
    player.opened["first"] = IssueRef("octo/clock", 1)
    for text in ("One", "Two"):
        last = github.comment("octo/clock", 1, text, by="mallory")
    assert player.play_due(1, view(State.FAILED)) == []
    (given,) = github.reactions("octo/clock")
    assert (given.subject, given.author, given.content) == (("comment", last.id), "ada", "+1")
    assert player.waits_for_a_pass(10.9)
    assert not player.waits_for_a_pass(11)


def test_issues_are_opened_in_the_files_order_and_may_mention_each_other(github: SimulatedGitHub) -> None:
    """An issue can name one that follows; its labels come from its opening or from somebody else."""
    begun(github)

    first, second = github.issues("octo/clock")
    assert (first.body, first.labels) == ("blocked by #2", ("auto",))
    assert second.labels == ("auto", "auto:low")
    assert {event.actor for event in github.history("octo/clock", 1) if event.kind == "labeled"} == {"ada"}
    assert {event.actor for event in github.history("octo/clock", 2) if event.kind == "labeled"} == {"mallory"}


def test_declared_relations_are_githubs_own(github: SimulatedGitHub) -> None:
    """Added once both issues are open, whichever comes first, and before the label."""
    related = START.replace("labeled_by: ada}", "labeled_by: ada, blocked_by: [second], parent: later}") + (
        "  - {key: later, repository: octo/clock, title: Later, author: ada, when: {seconds: 1}}\n"
    )
    player = Player(parse_scenario(related), github, Script())
    player.set_up()
    assert player.open_first_issues() == []
    assert github.blockers("octo/clock", 1) == (("octo/clock", 2),)
    assert player.play_due(1, view(State.QUEUED)) == []
    assert [each.kind for each in github.history("octo/clock", 1)][-1] == "parent_issue_added"
    assert [each.kind for each in github.history("octo/clock", 2)][-1] == "blocking_added"


def test_a_moment_comes_by_the_clock_by_a_state_or_after_another(github: SimulatedGitHub) -> None:
    """Each is played once; the one that follows comes with the one that it follows, and not before."""
    player = begun(
        github,
        """
moments:
  - {when: {moment: failed}, close: {issue: first, by: ada, reason: not_planned}}
  - {key: failed, when: {issue: first, state: failed}, comment: {issue: first, by: ada, text: "see #{second}"}}
  - {when: {seconds: 5}, unlabel: {issue: second, by: ada, label: "auto:low"}}
""",
    )

    assert player.play_due(1.0, view(State.RUNNING)) == []
    assert (player.remaining, player.waits_for_time) == (3, True)
    for seconds in (5.0, 6.0, 7.0):
        assert player.play_due(seconds, view(State.FAILED)) == []

    assert player.remaining == 0
    assert [comment.body for comment in github.comments("octo/clock", 1)] == ["see #2"]
    assert github.issue("octo/clock", 1).state_reason == "not_planned"
    assert github.issue("octo/clock", 2).labels == ("auto",)


def test_every_kind_of_moment_does_what_it_says(github: SimulatedGitHub) -> None:
    """Edits, labels, roles, pushes, faults, merges and the rest reach the simulated GitHub."""
    player = begun(
        github,
        """
  - {key: late, repository: octo/clock, title: Late, author: ada, when: {seconds: 1}}
moments:
  - {when: {seconds: 1}, edit: {issue: first, by: mallory, title: Changed}}
  - {when: {seconds: 1}, label: {issue: first, by: ada, label: "auto:high"}}
  - {when: {seconds: 1}, role: {person: mallory, repository: octo/clock, role: write}}
  - {when: {seconds: 1}, fault: {lose_webhook: {on: push}}}
  - {when: {seconds: 2}, push: {issue: first, by: mallory, files: {a.py: null, b.py: "y = 2\\n"}}}
  - {when: {seconds: 2}, close: {issue: late, by: ada}}
  - {when: {seconds: 3}, reopen: {issue: late, by: ada}}
  - {when: {seconds: 3}, merge: {issue: first, by: ada}}
  - {when: {seconds: 3}, close_pull_request: {issue: second, by: ada}}
  - {when: {seconds: 4}, reopen_pull_request: {issue: second, by: ada}}
  - {when: {seconds: 5}, delete_branch: {issue: second, by: ada}}
""",
    )

    assert player.play_due(1.0, View()) == []
    assert player.opened["late"].number == 3
    assert github.issue("octo/clock", 1).title == "Changed"
    assert github.issue("octo/clock", 1).labels == ("auto", "auto:high")
    assert len(github.faults.left) == 1
    assert player.play_due(2.0, View()) == []
    assert github.files("octo/clock", "auto/1") == {"b.py": b"y = 2\n"}
    github.push_commit("octo/clock", "auto/2", {"c.py": ""}, by="ada")
    for number in (1, 2):
        github.open_pull_request("octo/clock", title=f"For {number}", head=f"auto/{number}", by="ada")
    assert github.issue("octo/clock", 3).state == "closed"
    assert player.play_due(3.0, View()) == []
    assert github.issue("octo/clock", 3).state == "open"
    assert [(pull.state, pull.merged_at is None) for pull in github.pull_requests("octo/clock")] == [
        ("closed", False),
        ("closed", True),
    ]
    assert player.play_due(4.0, View()) == []
    assert github.pull_requests("octo/clock")[1].state == "open"
    assert player.play_due(5.0, View()) == []
    assert "auto/2" not in github.branches("octo/clock")


def test_people_review_the_bots_pull_request(github: SimulatedGitHub) -> None:
    """A review with a comment on a line, and comments on the pull request and on a line of it."""
    player = begun(
        github,
        """
moments:
  - when: {seconds: 1}
    review:
      issue: first
      by: ada
      event: request_changes
      text: "See #{second}"
      comments: [{path: b.py, line: 1, text: Why}]
  - {when: {seconds: 1}, pull_comment: {issue: first, by: ada, text: /revise Better.}}
  - {when: {seconds: 1}, pull_comment: {issue: first, by: mallory, text: "Hm.", path: b.py, line: 1}}
""",
    )
    github.push_commit("octo/clock", "auto/1", {"b.py": "y = 2\n"}, by="nightshift-bot")
    number = github.open_pull_request("octo/clock", title="For 1", head="auto/1", by="nightshift-bot").number

    assert player.play_due(1.0, View()) == []

    asked, implied = github.reviews("octo/clock", number)
    assert (asked.state, asked.body, asked.author) == ("CHANGES_REQUESTED", "See #2", "ada")
    assert (implied.state, implied.author) == ("COMMENTED", "mallory")
    assert [
        (each.author, each.path, each.line, each.body) for each in github.review_comments("octo/clock", number)
    ] == [
        ("ada", "b.py", 1, "Why"),
        ("mallory", "b.py", 1, "Hm."),
    ]
    assert [each.body for each in github.comments("octo/clock", number)] == ["/revise Better."]


def test_people_act_once_the_bot_has_said_something(github: SimulatedGitHub) -> None:
    """Not when somebody else says it, nor for another issue."""
    player = begun(
        github,
        """
moments:
  - when: {issue: first, says: did you mean}
    comment: {issue: first, by: ada, text: /retry turns=20}
""",
    )
    github.comment("octo/clock", 1, "I did you mean a favour", by="mallory")
    github.comment("octo/clock", 2, "did you mean", by="nightshift-bot")
    assert player.play_due(1.0, View()) == []
    assert player.remaining == 1

    github.comment("octo/clock", 1, "So did you mean this?", by="nightshift-bot")
    assert player.play_due(2.0, View()) == []
    assert [each.body for each in github.comments("octo/clock", 1)][-1] == "/retry turns=20"


def test_what_cannot_be_played_is_reported(github: SimulatedGitHub) -> None:
    """A merge without a pull request, and an issue that is not open yet: the night goes on, and fails."""
    player = begun(
        github,
        """
  - {key: late, repository: octo/clock, title: Late, author: ada, when: {issue: first, state: done}}
moments:
  - {when: {seconds: 1}, merge: {issue: first, by: ada}}
  - {when: {seconds: 1}, comment: {issue: first, by: ada, text: "see #{late}"}}
  - {when: {issue: second, state: failed}, reopen: {issue: second, by: ada}}
""",
    )

    assert player.play_due(1.0, View()) == [
        "could not merge first: it has no pull request",
        "could not comment first: the issue late is not open yet",
    ]
    assert player.find_unplayed() == [
        "the issue late was never opened: its moment did not come",
        "the moment to reopen second did not come",
    ]


def test_what_is_seen_of_an_issue_is_the_bots_own(github: SimulatedGitHub) -> None:
    """Other people's comments and other branches' pull requests are left out."""
    player = begun(github)
    github.comment("octo/clock", 1, "Hello", by="mallory")
    github.comment("octo/clock", 1, "At work", by="nightshift-bot")
    github.push_commit("octo/clock", "auto/1", {"a.py": "x = 2\n"}, by="nightshift-bot")
    github.push_commit("octo/clock", "other", {"a.py": "x = 3\n"}, by="ada")
    mine = github.open_pull_request("octo/clock", title="First", head="auto/1", by="nightshift-bot")
    github.open_pull_request("octo/clock", title="Other", head="other", by="ada")

    seen = player.observe(player.opened["first"])

    assert seen.comments == ("At work",)
    assert [replace(pull, updated_at=mine.updated_at) for pull in seen.pull_requests] == [mine]
    assert seen.files == {"a.py": b"x = 2\n"}
    assert player.observe(player.opened["second"]).files is None


def test_commands_are_seen_with_who_gave_them_and_who_acknowledged_them(github: SimulatedGitHub) -> None:
    """Whether somebody may give any follows from their role, unless the scenario changes it."""
    change = "{when: {seconds: 9}, role: {person: mallory, repository: octo/clock, role: write}}"
    player = begun(github, f"moments: [{change}]\n")
    github.add_user("eve")
    github.comment("octo/clock", 1, "Once more:\n/retry turns=9", by="ada")
    for login, text in (("ada", "/cancel"), ("mallory", "/cancel"), ("eve", "/help"), ("ada", "Say /retry")):
        github.comment("octo/clock", 1, text, by=login)
    first, second, *_ = github.comments("octo/clock", 1)
    acknowledge(github, "octo/clock", first.id)
    acknowledge(github, "octo/clock", second.id, by="ada")

    seen = player.observe(player.opened["first"]).commands

    assert [(each.line, each.author, each.may_write, each.is_acknowledged) for each in seen] == [
        ("/retry turns=9", "ada", True, True),
        ("/cancel", "ada", True, False),
        ("/cancel", "mallory", None, False),
        ("/help", "eve", False, False),
    ]


def test_results_of_checks_whose_commit_never_came_are_named(github: SimulatedGitHub) -> None:
    """An issue without a pull request has no commit that they could be reported of."""
    ci = "[[{check: test}], [{check: test, result: success}]]"
    player = begun(github, f"  - {{key: third, repository: octo/clock, title: Third, author: ada, ci: {ci}}}\n")
    assert player.play_due(0, view(State.QUEUED)) == []
    (said,) = player.find_unplayed()
    assert said.startswith("of the pull request for third 2 results of ci were never reported")
