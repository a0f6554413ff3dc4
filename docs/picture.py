"""Makes the pictures of the documentation from a night: `make picture`. Needs Chromium.

The demo is played in the folder that is named, or in a new one; what it left there is used if it was played before.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bot.rehearsal.environment import Environment  # noqa: E402
from bot.rehearsal.github.server import SimulatedGitHub  # noqa: E402
from bot.rehearsal.pages import save_pages  # noqa: E402
from bot.rehearsal.reading import read_scenario_or_demo  # noqa: E402
from bot.rehearsal.run_night import run_night  # noqa: E402
from bot.rehearsal.script import Script, SessionedModel  # noqa: E402
from docs.dashboard_pictures import LEDGER, take_all  # noqa: E402

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
    # Not /tmp: the cells of a session could not share theirs.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        folder = Path(arguments[0]) if arguments else Path(made) / "night"
        if not folder.exists():
            play(folder)
        for picture in PICTURES:
            take(picture, folder / "pages", Path(made))
        take_all(copy_data(folder / "data", Path(made) / "data"), ROOT / "docs/pictures")


def copy_data(data: Path, copy: Path) -> Path:
    """What the dashboard reads, so that the night can be used again."""
    copy.mkdir()
    shutil.copyfile(data / LEDGER, copy / LEDGER)
    shutil.copytree(data / "evidence", copy / "evidence")
    return copy


def play(folder: Path) -> None:
    """As `nightshift rehearse` does, which removes the ledger and the evidence afterwards."""
    folder.mkdir(parents=True)
    script = Script()
    with SimulatedGitHub(folder / "github") as github, SessionedModel(script.answer) as model:
        environment = Environment(folder=folder, github=github, model_url=model.url, script=script, say=print)
        night = run_night(read_scenario_or_demo(None), environment)
        save_pages(github.web_url, folder / "pages")
    if not night.ok:
        raise SystemExit("the night did not end as its scenario expects")


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
