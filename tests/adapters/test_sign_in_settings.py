"""What a sign-in to the dashboard takes: an address with TLS, and both halves of the App's credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.settings import Settings, SettingsWrong, read_settings

ENOUGH = {"GITHUB_TOKEN": "ghp_secret", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-secret"}
CLIENT = {"GITHUB_CLIENT_ID": "Iv23", "GITHUB_CLIENT_SECRET": "thesecretoftheapp"}


def read(tmp_path: Path, **environment: str) -> Settings:
    return read_settings({**ENOUGH, **environment}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://night.example", "https://night.example"),
        ("https://Night.Example/", "https://night.example"),
        ("https://night.example:443", "https://night.example"),
        ("https://night.example:8443", "https://night.example:8443"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_the_address_is_kept_as_browsers_name_it(tmp_path: Path, given: str, kept: str) -> None:
    assert read(tmp_path, PUBLIC_URL=given).public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        *("http://night.example", "http://localhost:8000", "night.example", "https://", "https://night.example/bot"),
        *("https://ada@night.example", "https://night.example?a=b", "https://[night", "https://night.example:port"),
    ],
)
def test_another_address_is_refused(tmp_path: Path, given: str) -> None:
    """Without TLS no browser would keep the session's cookie."""
    with pytest.raises(SettingsWrong) as wrong:
        read(tmp_path, PUBLIC_URL=given)

    assert "PUBLIC_URL: expected https://HOST" in str(wrong.value)


@pytest.mark.parametrize("name", CLIENT)
def test_half_a_credential_is_refused(tmp_path: Path, name: str) -> None:
    """Both without an address are no mistake: they wait for one."""
    with pytest.raises(SettingsWrong) as wrong:
        read(tmp_path, **{name: CLIENT[name]})

    assert "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: expected both or neither" in str(wrong.value)
    assert CLIENT[name] not in str(wrong.value)
    assert CLIENT["GITHUB_CLIENT_SECRET"] not in repr(read(tmp_path, **CLIENT))
