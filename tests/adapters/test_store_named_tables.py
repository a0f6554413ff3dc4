"""Each row of the old key/value table comes into the table of its family, and gives the answers that it gave before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, inspect, text

from bot.adapters.store import Baseline, Bookmark, KeptWork, Latest, Ledger, LogMark, Publication, QueueShown
from bot.adapters.store.migrations import MIGRATIONS
from bot.core.holding_back import Held, Holding
from bot.core.references import IssueRef

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HERE, THERE = IssueRef("octo/tools", 1), IssueRef("octo-org/clock.js", 40)  # with a task, and without
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.text("abcdefgh-.:/ ", min_size=1, max_size=12).map(str.strip).filter(bool)
digests = st.text("0123456789abcdef", min_size=32, max_size=32)
commits = st.text("0123456789abcdef", min_size=40, max_size=40)
numbers = st.integers(1, 2**40)
publications = st.builds(
    Publication,
    head=commits,
    replaces=st.none() | commits,
    base=names,
    title=words,
    body=words,
    summary=words,
)
kept_works = st.builds(
    KeptWork,
    base=commits,
    head=st.none() | commits,
    session_id=words,
)


OF_ISSUES = [f"{each}:{HERE}" for each in ("comment", "label", "edited", "commanded", "publication", "kept-work")]
OTHERS = ["issues:o/r", "newest of issues:o/r", "queue:holding", "queue:shown", "log:x", "hook:o/r"]
TABLES = {
    "comment": "status_comments",
    "label": "issues_shown",
    "edited": "issue_order",
    "commanded": "issue_order",
    "publication": "publications",
    "kept-work": "kept_work",
    "issues": "bookmarks",
    "queue": "queue_state",
    "log": "delivery_logs",
    "hook": "hooks",
}
NOTHING_IF_EMPTY = {"status_comments", "publications", "kept_work"}


def migrated(memory: Mapping[str, str]) -> Connection:
    """A ledger of version 2 with this memory and one task, brought up to date. The caller closes it."""
    connection = create_engine("sqlite://").connect()
    for migration in MIGRATIONS:
        if migration.version == 3:
            _fill(connection, memory)
        migration.apply(connection)
    return connection


def _fill(connection: Connection, memory: Mapping[str, str]) -> None:
    connection.execute(
        text(
            "INSERT INTO tasks (id, repository, number, state, priority, snapshot, overrides, detail, attempts,"
            " automatic_retries, waits, fence, created_at, updated_at, queued_at)"
            " VALUES (7, :repository, :number, 'queued', 1, '{}', '{}', '', 0, 0, 0, 0, 0, :now, 0)"
        ),
        {"repository": HERE.repository, "number": HERE.number, "now": (NOW - EPOCH) // timedelta(microseconds=1)},
    )
    for key, value in memory.items():
        connection.execute(text("INSERT INTO memory VALUES (:key, :value)"), {"key": key, "value": value})


def _family(key: str) -> str:
    return key.removeprefix("newest of ").partition(":")[0]


def _filled(connection: Connection) -> set[str]:
    """The tables with rows, but for those of the one task; the queue's state may be in two."""
    names = set(inspect(connection).get_table_names()) - {"tasks", "leftovers", "held_tasks"}
    return {name for name in names if connection.scalar(text(f"SELECT count(*) FROM {name}"))}  # noqa: S608 - our names


def answers(memory: Mapping[str, str], ask: Any) -> Any:
    connection = migrated(memory)
    try:
        ledger = Ledger.over(connection)
        assert ledger.leftovers.all() == {}, "it was taken for a key of no family"
        assert "memory" not in inspect(connection).get_table_names()
        return ask(ledger)
    finally:
        connection.close()


@settings(max_examples=25, deadline=None)
@given(comment=numbers, digest=digests, publication=publications, kept=kept_works, head=commits, patch=words)
def test_what_belongs_to_a_task(
    *, comment: int, digest: str, publication: Publication, kept: KeptWork, head: str, patch: str
) -> None:
    fields = {name: getattr(publication, name) for name in Publication.__slots__}
    memory = {
        f"comment:{HERE}": f"{comment} {digest}",
        f"publication:{HERE}": json.dumps(fields | {"approved": "7 x"}),
        f"pushing:{HERE}": head,
        f"kept-work:{HERE}": json.dumps(asdict(kept) | {"attempt": 2, "cost_usd": 0.5}),
        f"patch:{HERE}:3": patch,
    }

    def ask(ledger: Ledger) -> None:
        shown = ledger.status_comments.of(HERE)
        assert shown is not None
        assert (shown.comment, shown.digest) == (comment, digest)
        assert ledger.publications.of(7, approved="7 x") == publication
        assert ledger.publications.of(7, approved="7 y") is None
        assert head in ledger.pushes.own_heads(7)
        assert ledger.kept_work.of(HERE) == kept
        assert ledger.refused_patches.of(7, 3) == patch

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(
    at=st.lists(moments, min_size=5, max_size=5),
    issue=st.sampled_from([HERE, THERE]),
    labels=st.sets(names.filter(lambda name: " " not in name and name != "?")),
    uncommented=st.sampled_from(["yes", ""]),
    command=numbers,
    cancels=st.booleans(),
    marker=names,
)
def test_what_is_known_of_an_issue(
    *,
    at: list[datetime],
    issue: IssueRef,
    labels: set[str],
    uncommented: str,
    command: int,
    cancels: bool,
    marker: str,
) -> None:
    memory = {
        f"saying:{issue} {marker}": at[0].isoformat(),
        f"label:{issue}": " ".join(sorted(labels)),
        f"uncommented:{issue}": uncommented,
        f"edited:{issue}": at[1].isoformat(),
        f"stopped:{issue}": at[2].isoformat(),
        f"commanded:{issue}": f"{command} {at[3].isoformat()}" if cancels else f"{command}",
        f"looked:{issue}": at[4].isoformat(),
    }

    def ask(ledger: Ledger) -> None:
        cancelled_at = at[3] if cancels else None
        order = Latest(edited_at=at[1], stopped_at=at[2], command=command, cancelled_at=cancelled_at)
        assert ledger.comments_begun.since(issue, marker) == at[0]
        assert ledger.issues_shown.labels(issue) == frozenset(labels)
        assert ledger.issues_shown.is_uncommented(issue) == bool(uncommented)
        assert ledger.issue_order.latest(issue) == order
        assert ledger.issues_read.at(issue) == at[4]

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(
    at=st.lists(moments, min_size=3, max_size=3),
    etag=words,
    reply=words.filter(bool),
    label=names,
    codes=st.lists(st.tuples(st.integers(0, 255), st.floats(0, 900)), min_size=1).map(tuple),
    digest=digests,
    number=numbers,
    path=names,
)
def test_what_is_known_of_a_repository(
    *,
    at: list[datetime],
    etag: str,
    reply: str,
    label: str,
    codes: tuple[tuple[int, float], ...],
    digest: str,
    number: int,
    path: str,
) -> None:
    repository = HERE.repository
    log = {"since": at[2].isoformat(), "tag": etag, "asked": {"guid": 2}}
    pages = json.dumps([[etag, [1, 2], False]])
    memory = {
        f"issues:{repository}": at[0].isoformat(),
        f"tag of issues:{repository}": etag,
        f"newest of issues:{repository}": at[1].isoformat(),
        f"comments:{repository}": at[0].isoformat(),
        f"labelled:{repository}": pages,
        f"blocker:{THERE}": "unseen",
        f"blocker:{HERE}": f'W/"{digest}"',
        f"command:{number}": repository,
        f"reply:{reply}": "12",
        f"made:{repository} {label}": "yes",
        f"baseline:{repository}:{digest}": json.dumps({"base": "b" * 40, "ran": codes}),
        f"hook:{repository}": str(number),
        f"log:{path}": json.dumps(log),
    }

    def ask(ledger: Ledger) -> None:
        moved = Bookmark(since=at[0], newest=at[1])
        assert ledger.bookmarks.of(repository, "issues") == moved
        assert ledger.bookmarks.of(repository, "comments") == Bookmark(since=at[0], newest=at[0])
        cached = [
            ledger.http_cache.of(url) for url in (f"labelled:{repository}", f"blocker:{THERE}", f"blocker:{HERE}")
        ]
        known = [(each.etag, each.value, each.at) for each in cached if each is not None]
        assert known == [("", pages, NOW), ("", "unseen", NOW), (f'W/"{digest}"', "", NOW)]
        assert ledger.commands_seen.has(number)
        assert ledger.replies.unknown([reply, reply + "!"]) == {reply + "!"}
        assert ledger.labels_made.has(repository, label)
        assert ledger.baselines.of(repository, digest) == Baseline(base="b" * 40, ran=codes)
        assert ledger.hooks.numbers([repository]) == {repository: number}
        assert ledger.delivery_logs.of(path) == LogMark(since=at[2], asked={"guid": 2})

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(at=moments, served=st.none() | moments, streak=st.integers(1, 9), reason=words, after=st.none() | numbers)
def test_what_the_queue_knows(
    at: datetime, served: datetime | None, streak: int, reason: str, after: int | None
) -> None:
    held = {"7": {"at": at.isoformat(), "streak": streak, "counted": 1}}
    known = {"held": held, "served": served.isoformat() if served else None, "good": None, "last": 7}
    memory = {"queue:holding": json.dumps(known), "queue:shown": json.dumps({"told": reason, "after": after})}

    def ask(ledger: Ledger) -> None:
        expected = Holding(held={7: Held(at=at, streak=streak, counted=1)}, served=served, good=None, last=7)
        assert ledger.queue_state.holding() == expected
        assert ledger.queue_state.shown() == QueueShown(reason=reason, after=after)

    answers(memory, ask)


def test_an_empty_value_was_nothing() -> None:
    families = ("comment", "publication", "pushing", "kept-work", "label", "uncommented")
    memory = {f"{family}:{HERE}": "" for family in families} | {f"saying:{HERE} x": ""}

    def ask(ledger: Ledger) -> None:
        assert ledger.status_comments.of(HERE) is None
        assert (ledger.publications.heads(), ledger.pushes.own_heads(7), ledger.kept_work.of(HERE)) == (
            set(),
            set(),
            None,
        )
        assert ledger.comments_begun.since(HERE, "x") is None
        assert ledger.issues_shown.labels(HERE) == frozenset()
        assert not ledger.issues_shown.is_uncommented(HERE)

    answers(memory, ask)


def test_a_label_that_was_being_added_is_looked_at_again() -> None:
    def ask(ledger: Ledger) -> None:
        assert ledger.issues_shown.labels(HERE) is None
        assert ledger.issues_shown.is_label_noted(HERE)

    answers({f"label:{HERE}": "?"}, ask)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cursor", "1"),
        (f"comment:{THERE}", "12 abc"),
        (f"kept-work:{HERE}", "{"),
        (f"kept-work:{HERE}", '{"head": "a"}'),
        (
            f"publication:{HERE}",
            json.dumps(dict.fromkeys((*Publication.__slots__, "approved"))),
        ),
        (f"edited:{HERE}", "yesterday"),
        (f"looked:{HERE}", "2026-03-01T22:00:00"),
        ("hook:octo/tools", str(2**70)),
        ("queue:holding", "[]"),
        ("tag of issues:octo/tools", "etag"),
        ("log:/app/hook/deliveries", '{"since": null, "tag": null, "asked": {}}'),
    ],
)
def test_what_no_table_takes_is_kept_as_it_was(key: str, value: str) -> None:
    """An unknown key, a damaged value, what belonged to a task that is gone: none of it stops the migration."""
    connection = migrated({key: value})
    assert Ledger.over(connection).leftovers.all() == {key: value}
    connection.close()


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*OF_ISSUES, *OTHERS]),
        words | st.sampled_from(["{}", "[]", "null", "1", "1 2", '{"held": {"7": 1}}', '{"told": 1, "after": "x"}']),
    )
)
def test_no_value_however_damaged_stops_it_or_is_lost(memory: dict[str, str]) -> None:
    connection = migrated(memory)
    left = Ledger.over(connection).leftovers.all()
    assert left.items() <= memory.items()
    moved = {(TABLES[_family(key)], value) for key, value in memory.items() if key not in left}
    assert _filled(connection) == {table for table, value in moved if value or table not in NOTHING_IF_EMPTY}
    connection.close()
