"""Every answer of GitHub becomes a value or GitHubFailed where it arrives, however absurd it is.

A proxy's login page in JSON, a gateway under repair: no such answer may fail later, in the middle of the night.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.adapters.github import AppAccount, GitHub, GitHubFailed, reading
from bot.core.redelivery import DeliveryAttempt
from bot.core.wrong_settings import LARGEST
from tests.adapters.github_answers import (
    A_COMMENT,
    A_PULL,
    A_REPOSITORY,
    ABSURD,
    AN_ATTEMPT,
    AN_EVENT,
    AN_ISSUE,
    HERE,
    ISSUE,
    NOW,
    PERSON,
    READS,
    WHEN,
    WRITES,
    Served,
    a_client,
    log_of,
    serve_answers,
)

TO_REPEAT = DeliveryAttempt(id=1, guid="g", event="issues", action="labeled", delivered_at=NOW, status_code=502)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve_answers() as served:
        yield served


@pytest.fixture
def served(server: Served) -> Served:
    server.start_anew()
    return server


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


OTHER_WRITES: list[Callable[[GitHub], object]] = [
    lambda client: client.remove_label(ISSUE, "auto"),
    lambda client: log_of(client).redeliver(TO_REPEAT),
]
OF_AN_APP: list[Callable[[AppAccount], object]] = [
    lambda account: account.me(),
    lambda account: account.repositories(),
    lambda account: account.push_token(HERE),
    lambda account: account.client(HERE) and None,
    lambda account: account.looks_after(HERE),
]


def altered(shown: Any) -> Iterator[Any]:
    """What GitHub shows, with one value of it missing or of another type."""
    if isinstance(shown, list):
        for each in shown:
            yield from ([other] for other in altered(each))
        return
    for name, value in shown.items():
        yield {other: kept for other, kept in shown.items() if other != name}
        for wrong in (None, 7, "x", [7], {"a": 1}, True):
            if type(wrong) is not type(value):
                yield {**shown, name: wrong}
        if isinstance(value, dict):
            for other in altered(value):
                yield {**shown, name: other}


def well_typed(value: Any) -> bool:
    """Whether every field of what came out holds what it says, so that nothing fails where it is used."""
    if is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        shown = [(getattr(value, each.name), hints[each.name]) for each in fields(value)]
        return all(fits(inner, hint) and well_typed(inner) for inner, hint in shown)
    if isinstance(value, list | tuple | frozenset):
        return all(map(well_typed, value))
    return value is None or isinstance(value, bool | int | str | datetime | dict)


def fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return any(fits(value, each) for each in inner)
    if origin in {tuple, frozenset}:
        return isinstance(value, origin) and all(fits(each, inner[0]) for each in value)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    return type(value) is (origin or hint)


@pytest.mark.parametrize("name", READS)
def test_an_absurd_answer_to_a_read_is_a_failure_of_github(name: str, served: Served) -> None:
    """What it takes for a value is one: an empty list, a thing in which only what may be missing is missing."""
    read, _ = READS[name]
    for body in ABSURD:
        served.body = json.dumps(body)
        try:
            found = read(a_client(served))
        except GitHubFailed as failed:
            assert failed.status is None, body
            assert failed.transient
        else:
            assert well_typed(found), body
    assert all(verb == "GET" for verb, _ in served.asked)


READINGS: list[tuple[Callable[[Any], object], Any]] = [
    (reading.issue, AN_ISSUE),
    (reading.issue, {**AN_ISSUE, "pull_request": {"merged_at": WHEN}}),
    (reading.comment, A_COMMENT),
    (reading.pull_request, A_PULL),
    (reading.read_event, AN_EVENT),
    (reading.repository, A_REPOSITORY),
    (reading.delivery_attempt, AN_ATTEMPT),
    (reading.actor, PERSON),
    (reading.number, AN_ISSUE),
    (reading.identity, AN_ISSUE),
    (reading.moment, WHEN),
]


@pytest.mark.parametrize(("read", "shown"), READINGS)
def test_one_value_that_is_another_is_never_read_as_what_it_is_not(read: Callable[[Any], object], shown: Any) -> None:
    """Where something is missing, or of another type: the errors that are taken for GitHub's, or a value that holds."""
    read(shown)
    for other in [*ABSURD, *(altered(shown) if isinstance(shown, dict) else ["2026-03-01T22:00:00", "x"])]:
        try:
            found = read(other)
        except (KeyError, TypeError, ValueError):
            continue
        assert well_typed(found), other


@pytest.mark.parametrize(
    ("shown", "content"),
    [
        ({"type": "file", "encoding": "base64", "content": "eAo=\n"}, b"x\n"),
        ({"type": "file", "encoding": "none", "content": "", "size": 1_000_001}, reading.NOT_SHOWN),
        ({"type": "symlink", "target": "a"}, None),
        ({"type": "submodule"}, None),
        ([{"type": "file"}], None),
    ],
)
def test_a_file_that_github_does_not_show_is_no_missing_one(shown: Any, content: bytes | None) -> None:
    """It is larger than whatever is read of files here."""
    assert reading.file(shown) == content
    assert len(reading.NOT_SHOWN) > LARGEST


@pytest.mark.parametrize("name", READS)
def test_what_github_shows_is_read(name: str, served: Served) -> None:
    read, shown = READS[name]
    served.body = json.dumps(shown)
    read(a_client(served))
    for text in ("", "<html>", "[" * 100_000):
        served.body = text
        with pytest.raises(GitHubFailed):
            read(a_client(served))


@pytest.mark.parametrize("name", WRITES)
def test_an_absurd_answer_to_a_write_leaves_open_whether_it_happened(name: str, served: Served) -> None:
    """Unless it says the one thing that PyGithub takes for a success: that the repository has moved."""
    for body in ABSURD:
        served.body = json.dumps(body)
        try:
            WRITES[name](a_client(served))
        except GitHubFailed as failed:
            assert failed.status in {None, 307}, body
    assert {verb for verb, _ in served.asked} <= {"POST", "PATCH", "DELETE"}


def test_a_label_is_taken_off_and_a_delivery_asked_for_whatever_is_shown(served: Served) -> None:
    for body in ABSURD:
        served.body = json.dumps(body)
        for act in OTHER_WRITES:
            try:
                act(a_client(served))
            except GitHubFailed as failed:
                assert failed.status in {None, 307}


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Mar 2026 22:00:00 GMT"])
def test_a_time_that_is_none_is_a_failure_too(date: str | None, served: Served) -> None:
    served.headers = {} if date is None else {"Date": date}
    with pytest.raises(GitHubFailed):
        a_client(served).clock_ahead(HERE, NOW)


def test_githubs_clock_is_read(served: Served) -> None:
    served.headers = {"Date": "Sun, 01 Mar 2026 22:00:05 GMT"}
    assert a_client(served).clock_ahead(HERE, NOW).total_seconds() == 5


def test_an_app_meets_absurd_answers_as_failures_too(served: Served, key: str) -> None:
    """Its name, where it is installed, and the token that it is given."""
    for body in [*ABSURD, {"repositories": [{}]}, [{"id": 1}], {"id": 4, "token": 7}, {"id": 4}]:
        served.body = json.dumps(body)
        for act in OF_AN_APP:
            try:
                found = act(AppAccount(7, key, api_url=served.url, repositories=()))
            except GitHubFailed:
                continue
            assert well_typed(found), body
