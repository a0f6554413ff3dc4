"""Every answer of GitHub becomes a value or GitHubFailed where it arrives, however absurd it is.

A proxy's login page in JSON, a gateway under repair: no such answer may fail later, in the middle of the night.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.adapters.github import AppAccount, GitHub, GitHubFailed, MemoryCache, TokenAccount, reading
from bot.core.redelivery import DeliveryAttempt
from bot.core.references import IssueRef

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
HERE = "octo/clock"
ISSUE = IssueRef(HERE, 7)
WHEN = "2026-03-01T22:00:00Z"
PERSON = {"login": "ada", "id": 3, "type": "User"}

AN_ISSUE: dict[str, Any] = {
    "number": 7,
    "id": 70,
    "title": "Tell",
    "body": None,
    "state": "open",
    "user": PERSON,
    "labels": [{"name": "auto"}],
    "comments": 0,
    "created_at": WHEN,
    "updated_at": WHEN,
}
A_COMMENT: dict[str, Any] = {
    "id": 9,
    "issue_url": f"https://api.github.com/repos/{HERE}/issues/7",
    "body": "x",
    "user": PERSON,
    "created_at": WHEN,
    "updated_at": WHEN,
}
A_PULL: dict[str, Any] = {
    "number": 8,
    "id": 80,
    "title": "Tell",
    "body": "",
    "state": "open",
    "user": PERSON,
    "head": {"ref": "auto/7", "repo": {"full_name": HERE}},
    "base": {"ref": "main", "repo": {"full_name": HERE}},
    "merged_at": None,
}
AN_EVENT: dict[str, Any] = {"event": "labeled", "actor": PERSON, "created_at": WHEN, "label": {"name": "auto"}}
A_REPOSITORY: dict[str, Any] = {
    "full_name": HERE,
    "default_branch": "main",
    "archived": False,
    "permissions": {"push": True},
}
AN_ATTEMPT: dict[str, Any] = {
    "id": 1,
    "guid": "g",
    "event": "issues",
    "action": "labeled",
    "delivered_at": WHEN,
    "status_code": 202,
}
TO_REPEAT = DeliveryAttempt(id=1, guid="g", event="issues", action="labeled", delivered_at=NOW, status_code=502)


@dataclass
class Served:
    """What is answered to everything that is asked, and what was asked."""

    url: str = ""
    body: str = "{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    named: list[str | None] = field(default_factory=list)  # the ETags


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            served.asked.append((self.command, self.path))
            served.named.append(self.headers.get("If-None-Match"))
            known = served.headers.get("ETag") is not None and served.named[-1] == served.headers["ETag"]
            body = b"" if known else served.body.encode()
            self.send_response_only(304 if known else served.status)  # the `Date` is the test's own
            for name, value in {"Content-Length": str(len(body)), **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        served.url = f"http://127.0.0.1:{listening.server_port}"
        yield served
        listening.shutdown()
        thread.join()


@pytest.fixture
def served(server: Served) -> Served:
    server.body, server.status, server.headers = "{}", 200, {}
    server.asked.clear()
    server.named.clear()
    return server


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@cache
def an_account(url: str) -> TokenAccount:
    return TokenAccount("ghp_x", api_url=url, repositories=(HERE,))


def a_client(served: Served) -> GitHub:
    return GitHub(an_account(served.url), web_url=served.url, cache=MemoryCache())


def log_of(client: GitHub) -> Any:
    return client.delivery_logs({HERE: 5})[0]


READS: dict[str, tuple[Callable[[GitHub], object], Any]] = {
    "repository": (lambda client: client.repository(HERE), A_REPOSITORY),
    "permission": (lambda client: client.may_write(HERE, "ada"), {"permission": "write", "role_name": "write"}),
    "issue": (lambda client: client.issue(ISSUE), AN_ISSUE),
    "issue now": (lambda client: client.issue_now(ISSUE), AN_ISSUE),
    "labelled": (lambda client: client.labeled_issues(HERE, "auto"), [AN_ISSUE]),
    "census": (lambda client: client.labelled_census(HERE, "auto"), [AN_ISSUE]),
    "pulls census": (lambda client: client.pull_request_census(HERE), [A_PULL]),
    "issues changed": (lambda client: client.issues_changed(HERE, NOW), [AN_ISSUE]),
    "comments changed": (lambda client: client.comments_changed(HERE, NOW), [A_COMMENT]),
    "comments since": (lambda client: client.comments_since(HERE, NOW), [A_COMMENT]),
    "comments": (lambda client: client.comments(ISSUE), [A_COMMENT]),
    "all comments": (lambda client: client.all_comments(ISSUE), [A_COMMENT]),
    "history": (lambda client: client.history(ISSUE), [AN_EVENT]),
    "last labeling": (lambda client: client.last_labeling(ISSUE, "auto"), [AN_EVENT]),
    "pull requests": (lambda client: client.pull_requests(HERE, "auto/7"), [A_PULL]),
    "all pull requests": (lambda client: client.all_pull_requests(HERE), [A_PULL]),
    "pull request": (lambda client: client.pull_request(HERE, 8), A_PULL),
    "log of deliveries": (lambda client: log_of(client).attempts(NOW), [AN_ATTEMPT]),
    "look at the log": (lambda client: log_of(client).look(), [AN_ATTEMPT]),
    "me": (lambda client: client.account.me(), PERSON),
}
WRITES: dict[str, Callable[[GitHub], object]] = {
    "comment": lambda client: client.create_comment(ISSUE, "x"),
    "edit": lambda client: client.edit_comment(ISSUE, 9, "x"),
    "react": lambda client: client.react(ISSUE, 9, "eyes"),
    "label": lambda client: client.add_label(ISSUE, "auto"),
    "create label": lambda client: client.create_label(HERE, "auto", color="aaaaaa", description="x"),
    "pull request": lambda client: client.create_pull_request(HERE, head="a", base="b", title="t", body="x"),
    "edit pull request": lambda client: client.edit_pull_request(HERE, 8, title="t", body="x"),
}
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
ABSURD: list[Any] = [
    *({}, [], None, True, 7, 1.5, "x", "", [None], [[]], [{}], ["x"], [7], {"ok": True}, {"message": "log in"}),
    {"number": "7", "id": "x"},
    {"number": None, "id": None},
    {"id": {}, "number": []},
    [{"number": 1}],
    [{"id": 1}],
    {"permission": 7, "role_name": []},
    {"permissions": "push", "full_name": 1},
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
    (reading.happened, AN_EVENT),
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


# -- ETags


def test_what_was_kept_is_asked_for_with_its_etag(served: Served) -> None:
    client = a_client(served)
    served.body, served.headers = json.dumps(AN_ISSUE), {"ETag": '"1"'}
    first = client.issue_now(ISSUE)
    again = client.issue_now(ISSUE)  # not kept: as if there had been a crash
    client.keep(again)
    known = client.issue_now(ISSUE)

    assert served.named == [None, None, '"1"']
    assert first.value == again.value == known.value
    assert client.reads == 2


def test_a_change_is_read_anew(served: Served) -> None:
    client = a_client(served)
    served.body, served.headers = json.dumps(AN_ISSUE), {"ETag": '"1"'}
    client.keep(client.issue_now(ISSUE))
    served.body, served.headers = json.dumps({**AN_ISSUE, "title": "Sing"}), {"ETag": '"2"'}

    assert client.issue_now(ISSUE).value.title == "Sing"
    assert served.named == [None, '"1"']


def test_a_note_that_cannot_be_read_is_as_good_as_none(served: Served) -> None:
    """An older program wrote it, or something in between did."""
    served.body, served.headers = json.dumps(AN_ISSUE), {"ETag": '"1"'}
    for note in ("", "{}", "[", "7", '"x"'):
        kept = MemoryCache()
        client = GitHub(an_account(served.url), web_url=served.url, cache=kept)
        client.keep(client.issue_now(ISSUE))
        (address,) = kept._kept
        kept.put(address, '"1"', note)
        assert client.issue_now(ISSUE).value.title == "Tell"


def test_a_census_knows_the_numbers_of_a_page_that_has_not_changed(served: Served) -> None:
    client = a_client(served)
    served.body, served.headers = json.dumps([AN_ISSUE]), {"ETag": '"1"'}
    for page in client.labelled_census(HERE, "auto"):
        client.keep(page)
    (known,) = client.labelled_census(HERE, "auto")

    assert known.value.numbers == (7,)
    assert known.value.items == ()


def test_an_answer_without_an_etag_is_not_kept(served: Served) -> None:
    client = a_client(served)
    served.body = json.dumps(AN_ISSUE)
    client.keep(client.issue_now(ISSUE))
    client.issue_now(ISSUE)
    assert served.named == [None, None]


# -- limits and refusals


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (403, {"Retry-After": "30"}, 30),
        (429, {"Retry-After": "30"}, 30),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772402460"}, 61),
        (429, {}, 60),
        (403, {"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "1772402460"}, None),
        (404, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772402460"}, None),
        (403, {}, None),
        (422, {}, None),
    ],
)
def test_a_limit_says_how_long_to_wait_and_a_refusal_does_not(
    status: int, headers: dict[str, str], wait: float | None, served: Served
) -> None:
    """GitHub shows the figures of the limit with every answer: only those of one that is used up are a wait."""
    served.status, served.body = status, json.dumps({"message": "no"})
    served.headers = {**headers, "Date": "Sun, 01 Mar 2026 22:00:00 GMT"}
    with pytest.raises(GitHubFailed) as failed:
        a_client(served).issue(ISSUE)
    assert (failed.value.status, failed.value.retry_after) == (status, wait)


@pytest.mark.parametrize("status", [403, 404, 422, 429, 500])
def test_an_absurd_refusal_is_a_refusal(status: int, served: Served) -> None:
    served.status = status
    served.headers = {"Retry-After": "soon", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "never", "Date": "?"}
    for body in [*ABSURD, {"message": 7, "errors": 7}, {"message": [], "errors": [7, None, {"message": {}}]}]:
        served.body = json.dumps(body)
        for act in (WRITES["comment"], WRITES["react"]):
            with pytest.raises(GitHubFailed) as failed:
                act(a_client(served))
            assert failed.value.status in {status, None}


def test_a_refused_token_is_known_until_it_is_taken_again(served: Served) -> None:
    client = a_client(served)
    served.status = 401
    with pytest.raises(GitHubFailed):
        client.issue(ISSUE)
    assert client.refused
    served.status, served.body = 200, json.dumps(AN_ISSUE)
    client.issue(ISSUE)
    assert not client.refused


def test_an_unknown_account_may_not_write(served: Served) -> None:
    served.status, served.body = 404, json.dumps({"message": "Not Found"})
    assert not a_client(served).may_write(HERE, "nobody")


def test_within_one_look_a_role_is_asked_for_once(served: Served) -> None:
    client = a_client(served)
    served.body = json.dumps({"permission": "write", "role_name": "write"})
    with client.one_look():
        assert client.may_write(HERE, "ada")
        assert client.may_write(HERE, "ada")
    assert len(served.asked) == 1
    assert client.may_write(HERE, "ada")
    assert len(served.asked) == 2


def test_a_label_that_is_there_already_is_as_good_as_made(served: Served) -> None:
    served.status, served.body = 422, json.dumps({"message": "Validation Failed"})
    a_client(served).create_label(HERE, "auto", color="aaaaaa", description="x")
    with pytest.raises(GitHubFailed):
        a_client(served).create_comment(ISSUE, "x")


class BrokenCache(MemoryCache):
    def get(self, address: str) -> tuple[str, str] | None:
        raise LookupError(f"{address} cannot be read from the ledger")


def test_an_error_of_the_cache_is_no_answer_of_github(served: Served) -> None:
    """It is a fault of Nightshift or of its disk: taken for an outage, it would be tried again for a day unseen."""
    client = GitHub(an_account(served.url), web_url=served.url, cache=BrokenCache())
    for ask in (READS["issue now"], READS["census"], READS["issues changed"], READS["comments changed"]):
        with pytest.raises(LookupError, match="cannot be read from the ledger"):
            ask[0](client)
    assert served.asked == []
