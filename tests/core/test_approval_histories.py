"""Who approves what: `standing` over thousands of histories of an issue."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

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
)
from bot.core.approval_rules import standing
from bot.core.tasks import State
from tests.core.approvals import (
    ADA,
    EVIL,
    FIRST,
    SECOND,
    cancelled,
    edited,
    known,
    labelled,
    retried,
    shown,
    stopped,
    task,
)

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
