"""What GitHub's own relations and the text say is one set, and names nothing that must not be named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from bot.core.events import is_used, parse_event
from bot.core.facts import Actor, IssueFacts, RelationCounts
from bot.core.messages import StatusView, read_status, status_comment
from bot.core.native_relations import find_related, hides_blockers, join_blockers
from bot.core.payload_node import MalformedEvent
from bot.core.references import IssueRef, hide_issue, parse_issue
from bot.core.relation_events import RelationChanged
from bot.core.task_record import read_record
from bot.core.tasks import Blocker, Snapshot, State, Task

HERE, PUBLIC, PRIVATE = "octo/tools", "octo/open", "octo/secret"
ISSUE = IssueRef(HERE, 1)
HIDDEN = Blocker(issue=hide_issue(HERE))


def facts(number: int, repository: str = HERE, *, is_open: bool = True) -> IssueFacts:
    return IssueFacts(
        number=number,
        title="x",
        body="",
        is_open=is_open,
        author=Actor(login="ada", id=1),
        labels=frozenset(),
        comments=0,
        updated_at=datetime(2026, 3, 1, tzinfo=UTC),
        repository=repository,
    )


def blockers(*named: str | tuple[str, bool]) -> list[Blocker]:
    """Each as `owner/repo#1`, unmet unless said."""
    pairs = [(each, False) if isinstance(each, str) else each for each in named]
    return [Blocker(issue=parse_issue(name), met=met) for name, met in pairs]


@pytest.mark.parametrize(
    ("named", "related", "joined"),
    [
        ([], [], []),
        ([f"{HERE}#2"], [f"{HERE}#2", f"{HERE}#3"], blockers(f"{HERE}#2", f"{HERE}#3")),
        (["Octo/Open#2"], [f"{PUBLIC}#2"], blockers("Octo/Open#2")),
        ([], [f"{PRIVATE}#2", f"{PRIVATE}#3"], [HIDDEN]),
        ([], [(f"{PRIVATE}#2", True)], []),
        ([f"{PRIVATE}#2"], [f"{PRIVATE}#2"], blockers(f"{PRIVATE}#2")),
        ([], [(f"{HERE}#2", True), f"{PUBLIC}#3"], blockers((f"{HERE}#2", True), f"{PUBLIC}#3")),
    ],
    ids=["none", "once", "any spelling", "a private one", "a private one that is met", "the text names it", "met"],
)
def test_text_and_relations_are_one_set(
    named: list[str], related: list[str | tuple[str, bool]], joined: list[Blocker]
) -> None:
    found = join_blockers(ISSUE, blockers(*named), blockers(*related), may_show=lambda each: each.repository != PRIVATE)
    assert list(found) == joined


def test_what_github_does_not_show_is_one_hidden_blocker() -> None:
    """It is no issue that a text may lead to, and fits into every database."""
    assert join_blockers(ISSUE, [], [HIDDEN, HIDDEN], may_show=lambda _: True) == (HIDDEN,)
    assert HIDDEN.issue.is_hidden
    assert not ISSUE.is_hidden
    assert parse_issue(str(HIDDEN.issue)) == HIDDEN.issue


@pytest.mark.parametrize(
    ("counted", "listed", "hides"),
    [
        ((1, 1), [], True),
        ((2, 1), [True], False),
        ((1, 1), [False], False),
        ((2, 2), [True, False], False),
        ((3, 2), [True, False], True),
        ((0, 0), [True], False),
    ],
    ids=["one", "a closed one", "closed meanwhile", "both shown", "one of three", "counted wrongly by GitHub"],
)
def test_a_blocker_that_is_counted_and_not_listed(
    counted: tuple[int, int], listed: Iterable[bool], hides: bool
) -> None:
    """`counted`: all and the open ones; `listed`: whether each is open."""
    shown = [facts(number, is_open=is_open) for number, is_open in enumerate(listed, 2)]
    assert hides_blockers(RelationCounts(blockers=counted[0], open_blockers=counted[1]), shown) is hides


def test_sub_issues_elsewhere_are_not_waited_for() -> None:
    """Blockers elsewhere are. A repository's name has one spelling, and one that is none is left out."""
    blocked_by = [facts(2, "Octo/Tools"), facts(3, PUBLIC), facts(4, "")]
    sub_issues = [facts(2), facts(5), facts(6, PUBLIC)]
    found = find_related(ISSUE, blocked_by, sub_issues, {HERE}.__contains__)
    assert list(found) == [IssueRef(HERE, 2), IssueRef(PUBLIC, 3), IssueRef(HERE, 5)]


def test_a_hidden_blocker_has_no_name() -> None:
    """And a rebuilt ledger waits for it as well."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    text = Snapshot(title="x", body="")
    task = Task(
        id=1, issue=ISSUE, state=State.QUEUED, snapshot=text, blockers=(HIDDEN,), created_at=now, updated_at=now
    )
    shown = status_comment(StatusView(task=task, waits=[(HIDDEN.issue, "by a relation on GitHub")]))
    assert "- waits for an issue that cannot be named here, by a relation on GitHub\n" in shown
    assert read_record(read_status(shown), ISSUE).blockers == (HIDDEN,)


SHOWN = {"repository": {"full_name": HERE}, "sender": {"login": "ada", "id": 1}}


@pytest.mark.parametrize(
    ("event", "payload", "waiting"),
    [
        ("issue_dependencies", {"action": "blocked_by_added", "blocked_issue": {"number": 7}}, 7),
        ("issue_dependencies", {"action": "blocked_by_removed", "blocked_issue": {"number": 7}}, 7),
        ("issue_dependencies", {"action": "blocking_added", "blocked_issue": {"number": 7}}, None),
        ("issue_dependencies", {"action": "blocked_by_added"}, None),
        ("sub_issues", {"action": "sub_issue_added", "parent_issue": {"number": 8}}, 8),
        ("sub_issues", {"action": "parent_issue_removed", "parent_issue": {"number": 8}}, None),
    ],
)
def test_a_change_is_read_from_the_end_that_waits(event: str, payload: dict[str, object], waiting: int | None) -> None:
    told = parse_event(event, {**SHOWN, **payload})
    assert told == (None if waiting is None else RelationChanged(issue=IssueRef(HERE, waiting)))
    assert is_used(event, str(payload["action"])) or waiting is None


def test_a_relation_of_another_shape_is_refused() -> None:
    with pytest.raises(MalformedEvent, match=r"parent_issue\.number should be a number"):
        parse_event("sub_issues", {**SHOWN, "action": "sub_issue_added", "parent_issue": {"number": "8"}})
