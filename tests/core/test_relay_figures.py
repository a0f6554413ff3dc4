"""What the relay saw is counted by the answers, and by the kinds of tokens."""

from __future__ import annotations

from bot.core.prices import Usage
from bot.core.relay_figures import RelayFigures, count_requests
from bot.core.witness import Exchange, Witness


def test_requests_are_counted_by_their_answers() -> None:
    usage = Usage(input=3, output=5, read=7, write=11, write_hour=2)
    exchanges = (
        Exchange(number=1, status=200, usage=usage),
        Exchange(number=2, status=529),
        Exchange(number=3, status=200, usage=usage),
        Exchange(number=4, error_text="no route to host"),
    )

    found = count_requests(Witness(exchanges=exchanges, refusals=("a request to another host",)))

    assert found.answers == {"200": 2, "529": 1, "unreachable": 1}
    assert found.refused == 1
    assert found.tokens == {"input": 6, "output": 10, "cache_read": 14, "cache_write": 22}
    assert count_requests(Witness()) == RelayFigures()
