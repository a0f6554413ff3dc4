"""The documentation site in a browser: diagrams are drawn, the search finds, and no page asks another host."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from docs import site_build
from tests.browser import a_chromium
from tests.patience import within

AXE = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
PAGES = ("index", "start", "writing-issues", "failure-kinds", "peers", "messages/github", "decisions/index")
SIZES = ((375, "light"), (1280, "dark"))
_RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("docs")
    site_build.build(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder / "site"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with a_chromium() as browser:
        yield browser


def _open(browser: Browser, address: str, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    """A page, and what it asks of other hosts."""
    elsewhere: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(within(20) * 1000)
    own = (address.rsplit("/", 1)[0].split("/", 3)[2], "")
    page.on("request", lambda sent: None if sent.url.split("/", 3)[2] in own else elsewhere.append(sent.url))
    page.goto(address)
    return page, elsewhere


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_no_page_has_a_serious_fault(address: str, browser: Browser, width: int, scheme: str) -> None:
    found: list[str] = []
    for name in PAGES:
        page, elsewhere = _open(browser, f"{address}/{name}.html", width, scheme)
        page.add_script_tag(path=AXE)
        serious = [each for each in page.evaluate(_RUN) if each["impact"] in {"serious", "critical"}]
        found += elsewhere + [f"{name}: {each['id']}: {each['nodes'][0]['html']}" for each in serious]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name} is wider than the window")
        page.context.close()

    assert found == []


@pytest.mark.needs("chromium")
def test_the_diagram_is_drawn_without_another_host(address: str, browser: Browser) -> None:
    page, elsewhere = _open(browser, f"{address}/architecture.html")

    page.wait_for_selector("div.mermaid")
    page.wait_for_function("document.querySelector('div.mermaid').getBoundingClientRect().height > 100")
    assert elsewhere == []


@pytest.mark.needs("chromium")
def test_the_search_finds_a_failure_kind(address: str, browser: Browser) -> None:
    page, elsewhere = _open(browser, f"{address}/index.html")

    page.keyboard.press("Control+k")
    page.keyboard.type("guards_unproven")
    page.get_by_text(re.compile(r"^\d+ results$")).wait_for()
    assert elsewhere == []
