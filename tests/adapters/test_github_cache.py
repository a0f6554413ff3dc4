"""What was read from GitHub is kept with its ETag, and asked for with it the next time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.adapters.github import GitHub, MemoryCache
from bot.steps.stop import StopAsked
from tests.adapters.github_answers import (
    AN_ISSUE,
    HERE,
    ISSUE,
    READS,
    Served,
    a_client,
    an_account,
    serve_answers,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve_answers() as served:
        yield served


@pytest.fixture
def served(server: Served) -> Served:
    server.start_anew()
    return server


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


def test_a_check_before_each_read_ends_a_list_between_two_pages(served: Served) -> None:
    """In this block only."""
    client, pages = a_client(served), iter([True])
    served.body, served.headers = json.dumps([AN_ISSUE]), {"Link": f'<{served.url}/more>; rel="next"'}

    def check() -> None:
        if not next(pages, False):
            raise StopAsked

    with client.checking(check), pytest.raises(StopAsked):
        client.labeled_issues(HERE, "auto", state="all")
    assert len(served.asked) == 1

    served.body, served.headers = "[]", {}
    client.labeled_issues(HERE, "auto", state="all")
    assert len(served.asked) == 2
