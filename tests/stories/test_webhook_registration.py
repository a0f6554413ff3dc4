"""Which webhook is the repository's: each delivery names the one that sent it, and only such a one is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Store
from bot.adapters.store.webhook_registration import Hook, SeenHooks

HERE = "octo/clock"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path}/ledger.db")) as store:
        yield store


def known(store: Store) -> dict[str, int]:
    with store.read() as ledger:
        return ledger.webhooks.numbers([HERE])


def test_a_repositorys_is_written_down_and_the_last_one_counts(store: Store) -> None:
    hooks = SeenHooks(store)
    for number in ("7", "8", "8"):
        hooks.note(Hook(kind="repository", number=number, repository=HERE))
    assert known(store) == {HERE: 8}


@pytest.mark.parametrize(
    ("kind", "number", "repository"),
    [
        ("organization", "7", HERE),
        ("integration", "7", HERE),
        ("", "7", HERE),
        ("repository", "", HERE),
        ("repository", "7x", HERE),
        ("repository", "-7", HERE),
        ("repository", "²", HERE),
        ("repository", "٧", HERE),
        ("repository", "9" * 19, HERE),
        ("repository", "7", ""),
        ("repository", "7", "octo"),
        ("repository", "7", "octo/clock/../../user"),
    ],
)
def test_no_other_is(kind: str, number: str, repository: str, store: Store) -> None:
    """An App's or an organization's webhook has a log elsewhere; an odd number would become part of an address."""
    SeenHooks(store).note(Hook(kind=kind, number=number, repository=repository))
    assert known(store) == {}
