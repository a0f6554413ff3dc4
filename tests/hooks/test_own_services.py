"""Databases and images that the session made may be dropped, in the same call and in later ones; no others."""

from __future__ import annotations

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession, write

OWN = [
    ["createdb t1", "dropdb t1"],
    ["createdb test_shop", "psql test_shop -c 'drop table a'", "dropdb test_shop"],
    ["psql -c 'create database demo'", "psql -c 'drop database if exists demo'"],
    ["mysqladmin create scratch", "mysql scratch -e 'drop table a'"],
    ["mysql -e 'create database tmp_a'", "mysql -e 'drop database tmp_a; create database tmp_a'"],
    ["sqlite3 new.db 'create table a(b)'", "sqlite3 new.db 'drop table a'", "sqlite3 new.db < wipe.sql"],
    ["touch own.db", "sqlite3 own.db 'delete from a'"],
    ["docker build -t app:test .", "docker rmi app:test"],
    ["docker buildx build --tag=app:ci .", "docker image rm app:ci"],
    ["docker tag base:1 app", "docker rmi app:latest"],
]
OTHERS = [
    ["createdb shop", "dropdb shop"],
    ["createdb t1", "dropdb t2"],
    ["createdb t1", "dropdb -h db.example.com t1"],
    ["createdb t1", "PGHOST=db.example.com dropdb t1"],
    ["createdb t1", "psql shop -c 'drop table a'"],
    ["psql -c 'create database demo'", "psql -c 'drop database demo; drop table users'"],
    ["mysql -e 'create database t1'", "mysql -e 'drop database shop'"],
    ["sqlite3 shop.db 'select 1'", "sqlite3 shop.db 'drop table a'"],
    ["sqlite3 new.db 'create table a(b)'", "sqlite3 new.db \"attach 'shop.db' as s; drop table s.a\""],
    ["docker build -t app:test .", "docker rmi app:prod"],
    ["docker build -t app:test .", "docker rmi app:test base"],
    ["docker build -t app:test .", "docker image prune -f"],
]
FILES = {"shop.db": "x", "wipe.sql": "delete from a;\n"}


@pytest.mark.parametrize("calls", OWN, ids=lambda calls: calls[-1])
def test_what_the_session_made_it_may_drop(a_context: Context, calls: list[str]) -> None:
    session = PlayedSession(a_context, FILES)

    assert [call for call in calls if not session.call(call).granted] == []


@pytest.mark.parametrize("calls", OTHERS, ids=lambda calls: calls[-1])
def test_what_it_did_not_make_it_may_not(a_context: Context, calls: list[str]) -> None:
    session = PlayedSession(a_context, FILES)

    assert session.call(calls[0]).granted
    assert not session.call(calls[1]).granted


def test_a_program_may_name_its_own_folder(a_context: Context) -> None:
    """What lies beside it is known then, and so is what lies above."""
    cleans = "fs.rmSync(path.join(__dirname, '..', 'dist'), {recursive: true})"
    wipes = "import shutil, pathlib\nshutil.rmtree(pathlib.Path(__file__).resolve().parents[1] / 'src')"

    assert PlayedSession(a_context).play(write("tools/clean.js", cleans), "node tools/clean.js").granted
    assert not PlayedSession(a_context).play(write("tools/wipe.py", wipes), "python tools/wipe.py").granted
