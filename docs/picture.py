"""Makes `docs/pull-request.png` from a night: `make picture`. Needs Chromium.

The demo is played, unless a folder is named in which `nightshift rehearse --folder FOLDER` has saved its pages.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/pull-request.png"
TITLE = "Ignore the editor's backup files"
SIZE = (1100, 1570)
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


def main(arguments: list[str]) -> None:
    with TemporaryDirectory() as made:
        folder = Path(arguments[0]) if arguments else Path(made) / "night"
        if not arguments:
            subprocess.run([Path(sys.executable).parent / "nightshift", "rehearse", "--folder", folder], check=True)
        opened = Path(made) / "page.html"
        opened.write_text(find_page(folder / "pages").read_text().replace("<details", "<details open"))
        width, height = SIZE
        window = [f"--user-data-dir={made}/profile", f"--window-size={width},{height}", f"--screenshot={PICTURE}"]
        subprocess.run([*CHROMIUM, *window, opened.as_uri()], check=True, capture_output=True, timeout=120)


def find_page(pages: Path) -> Path:
    """The pull request for the issue with the title."""
    found = [page for page in sorted(pages.glob("octo-notes-pull-*.html")) if TITLE in title_of(page)]
    if not found:
        raise SystemExit(f"no pull request in {pages} is called {TITLE!r}")
    return found[0]


def title_of(page: Path) -> str:
    return page.read_text().partition("</title>")[0].replace("&#39;", "'")


if __name__ == "__main__":
    main(sys.argv[1:])
