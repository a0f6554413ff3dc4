"""Makes the pictures of the documentation from a night: `make picture`. Needs Chromium.

The demo is played, unless a folder is named in which `nightshift rehearse --folder FOLDER` has saved its pages.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Of the page whose file has a name like `pages` and whose title contains `title`."""

    file: str
    pages: str
    title: str
    size: tuple[int, int]


PICTURES = (
    Picture(
        file="pull-request.png",
        pages="octo-notes-pull-*.html",
        title="Ignore the editor's backup files",
        size=(1100, 1570),
    ),
    Picture(file="digest.png", pages="octo-clock-issues-*.html", title="the night of", size=(1100, 1030)),
)


def main(arguments: list[str]) -> None:
    with TemporaryDirectory() as made:
        folder = Path(arguments[0]) if arguments else Path(made) / "night"
        if not arguments:
            subprocess.run([Path(sys.executable).parent / "nightshift", "rehearse", "--folder", folder], check=True)
        for picture in PICTURES:
            take(picture, folder / "pages", Path(made))


def take(picture: Picture, pages: Path, folder: Path) -> None:
    opened = folder / "page.html"
    opened.write_text(find_page(picture, pages).read_text().replace("<details", "<details open"))
    width, height = picture.size
    shot = ROOT / "docs" / picture.file
    window = [f"--user-data-dir={folder}/profile", f"--window-size={width},{height}", f"--screenshot={shot}"]
    subprocess.run([*CHROMIUM, *window, opened.as_uri()], check=True, capture_output=True, timeout=120)


def find_page(picture: Picture, pages: Path) -> Path:
    found = [page for page in sorted(pages.glob(picture.pages)) if picture.title in title_of(page)]
    if not found:
        raise SystemExit(f"no page in {pages} is called {picture.title!r}")
    return found[0]


def title_of(page: Path) -> str:
    return page.read_text().partition("</title>")[0].replace("&#39;", "'")


if __name__ == "__main__":
    main(sys.argv[1:])
