"""Settings are read once; every mistake is reported at once, by name, with what was expected; secrets stay masked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.adapters.settings import NAMES, Settings, SettingsWrong, read_settings

ROOT = Path(__file__).parents[2]
ENOUGH = {"GITHUB_TOKEN": "ghp_secret", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-secret"}


def read(tmp_path: Path, env_file: str = "", **environment: str) -> Settings:
    (tmp_path / ".env").write_text(env_file)
    return read_settings({**ENOUGH, **environment}, tmp_path / ".env")


def mistakes(tmp_path: Path, env_file: str = "", **environment: str) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        read(tmp_path, env_file, **environment)
    return wrong.value.mistakes


def test_three_settings_are_enough(tmp_path: Path) -> None:
    """A token, a repository and a key: the rest has defaults."""
    settings = read(tmp_path)

    assert settings.repositories == ("octo/clock",)
    assert settings.web_url == "https://github.com"
    assert settings.sandbox == "required"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, "PORT=1\nWORKERS=3\n", PORT="2").port == 2
    assert read(tmp_path, "PORT=1\nWORKERS=3\n", PORT="2").workers == 3


def test_a_level_may_be_spelled_as_logs_spell_it(tmp_path: Path) -> None:
    assert read(tmp_path, LOG_LEVEL="DEBUG").log_level == "debug"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One start reports all five mistakes."""
    told = "\n".join(
        mistakes(tmp_path, "LABLE=x\n", PORT="http", MAX_TURNS="0", REPOSITORIES="octo/clock,nonsense", GITHUB_TOKEN="")
    )

    for name in ("LABLE", "LABEL", "PORT", "MAX_TURNS", "nonsense", "GITHUB_TOKEN"):
        assert name in told


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GITHUB_API_URL", "http://github.example/api/v3", "https://"),
        ("GITHUB_API_URL", "github.example", "expected an address"),
        ("LABEL", "two words", "expected letters"),
        ("SANDBOX", "no", "'required' or 'off'"),
        ("DATABASE_URL", "postgresql://127.0.0.1/nightshift", "SQLite file"),
        ("TRUSTED_BOT_IDS", "dependabot", "integer"),
        ("REPOSITORIES", "../..", "OWNER/REPO"),
        ("MODEL", "a; rm -rf /", "pattern"),
        ("GITHUB_APP_ID", "12", "both or neither"),
        ("CLAUDE_CODE_OAUTH_TOKEN", "x", "exactly one"),
        ("NIGHTSHIFT_PORT", "1", "did you mean PORT"),
    ],
)
def test_a_mistake_says_what_was_expected(tmp_path: Path, name: str, value: str, expected: str) -> None:
    told = mistakes(tmp_path, **{name: value})

    assert any(name in line and expected in line for line in told), told


def test_secrets_are_masked_wherever_settings_are_printed(tmp_path: Path) -> None:
    printed = repr(read(tmp_path, WEBHOOK_SECRET="hush")) + str(read(tmp_path))

    assert not any(secret in printed for secret in ("ghp_secret", "sk-secret", "hush"))


def test_a_mistake_never_repeats_a_secret(tmp_path: Path) -> None:
    """A key in the wrong place is still a key."""
    assert "ghp_1234" not in "\n".join(mistakes(tmp_path, PORT="ghp_1234"))


def test_an_app_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "app.pem"
    key.write_text("-----BEGIN RSA PRIVATE KEY-----")
    key.chmod(0o644)

    told = mistakes(tmp_path, GITHUB_TOKEN="", GITHUB_APP_ID="7", GITHUB_APP_PRIVATE_KEY_FILE=str(key))

    assert any("chmod 600" in line for line in told)


def test_every_setting_is_documented_and_only_settings_are() -> None:
    """docs/configuration.md lists each setting once; .env.example names nothing else."""
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    documented = [name for row in rows for name in re.findall(r"[A-Z_]+", row)]
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(NAMES)
    assert set(example) <= set(NAMES)


def test_an_env_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LABEL=\xff")

    with pytest.raises(SettingsWrong, match="expected lines NAME=value in UTF-8"):
        read_settings({}, tmp_path / ".env")
