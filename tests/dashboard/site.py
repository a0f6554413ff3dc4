"""The whole web server with a dashboard that people sign in to, in front of a simulated GitHub; and their browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.adapters.settings import read_settings
from bot.core.app_manifest import CALLBACK_PATH
from bot.core.references import IssueRef
from bot.core.tasks import Task
from bot.dashboard.access.building import access_of
from bot.dashboard.access.guard import add_access
from bot.dashboard.access.who import Access
from bot.dashboard.sources import Sources
from bot.rehearsal.github.oauth_pages import AUTHORIZE
from bot.rehearsal.github.server import SimulatedGitHub
from bot.webhooks import create_app
from bot.wiring import Services
from tests.stories.installation import GitHubClock

PUBLIC = "https://night.example"
SECRET = "It's a Secret to Everybody"
CLOCK = "octo/clock"  # private: rita may read it, ada may write to it
TOOLS = "octo/tools"  # public
APP = 7
LOCAL = {"Host": "localhost:8000"}
BEHIND = {"Host": "night.example", "X-Forwarded-For": "192.0.2.7"}  # as the proxy in front says it


@dataclass(slots=True)
class Browser:
    """`headers`: of each request; `page`: one with forms; `peer`: who connects to the web server."""

    client: FlaskClient
    headers: Mapping[str, str]
    page: str
    peer: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._send("GET", path, headers, None)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> TestResponse:
        """As a page of the dashboard sends it: with the token of its forms, unless another one is given."""
        own = {"Sec_Fetch_Site": "same-origin", "Origin": "null"}
        return self._send("POST", path, {**own, **headers}, form)

    def _send(self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        return self.client.open(
            path,
            method=method,
            data=form,
            base_url=PUBLIC if self.headers.get("Host") == "night.example" else "http://localhost:8000",
            headers={**self.headers, **named},
            environ_overrides={"REMOTE_ADDR": self.peer, "SERVER_PROTOCOL": self.protocol},
        )

    def find_token(self) -> str:
        """Of the forms that this person sees; empty if there are none."""
        shown = self.get(self.page).text + self.get("/").text
        found = re.search(r'name="form_token" value="([^"]+)"', shown)
        return found[1] if found else ""


@dataclass(frozen=True)
class Site:
    github: SimulatedGitHub
    services: Services
    clock: GitHubClock
    access: Access
    wakes: list[None] = field(default_factory=list)

    @cached_property
    def app(self) -> Flask:
        sources = Sources(
            store=self.services.store,
            queue=self.services.queue,
            clock=self.clock,
            data=self.services.settings.data_dir,
            web_url=self.services.settings.web_url,
            find_viewer=self.access.find_viewer,
        )
        app = create_app(
            self.services.store, SECRET, clock=self.clock, sources=sources, note_genuine=self.access.note_genuine
        )
        add_access(app, self.access, lambda: self.services.operations, lambda: self.wakes.append(None))
        return app

    @cached_property
    def task(self) -> Task:
        """Of an issue of the private repository."""
        number = self.github.open_issue(CLOCK, title="Tell the time", author="ada").number
        return self.services.operations.add(IssueRef(CLOCK, number))

    @property
    def page(self) -> str:
        return f"/tasks/{CLOCK}/{self.task.issue.number}"

    def browse(self, headers: Mapping[str, str] = BEHIND) -> Browser:
        return Browser(self.app.test_client(), headers, self.page)

    def sign_in(self, person: str, wanted: str = "/") -> Browser:
        browser = self.browse()
        answer = browser.get(self.confirm(browser, person, wanted))
        assert answer.status_code == 303, answer.text
        return browser

    def confirm(self, browser: Browser, person: str, wanted: str = "/") -> str:
        """Begin in this browser, and confirm on GitHub's page. Returns the way back, which is not taken yet."""
        begun = browser.get(f"/sign-in/github?next={wanted}")
        assert begun.status_code == 303, begun.text
        self.github.sign_in(person)
        form = dict(parse_qsl(urlsplit(begun.headers["Location"]).query))
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.github.web_url}{AUTHORIZE}", data={**form, "answer": "authorize"}, allow_redirects=False
            )
        assert answer.headers["Location"].startswith(f"{PUBLIC}{CALLBACK_PATH}?"), answer.headers
        return answer.headers["Location"].removeprefix(PUBLIC)

    def without_sign_in(self) -> Site:
        return replace(self, access=replace(self.access, sign_in=None, public_url=None))


@contextmanager
def serve_site(folder: Path, key: str) -> Iterator[Site]:
    clock = GitHubClock()
    with SimulatedGitHub(folder / "github", clock=clock) as github:
        for login in ("ada", "rita", "eve"):
            github.add_user(login)
        github.add_repository(CLOCK, files={"a": "a"}, private=True)
        github.add_repository(TOOLS, files={"a": "a"})
        for login, role in (("ada", "write"), ("rita", "read")):
            github.set_role(CLOCK, login, role)
        app = github.add_app(APP, slug="night", key=key, callback_urls=(f"{PUBLIC}{CALLBACK_PATH}",))
        github.install_app(APP, (CLOCK, TOOLS))
        settings = {
            "GITHUB_API_URL": github.api_url,
            "GITHUB_APP_ID": str(APP),
            "GITHUB_APP_PRIVATE_KEY_FILE": str(_write_key(folder / "app.pem", key)),
            "GITHUB_CLIENT_ID": app.client_id,
            "GITHUB_CLIENT_SECRET": app.client_secret,
            "PUBLIC_URL": PUBLIC,
            "ANTHROPIC_API_KEY": "sk-thekeyofthemodel",
            "DATA_DIR": str(folder / "data"),
        }
        services = Services(read_settings(settings, folder / ".env"), clock=clock)
        access = access_of(services.settings, services.store, lambda: services.github, clock)
        yield Site(github, services, clock, access)
        services.store.close()
        assert github.violations == ()
        assert github.unmodelled == ()


def _write_key(path: Path, key: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(key)
    return path
