"""Whether Claude's API takes the credential now: the cheapest question that it answers honestly.

A list of models tells whether a key is good; that there is credit only a message shows, so the smallest one is sent.
A subscription's token is not asked for a message: what it may spend is a usage limit, and that has a reset of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import requests

from bot.adapters.claude.plan import ANTHROPIC, Credential

_SECONDS = 20.0
_VERSION = "2023-06-01"
_OAUTH = "oauth-2025-04-20"
_REFUSED = frozenset({401, 403})


class Account(Enum):
    """What the API says of the credential."""

    GOOD = "it is accepted"
    REFUSED = "it is refused"
    NO_CREDIT = "it has no credit left"
    UNKNOWN = "the API did not say"


def account_of(credential: Credential) -> Account:
    """Ask. Costs nothing, or one token."""
    if not (credential.api_key or credential.oauth_token):
        return Account.REFUSED
    try:
        return _asked(credential)
    except (requests.RequestException, ValueError, KeyError, IndexError, TypeError):
        return Account.UNKNOWN  # unreachable, or something else than the API answers: no word on the credential


def _asked(credential: Credential) -> Account:
    listed = _ask(credential, "GET", "/v1/models?limit=1")
    if listed.status_code in _REFUSED:
        return Account.REFUSED
    listed.raise_for_status()
    if not credential.api_key:
        return Account.GOOD
    smallest = {"max_tokens": 1, "messages": [{"role": "user", "content": "."}]}
    said = _ask(credential, "POST", "/v1/messages", smallest | {"model": listed.json()["data"][0]["id"]})
    if said.status_code in _REFUSED:
        return Account.REFUSED
    if said.status_code == requests.codes.bad_request and "credit balance" in said.text.lower():
        return Account.NO_CREDIT
    return Account.GOOD if said.ok else Account.UNKNOWN


def _ask(credential: Credential, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    headers = {"anthropic-version": _VERSION}
    if credential.api_key:
        headers["x-api-key"] = credential.api_key
    else:
        headers |= {"Authorization": f"Bearer {credential.oauth_token}", "anthropic-beta": _OAUTH}
    url = (credential.base_url or ANTHROPIC).rstrip("/") + path
    return requests.request(method, url, headers=headers, json=body, timeout=_SECONDS, allow_redirects=False)
