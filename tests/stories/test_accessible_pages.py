"""Every page of the dashboard in a browser: axe finds nothing serious, narrow and wide, light and dark."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from bot.dashboard.viewer import Viewer
from tests.accessible import find_faults, open_page
from tests.browser import a_chromium
from tests.dashboard.sample import CLOCK, sample
from tests.dashboard.served import serve
from tests.dashboard.streams import HOSTILE_EVENTS, refusal, write
from tests.patience import within

OPERATOR = Viewer(name="the operator", reads=None, writes=None, form_token="t0ken")
PAGES = (
    *("/", "/queue", "/tasks", "/graph", "/deliveries", "/outbox", "/figures", "/doctor"),
    *(f"/tasks/{CLOCK}/1", f"/tasks/{CLOCK}/3", f"/tasks/{CLOCK}/1/attempts/1?verify=1", "/tasks/octo/clock/404"),
)


@contextmanager
def a_server(folder: Path) -> Iterator[str]:
    with sample(folder) as store:
        write(folder, *HOSTILE_EVENTS, rulings=(refusal("c1", "no"), {"tool_use_id": "c2", "granted": True}))
        server = make_server("127.0.0.1", 0, serve(store, folder, lambda: OPERATOR).application, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with a_chromium() as browser:
        yield browser


@pytest.mark.needs("chromium")
def test_no_page_has_a_serious_fault(tmp_path: Path, browser: Browser) -> None:
    with a_server(tmp_path) as address:
        page = open_page(browser)
        found = [fault for path in PAGES for fault in find_faults(page, f"{address}{path}")]

    assert found == []


@pytest.mark.needs("chromium")
def test_the_policy_of_the_pages_allows_what_they_do_themselves(tmp_path: Path, browser: Browser) -> None:
    """A line is copied, what runs is shown as it happens, and the search is a key away; the browser blocks nothing."""
    with a_server(tmp_path) as address:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.set_default_timeout(within(20) * 1000)
        troubles = list[str]()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        with page.expect_response("**/live/stream"):
            page.goto(address)
        page.locator('button[data-copy="/go"]').click()
        page.get_by_text("Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        page.goto(f"{address}/tasks/{CLOCK}/1/attempts/1")
        page.keyboard.press("/")
        page.keyboard.type("pwned")
        page.keyboard.press("Enter")
        page.get_by_text("steps with “pwned”").wait_for()
        context.close()

    assert copied == "/go"
    assert troubles == []
