"""Rows that are past their time and that no open task needs: counted, or deleted some at a time.

Not here: replies to what is no comment (a refusal is answered once, however much later it is met again), and all that
is deleted with its task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, case, cast, delete, func, literal_column, select, tuple_

from bot.adapters.store.check_results import CHECK_RESULTS
from bot.adapters.store.part import Part
from bot.adapters.store.schema import (
    BASELINES,
    COMMANDS_SEEN,
    COMMENTS_BEGUN,
    DELIVERIES,
    EVENTS,
    FLAKY_TESTS,
    HTTP_CACHE,
    ISSUE_ORDER,
    ISSUES_READ,
    OUTBOX,
    REFUSED_PATCHES,
    REPLIES,
    TASKS,
    in_state,
)
from bot.core.references import IssueRef
from bot.core.tasks import State

_STEP = 500  # rows in one transaction: other writers wait no longer for it than for a backup
_OPEN = (State.QUEUED, State.RUNNING, State.IN_REVIEW, State.FAILED)  # a person may still ask for more


@dataclass(frozen=True, slots=True)
class _Kind:
    """`identity`: the primary key; `age`: the moment that counts; `texts`: what takes space."""

    table: Table
    identity: tuple[Column[Any], ...]
    age: ColumnElement[Any]
    texts: tuple[Column[Any], ...]
    also: ColumnElement[bool] | None = None

    def is_old(self, before: datetime) -> ColumnElement[bool]:
        old = self.age < before
        return old if self.also is None else old & self.also


def _has_open_task(table: Table) -> ColumnElement[bool]:
    same = (TASKS.c.repository == table.c.repository) & (TASKS.c.number == table.c.number)
    return select(TASKS.c.id).where(same, TASKS.c.state.in_(_OPEN)).correlate(table).exists()


def _of_open_task(table: Table) -> ColumnElement[bool]:
    return select(TASKS.c.id).where(TASKS.c.id == table.c.task_id, TASKS.c.state.in_(_OPEN)).correlate(table).exists()


def _issue_kind(table: Table, age: ColumnElement[Any]) -> _Kind:
    key = (table.c.repository, table.c.number)
    return _Kind(table, key, age, (table.c.repository,), ~_has_open_task(table))


def _later(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """The databases have no function for this with the same name."""
    return case((one >= other, one), else_=other)


def _or_never(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, literal_column("0", type_=column.type))


_LAST = _later(
    _or_never(ISSUE_ORDER.c.edited_at),
    _later(_or_never(ISSUE_ORDER.c.stopped_at), _or_never(ISSUE_ORDER.c.cancelled_at)),
)
_PATCHED = select(TASKS.c.updated_at).where(TASKS.c.id == REFUSED_PATCHES.c.task_id)
KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "deliveries": _Kind(DELIVERIES, (DELIVERIES.c.id,), DELIVERIES.c.done_at, (DELIVERIES.c.note,)),
        "messages": _Kind(
            OUTBOX, (OUTBOX.c.id,), OUTBOX.c.posted_at, (OUTBOX.c.key, OUTBOX.c.payload), OUTBOX.c.due_at.is_(None)
        ),
        "replies": _Kind(REPLIES, (REPLIES.c.key,), REPLIES.c.at, (REPLIES.c.key,), REPLIES.c.key.like("comment:%")),
        "commands": _Kind(COMMANDS_SEEN, (COMMANDS_SEEN.c.comment,), COMMANDS_SEEN.c.at, (COMMANDS_SEEN.c.repository,)),
        "begun comments": _Kind(
            COMMENTS_BEGUN,
            (COMMENTS_BEGUN.c.repository, COMMENTS_BEGUN.c.number, COMMENTS_BEGUN.c.marker),
            COMMENTS_BEGUN.c.begun_at,
            (COMMENTS_BEGUN.c.marker,),
        ),
        "issues read": _issue_kind(ISSUES_READ, ISSUES_READ.c.updated_at),
        "order of issues": _issue_kind(ISSUE_ORDER, _LAST),
        "cached answers": _Kind(
            HTTP_CACHE, (HTTP_CACHE.c.url,), HTTP_CACHE.c.at, (HTTP_CACHE.c.url, HTTP_CACHE.c.value)
        ),
        "refused patches": _Kind(
            REFUSED_PATCHES,
            (REFUSED_PATCHES.c.task_id, REFUSED_PATCHES.c.attempt),
            _PATCHED.correlate(REFUSED_PATCHES).scalar_subquery(),
            (REFUSED_PATCHES.c.patch,),
            ~_of_open_task(REFUSED_PATCHES),
        ),
        "check results": _Kind(
            CHECK_RESULTS,
            (CHECK_RESULTS.c.task_id, CHECK_RESULTS.c.attempt),
            CHECK_RESULTS.c.kept_at,
            (CHECK_RESULTS.c.results,),
            ~_of_open_task(CHECK_RESULTS),
        ),
        "baselines": _Kind(
            BASELINES,
            (BASELINES.c.repository, BASELINES.c.commands),
            BASELINES.c.kept_at,
            (BASELINES.c.ran,),
        ),
        "flaky tests": _Kind(
            FLAKY_TESTS,
            (FLAKY_TESTS.c.repository, FLAKY_TESTS.c.test),
            FLAKY_TESTS.c.last_at,
            (FLAKY_TESTS.c.test,),
        ),
        "events": _Kind(EVENTS, (EVENTS.c.id,), EVENTS.c.at, (EVENTS.c.why, EVENTS.c.details), ~_of_open_task(EVENTS)),
    }
)


class OldRows(Part):
    def count(self, kind: str, before: datetime) -> tuple[int, int]:
        """How many rows of that kind are older, and the bytes of their texts."""
        each = KINDS[kind]
        size = sum((func.coalesce(func.length(cast(column, Text)), 0) for column in each.texts), start=0)
        asked = select(func.count(), func.sum(size)).select_from(each.table).where(each.is_old(before))
        rows, length = self._connection.execute(asked).one()
        return int(rows), int(length or 0)

    def remove(self, kind: str, before: datetime) -> int:
        """Delete some of them; returns how many. 0: none is left."""
        each = KINDS[kind]
        some = select(*each.identity).where(each.is_old(before)).limit(_STEP).correlate(None)
        return self._connection.execute(delete(each.table).where(tuple_(*each.identity).in_(some))).rowcount

    def open_issues(self) -> frozenset[IssueRef]:
        """The issues whose tasks wait, run, are in review or have failed: what belongs to them is needed."""
        found = select(TASKS.c.repository, TASKS.c.number).where(TASKS.c.state.in_(_OPEN))
        return frozenset(IssueRef(name, number) for name, number in self._connection.execute(found))

    def ended_issues(self) -> frozenset[IssueRef]:
        """The issues whose pull request was merged or closed: no session goes on from what was said there."""
        found = select(TASKS.c.repository, TASKS.c.number)
        rows = self._connection.execute(found.where(in_state(State.DONE) | in_state(State.CLOSED)))
        return frozenset(IssueRef(name, number) for name, number in rows)

    def active_issues(self) -> frozenset[IssueRef]:
        """The issues whose tasks wait, run or are in review: a session may resume the conversation kept for them."""
        found = select(TASKS.c.repository, TASKS.c.number)
        active = in_state(State.QUEUED) | in_state(State.RUNNING) | in_state(State.IN_REVIEW)
        rows = self._connection.execute(found.where(active))
        return frozenset(IssueRef(name, number) for name, number in rows)
