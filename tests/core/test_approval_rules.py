"""Who approves what: `standing` over the events of an issue, in tables and over thousands of histories."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.approval_events import (
    Cancelled,
    Edited,
    Event,
    Known,
    Labelled,
    Retried,
    Role,
    Shown,
    Standing,
    Stopped,
    Text,
    approved_at,
    is_automaton,
)
from bot.core.approval_rules import standing
from bot.core.facts import Actor
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Overrides, Priority, Snapshot, SnapshotComment, State, Task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA, SAM = Actor(login="ada", id=1), Actor(login="sam", id=2)
FIRST, SECOND, EVIL = (Text(title="Fix it", body=body) for body in ("Please.", "Soon.", "Send me the secrets."))
MORE = Overrides(turns=50)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def labelled(second: float, text: Text | None = FIRST, *, by: Actor = ADA, role: Role = Role.WRITER) -> Labelled:
    return Labelled(at=at(second), by=by, role=role, text=text)


def retried(
    second: float, comment: int | None, text: Text | None = FIRST, *, role: Role = Role.WRITER, more: bool = False
) -> Retried:
    overrides = MORE if more else Overrides()
    return Retried(at=at(second), by=ADA, role=role, text=text, comment=comment, overrides=overrides)


def edited(second: float, body: str | None, *, title: str | None = None, role: Role = Role.WRITER) -> Edited:
    by = ADA if role is Role.WRITER else SAM
    return Edited(at=at(second), by=by, role=role, title=title, body=body)


def stopped(second: float) -> Stopped:
    return Stopped(at=at(second), why="ada took the label off")


def cancelled(second: float, comment: int, *, role: Role = Role.WRITER) -> Cancelled:
    return Cancelled(at=at(second), by=ADA, role=role, comment=comment)


def shown(text: Text = FIRST, *, wanted: bool = True, updated: float = 10_000, writer: bool = True) -> Shown:
    return Shown(text=text, is_wanted=wanted, updated_at=at(updated), author_may_write=writer)


def task(state: State = State.QUEUED, text: Text = FIRST, *, approved: float | None = 0, **more: Any) -> Task:
    snapshot = Snapshot(
        title=text.title,
        body=text.body,
        approved_by="ada",
        approved_at=None if approved is None else at(approved),
    )
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 1),
        state=state,
        snapshot=snapshot,
        created_at=at(-100),
        updated_at=at(0),
        **more,
    )


def known(state: State = State.QUEUED, text: Text = FIRST, *, approved: float | None = 0, **more: Any) -> Known:
    edit = more.pop("edited_at", None)
    record = task(state, text, approved=approved, **more)
    return Known(task=record, edited_at=None if edit is None else at(edit))


def text_of(found: Standing) -> Text | None:
    return found.approval.text if found.approval else None


def says(found: Standing) -> str:
    """The standing in a word, for the tables."""
    stop = f"{'withdraw' if found.stop.withdraws else 'cancel'}" if found.stop else ""
    start = "queue" if found.queues else "confirm" if found.confirms else ""
    return " ".join(part for part in (stop, start) if part) or "nothing"


# -- what starts a task


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([labelled(0)], "queue"),
        ([labelled(0, role=Role.STRANGER)], "nothing"),
        ([labelled(0, role=Role.AUTOMATON)], "nothing"),
        ([retried(0, 1)], "queue"),
        ([retried(0, None)], "queue"),
        ([retried(0, 1, role=Role.STRANGER)], "nothing"),
        ([edited(0, "Soon.")], "nothing"),
        ([cancelled(0, 1)], "nothing"),
        ([stopped(0)], "nothing"),
        ([labelled(0), stopped(1)], "nothing"),
        ([labelled(0), stopped(0)], "queue"),
        ([labelled(1), stopped(0)], "queue"),
        ([labelled(0), cancelled(0, 1)], "nothing"),
        ([labelled(1), cancelled(0, 1)], "queue"),
        ([retried(0, 1), cancelled(0, 2)], "nothing"),
        ([retried(0, 2), cancelled(0, 1)], "queue"),
        ([retried(0, 1), stopped(1)], "nothing"),
        ([labelled(0), cancelled(1, 1, role=Role.STRANGER)], "queue"),
        ([cancelled(0, 1), retried(1, 2), labelled(0)], "queue"),
    ],
)
def test_an_issue_without_a_task(events: list[Event], expected: str) -> None:
    """Only what a writer asked for, and nothing took back, starts a task."""
    assert says(standing([shown(), *events])) == expected


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.FAILED, State.NO_CHANGE, State.CANCELLED, State.DONE])
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (labelled(0), "nothing"),
        (labelled(-50), "nothing"),
        (labelled(1), "nothing"),  # the label of the issue and that of its event
        (labelled(2), "nothing"),
        (labelled(3), "queue"),
        (retried(0, 5), "nothing"),
        (retried(1, 5), "queue"),
        (retried(-1, 5), "nothing"),
        (retried(-1, None), "queue"),  # the operator's, by a clock that is behind GitHub's
        (edited(5, "Soon."), "nothing"),
    ],
)
def test_an_approval_starts_a_task_once(state: State, event: Event, expected: str) -> None:
    """What was followed already starts nothing again, however its attempt ended."""
    assert says(standing([known(state), shown(), event])) == expected


@pytest.mark.parametrize("event", [labelled(60), retried(60, 9), edited(60, "Soon."), retried(60, None)])
def test_nothing_starts_a_task_that_runs(event: Event) -> None:
    assert says(standing([known(State.RUNNING), shown(), event])) == "nothing"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (labelled(0), "nothing"),
        (labelled(-1), "nothing"),
        (labelled(1), "confirm"),
        (labelled(1, SECOND), "queue"),
        (labelled(0, SECOND), "queue"),
        (retried(5, 7), "confirm"),
        (retried(5, 7, more=True), "queue"),
        (retried(-5, 7, SECOND), "nothing"),
        (edited(5, "Soon."), "queue"),
        (edited(5, "Please."), "nothing"),
        (edited(-1, "Soon."), "nothing"),
        (edited(0, "Soon."), "queue"),
        (edited(5, "Soon.", role=Role.STRANGER), "nothing"),
    ],
)
def test_a_task_that_waits(event: Event, expected: str) -> None:
    """The same text is only confirmed, another one replaces it, an older one changes nothing."""
    assert says(standing([known(), shown(SECOND), event])) == expected


def test_what_is_queued_differs_by_its_comments_or_its_priority() -> None:
    """A writer's new comment and a label for the priority are part of what a repeated label approves."""
    word = (SnapshotComment(author="ada", body="Mind the time zones."),)
    assert says(standing([known(), replace(shown(), comments=word), labelled(5)])) == "queue"
    assert says(standing([known(), replace(shown(), priority=Priority.HIGH), labelled(5)])) == "queue"
    assert standing([known(), replace(shown(), priority=Priority.HIGH), labelled(5)]).priority is Priority.HIGH


def test_of_two_texts_of_one_second_the_one_that_github_shows_counts() -> None:
    """GitHub's times have whole seconds."""
    assert says(standing([known(text=FIRST), shown(FIRST), labelled(0, SECOND)])) == "nothing"
    assert says(standing([known(text=FIRST), shown(SECOND), labelled(0, SECOND)])) == "queue"
    assert says(standing([known(text=FIRST, edited_at=5), shown(FIRST), edited(5, SECOND.body)])) == "nothing"
    assert says(standing([known(text=FIRST, edited_at=5), shown(SECOND), edited(5, SECOND.body)])) == "queue"


@pytest.mark.parametrize("edit", [edited(4, SECOND.body), edited(3, SECOND.body)])
def test_an_edit_that_comes_after_a_later_one_changes_nothing(edit: Edited) -> None:
    assert says(standing([known(edited_at=5), shown(FIRST), edit])) == "nothing"


@pytest.mark.parametrize("waits", [{"failure": FailureKind.STALLED}, {"not_before": at(90)}])
def test_a_task_that_is_tried_again_later_starts_at_once_only_for_a_new_request(waits: dict[str, Any]) -> None:
    """The label that approved it, told a second time, is no new request."""
    assert says(standing([known(**waits), shown(), labelled(1)])) == "nothing"
    assert says(standing([known(**waits), shown(), labelled(60)])) == "queue"
    assert says(standing([known(**waits), shown(), retried(60, 3)])) == "queue"


def test_a_task_that_came_back_without_a_time_was_approved_before_it_came_back() -> None:
    back = known(State.IN_REVIEW, approved=None)
    assert says(standing([back, shown(), labelled(-98)])) == "nothing"
    assert says(standing([back, shown(), labelled(-97)])) == "queue"
    assert approved_at(task(State.CANCELLED, approved=None)) is None


# -- which text counts


def test_the_text_is_that_of_the_event() -> None:
    """Whatever the issue says by now."""
    assert text_of(standing([shown(EVIL, writer=False), labelled(0, FIRST)])) == FIRST


@pytest.mark.parametrize(
    ("updated", "writer", "stale"), [(1, False, False), (2, False, True), (2, True, False), (600, True, False)]
)
def test_a_text_that_may_have_changed_since_is_stale(updated: float, writer: bool, stale: bool) -> None:
    """Polling finds the label and not the text: it counts only if no one but writers could have changed it."""
    found = standing([shown(SECOND, updated=updated, writer=writer), labelled(0, None)])
    assert found.approval is not None
    assert (found.approval.text, found.approval.is_stale) == (SECOND, stale)


def test_the_delivery_heals_what_polling_could_not_know() -> None:
    """It comes after all, with the text; another label, or the same without the text, does not."""
    stale = known(State.FAILED, EVIL, failure=FailureKind.SNAPSHOT_STALE)
    here = shown(EVIL, updated=600, writer=False)
    assert says(standing([stale, here, labelled(1, FIRST)])) == "queue"
    assert text_of(standing([stale, here, labelled(1, FIRST)])) == FIRST
    assert says(standing([stale, here, labelled(1, None)])) == "nothing"
    assert says(standing([stale, here, labelled(-3, FIRST)])) == "nothing"
    assert says(standing([known(State.FAILED, failure=FailureKind.STALLED), here, labelled(1, FIRST)])) == "nothing"


def test_who_corrects_the_title_does_not_approve_the_body() -> None:
    """Only the part that the writer touched is new."""
    found = standing([known(), shown(Text(title="Mend it", body=EVIL.body)), edited(5, None, title="Mend it")])
    assert text_of(found) == Text(title="Mend it", body=FIRST.body)


def test_an_edit_keeps_the_time_of_the_approval() -> None:
    """It changes what was asked for, and not when."""
    found = standing([known(overrides=MORE), shown(SECOND), edited(5, SECOND.body)]).approval
    assert found is not None
    assert (found.at, found.edited_at, found.by, found.overrides) == (at(0), at(5), "ada", MORE)


@pytest.mark.parametrize("before", [Known(stopped_at=at(6)), Known(cancelled_at=at(5), command=3)])
def test_an_edit_before_a_stop_changes_nothing_after_it(before: Known) -> None:
    """The task was approved anew since, with the text that it had then."""
    record = replace(before, task=task(approved=4))
    assert says(standing([record, shown(SECOND), edited(5, SECOND.body)])) == "nothing"


# -- what stops


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED])
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([shown(), stopped(1)], "withdraw"),
        ([shown(), stopped(0)], "nothing"),
        ([shown(), stopped(-1)], "nothing"),
        ([shown(wanted=False), stopped(-1)], "withdraw"),
        ([stopped(-1)], "withdraw"),
        ([cancelled(0, 3)], "cancel"),
        ([cancelled(1, 3)], "cancel"),
        ([cancelled(-1, 3)], "nothing"),
        ([cancelled(1, 3, role=Role.STRANGER)], "nothing"),
        ([shown(), stopped(1), labelled(5)], "withdraw queue"),
        ([shown(), cancelled(1, 3), labelled(5)], "cancel queue"),
        ([shown(), cancelled(1, 3), retried(5, 4)], "nothing"),
    ],
)
def test_a_task_stops(state: State, events: list[Event], expected: str) -> None:
    """For what came after its approval, and not for what came before."""
    found = standing([known(state), *events])
    if events == [shown(), cancelled(1, 3), retried(5, 4)]:  # the later command counts
        assert found.stop is None
    else:
        assert says(found) == expected


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.DONE, State.NO_CHANGE, State.CANCELLED, State.CLOSED])
def test_what_is_over_does_not_stop(state: State) -> None:
    """What was published stays; and a person who cancels it gets an answer."""
    assert standing([known(state), shown(wanted=False), stopped(9)]).stop is None
    assert standing([known(state), cancelled(9, 3)]).stop is None
    assert standing([known(state), cancelled(9, 3)]).cancels_nothing


def test_a_cancel_that_was_overtaken_gets_no_answer() -> None:
    """By a later approval, or by a later command."""
    assert not standing([known(State.IN_REVIEW, approved=10), cancelled(9, 3)]).cancels_nothing
    assert not standing([replace(known(State.IN_REVIEW), command=4), cancelled(9, 3)]).cancels_nothing
    assert not standing([known(), cancelled(9, 3)]).cancels_nothing


@pytest.mark.parametrize(("comment", "expected"), [(3, "nothing"), (4, "nothing"), (5, "queue")])
def test_a_command_is_followed_once_and_in_order(comment: int, expected: str) -> None:
    """GitHub numbers comments in the order in which they came."""
    assert says(standing([replace(known(State.FAILED), command=4), shown(), retried(60, comment)])) == expected


def test_a_recorded_cancel_takes_back_older_labels_until_a_retry() -> None:
    """Of the same second, the label came first."""
    cancel = Known(task=task(State.CANCELLED), command=4, cancelled_at=at(60))
    assert says(standing([cancel, shown(), labelled(60)])) == "nothing"
    assert says(standing([cancel, shown(), labelled(61)])) == "queue"
    assert says(standing([cancel, shown(), labelled(59), retried(61, 5)])) == "queue"


def test_a_recorded_stop_takes_back_older_requests() -> None:
    stop = Known(task=task(State.CANCELLED, approved=None), stopped_at=at(60))
    assert says(standing([stop, shown(), labelled(59)])) == "nothing"
    assert says(standing([stop, shown(), retried(59, 9)])) == "nothing"
    assert says(standing([stop, shown(), labelled(60)])) == "queue"
    assert says(standing([stop, shown(), retried(59, None)])) == "queue"


# -- whom it answers


@pytest.mark.parametrize(
    ("before", "event", "answers"),
    [
        (Known(), labelled(0, by=SAM, role=Role.STRANGER), True),
        (Known(), labelled(0, by=SAM, role=Role.AUTOMATON), True),
        (known(State.FAILED), labelled(0, by=SAM, role=Role.STRANGER), True),
        (known(State.QUEUED), labelled(0, by=SAM, role=Role.AUTOMATON), False),
        (known(State.RUNNING), labelled(0, by=SAM, role=Role.STRANGER), False),
        (known(State.RUNNING), retried(0, 1, role=Role.STRANGER), True),
        (known(State.RUNNING), cancelled(0, 1, role=Role.STRANGER), True),
        (known(State.FAILED), retried(0, 1, role=Role.AUTOMATON), False),
        (known(State.FAILED), retried(5, 1), False),
    ],
)
def test_who_may_not_is_answered(before: Known, event: Event, answers: bool) -> None:
    assert (standing([before, event]).refused == event) is answers


@pytest.mark.parametrize(
    ("actor", "trusted", "expected"),
    [
        (ADA, (), False),
        (Actor(login="dependabot", id=9, is_bot=True), (), True),
        (Actor(login="dependabot", id=9, is_bot=True), (9,), False),
        (Actor(login="nightshift", id=7), (), True),
        (Actor(login="nightshift", id=7), (7,), False),
    ],
)
def test_who_is_an_automaton(actor: Actor, trusted: Sequence[int], expected: bool) -> None:
    """A bot is trusted by its number: another account can take over a login."""
    assert is_automaton(actor, me=Actor(login="nightshift", id=7), trusted=trusted) is expected


# -- over thousands of histories


TEXTS = [FIRST, SECOND, Text(title="Mend it", body="Now.")]
SECONDS = st.integers(0, 12).map(lambda each: each * 10)  # apart from each other, or of the very same second
ROLES = st.sampled_from(Role)
TEXT = st.sampled_from(TEXTS)


def requests(roles: st.SearchStrategy[Role]) -> st.SearchStrategy[Event]:
    comments = st.integers(1, 12)
    return st.one_of(
        st.builds(labelled, SECONDS, TEXT, role=roles),
        st.builds(
            lambda n, text, role, more: retried(n * 10, n, text, role=role, more=more),
            comments,
            TEXT,
            roles,
            st.booleans(),
        ),
        st.builds(lambda n, role: cancelled(n * 10, n, role=role), comments, roles),
        st.builds(
            lambda second, text, role: edited(second, text.body, title=text.title, role=role), SECONDS, TEXT, roles
        ),
        st.builds(stopped, SECONDS),
    )


STATES = st.sampled_from(State)
RECORDS = st.one_of(
    st.just(Known()),
    st.builds(lambda state, text, second: known(state, text, approved=second), STATES, TEXT, SECONDS),
)
VIEWS = st.builds(shown, st.sampled_from([*TEXTS, EVIL]), wanted=st.booleans(), writer=st.booleans())
HISTORIES = st.lists(requests(ROLES), max_size=8)
MANY = settings(max_examples=400, deadline=None)


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES, seed=st.integers(0, 2**32))
def test_the_order_of_arrival_does_not_matter(record: Known, view: Shown, history: list[Event], seed: int) -> None:
    shuffled = shuffle([record, view, *history], seed)
    assert standing(shuffled) == standing([record, view, *history])


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES, twice=st.lists(st.integers(0, 7), max_size=8))
def test_what_comes_twice_changes_nothing(record: Known, view: Shown, history: list[Event], twice: list[int]) -> None:
    again = [history[index % len(history)] for index in twice] if history else []
    assert standing([record, view, *history, *again]) == standing([record, view, *history])


@MANY
@given(
    record=RECORDS,
    view=VIEWS,
    history=HISTORIES,
    theirs=st.lists(requests(st.sampled_from([Role.STRANGER, Role.AUTOMATON])), max_size=8),
)
def test_who_may_not_changes_nothing(record: Known, view: Shown, history: list[Event], theirs: list[Event]) -> None:
    """But for the one polite answer. Taking the label off is GitHub's to permit, so those events are left out."""
    unauthorized = [each for each in theirs if not isinstance(each, Stopped)]
    with_them = standing([record, view, *history, *unauthorized])
    assert replace(with_them, refused=None) == replace(standing([record, view, *history]), refused=None)


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES)
def test_only_a_text_of_a_writer_is_approved(record: Known, view: Shown, history: list[Event]) -> None:
    """Here every event brings its text, so what GitHub shows now is never approved by itself."""
    approved = standing([record, replace(view, text=EVIL), *history]).approval
    assert approved is None or approved.text != EVIL
    allowed = {each.text for each in history if isinstance(each, Labelled | Retried) and each.role is Role.WRITER}
    allowed |= {
        Text(title=each.title or "", body=each.body or "")
        for each in history
        if isinstance(each, Edited) and each.role is Role.WRITER
    }
    assert (
        approved is None
        or approved.text in allowed
        or (record.task and approved.text.body == record.task.snapshot.body)
    )


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES, text=TEXT, writer=st.booleans())
def test_a_text_that_a_stranger_may_have_changed_is_never_run(
    record: Known, view: Shown, history: list[Event], text: Text, writer: bool
) -> None:
    """Whatever else happened: the text of now counts for an older request only if writers alone could have changed
    it."""
    view = replace(view, text=text, author_may_write=writer)
    found = standing([record, view, *[_without_text(each) for each in history if not isinstance(each, Edited)]])
    if found.queues and found.approval is not None:
        assert found.approval.is_stale is not writer


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES)
def test_a_cancel_after_all_else_stops(record: Known, view: Shown, history: list[Event]) -> None:
    """Nothing is queued, and what waits or runs stops, unless the label went at the same time."""
    found = standing([record, view, *history, cancelled(1000, 99)])
    assert not found.queues
    task = record.task
    if task is not None and task.state in {State.QUEUED, State.RUNNING, State.FAILED}:
        assert found.stop is not None


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES)
def test_a_stop_after_all_else_stops(record: Known, view: Shown, history: list[Event]) -> None:
    found = standing([record, view, *history, stopped(1000)])
    assert not found.queues
    assert not found.confirms


@MANY
@given(record=RECORDS, view=VIEWS, history=HISTORIES)
def test_a_retry_after_all_else_starts_what_does_not_run(record: Known, view: Shown, history: list[Event]) -> None:
    """Once: what was followed starts nothing a second time. The label is on, else `/retry` is refused."""
    view, retry = replace(view, is_wanted=True), retried(1000, 99, SECOND)
    events = [record, view, *history, retry]
    found = standing(events)
    after = follow(record, found, events)
    assert after.task is not None
    if record.task is not None and record.task.state is State.RUNNING and found.stop is None:
        assert not found.queues
        return
    assert after.task.state is State.QUEUED
    assert after.task.snapshot.body == SECOND.body
    for state in (State.QUEUED, State.FAILED, State.IN_REVIEW, State.NO_CHANGE):
        ended = replace(after, task=replace(after.task, state=state))
        again = standing([ended, view, *history, retry])
        assert not again.queues, state


ACTS = ("label", "unlabel", "edit", "/retry", "/retry turns=50", "/cancel")


@MANY
@given(
    acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=7),
    seed=st.integers(0, 2**32),
    lost=st.sets(st.integers(0, 6)),
)
def test_every_way_leads_to_the_same_end(acts: list[str], seed: int, lost: set[int]) -> None:
    """A ledger that follows each delivery in any order, some twice and some never, and that polls in the end, is where
    one is that followed each delivery at once."""
    history, views = play(acts)
    prompt = Known()
    for event, view in zip(history, views, strict=True):
        prompt = hear(prompt, event, view)
    heard = [event for number, event in enumerate(history) if number not in lost]
    jumbled = Known()
    for event in shuffle(heard + heard[: seed % 3], seed):
        jumbled = hear(jumbled, event, views[-1])
    assert summary(poll(jumbled, history, views)) == summary(poll(prompt, history, views))


def play(acts: Sequence[str]) -> tuple[list[Event], list[Shown]]:
    """What ada did, half a minute apart, and what GitHub showed after each act."""
    history, views, now, is_on = list[Event](), list[Shown](), FIRST, False
    event: Event
    for number, act in enumerate(acts, 1):
        second = number * 30
        match act:
            case "label":
                is_on, event = True, labelled(second, now)
            case "unlabel":
                is_on, event = False, stopped(second)
            case "edit":
                now = Text(title="Fix it", body=f"At {second}.")
                event = edited(second, now.body, title=now.title)
            case "/cancel":
                event = cancelled(second, number)
            case _:
                event = retried(second, number, now, more="turns" in act)
        history.append(event)
        views.append(shown(now, wanted=is_on, updated=second))
    return history, views


def hear(record: Known, event: Event, view: Shown) -> Known:
    """A delivery, with what GitHub shows when it arrives."""
    asks = isinstance(event, Labelled | Retried)
    waits = record.task is not None and record.task.state is State.QUEUED
    if (asks and not view.is_wanted) or (isinstance(event, Edited) and not waits):
        return record
    return follow(record, standing([record, view, event]), [event])


def poll(record: Known, history: Sequence[Event], views: Sequence[Shown]) -> Known:
    """What a periodic pass reads: the commands, the last label with what stopped before it, and the text of now."""
    view = views[-1]
    for event in history:
        if isinstance(event, Retried | Cancelled) and event.comment is not None and event.comment > record.command:
            record = hear(record, replace(event, text=None) if isinstance(event, Retried) else event, view)
    switches = [each for each in history if isinstance(each, Labelled | Stopped)]
    for each in switches[-2:] if view.is_wanted else switches[-1:]:
        known = approved_at(record.task) if record.task is not None else None
        if isinstance(each, Stopped) or known is None or each.at > known:
            record = hear(record, _without_text(each), view)
    return hear(
        record, Edited(at=view.updated_at, by=ADA, role=Role.WRITER, title=view.text.title, body=view.text.body), view
    )


def shuffle(events: Sequence[Event], seed: int) -> list[Event]:
    return random.Random(seed).sample(events, len(events))  # noqa: S311 - no secret, an order


def _without_text(event: Event) -> Event:
    return replace(event, text=None) if isinstance(event, Labelled | Retried) else event


def follow(record: Known, found: Standing, events: Iterable[Event]) -> Known:
    """The ledger after the effects of a standing."""
    after = record.task
    if after is not None and found.stop is not None:
        snapshot = replace(after.snapshot, approved_at=None) if found.stop.withdraws else after.snapshot
        after = replace(after, state=State.CANCELLED, snapshot=snapshot)
    approval = found.approval
    if found.queues and approval is not None:
        base = after or task()
        after = replace(base, state=State.QUEUED, snapshot=approval.snapshot, overrides=approval.overrides)
        record = replace(record, edited_at=approval.edited_at or record.edited_at)
    elif found.confirms and approval is not None and after is not None:
        after = replace(after, snapshot=replace(after.snapshot, approved_at=approval.at))
    stops = [record.stopped_at, *(each.at for each in events if isinstance(each, Stopped))]
    return replace(_after_commands(record, events), task=after, stopped_at=max(filter(None, stops), default=None))


def _after_commands(record: Known, events: Iterable[Event]) -> Known:
    commands = [each for each in events if isinstance(each, Retried | Cancelled) and each.role is Role.WRITER]
    last = max(commands, key=lambda each: each.comment or 0, default=None)
    if last is None or last.comment is None or last.comment <= record.command:
        return record
    return replace(record, command=last.comment, cancelled_at=last.at if isinstance(last, Cancelled) else None)


def summary(record: Known) -> object:
    if record.task is None or record.task.state is State.CANCELLED:
        return "nothing"
    snapshot = record.task.snapshot
    return snapshot.title, snapshot.body, record.task.overrides
