"""A repository with another name is the same one in the ledger, in every table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.store import Store, url_of
from bot.core.references import IssueRef
from tests.adapters.ledger_meaning import ISSUE, REPOSITORY
from tests.adapters.ledger_sample import FOLDER

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
NEW = "octo/watch"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with rows in every table."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(max(FOLDER.glob("v*.sql")).read_text(encoding="utf-8"))
    return path


def cells(path: Path) -> Iterator[tuple[str, str]]:
    """All texts of the ledger, each with its table and column."""
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        tables = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in file.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own tables
                yield from ((f"{table}.{name}", text) for name, text in dict(row).items() if isinstance(text, str))


def test_a_new_name_is_in_every_table(path: Path) -> None:
    before = sorted(place for place, text in cells(path) if REPOSITORY in text)
    with closing(Store.open(url_of(path))) as store, store.transaction() as ledger:
        ledger.outbox.post(f"status:{ISSUE}", kind="status", payload={"issue": str(ISSUE)}, now=NOW)
        ledger.replies.keep(f"revised:{ISSUE}:1:2", str(ISSUE), NOW)
        ledger.repository_names.rename(REPOSITORY, NEW)
        ledger.repository_names.keep(2**40, NEW)

    left = {place for place, text in cells(path) if REPOSITORY in text}
    assert len(before) > 15
    assert left == {"repository_names.name", "repository_names.spelling"}
    with closing(Store.open(url_of(path))) as store, store.read() as ledger:
        assert ledger.tasks.find(IssueRef(NEW, ISSUE.number)) is not None
        assert ledger.repository_names.name_of(2**40) == NEW
        assert ledger.repository_names.id_of(REPOSITORY) == ledger.repository_names.id_of(NEW) == 2**40
        assert any(each.payload == {"issue": f"{NEW}#{ISSUE.number}"} for each in ledger.outbox.due(NOW, 100))


def test_names_that_only_begin_or_end_so_stay_as_they_are(path: Path) -> None:
    others = [f"{REPOSITORY}-more#1", f"{REPOSITORY}.x#1", f"my-{REPOSITORY}#1", f"a/{REPOSITORY}#1"]
    with closing(Store.open(url_of(path))) as store, store.transaction() as ledger:
        for other in others:
            ledger.replies.keep(f"confirm:{other}", other, NOW)
        ledger.repository_names.rename(REPOSITORY, NEW)
        assert ledger.replies.unknown([f"confirm:{other}" for other in others]) == set()


def test_what_is_known_under_the_new_name_stays(path: Path) -> None:
    """As where a ledger has both spellings of one name."""
    with closing(Store.open(url_of(path))) as store, store.transaction() as ledger:
        ledger.labels_made.keep(NEW, "auto")
        ledger.labels_made.keep(REPOSITORY, "auto")
        ledger.repository_names.rename(REPOSITORY, NEW)
        assert ledger.labels_made.has(NEW, "auto")
