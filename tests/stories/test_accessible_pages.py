"""Every page of the dashboard in a browser: axe finds nothing serious, narrow and wide, light and dark."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from bot.dashboard.viewer import Viewer
from tests.dashboard.sample import CLOCK, sample
from tests.dashboard.served import serve
from tests.dashboard.streams import HOSTILE_EVENTS, refusal, write
from tests.patience import within

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
OPERATOR = Viewer(name="the operator", reads=None, writes=None, form_token="t0ken")
PAGES = (
    *("/", "/queue", "/tasks", "/graph", "/deliveries", "/outbox", "/figures"),
    *(f"/tasks/{CLOCK}/1", f"/tasks/{CLOCK}/3", f"/tasks/{CLOCK}/1/attempts/1?verify=1", "/tasks/octo/clock/404"),
)
Scheme = Literal["light", "dark"]
SIZES: tuple[tuple[int, Scheme], ...] = ((375, "light"), (375, "dark"), (1280, "light"), (1280, "dark"))
_RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
_OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


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


def find_faults(browser: Browser, address: str, width: int, scheme: Scheme) -> list[str]:
    """What axe calls serious or critical, and what does not fit into the width."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,  # for axe alone
    )
    page = context.new_page()
    page.set_default_timeout(within(20) * 1000)
    page.goto(address)
    page.evaluate(_OPEN)
    page.add_script_tag(path=AXE)
    found = [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in page.evaluate(_RUN)
        if each["impact"] in {"serious", "critical"}
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("it is wider than the window")
    context.close()
    return [f"{address} at {width}, {scheme}: {each}" for each in found]


@pytest.mark.needs("chromium")
def test_no_page_has_a_serious_fault(tmp_path: Path) -> None:
    with a_server(tmp_path) as address, sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        found = [fault for path in PAGES for size in SIZES for fault in find_faults(browser, f"{address}{path}", *size)]
        browser.close()

    assert found == []
