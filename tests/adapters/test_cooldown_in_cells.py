"""Set-up, sessions and checks of a repository have the same rule for young releases, from its base commit."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest

import bot
from bot.adapters.git import Mirror
from bot.adapters.outside import DIRECTLY, Outside
from bot.core.repository_settings import read_repository_settings
from bot.steps.cooldown import with_cooldown
from tests.adapters.set_ups import NOW, SetUps
from tests.git_host import GitHost

FILES = {
    "package.json": "{}",
    "package-lock.json": '{"packages": {"node_modules/own": {"version": "2.0.0"}}}',
    "vendor/other/package-lock.json": '{"packages": {"node_modules/other": {"version": "3.0.0"}}}',
}


def outside_of(mirror: Mirror, commit: str, folder: Path, settings: str = "") -> Outside:
    read = read_repository_settings(settings.encode())
    return with_cooldown(Outside(folder=folder), mirror.files(commit), read, NOW)


def test_the_base_commit_and_the_settings_say_what_is_young(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    """What it brings along of others pins nothing."""
    commit = SetUps(git_host, mirror, tmp_path).commit(FILES)

    usual = outside_of(mirror, commit, tmp_path / "outside").cooldown
    week = outside_of(mirror, commit, tmp_path / "outside", "packages_older_than: 7d\n").cooldown

    assert usual is not None
    assert week is not None
    assert usual.rule.pins == {("own", "2.0.0")}
    assert (NOW - usual.rule.before, NOW - week.rule.before) == (timedelta(days=3), timedelta(days=7))
    assert usual.index_of("registry.npmjs.org") is not None
    assert usual.index_of("pypi.org") is None  # not of this repository
    assert "HEX_COOLDOWN" not in outside_of(mirror, commit, tmp_path / "outside").variables()


def test_zero_days_open_nothing(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    commit = SetUps(git_host, mirror, tmp_path).commit(FILES)
    outside = outside_of(mirror, commit, tmp_path / "outside", "packages_older_than: 0d\n")

    assert (outside.cooldown, outside.variables()) == (None, {})


def test_hex_is_asked_itself_where_it_is_used(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    """Its index is signed: no version can be left out of it on the way."""
    commit = SetUps(git_host, mirror, tmp_path).commit({"mix.exs": ""})

    assert outside_of(mirror, commit, tmp_path / "outside").variables()["HEX_COOLDOWN"] == "3d"
    never = outside_of(mirror, commit, tmp_path / "outside", "packages_older_than: 0d\n")
    assert "HEX_COOLDOWN" not in never.variables()


@pytest.mark.needs("bwrap")
def test_a_cell_can_read_what_its_tools_have_to_trust(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "outside"
    set_ups = SetUps(git_host, mirror, tmp_path, Outside(folder=folder))
    look = 'for name in SSL_CERT_FILE PIP_CERT NODE_EXTRA_CA_CERTS; do cat "${!name}" | grep -c BEGIN; done > seen'

    environment = set_ups.provide(set_ups.commit(FILES), f"setup: ['{look}']\n")

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    counts = [int(line) for line in (environment.layer / "tree/seen").read_text().split()]
    assert len(counts) == 3
    assert min(counts) > 1  # the system's, and one more


def test_every_way_out_of_a_repositorys_cells_has_the_rule() -> None:
    """A use of the filter of egress that forgets it would let a young release in."""
    used = {
        (path.name, getattr(node.func, "id", ""))
        for path in Path(bot.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"way_out", "with_cooldown"}
    }

    assert used == {
        *(("sessions.py", "with_cooldown"), ("running.py", "way_out")),
        *((name, call) for name in ("run_checks.py", "environment.py") for call in ("with_cooldown", "way_out")),
    }
    assert DIRECTLY.cooldown is None
