"""Which mails GitHub would send: to subscribers, for what is new, and never to the one who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import Mail, PullRequest
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.reading import ScenarioRefused, parse_scenario
from tests.rehearsal.judged import GOOD, said

REPOSITORY = "octo/tools"


def reasons(github: SimulatedGitHub, login: str) -> list[tuple[str, str]]:
    return [(mail.reason, mail.event) for mail in github.mails if mail.login == login]


@pytest.fixture
def people(octo: SimulatedGitHub) -> SimulatedGitHub:
    for login in ("ada", "grace", "mallory"):
        if login not in octo.world.accounts:
            octo.add_user(login)
        octo.set_role(REPOSITORY, login, "maintain")
    return octo


def test_an_author_gets_a_mail_for_each_comment_of_others_and_none_for_an_edit(people: SimulatedGitHub) -> None:
    number = people.open_issue(REPOSITORY, title="One", author="ada").number
    comment = people.comment(REPOSITORY, number, "First", by="grace")
    people.comment(REPOSITORY, number, "My own", by="ada")
    people.edit_comment(REPOSITORY, comment.id, "@mallory, look", by="grace")
    people.label_issue(REPOSITORY, number, "bug", by="grace")
    people.edit_issue(REPOSITORY, number, title="Two", body="@mallory", by="grace")

    assert reasons(people, "ada") == [("author", "commented")]
    assert reasons(people, "grace") == [("comment", "commented")]
    assert reasons(people, "mallory") == []


def test_who_is_mentioned_gets_one_mail_and_is_subscribed(people: SimulatedGitHub) -> None:
    """The author who is mentioned gets one mail for both."""
    number = people.open_issue(REPOSITORY, title="One", body="@mallory knows", author="ada").number
    people.comment(REPOSITORY, number, "@ada, it is your turn", by="grace")

    assert reasons(people, "ada") == [("mention", "commented")]
    assert reasons(people, "mallory") == [("mention", "opened"), ("mention", "commented")]
    assert reasons(people, "grace") == []


def test_a_change_of_state_reaches_the_subscribers(people: SimulatedGitHub) -> None:
    number = people.open_issue(REPOSITORY, title="One", author="ada").number
    people.close_issue(REPOSITORY, number, by="grace")
    people.reopen_issue(REPOSITORY, number, by="ada")

    assert reasons(people, "ada") == [("author", "closed")]
    assert reasons(people, "grace") == [("state_change", "reopened")]


def test_an_assignment_and_a_request_for_a_review_reach_that_person(people: SimulatedGitHub) -> None:
    people.push_commit(REPOSITORY, "topic", {"a.txt": "a\n"}, by="ada")
    number = people.open_pull_request(REPOSITORY, title="One", head="topic", by="ada").number
    people.assign(REPOSITORY, number, "grace", "ada", by="ada")
    people.request_review(REPOSITORY, number, "mallory", by="ada")
    people.comment(REPOSITORY, number, "Done", by="ada")

    assert reasons(people, "grace") == [("assign", "assign"), ("assign", "commented")]
    assert reasons(people, "mallory") == [("review_requested", "review_requested"), ("review_requested", "commented")]
    assert reasons(people, "ada") == []


@pytest.fixture
def pull(people: SimulatedGitHub) -> PullRequest:
    """Opened by ada; grace is asked to review it."""
    people.push_commit(REPOSITORY, "topic", {"a.txt": "a\nb\n"}, by="ada")
    opened = people.open_pull_request(REPOSITORY, title="One", head="topic", by="ada")
    people.request_review(REPOSITORY, opened.number, "grace", by="ada")
    people.world.mails.clear()
    return opened


def test_a_review_is_one_mail_with_its_comments_and_those_whom_they_mention(
    people: SimulatedGitHub, pull: PullRequest
) -> None:
    on_lines = [OnLine(path="a.txt", line=1, body="Why?"), OnLine(path="a.txt", line=2, body="@mallory knows")]
    review = people.review(REPOSITORY, pull.number, event="REQUEST_CHANGES", body="No.", comments=on_lines, by="grace")
    people.dismiss_review(REPOSITORY, pull.number, review.id, by="ada")

    assert reasons(people, "ada") == [("author", "reviewed")]
    assert reasons(people, "mallory") == [("mention", "reviewed")]
    assert reasons(people, "grace") == []


def test_each_comment_on_a_line_and_each_reply_reaches_the_subscribers(
    people: SimulatedGitHub, pull: PullRequest
) -> None:
    """Any person who says something there is subscribed. That a thread is resolved makes no mail."""
    comment = people.comment_on_line(REPOSITORY, pull.number, "a.txt", 1, "Why?", by="mallory")
    people.reply_to_review_comment(REPOSITORY, comment.id, "Because.", by="ada")
    people.reply_to_review_comment(REPOSITORY, comment.id, "I see.", by="mallory")
    people.resolve_thread(REPOSITORY, comment.id, by="grace")

    assert reasons(people, "ada") == [("author", "reviewed")] * 2
    assert reasons(people, "grace") == [("review_requested", "reviewed")] * 3
    assert reasons(people, "mallory") == [("comment", "reviewed")]


def test_a_push_to_an_open_pull_request_reaches_its_subscribers(people: SimulatedGitHub, pull: PullRequest) -> None:
    """Not the one who pushed; not for another branch, nor after the end."""
    people.push_commit(REPOSITORY, "topic", {"a.txt": "c\n"}, by="grace")
    people.push_commit(REPOSITORY, "other", {"a.txt": "c\n"}, by="grace")
    people.close_pull_request(REPOSITORY, pull.number, by="grace")
    people.push_commit(REPOSITORY, "topic", {"a.txt": "d\n"}, by="mallory")

    assert reasons(people, "ada") == [("push", "pushed"), ("author", "closed")]
    assert reasons(people, "grace") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ada", ("ada",)),
        ("Ask @ada, @Grace and @ada.", ("ada", "grace")),
        ("(@ada) **@grace** > @x-1", ("ada", "grace", "x-1")),
        ("> @ada", ("ada",)),
        ("- @ada\n- @grace", ("ada", "grace")),
        ("| a |\n| - |\n| @ada |", ("ada",)),
        ("# @ada", ("ada",)),
        ("@mona_corp's", ("mona_corp",)),
        ("`@ada`", ()),
        ("``` \n@ada\n```", ()),
        ("    @ada", ()),
        ("`code`@ada", ("ada",)),
        ("[@ada](https://a.example)", ()),
        ("me@ada.example", ()),
        ("https://a.example/@ada", ()),
        ("@octo/team", ()),
        ("@-ada @", ()),
        ("@\u200bada", ()),
        ("<!-- @ada -->", ()),
        ("text <!-- @ada --> more", ()),
        ("\\@ada", ("ada",)),
    ],
)
def test_a_mention_is_what_github_takes_for_one(text: str, found: tuple[str, ...]) -> None:
    """In words, and not in code, links, hidden comments and addresses."""
    assert find_mentions(text) == found


def mail(login: str, reason: str) -> Mail:
    return Mail(
        repository="octo/clock", number=3, login=login, reason=reason, event="commented", actor="nightshift-bot"
    )


def test_a_scenario_says_which_mails_each_person_gets() -> None:
    """For what the bot did. Who is not named gets none; without the key nothing is required."""
    seen = replace(GOOD, mails=(mail("ada", "author"), mail("grace", "assign"), mail("ada", "mention")))

    assert said(seen) == []
    assert said(seen, notified={"ada": ["author", "mention"], "grace": ["assign"]}) == []
    assert said(seen, notified={"ada": ["mention"], "tina": ["assign"]}) == [
        "expected mails to ada as mention, found author, mention",
        "expected mails to grace as none, found assign",
        "expected mails to tina as assign, found none",
    ]


def test_a_person_whom_the_scenario_does_not_have_is_refused() -> None:
    text = """
repositories: [{name: octo/clock}]
people: [{login: ada}]
issues:
  - {key: a, repository: octo/clock, title: A, author: ada, expect: {notified: {adda: [mention]}}}
"""
    with pytest.raises(ScenarioRefused, match="no person is called 'adda'; did you mean ada"):
        parse_scenario(text)
