"""A person signs in to the dashboard in a real browser, through a proxy with TLS, and acts; other sites cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from bot.adapters.settings import read_settings
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.server import SimulatedGitHub
from bot.wiring import Services
from tests.browser import a_chromium
from tests.patience import within
from tests.stories.app_keys import a_key
from tests.stories.tls_proxy import a_tls_proxy
from tests.stories.web_server import WebServer, run_web_server

HOST = "night.example"
CLOCK = "octo/clock"
APP = 7


@dataclass(frozen=True, slots=True)
class Set:
    """`public`: the address for browsers elsewhere, `local`: the one on this host."""

    github: SimulatedGitHub
    services: Services
    issue: IssueRef
    public: str
    local: str

    @property
    def state(self) -> State:
        return self.services.operations.demand_task(self.issue).state


@contextmanager
def a_context() -> Iterator[BrowserContext]:
    with a_chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1") as browser:
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(within(20) * 1000)
        yield context


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Set]:
    behind: list[int] = []
    with SimulatedGitHub(tmp_path / "github") as github, a_tls_proxy(HOST, behind) as port:
        public = f"https://{HOST}:{port}"
        for login in ("ada", "nightshift"):
            github.add_user(login)
        github.add_repository(CLOCK, files={"a": "a"}, private=True)
        for login in ("ada", "nightshift"):
            github.set_role(CLOCK, login, "write")
        app = github.add_app(APP, slug="night", key=a_key(), callback_urls=(f"{public}/sign-in/back",))
        client = {"GITHUB_CLIENT_ID": app.client_id, "GITHUB_CLIENT_SECRET": app.client_secret}
        token = github.add_token("nightshift").value
        settings = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": token, "PUBLIC_URL": public, **client}
        (tmp_path / "data").mkdir()
        with run_web_server(tmp_path / "data", REPOSITORIES=CLOCK, **settings) as server:
            behind.append(server.port)
            yield _add_task(github, server, public)
        assert github.violations == ()


def _add_task(github: SimulatedGitHub, server: WebServer, public: str) -> Set:
    services = Services(read_settings(server.environment(), server.folder / ".env"))
    issue = IssueRef(CLOCK, github.open_issue(CLOCK, title="Tell the time", author="ada").number)
    services.operations.add(issue)
    return Set(github, services, issue, public, f"http://localhost:{server.port}")


def post_from_elsewhere(context: BrowserContext, address: str, issue: IssueRef) -> str:
    """A page of another site, with a button that a person presses. Returns what they see then."""
    page = context.new_page()
    page.set_content(
        f'<form method="post" action="{address}"><input name="issue" value="{issue}"><button>Win</button></form>'
    )
    with page.expect_navigation():
        page.get_by_role("button").click()
    return page.inner_text("main")


def sign_in(page: Page, site: Set) -> None:
    """From the public page, by two links and GitHub's button."""
    page.goto(f"{site.public}/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Sign in with GitHub").click()
    page.get_by_role("button", name="Authorize night").click()
    page.get_by_role("button", name="Sign out").wait_for()


@pytest.mark.needs("chromium")
def test_a_person_signs_in_acts_and_signs_out(site: Set) -> None:
    """The session holds in every process of the web server, and ends in all of them. The operator needs none."""
    task = f"/tasks/{CLOCK}/{site.issue.number}"
    site.github.sign_in("ada")
    with a_context() as context:
        page = context.new_page()
        sign_in(page, site)
        kept = {each["name"]: each for each in context.cookies(site.public)}
        page.goto(f"{site.public}{task}")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("is cancelled").wait_for()
        cancelled = site.state
        refused = [
            post_from_elsewhere(context, f"{address}/actions/retry", site.issue)
            for address in (site.public, site.local)
        ]
        after = site.state
        reloaded = [page.goto(f"{site.public}{task}") for _ in range(6)]
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("link", name="Sign in").wait_for()
        ended = [page.goto(f"{site.public}{task}") for _ in range(6)]
        page.goto(f"{site.local}{task}")
        page.get_by_role("button", name="Retry").click()
        page.get_by_text("is in the queue").wait_for()

    assert list(kept) == ["__Host-nightshift"]
    assert [kept["__Host-nightshift"][name] for name in ("httpOnly", "secure", "sameSite")] == [True, True, "Lax"]
    assert (cancelled, after, site.state) == (State.CANCELLED, State.CANCELLED, State.QUEUED)
    assert "Nothing was done" in refused[0]
    assert "Load the page again" in refused[1]
    assert {answer.url for answer in reloaded if answer} == {f"{site.public}{task}"}
    assert {answer.url.partition("?")[0] for answer in ended if answer} == {f"{site.public}/sign-in"}
