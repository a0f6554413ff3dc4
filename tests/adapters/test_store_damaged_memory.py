"""Rows of the old key/value table that are empty, damaged or of no family: nothing stops the migration or is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, inspect, text

from bot.adapters.store import Ledger, Publication
from tests.adapters.ledger_meaning import leftovers
from tests.adapters.old_memory import HERE, THERE, answers, migrated, words

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


def _family(key: str) -> str:
    return key.removeprefix("newest of ").partition(":")[0]


def _filled(connection: Connection) -> set[str]:
    """The tables with rows, but for those of the one task. The queue's state may be in two, one of which has a row
    wherever there is a task."""
    names = set(inspect(connection).get_table_names()) - {"tasks", "leftovers", "held_tasks", "queue_state"}
    return {name for name in names if connection.scalar(text(f"SELECT count(*) FROM {name}"))}  # noqa: S608 - our names


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
    assert leftovers(connection) == {key: value}
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
    left = leftovers(connection)
    assert left.items() <= memory.items()
    moved = {(TABLES[_family(key)], value) for key, value in memory.items() if key not in left}
    expected = {table for table, value in moved if value or table not in NOTHING_IF_EMPTY} - {"queue_state"}
    assert _filled(connection) == expected
    connection.close()
