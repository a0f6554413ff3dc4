"""Whether Claude's API accepts the credential now, by the cheapest requests that show it.

A list of models shows whether a key is valid. Only a message shows whether there is credit, so the smallest one is
sent. With a subscription's token no message is sent: its limit is a usage limit, which has a reset time.
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


class CredentialState(Enum):
    """How the API answers to the credential."""

    GOOD = "it is accepted"
    REFUSED = "it is refused"
    NO_CREDIT = "it has no credit left"
    UNKNOWN = "the API gave no clear answer"


def check_credential(credential: Credential) -> CredentialState:
    """Ask the API. Costs nothing, or one token."""
    if not (credential.api_key or credential.oauth_token):
        return CredentialState.REFUSED
    try:
        return _check(credential)
    except (requests.RequestException, ValueError, KeyError, IndexError, TypeError):
        return CredentialState.UNKNOWN  # unreachable, or not the API that answers: the credential may be good


def _check(credential: Credential) -> CredentialState:
    listed = _ask(credential, "GET", "/v1/models?limit=1")
    if listed.status_code in _REFUSED:
        return CredentialState.REFUSED
    listed.raise_for_status()
    if not credential.api_key:
        return CredentialState.GOOD
    smallest = {"max_tokens": 1, "messages": [{"role": "user", "content": "."}]}
    answer = _ask(credential, "POST", "/v1/messages", smallest | {"model": listed.json()["data"][0]["id"]})
    if answer.status_code in _REFUSED:
        return CredentialState.REFUSED
    if answer.status_code == requests.codes.bad_request and "credit balance" in answer.text.lower():
        return CredentialState.NO_CREDIT
    return CredentialState.GOOD if answer.ok else CredentialState.UNKNOWN


def _ask(credential: Credential, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    headers = {"anthropic-version": _VERSION}
    if credential.api_key:
        headers["x-api-key"] = credential.api_key
    else:
        headers |= {"Authorization": f"Bearer {credential.oauth_token}", "anthropic-beta": _OAUTH}
    url = (credential.base_url or ANTHROPIC).rstrip("/") + path
    return requests.request(method, url, headers=headers, json=body, timeout=_SECONDS, allow_redirects=False)
