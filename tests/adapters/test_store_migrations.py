"""A ledger of every released version, with data, becomes one of today and means what it meant."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.adapters.store import Store, migrations, url_of
from bot.adapters.store.migrations import MIGRATIONS, Migration
from bot.webhooks import create_app
from tests.adapters.ledger_meaning import ELSEWHERE, meaning
from tests.adapters.ledger_sample import FOLDER
from tests.patience import within

PROCESSES = multiprocessing.get_context("spawn")
SAMPLES = sorted(FOLDER.glob("v*.sql"))
STEPS = Path(migrations.__file__).parent
# What a migration runs besides its statements.
CODE = {3: (STEPS / "m0003_memory.py", STEPS / "m0003_values.py"), 4: (STEPS / "m0004_own_errors.py",)}
NEVER_READ = {
    *(".issues.bookmark.etag", ".issues.log.etag", ".work.kept.attempt", ".work.kept.cost_usd"),  # until step 4
    *(".attempts.session_id", ".delivery.received_at", ".issues.cached.at"),  # until step 21
}
# A released migration is never changed: ledgers that have taken it would not take the change.
RELEASED = {
    1: "49dca341848d766ce07a1e48515ccc518dfeffe4980cffda515537cf68640cba",
    2: "3d9a776efa6659d5ae34f9536e1003ea64df4571abe7bae41b63574cb2f137a5",
    3: "e2fdc90cd4a4611db0b3b7fef28b208b2f5b429559e83bed30612a497ba8e2b5",
    4: "1c16a9fa6775d104d0379501de276705cc624b6649fb06d05ec787341fcfb3af",
    5: "856528d3adaaa7064b92563ac902bce55900095b1c0d4d4d40c8e3eed9e7c3a1",
    6: "2d829c183e0db88c8e4ca54eb3b66d4d1083f7a91e0fe10a8ef308541be4a295",
    7: "cb0b3812ec971f5547a10a52bcca9a2c2ae65d66c9d7ac0b751e435e90e3fce7",
    8: "185bad381e604be2da6e6ab12a8645fba3d76b0d1c1883ed081e1ae73cf1017f",
    9: "fdf5bca1f0fdff8932190628e93281d1784692d61ff3c05dadf96bf5188f2add",
    10: "2f42e48617b30a5be1521d7d5a73cd28051e3dbadcd01a6516850c057599fbd3",
    11: "0b32de9159c243f2cdf2059c9e232bdd72e14dd2b7c41b63502de7f98ea7e708",
    12: "b16ff180082dd27f2106787d7f14c4f3939edb90cb7c6938b45b94931566fb64",
    13: "0ab14032a1992d1d054637d3437a97f775257e6a25d985c438d0ff96e6d725a6",
    14: "d0548b38d8f63e2aecc4241e7136d0c8f50f4a0562c448ffb5fce193ce1c73a6",
    15: "d08da240d748ada8c16351c69a7d08ed757b32b2d5f1fe12c48ea554e8af8bdc",
    16: "0e71cf69bd71e1717a30864e0089522a520096c37d8e9180255406550c3d0fe0",
    17: "aa44d0c7b6c6f5ac646a7c509f1860db5e59b6ea06b90df30c37c51621f3a38d",
    18: "83f73ecb601493df3e9ada644e690c1352cbbaf6131ee627a3ea1f3f5bcae7f1",
    19: "445a80877a6a47ad52315bf74b2812df3a2c320129f2236b95f1e3638b9f4eee",
    20: "82b9b532cbe507f372b334319abb4788cefa1c652892d5bc06d3d1c8731de93e",
    21: "a02e669bf4ae6cd3294edec0ff30463d46401019d4f8c02a8630e66471bdf592",
    22: "66a6f6ea91c752ab1d05528fac1bf6dd2dc2aa47f40ccf866922f6c146bc5073",
    23: "23232b484576b9c856cc5f9050f4c7b771b73c5b16fe58b104d1f8dac16e7cac",
    24: "61158fe138a6c0a6f2f20fdd3fb3ff9fb1c4eb18532a0cb685d0ecdcd06d7220",
    25: "828bfd520f5e47e2fda8d27c8267b1594ce9a38cb1b2d05e7b7708a8cff28fe0",
    26: "ff6d53794d1fa70f63ebaa3fb648b8fdd36d68ffc6f6bbe035422df71f78b9c0",
    27: "1c10df66eb065b3619b4b0aaa89906d7bae4caf75a1f4d7c84a814db2f5adbfc",
    28: "7d9b5260fb5f93cbf20a656a940adbc31fc232a2555b1949d93bc7b832bfb175",
    29: "cbf689b145b0000dc1bbcb4d454c833d3ee58fc890747115548ff38c20716bcd",
    30: "cdac308f06bedf1794299e9ca347388231676db9dab0e6014e745110fd990bb5",
    31: "42c1bc5c537be662ed437b4f3937d5d622f792305741713b4135a5162bfa53b3",
    32: "7336ee98745eaf7f332d3b74ca00a9c322e494ea72900ff6703d57716a340dc7",
    33: "f63e9273f11ab8eb9a2a5d14854cd41589f33ab281c649db6478de81c2f71201",
    34: "674a8007a21b23473d4294f81282bb6b0c82f690745694398838aec0103451f0",
    35: "9a702eb591a235652ae173345baedf9378968bdf0bf0b5c6df4b4b9037d7c77d",
}


def loaded(sample: Path, path: Path) -> Path:
    with closing(sqlite3.connect(path)) as file:
        file.executescript(sample.read_text(encoding="utf-8"))
    return path


def schema_of(path: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return {
            (kind, name, " ".join((sql or "").split()))
            for kind, name, sql in file.execute("SELECT type, name, sql FROM sqlite_master")
        }


def lost(recorded: Any, found: Any, where: str = "") -> list[str]:
    """What was recorded and is not found. A later version may add fields, and loses only those that no program read."""
    if re.sub(r"\[\d+\]", "", where) in NEVER_READ:
        return []
    if isinstance(recorded, dict) and isinstance(found, dict):
        return [line for key, value in recorded.items() for line in lost(value, found.get(key), f"{where}.{key}")]
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        pairs = enumerate(zip(recorded, found, strict=True))
        return [line for at, (old, new) in pairs for line in lost(old, new, f"{where}[{at}]")]
    return [] if recorded == found else [f"{where}: {recorded!r} became {found!r}"]


def test_every_version_has_a_sample() -> None:
    """If this fails: python -m tests.adapters.ledger_sample."""
    assert [sample.stem for sample in SAMPLES] == [f"v{migration.version:04}" for migration in MIGRATIONS]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.stem))
def test_a_sample_has_rows_in_every_table_of_its_version(sample: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(loaded(sample, tmp_path / "old.db"))) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        empty = [name for name in tables if not list(file.execute(f"SELECT 1 FROM {name} LIMIT 1"))]  # noqa: S608 - our names
        version = file.execute("SELECT max(version) FROM schema_version").fetchone()[0]
    assert (empty, f"v{version:04}") == ([], sample.stem)
    assert tables


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.stem))
def test_an_old_ledger_with_data_means_what_it_meant(sample: Path, tmp_path: Path) -> None:
    path = loaded(sample, tmp_path / "old.db")
    recorded = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))

    with closing(Store.open(url_of(path))) as store, store.read() as ledger:
        assert lost(recorded, meaning(ledger)) == []
        assert ledger.blockers.find_miscounts() == []

    Store.open(url_of(tmp_path / "new.db")).close()
    assert schema_of(path) == schema_of(tmp_path / "new.db")
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_blocker_that_could_not_be_read_is_noted_with_its_tasks(tmp_path: Path) -> None:
    """It was among the answers of GitHub, and stayed there for good."""
    path = loaded(FOLDER / "v0023.sql", tmp_path / "old.db")
    with closing(sqlite3.connect(path)) as file, file:
        for name in (f"blocker:{ELSEWHERE}", "blocker:octo/gone#1"):
            file.execute("INSERT INTO http_cache VALUES (?, '', 'unseen', 0)", (name,))

    with closing(Store.open(url_of(path))) as store, store.read() as ledger:
        assert ledger.blockers.is_unseen(ELSEWHERE)
        assert ledger.http_cache.of(f"blocker:{ELSEWHERE}") is None
        assert ledger.http_cache.of("blocker:octo/gone#1") is None


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: str(migration.title))
def test_a_migration_is_never_changed(migration: Migration) -> None:
    """A new one is pinned here with its first release; an old one that fails was changed: add a migration instead."""
    text = "\n;\n".join((*migration.statements, *migration.afterwards))
    text += "".join(path.read_text(encoding="utf-8") for path in CODE.get(migration.version, ()))
    assert RELEASED.get(migration.version) == hashlib.sha256(text.encode()).hexdigest()


def open_and_die(path: Path, after: str) -> None:
    def die(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if after in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", die)
    Store.open(url_of(path))


def test_code_of_a_migration_is_pinned() -> None:
    assert set(CODE) == {migration.version for migration in MIGRATIONS if migration.move is not None}


@pytest.mark.parametrize("after", ["CREATE TABLE tasks", "INSERT INTO schema_version"])
def test_a_migration_that_is_killed_leaves_the_version_before(tmp_path: Path, after: str) -> None:
    path = tmp_path / "ledger.db"
    process = PROCESSES.Process(target=open_and_die, args=(path, after))
    process.start()
    process.join(timeout=within(60))

    assert process.exitcode == -signal.SIGKILL
    assert schema_of(path) == set()
    Store.open(url_of(path)).close()


def test_the_web_server_is_not_ready_once_a_newer_program_has_migrated_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(Store.open(url_of(path))) as store:
        client = create_app(store, None).test_client()
        assert client.get("/readyz").status_code == 200
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("INSERT INTO schema_version VALUES (99)")
        assert client.get("/readyz").status_code == 503
