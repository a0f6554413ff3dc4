"""Who signs in with GitHub: a code becomes the person's token, which is asked who they are, and ended at once.

What the person may see is asked as the bot, so no token that could act for a person is kept.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

import requests
from github import Auth

from bot.adapters.github import reading
from bot.adapters.github.clients import TIMEOUT_SECONDS, client
from bot.adapters.github.errors import GitHubFailed, translate_errors
from bot.core.facts import Actor

_log = logging.getLogger(__name__)

_OK = 200
_HEADERS = {"Accept": "application/json", "User-Agent": "nightshift"}
_ERROR = re.compile(r"[a-z_]{1,60}")


class NotSignedIn(Exception):
    """GitHub gave no token. `code` is its word for why, such as bad_verification_code."""

    def __init__(self, code: str) -> None:
        self.code = code if _ERROR.fullmatch(code) else "an error without a name"
        super().__init__(f"GitHub gave no token: {self.code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubSignIn:
    """`back`: the address to which GitHub sends the browser back; one of the App's callback URLs."""

    client_id: str
    client_secret: str = field(repr=False)
    web_url: str
    api_url: str
    back: str

    def page(self, state: str, verifier: str) -> str:
        """GitHub's page on which a person confirms who they are. `state` comes back with the code; only who knows
        `verifier` can use the code."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "state": state,
            "code_challenge": _challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.web_url}/login/oauth/authorize?{urlencode(asked)}"

    def identify(self, code: str, verifier: str) -> Actor:
        """Raises NotSignedIn and GitHubFailed."""
        token = self._exchange(code, verifier)
        try:
            with translate_errors():
                user = client(Auth.Token(token), self.api_url).get_user()
                return Actor(login=reading.as_a(str, user.login), id=reading.as_a(int, user.id))
        finally:
            self._end(token)

    def _exchange(self, code: str, verifier: str) -> str:
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        url = f"{self.web_url}/login/oauth/access_token"
        with translate_errors():
            answer = requests.post(url, data=form, headers=_HEADERS, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            if answer.status_code != _OK:
                raise GitHubFailed(answer.status_code, "no token was given")
            shown = reading.as_object(answer.json())
            if "error" in shown:  # also with the status 200
                raise NotSignedIn(str(shown["error"]))
            return reading.as_a(str, shown["access_token"])

    def _end(self, token: str) -> None:
        """It would be good for eight hours. Nothing depends on its end: it is in no file and in no log."""
        try:
            with translate_errors():
                answer = requests.delete(
                    f"{self.api_url}/applications/{self.client_id}/token",
                    json={"access_token": token},
                    headers={**_HEADERS, "Accept": "application/vnd.github+json"},
                    auth=(self.client_id, self.client_secret),
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
        except GitHubFailed as error:
            _log.warning("the token of a person who signed in could not be ended: %s", error)
            return
        if not answer.ok:
            _log.warning(
                "the token of a person who signed in could not be ended: GitHub answered %s", answer.status_code
            )


def _challenge_of(verifier: str) -> str:
    """https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
