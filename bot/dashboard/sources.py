"""What the pages of the dashboard are made of, and what a page's module hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.adapters.store import Store
from bot.dashboard.viewer import FindViewer, find_local_viewer
from bot.steps.queue import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`data`: the data folder, an absolute path; `web_url`: of GitHub's own pages; `workflows`: of Temporal's,
    if there is one. `find_viewer`: who asks."""

    store: Store
    queue: Queue
    clock: Callable[[], datetime]
    data: Path
    web_url: str
    workflows: str | None = None
    find_viewer: FindViewer = find_local_viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The template is filled with what is `shown`; the viewer is `viewer` in it."""

    template: str
    shown: Mapping[str, object]
