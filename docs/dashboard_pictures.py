"""Pictures of each page of the dashboard, over the ledger and the evidence of a night that was played.

After a night nothing waits and nothing runs, so some work is added before (`docs/picture_ledger.py`).
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FloatRect, sync_playwright
from werkzeug.serving import make_server

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.dashboard.sources import Sources
from bot.dashboard.viewer import Viewer
from bot.steps.queue import Queue
from bot.webhooks import create_app
from docs.picture_ledger import CLOCK, add_work

LEDGER = "nightshift.sqlite"
_OPERATOR = Viewer(name="the operator", reads=None, writes=None, form_token="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`opens`: what is unfolded before; `begins`: the element with which the picture begins."""

    file: str
    path: str
    width: int = 1000
    height: int = 640
    scheme: Literal["light", "dark"] = "light"
    opens: str = ""
    begins: str = ""


def list_shots(task: Task) -> list[Shot]:
    """`task`: one with new tests and a transcript."""
    page = f"/tasks/{task.issue.repository}/{task.issue.number}"
    attempt = f"{page}/attempts/{task.attempts}?verify=1"
    return [
        Shot(file="first-page", path="/", height=920),
        Shot(file="first-page-below", path="/", height=900, begins="#working"),
        Shot(file="first-page-narrow", path="/", width=375, height=720, scheme="dark"),
        Shot(file="queue", path="/queue", height=820),
        Shot(file="tasks", path="/tasks?state=in_review", height=460),
        Shot(file="task", path=page, height=1000, opens=".check"),
        Shot(file="attempt", path=attempt, height=700),
        Shot(file="transcript", path=attempt, height=900, opens=".call details", begins="form[role=search]"),
        Shot(file="graph", path="/graph", height=620),
        Shot(file="figures", path="/figures", height=1000, scheme="dark"),
        Shot(file="outbox", path="/outbox", height=360),
        Shot(file="deliveries", path="/deliveries", height=360),
        Shot(file="doctor", path="/doctor", height=640),
    ]


def take_all(data: Path, target: Path) -> None:
    """`data`: the data folder of the night, whose ledger is changed."""
    target.mkdir(exist_ok=True)
    with closing(Store.open(f"sqlite:///{data / LEDGER}")) as store:
        now = _last_change(store) + timedelta(minutes=2)
        with store.transaction() as ledger:
            shots = list_shots(_find(ledger, 2))
            add_work(ledger, now)
        with _serve(store, data, now) as address, _browser() as browser:
            for shot in shots:
                _take(browser, shot, address, target)


def _last_change(store: Store) -> datetime:
    with store.read() as ledger:
        return max(task.updated_at for task in ledger.tasks.in_states(*State))


def _find(ledger: Ledger, number: int) -> Task:
    task = ledger.tasks.find(IssueRef(CLOCK, number))
    if task is None:
        raise SystemExit(f"the night has no issue {CLOCK}#{number}")
    return task


@contextmanager
def _serve(store: Store, data: Path, now: datetime) -> Iterator[str]:
    sources = Sources(
        store=store,
        queue=Queue(),
        clock=lambda: now,
        data=data,
        web_url="https://github.com",
        find_viewer=lambda: _OPERATOR,
    )
    app = create_app(store, None, clock=lambda: now, sources=sources)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        yield browser
        browser.close()


def _take(browser: Browser, shot: Shot, address: str, target: Path) -> None:
    """The page to its end, or as much of it as is wanted."""
    page = browser.new_page(viewport={"width": shot.width, "height": 200}, color_scheme=shot.scheme)
    page.goto(f"{address}{shot.path}", wait_until="load")
    if shot.opens:
        page.eval_on_selector_all(shot.opens, "found => found.forEach(each => { each.open = true; })")
    found = page.locator(shot.begins).bounding_box() if shot.begins else None
    begins = max(0.0, found["y"] - 4) if found is not None else 0.0
    height = min(shot.height, page.evaluate("document.documentElement.scrollHeight") - begins)
    clip: FloatRect = {"x": 0, "y": begins, "width": shot.width, "height": height}
    page.screenshot(path=target / f"{shot.file}.png", full_page=True, clip=clip)
    page.close()
