"""Sessions of people are shared by all processes: one that has ended stays so, whatever is written at that moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.own_key import provide_key
from bot.adapters.signed_in import SignedInPeople
from bot.core.facts import Actor
from bot.core.rights import Right, Rights

ADA = Actor(login="ada", id=1)
NOW = datetime(2026, 5, 1, 22, tzinfo=UTC)
RIGHTS = Rights.of({"octo/clock": Right.WRITE, "octo/tools": Right.READ, "octo/secret": Right.NONE})


@pytest.fixture
def people(tmp_path: Path) -> SignedInPeople:
    return SignedInPeople(folder=tmp_path / "people", most=3)


def test_another_process_knows_the_session(people: SignedInPeople) -> None:
    secret = people.begin(ADA, Rights(), NOW)
    people.note_rights(secret, RIGHTS, NOW + timedelta(minutes=1))

    found = SignedInPeople(folder=people.folder).find(secret, NOW + timedelta(minutes=2))

    assert found is not None
    assert (found.person, found.rights, found.since) == (ADA, RIGHTS, NOW)
    assert found.rights.reads == {"octo/clock", "octo/tools"}
    assert found.rights.writes == {"octo/clock"}


def test_rights_that_arrive_late_bring_no_session_back(people: SignedInPeople) -> None:
    secret = people.begin(ADA, RIGHTS, NOW)
    people.end(secret)
    people.note_rights(secret, RIGHTS, NOW)

    assert people.find(secret, NOW) is None
    assert list(people.folder.iterdir()) == []


def test_a_reader_sees_a_whole_session_while_rights_are_written(people: SignedInPeople) -> None:
    secret = people.begin(ADA, RIGHTS, NOW)
    many = Rights(reads=frozenset(f"octo/r{number}" for number in range(2000)))

    with ThreadPoolExecutor(4) as pool:
        for rights in (many, RIGHTS) * 20:
            pool.submit(people.note_rights, secret, rights, NOW)
        found = [people.find(secret, NOW) for _ in range(200)]

    assert all(each is not None and each.rights in {many, RIGHTS} for each in found)


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(hours=8), timedelta(seconds=-1)])
def test_it_ends_by_itself(people: SignedInPeople, later: timedelta) -> None:
    """Without use; after its time; and where the clock was set back, since its time is unknown then."""
    secret = people.begin(ADA, RIGHTS, NOW)

    assert people.find(secret, NOW + later) is None
    assert people.find(secret, NOW) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"login": "ada"}', "null"])
def test_a_file_that_was_cut_off_is_no_session(people: SignedInPeople, text: str) -> None:
    secret = people.begin(ADA, RIGHTS, NOW)
    (file,) = people.folder.iterdir()
    file.write_text(text)

    assert people.find(secret, NOW) is None
    people.begin(ADA, RIGHTS, NOW)
    assert not file.exists()


def test_the_oldest_of_too_many_ends(people: SignedInPeople) -> None:
    secrets = [people.begin(ADA, RIGHTS, NOW + timedelta(seconds=number)) for number in range(5)]

    found = [people.find(secret, NOW + timedelta(minutes=1)) is not None for secret in secrets]

    assert found == [False, False, True, True, True]


@pytest.mark.parametrize("secret", ["", "../key", "/etc/passwd", "\udce9", "x" * 10_000])
def test_what_is_no_secret_finds_nothing(people: SignedInPeople, secret: str) -> None:
    people.begin(ADA, RIGHTS, NOW)

    assert people.find(secret, NOW) is None


def test_all_processes_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "dashboard" / "key"

    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: provide_key(path), range(64)))

    assert [len(key) for key in keys] == [32]
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_holds_something_else_is_no_key(tmp_path: Path) -> None:
    """What is signed with a short or an empty key could be guessed."""
    for content in (b"", b"short", b"x" * 33):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(ValueError, match="is not a key of Nightshift: delete it"):
            provide_key(tmp_path / "key")
