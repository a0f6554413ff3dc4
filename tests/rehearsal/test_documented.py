"""The judge's literals are written by hand, and compared with the bot's here alone: neither may change by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core import messages
from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.commands import Mistyped, parse_command
from bot.core.facts import Actor
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.messages import NoticeView, PullRequestView, StatusView
from bot.core.messages.stack_line import StackPlace, stack_line, with_stack_line
from bot.core.pressure import Hold, SharesFile, TooManyOpen
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran
from bot.core.references import USUAL_BRANCHES, IssueRef
from bot.core.short_verdict import ShortVerdict, in_short
from bot.core.tasks import Attempt, Blocker, Guards, Lint, State, Task
from bot.core.turns import Addressee, find_addressee, find_rest
from bot.rehearsal import digest_judge, documented, documented_pull, evidence_check, judge, observation, stack_judge
from bot.rehearsal.github import closing
from tests.rehearsal.documented_tasks import ISSUE, NOON, TASK, imports

JUDGES = (judge, observation, evidence_check, digest_judge, stack_judge)
ATTEMPT = Attempt(
    task_id=1,
    number=2,
    started_at=NOON,
    finished_at=NOON,
    outcome=State.IN_REVIEW,
    summary="It is fixed.",
    completion="structured",
    turns=7,
    turn_limit=30,
    cost_usd=0.42,
    seconds=95,
    claude_seconds=90,
    guards=Guards(asked=9, granted=6, refused=3),
)
WAITS = (Blocker(issue=IssueRef("octo/clock", 1), met=True), Blocker(issue=IssueRef("octo/clock", 2)))


PASSES, FAILS = Ran(code=0, seconds=1), Ran(code=1, seconds=1)
NOT_RUN = Ran(code=127, seconds=1, obstacle="make: command not found")


def in_state(state: State) -> Task:
    failure = FailureKind.TASK_BLOCKED if state is State.FAILED else None
    return replace(TASK, state=state, failure=failure, pull_request=4, detail="Because.")


@pytest.mark.parametrize("module", [documented], ids=lambda module: module.__name__)
def test_the_literals_know_nothing_of_the_bot(module: object) -> None:
    assert not [name for name in imports(module) if name.split(".")[0] in {"bot", "hooks"}]


@pytest.mark.parametrize("module", JUDGES, ids=lambda module: module.__name__)
def test_the_judge_asks_no_code_of_the_bot(module: object) -> None:
    """It knows the scenario, the simulated GitHub and the literals."""
    ours = [name for name in imports(module) if name.startswith(("bot.", "hooks"))]
    assert all(name.startswith("bot.rehearsal") for name in ours), ours


def test_states_are_the_bots() -> None:
    assert sorted(documented.STATES) == sorted(State)


def test_the_branch_is_the_bots() -> None:
    assert documented.branch_of(ISSUE.number) == USUAL_BRANCHES.of(ISSUE)


@pytest.mark.parametrize("prefix", ["auto", "night"])
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"blockers": WAITS[:1]},
        {"blockers": WAITS},
        {"not_before": NOON},
        {"not_before": NOON, "failure": FailureKind.STALLED},
        {"failure": FailureKind.NEEDS_INFO},
        {"blockers": WAITS, "not_before": NOON},
    ],
)
@pytest.mark.parametrize("paused", [None, "The account is empty."], ids=["on", "paused"])
def test_labels_are_the_bots(state: State, prefix: str, more: dict[str, Any], paused: str | None) -> None:
    """What says that a task waits, its headline says too."""
    task, labels = replace(in_state(state), **more), LabelSet(prefix)
    waits = documented.says_it_waits(messages.status_comment(StatusView(task=task, paused=paused)))

    found = documented.state_label(state, failure=task.failure, waits=waits, prefix=prefix)
    assert found == labels.state_label(task, is_paused=paused is not None)
    assert documented.state_labels(prefix) == labels.states
    assert labels.trigger == prefix


@pytest.mark.parametrize("hold", [TooManyOpen(1), TooManyOpen(10), SharesFile(IssueRef("octo/clock", 3), "clock.py")])
@pytest.mark.parametrize("paused", [None, "The account is empty."], ids=["on", "paused"])
def test_what_is_held_back_is_labelled_as_waiting(hold: Hold, paused: str | None) -> None:
    view = StatusView(task=in_state(State.QUEUED), hold=hold, paused=paused)
    assert documented.says_it_waits(messages.status_comment(view))
    assert not documented.says_it_waits(messages.status_comment(replace(view, task=in_state(State.RUNNING))))


@pytest.mark.parametrize("standing", CheckStanding)
@pytest.mark.parametrize("prefix", ["auto", "night"])
def test_verdicts_are_the_bots(standing: CheckStanding, prefix: str) -> None:
    task = replace(in_state(State.IN_REVIEW), verdict=ShortVerdict(standing=standing))
    labels, comment = LabelSet(prefix), messages.status_comment(StatusView(task=task))
    record = documented.read_record(comment)

    label = documented.verdict_label(standing, prefix=prefix)
    assert labels.labels_of(task) == {label, f"{prefix}:review"}
    assert documented.verdict_labels(prefix) == labels.verdicts
    assert sorted(documented.STANDINGS) == sorted(CheckStanding)
    assert record is not None
    assert documented.recorded_standing(record) == standing
    assert documented.begins_with_verdict(comment, standing)


@pytest.mark.parametrize("add", [str, messages.add_no_drafts, messages.add_was_open])
@pytest.mark.parametrize(
    ("ran", "wants_draft"),
    [
        ((), False),
        ((PASSES, PASSES), False),
        ((FAILS, FAILS), False),
        ((NOT_RUN, NOT_RUN), True),
        ((NOT_RUN, FAILS), True),
    ],
)
def test_a_pull_request_says_its_verdict_first(
    ran: tuple[Ran, ...], wants_draft: bool, add: Callable[[str], str]
) -> None:
    """And why it is open for review, where it would have to be a draft."""
    verdict = Verdict(checks=(Check(command="make", before=ran[0], after=ran[1]),) if ran else ())
    body = messages.pull_request_body(PullRequestView(task=TASK, attempt=ATTEMPT, verdict=PublicVerdict(verdict)))

    told = documented_pull.read_verdict(add(body))

    assert told is not None
    assert told.standing == verdict.standing
    assert told.must_be_draft == (wants_draft and add is str)
    assert in_short(verdict).wants_draft == wants_draft


@pytest.mark.parametrize(
    "place",
    [
        StackPlace(part=1, parts=3, above=(5, 6)),
        StackPlace(part=2, parts=3, below=(4,), above=tuple(range(10, 30))),
        StackPlace(part=2, parts=2, closed=(4,)),
        StackPlace(part=1, parts=1, left_on="auto/1"),
        StackPlace(part=2, parts=4, left_on="auto/1", by_people=True, below=(4, 6), closed=(7,), above=(9,), apart="x"),
        StackPlace(part=3, parts=4, below=(4, 5), closed=(6, 7, 8), above=(9,), apart="#4 and #5 conflict in `a.txt`"),
    ],
)
def test_a_part_of_a_stack_says_so_before_its_verdict(place: StackPlace) -> None:
    verdict = Verdict(checks=(Check(command="make", before=PASSES, after=PASSES),))
    alone = messages.pull_request_body(PullRequestView(task=TASK, attempt=ATTEMPT, verdict=PublicVerdict(verdict)))

    body = with_stack_line(alone, stack_line(place))

    told = documented_pull.read_part(body)
    assert told is not None
    named = (*place.below, *place.closed)
    assert (told.part, told.parts, told.beside) == (place.part, place.parts, named[1:])
    assert told.below == (named[0] if named else None)
    assert (told.above, told.left_on) == (tuple(place.above)[:10], place.left_on or None)
    assert documented_pull.read_part(alone) is None
    assert documented_pull.read_verdict(body) == documented_pull.read_verdict(alone) is not None


@pytest.mark.parametrize("add", [str, messages.add_no_drafts, messages.add_was_open])
@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("ran", [(), (PASSES, PASSES), (PASSES, FAILS), (NOT_RUN, NOT_RUN)])
def test_the_work_of_a_failure_says_so_first(
    kind: FailureKind, ran: tuple[Ran, ...], add: Callable[[str], str]
) -> None:
    verdict = PublicVerdict(Verdict(checks=(Check(command="make", before=ran[0], after=ran[1]),) if ran else ()))
    body = add(messages.pull_request_body(PullRequestView(task=TASK, attempt=ATTEMPT, failed=kind, verdict=verdict)))

    told = documented_pull.read_verdict(body)

    assert told is not None
    assert (told.standing, told.must_be_draft) == (documented_pull.FAILED, add is str)
    assert f"`{kind}`" in told.why
    assert not documented_pull.says_it_is_ready(body)


@pytest.mark.parametrize("state", State)
def test_a_status_comment_has_its_shape_and_its_record(state: State) -> None:
    task = replace(in_state(state), blockers=WAITS)
    comment = messages.status_comment(StatusView(task=task, attempts=[ATTEMPT], web_url="http://github.example"))

    assert documented.has_status_shape(comment)
    record = documented.read_record(comment)
    assert record == messages.read_status(comment)
    assert record is not None
    assert (record["state"], record["issue"], record["failure"]) == (state, str(ISSUE), task.failure)
    assert documented.waits_for_others(record)
    assert documented.count_refusals(record) == 3


@pytest.mark.parametrize("state", State)
def test_what_rests_needs_a_person(state: State) -> None:
    assert documented.needs_a_person(state) == (find_rest(in_state(state)) is not None)


@pytest.mark.parametrize("lint", Lint)
def test_what_waits_for_go_is_a_turn(lint: Lint) -> None:
    task = replace(in_state(State.QUEUED), lint=lint, blockers=())
    record = messages.read_status(messages.status_comment(StatusView(task=task)))
    assert record is not None
    assert documented.waits_for_go(record) == (find_rest(task) is not None) == (lint is Lint.WAITS)


@pytest.mark.parametrize("kind", [None, *FailureKind])
@pytest.mark.parametrize("login", ["ada", ""])
def test_notices_are_the_bots(kind: FailureKind | None, login: str) -> None:
    """In each of their forms; an answer or a status is none."""
    task = replace(in_state(State.FAILED if kind else State.IN_REVIEW), failure=kind)
    rest, mallory = find_rest(task), Actor(login="mallory", id=4)
    assert rest is not None
    addressee = Addressee(login=login, why="" if login else "the operator approved this issue")
    told = messages.notice(NoticeView(issue=ISSUE, rest=rest, addressee=addressee, pull_request=4))
    whose = find_addressee(rest, author=mallory, approver=Actor(login="ada", id=2), me=Actor(login="bot", id=3))

    assert documented.read_notice(told) == documented.StatedTurn(login=login or None, is_over=False)
    over = documented.read_notice(messages.notice_done(ISSUE, rest.key, 4))
    assert over == documented.StatedTurn(login=None, is_over=True)
    assert documented.read_notice(messages.status_comment(StatusView(task=task))) is None
    assert not documented.has_status_shape(told)
    assert documented.whose_turn(kind, author="mallory", approver="ada") == whose.login


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_says_whose_turn_it_is(kind: FailureKind) -> None:
    comment = messages.status_comment(StatusView(task=replace(in_state(State.FAILED), failure=kind)))
    assert documented.tells_what_is_next(comment)
    assert f"`{kind}`" in comment


@pytest.mark.parametrize(
    "reply",
    [
        messages.help_text(),
        messages.status_reply(in_state(State.IN_REVIEW)),
        messages.status_reply(None),
        messages.nothing_to_cancel(TASK),
        messages.nothing_to_cancel(None),
        messages.cannot_retry("It is running already."),
        messages.not_permitted(Actor(login="sam", id=1), ISSUE, "has no write permission"),
        messages.mistyped(Mistyped(text="/retyr", problem="there is no command `/retyr`", suggestion="/retry")),
    ],
    ids=lambda reply: reply[:40],
)
def test_an_answer_has_not_the_shape_of_a_status_comment(reply: str) -> None:
    tagged = messages.add_marker(reply, messages.reply_marker("comment:1"))
    assert not documented.has_status_shape(tagged)
    assert documented.read_record(tagged) is None


@pytest.mark.parametrize("line", documented.COMMANDS)
def test_a_command_is_one_for_the_bot(line: str) -> None:
    assert parse_command(f"Please.\n{line}\n") is not None
    assert documented.find_command(f"Please.\n{line}\n") == line
    talk = f"Say {line}s or `{line}`."
    assert parse_command(talk) is None
    assert documented.find_command(talk) is None


def test_a_pull_request_shows_its_evidence() -> None:
    heads = ("a" * 64, "b" * 64)
    view = PullRequestView(task=TASK, attempt=ATTEMPT, gate_logs=heads, relay_records=heads[::-1])
    body = messages.pull_request_body(view)

    found = documented_pull.read_evidence(body)

    assert found is not None
    assert (found.attempt, found.gate_logs, found.relays, found.missing) == (2, heads, heads[::-1], ())
    assert list(documented.find_closed_issues(body)) == [("", 3)]
    assert documented_pull.read_evidence(body.partition("<details>")[0]) is None


@pytest.mark.parametrize("keyword", documented.CLOSING_KEYWORDS)
def test_a_closing_keyword_is_githubs(keyword: str) -> None:
    for form in ("#3", "gh-3", "octo/clock#3", "http://github.example/octo/clock/issues/3"):
        text = f"{keyword.title()}: {form}"
        ((repository, number),) = documented.find_closed_issues(text)
        assert repository in ("", "octo/clock")
        assert closing.closed_by_description(text, "octo/clock") == (number,)
        assert list(documented.find_closed_issues(f"`{text}`")) == []
