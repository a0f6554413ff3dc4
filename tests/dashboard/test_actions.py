"""The buttons do what the commands do, for who may write on GitHub, and for no page of another site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import Priority, State, Task
from bot.dashboard.access.who import SESSION
from bot.rehearsal.github.faults import Answer
from tests.dashboard.site import CLOCK, LOCAL, PUBLIC, TOOLS, Browser, Site


@pytest.fixture
def task(site: Site) -> Task:
    """A waiting one of the private repository."""
    number = site.github.open_issue(CLOCK, title="Tell the time", author="ada").number
    return site.services.operations.add(IssueRef(CLOCK, number))


def now(site: Site, task: Task) -> Task:
    return site.services.operations.demand_task(task.issue)


def press(browser: Browser, verb: str, issue: IssueRef | str, **more: str) -> tuple[int, str]:
    """Returns the status and what the person reads in the end."""
    answer = browser.post(f"/actions/{verb}", {"form_token": browser.find_token(), "issue": str(issue), **more})
    if answer.status_code != 303:
        return answer.status_code, answer.text
    shown = browser.get(answer.headers["Location"])
    assert shown.status_code == 200
    return answer.status_code, shown.text


@pytest.mark.parametrize(("headers", "who"), [(None, "ada"), (LOCAL, "the operator")])
def test_a_task_is_cancelled_and_queued_again(site: Site, task: Task, headers: dict[str, str] | None, who: str) -> None:
    """On record is who asked for it. The worker is woken."""
    browser = site.sign_in("ada") if headers is None else site.browse(headers)
    woken = len(site.wakes)

    cancelled = press(browser, "cancel", task.issue)
    after_cancel = now(site, task)
    retried = press(browser, "retry", task.issue)
    after_retry = now(site, task)

    assert (cancelled[0], retried[0]) == (303, 303)
    assert f"{task.issue} is cancelled" in cancelled[1]
    assert f'href="/tasks/{CLOCK}/{task.issue.number}"' in retried[1]
    assert (after_cancel.state, after_cancel.detail) == (State.CANCELLED, f"{who} cancelled it")
    assert (after_retry.state, after_retry.snapshot.approved_by) == (State.QUEUED, who)
    assert len(site.wakes) == woken + 2


def test_the_priority_is_the_label_on_github(site: Site, task: Task) -> None:
    browser = site.sign_in("ada")
    shown = []
    for wanted in ("high", "low", "normal"):
        assert press(browser, "priority", task.issue, priority=wanted)[0] == 303
        shown.append((now(site, task).priority, site.github.world.repository(CLOCK).issue(task.issue.number).labels))

    assert shown == [
        (Priority.HIGH, ("auto", "auto:high")),
        (Priority.LOW, ("auto", "auto:low")),
        (Priority.NORMAL, ("auto",)),
    ]
    assert press(browser, "priority", task.issue, priority="urgent")[0] == 400


def test_the_operator_pauses_and_resumes(site: Site) -> None:
    browser = site.browse(LOCAL)

    paused = press(browser, "pause", "", reason="the host moves")
    reason = site.services.operations.read_pause()
    resumed = press(browser, "resume", "")

    assert (paused[0], resumed[0]) == (303, 303)
    assert reason is not None
    assert "the host moves" in reason.reason
    assert site.services.operations.read_pause() is None


REFUSED: dict[str, tuple[Callable[[Site], Browser], str, int, str]] = {
    "a reader cancels": (lambda site: site.sign_in("rita"), "cancel", 403, "Only people with write permission"),
    "a reader retries": (lambda site: site.sign_in("rita"), "retry", 403, "Only people with write permission"),
    "a reader changes the priority": (lambda site: site.sign_in("rita"), "priority", 403, "Only people with write"),
    "a writer pauses": (lambda site: site.sign_in("ada"), "pause", 403, "Only the operator"),
    "a writer resumes": (lambda site: site.sign_in("ada"), "resume", 403, "Only the operator"),
    "somebody without a role": (lambda site: site.sign_in("eve"), "cancel", 403, "Nothing to see"),
    "a stranger": (lambda site: site.browse(), "cancel", 401, "Nothing was done"),
    "a stranger pauses": (lambda site: site.browse(), "pause", 401, "Nothing was done"),
    "a page whose name points here": (lambda site: site.browse({"Host": "evil.example"}), "pause", 404, "Not found"),
    "an action that is none": (lambda site: site.browse(LOCAL), "delete", 404, "no such action"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_who_may_not(site: Site, task: Task, case: tuple[Callable[[Site], Browser], str, int, str]) -> None:
    who, verb, status, says = case

    found = press(who(site), verb, task.issue, priority="high")

    assert found[0] == status
    assert says in found[1]
    assert now(site, task) == task
    assert site.services.operations.read_pause() is None


def test_what_somebody_may_not_see_is_not_there(site: Site, task: Task) -> None:
    """The answers for a task and for none are the same."""
    site.github.set_role(TOOLS, "eve", "write")
    try:
        browser = site.sign_in("eve")
        found = [press(browser, "cancel", IssueRef(CLOCK, number)) for number in (task.issue.number, 4711)]
    finally:
        site.github.set_role(TOOLS, "eve", "none")

    assert found[0] == found[1]
    assert found[0][0] == 404


def test_write_permission_counts_at_that_moment(site: Site, task: Task) -> None:
    """The page may be some minutes old. Without an answer of GitHub nothing is done."""
    browser = site.sign_in("ada")
    site.github.set_role(CLOCK, "ada", "read")
    try:
        lost = press(browser, "cancel", task.issue)
    finally:
        site.github.set_role(CLOCK, "ada", "write")
    site.github.faults.add([Answer(on="GET /repos/.*/permission", status=401)])
    unanswered = press(browser, "cancel", task.issue)

    assert (lost[0], unanswered[0]) == (403, 503)
    assert now(site, task) == task


FORMS: dict[str, Callable[[Site, Browser, dict[str, str]], dict[str, str]]] = {
    "no token": lambda _site, _browser, form: {"form_token": ""},
    "a guess": lambda _site, _browser, form: {"form_token": form["form_token"][:-2] + "xx"},
    "another person's": lambda site, _browser, form: {"form_token": site.sign_in("rita").find_token()},
    "the operator's": lambda site, _browser, form: {"form_token": site.browse(LOCAL).find_token()},
    "one of an earlier session": lambda site, _browser, form: {"form_token": site.sign_in("ada").find_token()},
}


@pytest.mark.parametrize("change", FORMS.values(), ids=FORMS)
def test_a_form_with_a_wrong_token_does_nothing(
    site: Site, task: Task, change: Callable[[Site, Browser, dict[str, str]], dict[str, str]]
) -> None:
    browser = site.sign_in("ada")
    form = {"form_token": browser.find_token(), "issue": str(task.issue)}

    answer = browser.post("/actions/cancel", form | change(site, browser, form))

    assert answer.status_code == 403
    assert "Load the page again" in answer.text
    assert now(site, task) == task


ORIGINS = {
    "another site": {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"},
    "another site of the same owner": {"Sec_Fetch_Site": "same-site", "Origin": "https://x.night.example"},
    "a hidden one": {"Sec_Fetch_Site": "cross-site", "Origin": "null"},
    "typed by a person": {"Sec_Fetch_Site": "none", "Origin": "null"},
    "an old browser, another site": {"Sec_Fetch_Site": "", "Origin": "https://evil.example"},
    "an old browser, a hidden one": {"Sec_Fetch_Site": "", "Origin": "null"},
    "contradictory": {"Sec_Fetch_Site": "same-origin", "Origin": "https://evil.example"},
}


@pytest.mark.parametrize("operator", [False, True])
@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
def test_a_form_of_another_site_does_nothing(site: Site, task: Task, origin: dict[str, str], *, operator: bool) -> None:
    """Any page in the browser of a person can send a form to any address, to the operator's own host too."""
    browser = site.browse(LOCAL) if operator else site.sign_in("ada")
    form = {"form_token": browser.find_token(), "issue": str(task.issue)}

    answer = browser.post("/actions/cancel", form, **origin)

    assert answer.status_code == 403
    assert now(site, task) == task


@pytest.mark.parametrize(("operator", "origin"), [(False, PUBLIC), (True, "http://localhost:8000")])
def test_an_old_browser_names_the_origin(site: Site, task: Task, *, operator: bool, origin: str) -> None:
    browser = site.browse(LOCAL) if operator else site.sign_in("ada")
    form = {"form_token": browser.find_token(), "issue": str(task.issue)}

    assert browser.post("/actions/cancel", form, Sec_Fetch_Site="", Origin=origin).status_code == 303


def test_a_token_ends_with_its_session_and_after_half_a_day(site: Site, task: Task) -> None:
    local, person = site.browse(LOCAL), site.sign_in("ada")
    old, ended = local.find_token(), person.find_token()
    person.post("/sign-out", {"form_token": ended})
    person.client.set_cookie(SESSION, "another", domain="night.example", secure=True)
    after = person.post("/actions/cancel", {"form_token": ended, "issue": str(task.issue)})
    site.clock.later(timedelta(hours=12).total_seconds())
    late = local.post("/actions/cancel", {"form_token": old, "issue": str(task.issue)})

    assert (after.status_code, late.status_code) == (401, 403)
    assert now(site, task) == task


@pytest.mark.parametrize("path", ["/actions/cancel", "/actions/pause"])
def test_a_link_changes_nothing(site: Site, path: str) -> None:
    assert site.browse(LOCAL).get(path).status_code == 405


def test_the_words_of_a_link_are_not_shown(site: Site) -> None:
    answer = site.browse(LOCAL).get("/actions/done?what=Your+password+please")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("issue", "status", "says"),
    [
        ("nonsense", 400, "The form names no issue"),
        (f"{CLOCK}#4711", 409, "is not known here"),
        ("<script>alert(1)</script>", 400, "The form names no issue"),
    ],
)
def test_what_cannot_be_done_is_said(site: Site, issue: str, status: int, says: str) -> None:
    found = press(site.browse(LOCAL), "cancel", issue)

    assert found[0] == status
    assert says in found[1]
    assert "<script>" not in found[1]
    assert "Traceback" not in found[1]
