"""What the pages of the dashboard show, and what they do not: to whom, and of other people's text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.dashboard.viewer import Viewer
from bot.dashboard.words import HIDDEN_ISSUE
from tests.dashboard.elements import Elements
from tests.dashboard.sample import CLOCK, HOSTILE, LEASE, sample
from tests.dashboard.served import NOW, serve
from tests.dashboard.streams import refusal, write

EVERYTHING = Viewer(name=HOSTILE, reads=None, writes=None, form_token="t0ken")
CLOCK_ALONE = Viewer(name="grace", reads=frozenset({CLOCK}), writes=frozenset(), form_token="")
PAGES = (
    *("/", "/queue", "/tasks", "/tasks?state=in_review", "/tasks?state=done"),
    *(
        "/graph",
        "/graph?repository=octo/private",
        "/figures",
        "/live",
        "/doctor",
        "/deliveries",
        "/deliveries?show=failed",
    ),
    *("/outbox", "/outbox?show=pending", "/outbox?show=failed", f"/outbox?show={HOSTILE}"),
    *("/queue?page=1&waits=1", f"/tasks?state={HOSTILE}&page={HOSTILE}"),
)
ATTEMPTS = tuple(f"/tasks/{CLOCK}/{number}/attempts/1" for number in range(1, 6))
TASKS = tuple(f"/tasks/{CLOCK}/{number}" for number in range(1, 10))
MADE_BY_US = {"/static/dashboard.js"}


FORM = re.compile(r'<form [^>]*action="/actions/(\w+)">(.*?)</form>', re.DOTALL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with sample(tmp_path) as store:
        yield store


def text_of(store: Store, path: str, viewer: Viewer = EVERYTHING) -> str:
    shown = serve(store, Path("/nowhere"), lambda: viewer).get(path)
    assert shown.status_code == 200, path
    return shown.text


def section(page: str, name: str) -> str:
    """The text of a section without its tags."""
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_first_page_says_what_to_do_what_runs_and_why_the_rest_waits(store: Store) -> None:
    page = text_of(store, "/")

    needs = section(page, "needs")
    assert (
        needs.index("Questions") < needs.index("octo/clock#2") < needs.index("Reviews") < needs.index("octo/clock#101")
    )
    assert needs.index("octo/clock#101") < needs.index("Failures") < needs.index("octo/clock#3")
    assert "verification_failed" in needs
    assert all(
        line in page for line in ('data-copy="/retry"', 'data-copy="/go"', "gh pr checkout 101 --repo octo/clock")
    )
    working = section(page, "working")
    assert "octo/clock#5" in working
    assert "Turn 3: Bash:" in working
    assert "Attempt 1 for 12 min · $0.25 so far" in working
    coming = section(page, "next")
    assert "octo/clock#7" in coming
    assert "It waits for octo/clock#1 ." in coming
    assert "It waits for /go in a comment" in coming
    assert "octo/clock#4" in section(page, "done")
    assert "5 attempts ended" in section(page, "done")


@pytest.mark.parametrize("path", [*PAGES, *TASKS, *ATTEMPTS])
def test_nothing_that_other_people_wrote_becomes_markup(store: Store, path: str) -> None:
    elements = Elements()
    elements.feed(text_of(store, path))

    assert "pwned" in text_of(store, TASKS[6])
    assert {each.get("src") for tag, each in elements.found if tag == "script"} <= MADE_BY_US
    assert [tag for tag, each in elements.found if tag in {"img", "b", "style"} or "style" in each] == []
    assert [each for _, each in elements.found if any(name.startswith("on") for name in each)] == []


@pytest.mark.parametrize("path", [*PAGES, *TASKS, *ATTEMPTS])
def test_a_viewer_sees_nothing_of_what_that_person_may_not_read(store: Store, path: str) -> None:
    assert "octo/private" not in text_of(store, path, CLOCK_ALONE)
    assert "secret plan" not in text_of(store, path, CLOCK_ALONE)


def test_the_operator_sees_all_repositories(store: Store) -> None:
    assert "octo/private#1" in text_of(store, "/queue")
    assert "octo/private#102" in text_of(store, "/")


@pytest.mark.parametrize("path", ["/tasks/octo/private/1", "/tasks/octo/clock/99", "/tasks/octo/gone/1"])
def test_what_may_not_be_read_looks_as_what_is_not_there(store: Store, path: str) -> None:
    shown = serve(store, Path("/nowhere"), lambda: CLOCK_ALONE).get(path)

    assert shown.status_code == 404
    assert "There is nothing at this address, or you may not see it." in shown.text
    assert "<nav" not in shown.text


@pytest.mark.parametrize("path", [path for path in (*PAGES, *TASKS, *ATTEMPTS) if path != "/"])
def test_a_stranger_gets_no_page(store: Store, path: str) -> None:
    assert serve(store, Path("/nowhere"), lambda: None).get(path).status_code == 404


def test_only_who_may_write_gets_buttons(store: Store) -> None:
    """Each form sends back the viewer's token."""
    for path in ("/", "/queue", *TASKS):
        assert "/actions/" not in text_of(store, path, CLOCK_ALONE)
        forms = FORM.findall(text_of(store, path))
        assert forms or path.endswith("/4")  # nothing is to be done with a task that is done
        assert all('name="form_token" value="t0ken"' in inside for _, inside in forms)
    assert {verb for verb, _ in FORM.findall(text_of(store, "/queue"))} == {"pause", "priority", "cancel"}


def test_task_and_attempt_lead_to_temporals_pages_where_there_are_some(store: Store) -> None:
    ui = "https://temporal.example/namespaces/default/workflows"
    path = f"/tasks/{CLOCK}/1"
    page, attempt = (
        serve(store, Path("/nowhere"), lambda: EVERYTHING, workflows=ui).get(each).text
        for each in (path, f"{path}/attempts/1")
    )

    begins = f"{ui}?query=WorkflowId%20STARTS_WITH%20%22octo.clock-1-"
    assert f'<a href="{begins}%22">Temporal</a>' in page
    assert f'<a href="{begins}1-%22">Temporal</a>' in attempt
    assert "Temporal" not in text_of(store, path)


def test_the_graph_is_drawn_and_listed(store: Store) -> None:
    page = text_of(store, "/graph")

    assert '<svg xmlns="http://www.w3.org/2000/svg" class="graph"' in page
    assert "octo/clock#6  queued, after octo/clock#1" in page
    assert "octo/private#1" in page
    assert "octo/clock#9" not in text_of(store, "/graph?repository=octo/private")


def test_deliveries_and_messages_are_shown_by_what_became_of_them(store: Store) -> None:
    """What was refused says why; a failed delivery is one that waits for another try."""
    failed = text_of(store, "/outbox?show=failed")
    assert "notice:octo/clock#7" in failed
    assert "status:octo/clock#7" not in failed
    assert "status:octo/clock#7" in text_of(store, "/outbox?show=pending")
    assert "notice:octo/clock#7" in text_of(store, "/outbox", CLOCK_ALONE)
    assert "g-1" in text_of(store, "/deliveries")
    assert "g-1" not in text_of(store, "/deliveries?show=failed")
    assert "Only the operator sees deliveries." in text_of(store, "/deliveries", CLOCK_ALONE)


@pytest.mark.parametrize("path", ["/tasks/octo/clock/3", "/tasks/octo/clock/3/attempts/1"])
def test_checks_are_shown_test_by_test(store: Store, path: str) -> None:
    """Groups by what became of the tests, with the end of the output; of the attempts whose results are kept."""
    shown = html.unescape(section(text_of(store, path), "checks"))

    assert "newly fails 4 newly failing, 1 removed" in shown
    assert "exit 0; 40 tests, 12 s" in shown
    assert "Newly failing test_time[" in shown
    assert "and 3 more Removed test_gone The end of its output E assert 1 == 2" in shown
    with store.transaction() as ledger:
        for attempt in (2, 3, 4):
            ledger.check_results.keep(3, attempt, (), NOW)
        assert sorted(ledger.check_results.of(3)) == [2, 3, 4]


def test_the_operator_sees_what_doctor_found_and_how_to_fix_it(store: Store) -> None:
    """What is wrong comes first. No one else sees it, and asking for the page examines nothing."""
    shown = " ".join(re.sub(r"<[^>]+>", " ", html.unescape(text_of(store, "/doctor"))).split())

    assert "What nightshift doctor found 0 s ago" in shown
    assert shown.index("/hooks is not there To fix it: ") < shown.index("git ok git version 2.47")
    assert "git version" not in text_of(store, "/doctor", CLOCK_ALONE)


def test_the_figures_count_what_ended(store: Store, tmp_path: Path) -> None:
    write(tmp_path, rulings=(refusal("c1", "no"), {"tool_use_id": "c2", "granted": True}))
    shown = serve(store, tmp_path, lambda: EVERYTHING).get("/figures")
    page = " ".join(re.sub(r"<[^>]+>", " ", shown.text).split())

    assert "pull requests merged 1 cost of each $0.50" in page
    assert "in review needs_info verification_failed As a table Day in review needs_info verification_failed" in page
    assert "2026-03-04 3 1 1" in page
    assert "merged as it was merged, edited closed unmerged As a table Day merged as it was merged, edited" in page
    assert "closed unmerged 2026-03-04 0 1 0" in page
    assert "2026-03-04 2.50" in page
    assert "Rule Calls force_push 1" in page
    assert "2026-03-04 2 1 1" in " ".join(re.sub(r"<[^>]+>", " ", text_of(store, "/figures", CLOCK_ALONE)).split())


def test_a_stream_is_one_at_a_time_and_says_what_runs(store: Store) -> None:
    client = serve(store, Path("/nowhere"), lambda: EVERYTHING)
    with client.get("/live/stream", buffered=False) as first:
        assert first.mimetype == "text/event-stream"
        assert b"octo/clock#5" in next(iter(first.response))
        assert client.get("/live/stream").status_code == 503
    with client.get("/live/stream", buffered=False) as again:
        assert again.status_code == 200


def test_a_stream_names_nothing_that_the_viewer_may_not_read(store: Store) -> None:
    with store.transaction() as ledger:
        for _ in range(2):
            assert ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9)

    shown = {viewer.name: first_event(store, viewer) for viewer in (CLOCK_ALONE, EVERYTHING)}

    assert "octo/clock#7" in shown["grace"]
    assert "A secret plan" in shown[HOSTILE]
    assert not any(words in shown["grace"] for words in ("octo/private", "A secret plan", HIDDEN_ISSUE))


def first_event(store: Store, viewer: Viewer) -> str:
    with serve(store, Path("/nowhere"), lambda: viewer).get("/live/stream", buffered=False) as stream:
        event = next(iter(stream.response))
    return str(event, encoding="utf-8") if isinstance(event, bytes) else str(event)


def test_once_the_author_has_answered_it_is_a_maintainers_turn(store: Store) -> None:
    path = "/tasks/octo/clock/2"
    assert "the issue's author" in html.unescape(text_of(store, path))
    with store.transaction() as ledger:
        task = ledger.tasks.find(IssueRef("octo/clock", 2))
        assert task is not None
        ledger.notices.note_answered(task)

    shown = html.unescape(text_of(store, path))
    assert "a maintainer" in shown
    assert "read the answers of the issue's author" in shown
