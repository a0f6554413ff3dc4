"""Each page of the dashboard has a picture in its documentation, which one script makes."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.tasks import State
from bot.dashboard.pages import PAGES
from docs.dashboard_pictures import list_shots
from tests.core.nights import a_task

DOCS = Path(__file__).parents[2] / "docs"
_LARGEST = 150_000  # bytes


def test_each_page_has_a_picture_that_is_shown_and_small() -> None:
    shots = list_shots(a_task(1, State.IN_REVIEW))
    files = {f"pictures/{shot.file}.png" for shot in shots}

    assert {address for address, _ in PAGES} <= {shot.path.partition("?")[0] for shot in shots}
    assert set(re.findall(r"\]\((pictures/[^)]+)\)", (DOCS / "dashboard.md").read_text())) == files
    assert {f"pictures/{path.name}" for path in (DOCS / "pictures").iterdir()} == files
    assert [file for file in files if (DOCS / file).stat().st_size > _LARGEST] == []
