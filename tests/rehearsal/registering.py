"""Registers an App on the simulated GitHub's pages as a browser does: it fills in the forms that the pages hold."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from bot.rehearsal.github.server import SimulatedGitHub

BACK = "http://127.0.0.1:9/back"
MANIFEST = {
    "url": "https://example.org",
    "redirect_url": BACK,
    "setup_url": "http://127.0.0.1:9/installed",
    "default_permissions": {"contents": "write", "issues": "write"},
    "default_events": ["issues", "issue_comment"],
    "hook_attributes": {"url": "https://example.org/webhook"},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser was sent, with what behind the address."""

    url: str
    query: dict[str, str]

    @property
    def code(self) -> str:
        return self.query["code"]


@dataclass(frozen=True, slots=True)
class Registering:
    github: SimulatedGitHub
    session: requests.Session
    person: str

    def register(self, manifest: Any = MANIFEST, *, name: str = "octo-nightshift", place: str = "") -> Sent:
        """Raises AssertionError with the page if GitHub refuses it."""
        self.github.sign_in(self.person)
        page = self.post(f"{place}/settings/apps/new?state=s", {"manifest": json.dumps(manifest)})
        assert page.ok, page.text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        plain = {key: html.unescape(value) for key, value in fields.items()}
        return sent(self.post(f"{place}/settings/apps", {**plain, "name": name}))

    def post(self, path: str, form: dict[str, Any]) -> requests.Response:
        return self.session.post(f"{self.github.web_url}{path}", data=form, allow_redirects=False)


def register_app(github: SimulatedGitHub, session: requests.Session, person: str = "octo") -> str:
    """Returns the code that shows its secrets."""
    return Registering(github, session, person).register().code


def sent(answer: requests.Response) -> Sent:
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return Sent(f"{parts.scheme}://{parts.netloc}{parts.path}", query)
