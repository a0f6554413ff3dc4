"""`nightshift init` writes `.env` and the App's key: readable by their owner alone, and nothing of theirs is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.env_file import read_env_file
from bot.init.settings_file import SettingsFile, write_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@given(
    value=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\x7f\x85"), min_size=1)
)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    file = SettingsFile({}, tmp_path_factory.mktemp("env") / ".env")

    file.write({"GITHUB_TOKEN": value, "WEBHOOK_SECRET": "plain"})

    assert read_env_file(file.path) == {"GITHUB_TOKEN": value, "WEBHOOK_SECRET": "plain"}
    assert mode(file.path) == 0o600


def test_other_lines_stay_and_others_may_no_longer_read(tmp_path: Path) -> None:
    file = SettingsFile({}, tmp_path / ".env")
    file.path.write_text("# mine\nWORKERS=2\nGITHUB_TOKEN=old\n# the end")
    file.path.chmod(0o644)

    file.write({"GITHUB_TOKEN": "new", "REPOSITORIES": "octo/clock"})

    assert file.path.read_text() == "# mine\nWORKERS=2\nGITHUB_TOKEN=new\n# the end\nREPOSITORIES=octo/clock\n"
    assert mode(file.path) == 0o600


def test_a_key_that_is_there_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    for pem in ("first", "second", "third"):
        write_key(tmp_path / "data/app.pem", pem)

    kept = {path.name: path.read_text() for path in (tmp_path / "data").iterdir()}
    assert kept == {"app.pem": "third", "app.pem.1": "first", "app.pem.2": "second"}
    assert mode(tmp_path / "data/app.pem") == 0o600


def test_a_link_in_place_of_the_settings_is_replaced_not_followed(tmp_path: Path) -> None:
    """Somebody else's file gets no secret."""
    other = tmp_path / "other"
    other.write_text("")
    other.chmod(0o644)
    (tmp_path / ".env").symlink_to(other)

    SettingsFile({}, tmp_path / ".env").write({"GITHUB_TOKEN": "secret"})

    assert (other.read_text(), mode(other)) == ("", 0o644)
    assert mode(tmp_path / ".env") == 0o600
    assert read_env_file(tmp_path / ".env") == {"GITHUB_TOKEN": "secret"}
