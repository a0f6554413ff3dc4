"""Fingerprints: names of values that may be secrets, for one issue of one installation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.adapters.fingerprints import Fingerprints
from bot.core.commands import FINGERPRINT
from bot.core.references import IssueRef

ISSUE, OTHER = IssueRef("octo/clock", 4), IssueRef("octo/clock", 5)


def test_the_same_value_has_the_same_name_in_its_issue(tmp_path: Path) -> None:
    """After a restart too, and however GitHub spells the repository."""
    made = Fingerprints(tmp_path / "key").of(ISSUE, "hunter22")

    assert FINGERPRINT.fullmatch(made)
    assert Fingerprints(tmp_path / "key").of(IssueRef("Octo/Clock", 4), "hunter22") == made


def test_another_value_issue_or_installation_has_another_name(tmp_path: Path) -> None:
    here, there = Fingerprints(tmp_path / "key"), Fingerprints(tmp_path / "other")
    values = ("hunter22", "hunter2", "Hunter22", "hunter22 ", "", "\udcff", "hunter22\0", "4\0hunter22")

    named = [each.of(issue, value) for each in (here, there) for issue in (ISSUE, OTHER) for value in values]

    assert len(set(named)) == len(named)


def test_workers_that_begin_at_once_share_a_key_that_only_the_operator_reads(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        named = set(pool.map(lambda _: Fingerprints(path).of(ISSUE, "hunter22"), range(32)))

    assert len(named) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_key_that_is_none_names_nothing(content: bytes, tmp_path: Path) -> None:
    """Else values could be guessed under a key that is known."""
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(ValueError, match="is not a key"):
        Fingerprints(tmp_path / "key").of(ISSUE, "hunter22")
