"""The dashboard over a ledger, for a client without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from bot.adapters.store import Store
from bot.dashboard.sources import Sources
from bot.dashboard.viewer import FindViewer, find_local_viewer
from bot.steps.queue import Queue
from bot.webhooks import create_app

NOW = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)


def serve(store: Store, data: Path, find_viewer: FindViewer = find_local_viewer, **more: str) -> FlaskClient:
    """`more`: of `Sources`."""
    sources = Sources(
        store=store,
        queue=Queue(),
        clock=lambda: NOW,
        data=data,
        web_url="https://github.example",
        find_viewer=find_viewer,
        workflows=more.get("workflows"),
    )
    return create_app(store, None, clock=lambda: NOW, sources=sources).test_client()
