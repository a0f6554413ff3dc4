"""Who sees what: the operator on this host, and people with a role on GitHub."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from bot.core.facts import Actor
from bot.core.rights import Right
from bot.dashboard.access.guard import OPEN, SIGNS_IN
from bot.dashboard.access.who import SESSION
from bot.doctor_host import check_dashboard
from bot.rehearsal.github.faults import Answer, Hold
from tests.dashboard.site import BEHIND, CLOCK, LOCAL, PUBLIC, SECRET, TOOLS, Browser, Site
from tests.patience import eventually

PAGES = '<nav aria-label="Pages">'


@pytest.fixture(autouse=True)
def as_before(site: Site) -> Iterator[None]:
    """Each role is as it was."""
    yield
    site.github.set_role(CLOCK, "ada", "write")


def expired(site: Site) -> Browser:
    browser = site.sign_in("ada")
    for _ in range(16):  # in use all the time
        assert PAGES in browser.get("/").text
        site.clock.later(1800)
    return browser


def idle(site: Site) -> Browser:
    browser = site.sign_in("ada")
    site.clock.later(3601)
    return browser


def signed_out(site: Site) -> Browser:
    """Another browser with the same cookie is signed out with it."""
    browser = site.sign_in("ada")
    cookie = browser.client.get_cookie(SESSION, "night.example", "/")
    assert cookie is not None
    browser.post("/sign-out", {"form_token": browser.find_token()})
    browser.client.set_cookie(SESSION, cookie.value, domain="night.example", secure=True)
    return browser


def removed_on_github(site: Site) -> Browser:
    browser = site.sign_in("ada")
    site.github.set_role(CLOCK, "ada", "none")
    site.clock.later(181)
    return browser


def with_a_guess(site: Site) -> Browser:
    browser = site.browse()
    browser.client.set_cookie(SESSION, "../key", domain="night.example", secure=True)
    return browser


def at_another_name(site: Site) -> Browser:
    browser = site.sign_in("ada")
    cookie = browser.client.get_cookie(SESSION, "night.example", "/")
    assert cookie is not None
    browser.headers = {**BEHIND, "Host": "evil.example"}
    browser.client.set_cookie(SESSION, cookie.value, domain="localhost")
    return browser


WHO: dict[str, tuple[Callable[[Site], Browser], str, str]] = {
    "the operator": (lambda site: site.browse(LOCAL), "pages", "pages"),
    "a stranger": (lambda site: site.browse(), "public", "sign in"),
    "a page whose name points here": (lambda site: site.browse({"Host": "evil.example"}), "public", "nothing"),
    "through a proxy that hides the host": (lambda site: site.browse({**BEHIND, **LOCAL}), "public", "nothing"),
    "through a proxy that says little": (lambda site: site.browse({**LOCAL, "Via": "1.1 x"}), "public", "nothing"),
    "through nginx as it is": (lambda site: old(site.browse(LOCAL)), "public", "nothing"),
    "from another host": (lambda site: from_afar(site.browse(LOCAL)), "public", "nothing"),
    "a writer": (lambda site: site.sign_in("ada"), "pages", "pages"),
    "a reader": (lambda site: site.sign_in("rita"), "pages", "pages"),
    "somebody without a role": (lambda site: site.sign_in("eve"), "refused", "refused"),
    "a session that is over": (expired, "public", "sign in"),
    "a session that nobody used": (idle, "public", "sign in"),
    "a session that was ended": (signed_out, "public", "sign in"),
    "a person who lost the role": (removed_on_github, "refused", "refused"),
    "a guess": (with_a_guess, "public", "sign in"),
    "a session at another name": (at_another_name, "public", "nothing"),
}


def old(browser: Browser) -> Browser:
    browser.protocol = "HTTP/1.0"
    return browser


def from_afar(browser: Browser) -> Browser:
    browser.peer = "192.0.2.7"
    return browser


def outcome(answer: TestResponse) -> str:
    if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?next="):
        return "sign in"
    if answer.status_code in {403, 404}:
        return {403: "refused", 404: "nothing"}[answer.status_code]
    assert answer.status_code == 200, answer.text
    return "pages" if PAGES in answer.text else "public"


@pytest.mark.parametrize(("who", "first", "task"), WHO.values(), ids=WHO)
def test_who_sees_what(site: Site, who: Callable[[Site], Browser], first: str, task: str) -> None:
    """The first page, and a task of a private repository. All learn whether it lives, and nothing else."""
    path = f"/tasks/{CLOCK}/{site.task.issue.number}"
    browser = who(site)

    assert outcome(browser.get("/")) == first
    assert outcome(shown := browser.get(path)) == task
    assert ("Tell the time" in shown.text) == (task == "pages")
    assert browser.get("/healthz").text == "alive\n"
    assert (CLOCK in browser.get("/status.json").text) is False


@pytest.mark.parametrize(("status", "shown"), [(401, 503), (451, 403)])
def test_without_an_answer_nothing_is_shown(site: Site, status: int, shown: int) -> None:
    """Rights are asked for anew every three minutes. A repository that is closed to the bot is one without rights."""
    browser = site.sign_in("ada")
    assert PAGES in browser.get("/").text
    site.clock.later(181)
    site.github.faults.add([Answer(on=f"GET /repos/{CLOCK}/collaborators/.*", status=status)])

    answer = browser.get("/")

    assert answer.status_code == shown
    assert PAGES not in answer.text
    assert "Traceback" not in answer.text


def test_a_github_that_hangs_takes_no_more_than_two_threads(site: Site) -> None:
    """The others of the web server's threads go on to take deliveries: who comes third is refused."""
    impatient = replace(site, access=replace(site.access, patience=0.0))
    browsers = [impatient.sign_in("ada") for _ in range(3)]
    site.clock.later(181)
    hold = Hold(on=f"GET /repos/{CLOCK}/collaborators/.*", times=2)
    site.github.faults.add([hold])

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(browser.get, "/") for browser in browsers[:2]]
        eventually(lambda: site.github.faults.left == ())
        third = browsers[2].get("/")
        site.github.faults.release(hold)

    assert third.status_code == 503
    assert [answer.result().status_code for answer in waiting] == [200, 200]


def test_where_no_sign_in_is_set_up_its_page_says_how(site: Site) -> None:
    """Only the public page is there, and what has to be set."""
    browser = site.without_sign_in().browse()

    assert 'href="/sign-in"' in browser.get("/").text
    assert "GITHUB_CLIENT_ID" in browser.get("/sign-in").text
    assert browser.get("/sign-in/github").headers.get("Location") is None
    assert browser.get(f"/tasks/{CLOCK}/1").status_code == 404


def test_at_another_name_the_public_address_is_named(site: Site) -> None:
    assert f'href="{PUBLIC}/sign-in"' in site.browse({"Host": "192.0.2.1"}).get("/sign-in").text


def test_a_proxy_that_hides_itself_closes_the_dashboard(site: Site) -> None:
    """What GitHub signed came from elsewhere. If nothing but its name says so, everybody's request can look local."""
    body = b"{}"
    headers = {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
    browser = site.browse(LOCAL)

    def deliver(**more: str) -> None:
        known = {"X-GitHub-Event": "star", "X-GitHub-Delivery": "1", **headers, "Host": "night.example", **more}
        browser.client.post("/webhook", data=body, headers=known, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})

    deliver(**{"X-Forwarded-For": "140.82.112.1"})
    deliver(**{"X-Hub-Signature-256": "sha256=forged"})
    assert outcome(browser.get("/")) == "pages"
    deliver()
    try:
        assert outcome(browser.get("/")) == "public"
        assert "X-Forwarded-For" in browser.get("/sign-in").text
        assert [each.need for each in check_dashboard(site.access.hidden_proxy)] == ["dashboard"]
    finally:
        site.access.hidden_proxy.unlink()
    assert list(check_dashboard(site.access.hidden_proxy)) == []


@pytest.mark.parametrize(
    ("role", "private", "public"),
    [
        ("none", Right.NONE, Right.NONE),  # though anybody may read what is public
        ("read", Right.READ, Right.READ),
        ("triage", Right.READ, Right.READ),
        ("write", Right.WRITE, Right.WRITE),
        ("maintain", Right.WRITE, Right.WRITE),
        ("admin", Right.WRITE, Right.WRITE),
    ],
)
def test_rights_are_roles_on_github(site: Site, role: str, private: Right, public: Right) -> None:
    """A login that has become somebody else's has none."""
    person = Actor(login="eve", id=site.github.world.account("eve").id)
    former = Actor(login="eve", id=person.id + 1)
    for repository in (CLOCK, TOOLS):
        site.github.set_role(repository, "eve", role)
    try:
        found = [site.access.find_right(repository, person) for repository in (CLOCK, TOOLS)]
        before = [site.access.find_right(repository, former) for repository in (CLOCK, TOOLS)]
    finally:
        for repository in (CLOCK, TOOLS):
            site.github.set_role(repository, "eve", "none")

    assert found == [private, public]
    assert before == [Right.NONE, Right.NONE]


def test_every_page_asks_who_is_there(site: Site) -> None:
    """Also those that are still to come: a stranger is led to the sign-in, or finds nothing where there is none."""
    shown = {each.endpoint: each for each in site.app.url_map.iter_rules() if "GET" in (each.methods or ())}
    closed = [rule for name, rule in shown.items() if name not in OPEN | SIGNS_IN]
    paths = [re.sub(r"<(int:)?\w+>", "1", rule.rule) for rule in closed]

    found = {path: outcome(site.browse().get(path)) for path in paths}
    without = {path: site.without_sign_in().browse().get(path).status_code for path in paths}

    assert len(paths) > 2
    assert set(found.values()) == {"sign in"}, found
    assert set(without.values()) == {404}, without
