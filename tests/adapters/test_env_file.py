"""`.env`: what is no line NAME=value is named by its place, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.env_file import EnvFileWrong, read_env_file
from bot.adapters.settings import SettingsWrong, read_settings


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"A=1\n\nghp_secret\nB=2\n", 3, "expected NAME=value"),
        (b"A=1\nthe secret is ghp_secret\n", 2, "expected NAME=value"),
        (b"A=1\n\n\nB='ghp_secret\n", 4, "expected NAME=value"),
        (b"A=1\nB=\xff\xfe\n", 2, "it is not UTF-8 text"),
    ],
)
def test_a_line_that_is_none_is_named_by_its_number(tmp_path: Path, content: bytes, line: int, said: str) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(EnvFileWrong) as wrong:
        read_env_file(tmp_path / ".env")

    assert wrong.value.mistakes[0].startswith(f"{tmp_path}/.env, line {line}: {said}")
    assert "ghp_secret" not in str(wrong.value)


def test_wrong_lines_and_wrong_values_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("no setting\nPORT=http\n")

    with pytest.raises(SettingsWrong) as wrong:
        read_settings({}, tmp_path / ".env", needs_accounts=False)

    assert [each.rpartition(": ")[2] for each in wrong.value.mistakes] == [
        "expected NAME=value",
        "expected a whole number",
    ]


def test_a_folder_is_no_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(EnvFileWrong, match=r"it cannot be read \(Is a directory\)"):
        read_env_file(tmp_path)


def test_comments_quotes_and_empty_values_are_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeff# a comment\nexport A='x y'\nB=\n\nC=\"d$E\" # more\n")

    assert read_env_file(tmp_path / ".env") == {"A": "x y", "B": "", "C": "d$E"}
    assert read_env_file(tmp_path / "absent") == {}
