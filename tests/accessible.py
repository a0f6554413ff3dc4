"""What axe, in a browser, finds wrong with a page: narrow and wide, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page

from tests.patience import within

AXE = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
_Scheme = Literal["light", "dark"]
_SIZES: tuple[tuple[int, _Scheme], ...] = ((375, "light"), (375, "dark"), (1280, "light"), (1280, "dark"))
_RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
_OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


def open_page(browser: Browser) -> Page:
    """One in which axe may run, whatever the policy of the pages says."""
    page = browser.new_page(bypass_csp=True)
    page.set_default_timeout(within(20) * 1000)
    return page


def find_faults(page: Page, address: str) -> list[str]:
    """What axe calls serious or critical, and what does not fit into the width, with everything unfolded."""
    page.goto(address)
    page.evaluate(_OPEN)
    page.add_script_tag(path=AXE)
    found = []
    for width, scheme in _SIZES:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        faults = [f"{each['id']}: {each['nodes'][0]['html']}" for each in page.evaluate(_RUN) if _is_serious(each)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append("it is wider than the window")
        found += [f"{address} at {width}, {scheme}: {each}" for each in faults]
    return found


def _is_serious(violation: dict[str, Any]) -> bool:
    return violation["impact"] in {"serious", "critical"}
