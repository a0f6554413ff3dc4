"""A disk, a file or a lock at fault: one clear sentence, and no row lost."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.adapters.store import Store, StoreUnusable
from bot.adapters.store.sqlite_file import refuse_old_sqlite
from bot.adapters.store.unusable import explain_faults
from tests.patience import within

PROCESSES = multiprocessing.get_context("spawn")
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
NOBODY = 65534
LARGE = b"x" * 20_000


def opened(path: Path) -> Store:
    return Store.open(f"sqlite:///{path}", busy_timeout=timedelta(milliseconds=50))


def deliver(store: Store, number: int, payload: bytes = LARGE) -> None:
    with store.transaction() as ledger:
        ledger.deliveries.record(guid=str(number), event="issues", payload=payload, now=NOW)


def delivered(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(file.execute("SELECT count(*) FROM deliveries").fetchone()[0])


def in_another_process(work: Callable[[Connection, Path], None], path: Path) -> list[object]:
    """What `work` reports while it runs in a separate process, where limits and rights can be taken away."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(theirs, path))
    process.start()
    theirs.close()
    reports = list(everything_from(ours))
    process.join(timeout=within(60))
    assert process.exitcode == 0
    return reports


def everything_from(connection: Connection) -> Iterator[object]:
    while connection.poll(60):
        try:
            yield connection.recv()
        except EOFError:
            return


def fill_a_limited_file(reports: Connection, path: Path) -> None:
    store = opened(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    try:
        for number in range(1_000):
            deliver(store, number)
            reports.send(number)
    except StoreUnusable as error:
        reports.send(str(error))


def test_a_disk_that_takes_no_more_loses_nothing(tmp_path: Path) -> None:
    """Each row whose commit went through is there afterwards, and the sentence says what to look at."""
    *committed, sentence = in_another_process(fill_a_limited_file, tmp_path / "ledger.db")

    assert "the disk refused to read or write it: it may be full" in str(sentence)
    assert str(tmp_path / "ledger.db") in str(sentence)
    assert len(committed) > 3
    assert delivered(tmp_path / "ledger.db") == len(committed)
    with closing(opened(tmp_path / "ledger.db")) as store:
        deliver(store, 5_000)


def test_a_full_disk_is_called_full(tmp_path: Path) -> None:
    """SQLite's own word for it, as it gives it when a file may not grow."""
    path = tmp_path / "full.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA max_page_count = 3")
        file.execute("CREATE TABLE t (x BLOB)")
        refused = pytest.raises(StoreUnusable, match=r"full\.db cannot be used: the disk is full\. Free some space")
        with refused, explain_faults(path):
            file.execute("INSERT INTO t VALUES (zeroblob(100000))")


def open_as_nobody(reports: Connection, path: Path) -> None:
    """Root may write anywhere, so the rights are given up first, after everything is imported."""
    with TemporaryDirectory() as folder:
        opened(Path(folder) / "warm.db").close()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        store = opened(path)
        deliver(store, 1)
    except StoreUnusable as error:
        reports.send(str(error))


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user can reach: pytest's own are closed to others."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)


def test_a_folder_that_may_not_be_written_is_named(public_folder: Path) -> None:
    public_folder.chmod(0o555)

    (sentence,) = in_another_process(open_as_nobody, public_folder / "ledger.db")

    assert f"{public_folder / 'ledger.db'} cannot be used: it, or its folder, may not be written. Give the user" in str(
        sentence
    )


def test_a_ledger_in_a_folder_that_became_read_only_is_refused_and_kept(public_folder: Path) -> None:
    path = public_folder / "ledger.db"
    with closing(opened(path)) as store:
        deliver(store, 1)
    path.chmod(0o644)
    public_folder.chmod(0o555)

    (sentence,) = in_another_process(open_as_nobody, path)

    assert "cannot be used" in str(sentence)
    assert "written" in str(sentence)
    public_folder.chmod(0o755)
    assert delivered(path) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreUnusable, match=r"file/ledger\.db cannot be used: .* may not be written"):
        opened(tmp_path / "file" / "ledger.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("Dear diary, " * 1_000)

    with pytest.raises(
        StoreUnusable, match=r"is damaged, or is not a ledger\. .*move the file away .*`nightshift sync`"
    ):
        opened(path)

    assert path.read_text().startswith("Dear diary")


def test_a_damaged_page_is_reported_where_it_is_read(tmp_path: Path) -> None:
    """The head of the file is sound, so it opens; the damage shows later, and is never taken for an empty queue."""
    path = tmp_path / "ledger.db"
    with closing(opened(path)) as store:
        for number in range(20):
            deliver(store, number, payload=b"")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xa5" * (size - 4096 * 2))

    with pytest.raises(StoreUnusable, match="is damaged"), closing(opened(path)) as store:
        deliver(store, 99)


def test_a_lock_held_for_too_long_is_reported(tmp_path: Path) -> None:
    """And once it is gone, the same store goes on."""
    path = tmp_path / "ledger.db"
    with closing(opened(path)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(
                StoreUnusable, match=r"another process holds it locked for too long\. Look for a second"
            ):
                deliver(store, 1)

        deliver(store, 1)

    assert delivered(path) == 1


def test_a_ledger_that_vanished_is_not_made_anew_in_silence(tmp_path: Path) -> None:
    """An empty ledger would start every task again."""
    path = tmp_path / "ledger.db"
    with closing(opened(path)) as store:
        path.unlink()
        with pytest.raises(StoreUnusable, match="it cannot be opened"), store.read(), store.read():
            pass

    assert not path.exists()


def test_a_sqlite_that_is_too_old_is_named() -> None:
    with pytest.raises(StoreUnusable, match=r"brings SQLite 3\.34\.1, and the ledger needs 3\.35\.0 or newer"):
        refuse_old_sqlite((3, 34, 1))
    refuse_old_sqlite((3, 35, 0))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ledger.db", "is not a database address"),
        ("", "is not a database address"),
        ("mysql://me:secret@db/nightshift", "names mysql, which is not supported"),
        ("postgresql://me:secret@db", "names a server without a database"),
        ("postgresql+asyncpg://me:secret@db/nightshift", "names the driver asyncpg: leave it out"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///ledger.db?mode=ro", "must name a file, with nothing after it"),
    ],
)
def test_an_address_that_is_no_file_is_refused(url: str, complaint: str) -> None:
    """Each says what was expected, and none repeats a password."""
    with pytest.raises(StoreUnusable, match=complaint) as refused:
        Store.open(url)

    assert "expected sqlite:////absolute/path/to/ledger.db" in str(refused.value)
    assert "secret" not in str(refused.value)
