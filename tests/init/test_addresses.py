"""What a person types for a server or for this machine."""

from __future__ import annotations

import pytest

from bot.adapters.settings import Settings
from bot.init.addresses import api_of, webhook_of


@pytest.mark.parametrize(
    ("said", "api"),
    [
        ("https://git.example.org", "https://git.example.org/api/v3"),
        ("git.example.org", "https://git.example.org/api/v3"),
        ("https://git.example.org/api/v3/", "https://git.example.org/api/v3"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://github.com", "https://api.github.com"),
        ("https://api.github.com", "https://api.github.com"),
        ("https://api.octo.ghe.com/", "https://api.octo.ghe.com"),
    ],
)
def test_where_the_api_of_a_server_is(said: str, api: str) -> None:
    assert api_of(said) == api
    assert Settings(github_api_url=api).web_url in {
        "https://git.example.org",
        "https://octo.ghe.com",
        "https://github.com",
    }


@pytest.mark.parametrize(
    "said", ["", "https://", "ftp://git.example.org", "https://[::1", "https://u:p@git.example.org", "a b"]
)
def test_what_is_no_address_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="expected https://HOST"):
        api_of(said)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("", None),
        ("https://bot.example.org", "https://bot.example.org/webhook"),
        ("bot.example.org:8443", "https://bot.example.org:8443/webhook"),
        ("https://bot.example.org/webhook", "https://bot.example.org/webhook"),
    ],
)
def test_where_deliveries_arrive(said: str, address: str | None) -> None:
    assert webhook_of(said) == address


@pytest.mark.parametrize(
    "said",
    [
        *(
            "http://bot.example.org",
            "https://localhost:8000",
            "127.0.0.1",
            "10.0.0.1",
            "nas.local",
            "https://[::1",
            "x",
        ),
        *("localhost.", "127.1", "h .example.org", "bot.example.org:99999", "https://u:p@bot.example.org"),
        *("https://bot.example.org/nightshift", "https://bot.example.org?x=1"),
    ],
)
def test_an_address_that_github_cannot_reach_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="as GitHub reaches this machine"):
        webhook_of(said)
