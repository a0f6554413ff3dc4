"""Signing in with GitHub: the browser that begins completes, once; and nothing of it is kept that acts for a person."""

from __future__ import annotations

import re
import stat
from urllib.parse import quote

import pytest

from bot.dashboard.access.limits import SignInLimits
from bot.dashboard.access.sign_in import _BEGUN as BEGUN
from bot.dashboard.access.who import SESSION
from bot.rehearsal.github.faults import Answer
from tests.dashboard.site import BEHIND, CLOCK, LOCAL, Site


def test_a_person_comes_back_to_the_page_that_was_wanted(site: Site) -> None:
    """The cookies are for TLS, for this host and not for scripts. The person's token is ended, and is nowhere."""
    wanted = f"/tasks/{CLOCK}/1"
    browser = site.browse()
    asked = browser.get(wanted)
    assert asked.headers["Location"] == f"/sign-in?next={quote(wanted, safe='')}"
    assert f'href="/sign-in/github?next={quote(wanted, safe="")}"' in browser.get(asked.headers["Location"]).text

    answer = browser.get(site.confirm(browser, "ada", wanted))

    assert answer.headers["Location"] == wanted
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert re.match(r"__Host-nightshift(-sign-in)?=", cookie)
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert f"; {part}" in cookie
        assert "Domain" not in cookie
    assert [value for value in site.github.world.tokens if value.startswith("ghu_")] == []


def test_what_is_kept_is_the_owners_and_no_secret_of_a_browser(site: Site) -> None:
    browser = site.sign_in("ada")
    cookie = browser.client.get_cookie(SESSION, "night.example", "/")
    assert cookie is not None
    folder = site.access.people.folder

    kept = [path for path in folder.parent.rglob("*") if path.is_file()]

    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    texts = [path.read_bytes() for path in kept]
    assert not any(secret in text for text in texts for secret in (cookie.value.encode(), b"ghu_"))
    assert not any(cookie.value in path.name for path in kept)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\evil.example",
        "javascript:evil()",
        "",
        "/a\nb",
    ],
)
def test_the_way_leads_to_own_pages_only(site: Site, wanted: str) -> None:
    browser = site.browse()

    answer = browser.get(site.confirm(browser, "ada", quote(wanted, safe="")))

    assert answer.headers["Location"] == "/"
    assert "evil" not in browser.get(f"/sign-in?next={quote(wanted, safe='')}").text


def test_another_browser_cannot_complete_what_one_began(site: Site) -> None:
    """A link with a code of the attacker's own would sign a person in as the attacker."""
    victim, attacker = site.browse(), site.browse()
    victim.get("/sign-in/github")
    back = site.confirm(attacker, "eve")

    answers = [victim.get(back), site.browse().get(back)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert all("that this browser began" in answer.text for answer in answers)  # GitHub was not asked
    assert victim.client.get_cookie(SESSION, "night.example", "/") is None


@pytest.mark.parametrize("change", [("state=", "state=x"), ("state=", "x="), ("code=", "code=x"), ("code=", "x=")])
def test_a_changed_answer_is_no_sign_in(site: Site, change: tuple[str, str]) -> None:
    browser = site.browse()

    answer = browser.get(site.confirm(browser, "ada").replace(*change))

    assert answer.status_code == 403
    assert browser.client.get_cookie(SESSION, "night.example", "/") is None


def test_an_answer_is_good_once_and_for_ten_minutes(site: Site) -> None:
    used, late = site.browse(), site.browse()
    back = site.confirm(used, "ada")
    begun = used.client.get_cookie(BEGUN, "night.example", "/")
    assert begun is not None
    assert used.get(back).status_code == 303
    again = used.get(back)
    used.client.set_cookie(BEGUN, begun.value, domain="night.example", secure=True)
    replayed = used.get(back)
    answer = site.confirm(late, "ada")
    site.clock.later(600)

    assert [again.status_code, replayed.status_code, late.get(answer).status_code] == [403, 403, 403]


def test_a_new_sign_in_ends_the_session_before(site: Site) -> None:
    browser = site.sign_in("ada")
    before = browser.client.get_cookie(SESSION, "night.example", "/")
    assert before is not None
    browser.get(site.confirm(browser, "rita"))

    assert site.access.people.find(before.value, site.clock()) is None
    assert "rita" in browser.get("/").text


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("access_denied", "You did not let the App know who you are."),
        ("redirect_uri_mismatch", "/sign-in/back"),
        ("<script>", "an error without a name"),
    ],
)
def test_githubs_refusals_are_explained(site: Site, error: str, says: str) -> None:
    browser = site.browse()
    state = re.search(r"state=([^&]+)", site.confirm(browser, "ada"))
    assert state is not None

    answer = browser.get(f"/sign-in/back?error={quote(error)}&state={state[1]}")

    assert answer.status_code == 403
    assert says in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("on", ["POST /login/oauth/access_token", "GET /user"])
def test_a_github_that_fails_is_no_sign_in(site: Site, on: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log has neither the code nor the token."""
    browser = site.browse()
    back = site.confirm(browser, "ada")
    site.github.faults.add([Answer(on=on, status=403, message="No.")])

    answer = browser.get(back)

    assert answer.status_code == 503
    assert browser.client.get_cookie(SESSION, "night.example", "/") is None
    code = re.search(r"code=([^&]+)", back)
    assert code is not None
    assert "403" in caplog.text
    assert not any(secret in caplog.text + answer.text for secret in (code[1], "ghu_"))


def test_tries_are_limited_for_each_address_and_in_all(site: Site) -> None:
    """IPv6 networks count as one address. It remembers only whom it let in."""
    limits = SignInLimits(clock=site.clock, each=2, total=5)

    waits = [limits.take(address) for address in ("a", "a", "a", "b", "b", "c", "d", "e")]

    assert [wait > 0 for wait in waits] == [False, False, True, False, False, False, True, True]
    site.clock.later(300)
    assert limits.take("a") == 0


def test_too_many_tries_are_refused_with_a_time(site: Site) -> None:
    """Who is counted is what the proxy saw last, not what the client wrote before it."""
    known = [{"X_Forwarded_For": f"198.51.100.{number}, 2001:db8::{number}"} for number in range(11)]

    answers = [site.browse().get("/sign-in/github", **each) for each in known]
    other = site.browse().get("/sign-in/github", X_Forwarded_For="2001:db8:1::1")

    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 301
    assert other.status_code == 303


def test_the_operator_needs_no_sign_in(site: Site) -> None:
    assert site.browse(LOCAL).get("/sign-in").headers["Location"] == "/"


def test_signing_out_needs_the_form_of_the_page(site: Site) -> None:
    """A page elsewhere cannot sign a person out."""
    browser = site.sign_in("ada")
    token = browser.find_token()
    refused = [
        browser.post("/sign-out", {}),
        browser.post("/sign-out", {"form_token": token}, Sec_Fetch_Site="cross-site"),
    ]
    still = browser.find_token()
    done = browser.post("/sign-out", {"form_token": token})

    assert [answer.status_code for answer in refused] == [403, 403]
    assert still
    assert (done.status_code, done.headers["Location"]) == (303, "/")
    assert BEHIND["Host"] in done.request.url
    assert browser.find_token() == ""
