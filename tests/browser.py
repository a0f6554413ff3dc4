"""The system's Chromium for tests. It asks for the pages of the test, and for nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def a_chromium(*options: str) -> Iterator[Browser]:
    usual = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*usual, *options])
        yield browser
        browser.close()
