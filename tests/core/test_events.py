"""GitHub's webhook payloads, as GitHub sends them, and malformed ones."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.event_values import CommentCreated, IssueEvent, Ping, PullRequestEvent
from bot.core.events import is_used, parse_event
from bot.core.facts import Actor
from bot.core.installation_events import InstallationEvent
from bot.core.payload_node import MalformedEvent
from bot.core.references import IssueRef
from tests.core.deliveries import USED

EXAMPLES = Path(__file__).parents[2] / "node_modules/@octokit/webhooks-examples"

REPOSITORY = {"full_name": "octo/tools"}
SENDER = {"login": "ada", "id": 5, "type": "User"}
ISSUE = {
    "number": 7,
    "title": "Fix the clock",
    "body": None,
    "user": {"login": "bob", "id": 6},
    "labels": [{"name": "auto"}, {"name": "bug"}],
    "updated_at": "2026-01-31T08:30:00Z",
    "state_reason": None,
}
LABELED = {
    "action": "labeled",
    "issue": ISSUE,
    "label": {"name": "auto"},
    "repository": REPOSITORY,
    "sender": SENDER,
    "installation": {"id": 99},
}
COMMENTED = {
    "action": "created",
    "issue": {**ISSUE, "body": "It is late."},
    "comment": {"id": 11, "body": "/retry", "created_at": "2026-01-31T08:31:00Z"},
    "repository": REPOSITORY,
    "sender": {**SENDER, "type": "Bot"},
}
CLOSED: dict[str, Any] = {
    "action": "closed",
    "repository": REPOSITORY,
    "pull_request": {
        "number": 12,
        "merged": True,
        "merged_at": "2026-02-01T08:00:00Z",
        "updated_at": "2026-02-01T08:00:01Z",
        "head": {"ref": "auto/7", "repo": REPOSITORY},
    },
    "sender": SENDER,
}
ADDED = {"action": "added", "installation": {"id": 99}, "repositories_added": [REPOSITORY], "repositories_removed": []}
ADA = Actor(login="ada", id=5)


def test_a_label_is_put_on() -> None:
    """With who did it, and the text as it was then."""
    assert parse_event("issues", LABELED) == IssueEvent(
        action="labeled",
        issue=IssueRef("octo/tools", 7),
        actor=ADA,
        at=datetime(2026, 1, 31, 8, 30, tzinfo=UTC),
        title="Fix the clock",
        body="",
        label="auto",
    )


def test_a_person_comments() -> None:
    """The event tells a bot from a person, and a pull request from an issue."""
    event = parse_event("issue_comment", COMMENTED)

    assert event == CommentCreated(
        issue=IssueRef("octo/tools", 7),
        comment_id=11,
        body="/retry",
        actor=Actor(login="ada", id=5, is_bot=True),
        at=datetime(2026, 1, 31, 8, 31, tzinfo=UTC),
        title="Fix the clock",
        issue_body="It is late.",
    )
    on_pull_request = parse_event("issue_comment", {**COMMENTED, "issue": {**ISSUE, "pull_request": {"url": "…"}}})
    assert isinstance(on_pull_request, CommentCreated)
    assert (on_pull_request.issue, on_pull_request.body) == (event.issue, event.body)


def test_a_pull_request_is_merged() -> None:
    """A branch of the same name in a fork is not the bot's, nor is one whose fork is gone."""
    event = parse_event("pull_request", CLOSED)

    assert event == PullRequestEvent(
        repository="octo/tools",
        number=12,
        head_branch="auto/7",
        same_repository=True,
        merged=True,
        at=datetime(2026, 2, 1, 8, tzinfo=UTC),
    )
    for fork in ({"full_name": "eve/tools"}, None):
        head = {"ref": "auto/7", "repo": fork}
        other = parse_event(
            "pull_request", {**CLOSED, "pull_request": {**CLOSED["pull_request"], "merged": False, "head": head}}
        )
        assert isinstance(other, PullRequestEvent)
        assert not other.same_repository
        assert not other.merged
        assert not other.stacked
    stacked = parse_event("pull_request", {**CLOSED, "action": "stacked"})
    assert isinstance(stacked, PullRequestEvent)
    assert stacked.stacked


def test_an_installation_changes() -> None:
    """What changed is not read from it."""
    for event, action in {"installation_repositories": "added", "installation": "created"}.items():
        assert parse_event(event, {**ADDED, "action": action}) == InstallationEvent()


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("issues", {"action": "pinned"}),
        ("issue_comment", {"action": "edited"}),
        ("pull_request", {"action": "synchronize"}),
        ("installation", {"action": "something_new"}),
        ("push", {}),
        ("no_such_event", None),
    ],
)
def test_what_is_of_no_use_is_nothing(event: str, payload: object) -> None:
    """It is not even read, so GitHub may change it."""
    assert parse_event(event, payload) is None


def test_the_web_server_knows_which_events_are_used() -> None:
    """It answers 204 to the rest."""
    assert all(map(is_used, USED))
    assert not any(map(is_used, ("push", "star", "issues ", "", "milestone")))


@pytest.mark.parametrize(
    ("event", "payload", "said"),
    [
        ("issues", [], "issues should be an object, not list"),
        ("issues", None, "issues should be an object, not missing"),
        ("issues", {}, "issues.action should be a text, not missing"),
        ("issues", {**LABELED, "sender": None}, "issues.sender should be an object, not missing"),
        ("issues", {**LABELED, "sender": {"login": "a", "id": "5"}}, "issues.sender.id should be a number, not str"),
        ("issues", {**LABELED, "issue": {**ISSUE, "number": True}}, "issues.issue.number should be a number, not bool"),
        (
            "issues",
            {**LABELED, "issue": {**ISSUE, "number": 2**63}},
            "issues.issue.number should be a number from 0 to",
        ),
        ("issues", {**LABELED, "issue": {**ISSUE, "updated_at": "soon"}}, "issues.issue.updated_at should be a time"),
        ("issues", {**LABELED, "repository": {"full_name": "../x"}}, "repository.full_name should be OWNER/REPO"),
    ],
)
def test_a_payload_without_what_github_sends_is_refused(event: str, payload: object, said: str) -> None:
    """The complaint names the part."""
    with pytest.raises(MalformedEvent) as refused:
        parse_event(event, payload)

    assert said in str(refused.value)


def test_text_that_cannot_be_stored_is_repaired() -> None:
    """JSON carries NUL and half a surrogate pair; UTF-8 and PostgreSQL do not."""
    payload = json.loads(json.dumps(COMMENTED).replace('"/retry"', '"a\\u0000b\\ud83dc\\ud83d\\ude00"'))

    event = parse_event("issue_comment", payload)

    assert isinstance(event, CommentCreated)
    assert event.body == "a�b�c😀"


VALID = {
    "issues": LABELED,
    "issue_comment": COMMENTED,
    "pull_request": CLOSED,
    "installation_repositories": ADDED,
}
JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@given(st.data())
def test_a_payload_broken_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """Never with any other error: the sender of a signed payload may still be a future GitHub."""
    name = data.draw(st.sampled_from(sorted(VALID)))
    payload = copy.deepcopy(VALID[name])
    node: Any = payload
    while True:
        key = data.draw(st.sampled_from(sorted(node)) if isinstance(node, dict) else st.just(0))
        deeper = isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans())
        if not deeper:
            break
        node = node[key]
    node[key] = data.draw(JUNK)

    try:
        parse_event(name, payload)
    except MalformedEvent as error:
        assert name in str(error)


@given(st.sampled_from(USED), st.recursive(JUNK, lambda inner: st.dictionaries(st.text(max_size=6), inner)))
def test_any_json_is_read_or_refused(name: str, payload: object) -> None:
    """An object, a list, a number: all can be signed."""
    try:
        event = parse_event(name, payload)
    except MalformedEvent:
        return
    assert event is None or isinstance(event, Ping)


@pytest.mark.parametrize("folder", ["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"])
def test_every_payload_that_github_has_published_is_accepted(folder: str) -> None:
    """Of all versions of GitHub; none is malformed, and what we use comes out of it."""
    listed = json.loads((EXAMPLES / folder / "index.json").read_text())

    found = Counter(
        type(parse_event(event["name"], payload)).__name__ for event in listed for payload in event["examples"]
    )

    assert found["IssueEvent"] > 0
    assert found["CommentCreated"] > 0
    if folder == "api.github.com":
        assert sum(found.values()) == 329
        assert (found["IssueEvent"], found["CommentCreated"], found["Ping"]) == (16, 5, 4)
