"""A world for each story. What must hold in every story is checked when the story is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Store
from tests.stories.checked_repository import Repository
from tests.stories.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield Repository(store, tmp_path)


@pytest.fixture
def folder_of_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where trials of clones have their folders: empty after each test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder
