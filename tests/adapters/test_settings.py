"""Settings are read once; every mistake is reported at once, by name, with what was expected; secrets stay masked."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_module
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.github import TokenAccount
from bot.adapters.settings import NAMES, Settings, SettingsWrong, read_settings
from bot.adapters.store import path_of
from bot.core.labels import LabelSet
from bot.core.registries import Destination
from bot.steps.limits import outside_of
from tests.signing_keys import make_key

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


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """One start reports all five mistakes."""
    told = "\n".join(
        mistakes(tmp_path, "LABLE=x\n", PORT="http", MAX_TURNS="0", REPOSITORIES="octo/clock,nonsense", GITHUB_TOKEN="")
    )

    for name in ("LABLE", "LABEL", "PORT", "MAX_TURNS", "nonsense", "GITHUB_TOKEN"):
        assert name in told


NO_API = "github.com github.com/api/v3 api.github.com/v3 ghe.octo.example octo.ghe.com api.octo.ghe.com/api/v3"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GITHUB_API_URL", "http://github.example/api/v3", "https://"),
        ("GITHUB_API_URL", "github.example", "expected an address"),
        *(("GITHUB_API_URL", f"https://{wrong}", "expected https://HOST/api/v3") for wrong in NO_API.split()),
        ("GITHUB_RATE_LIMITS", "none", "`on` or `off`"),
        ("GITHUB_RATE_LIMITS", "off", "except with the GITHUB_API_URL of an Enterprise Server"),
        ("LABEL", "two words", "expected letters"),
        ("BRANCH_PREFIX", "auto", "a slash at the end"),
        ("BRANCH_PREFIX", "-x/", "a slash at the end"),
        ("BRANCH_PREFIX", "a//b/", "a slash at the end"),
        ("BRANCH_PREFIX", "a..b/", "a slash at the end"),
        ("SANDBOX", "no", "`required` or `off`"),
        ("DATABASE_URL", "mysql://127.0.0.1/nightshift", "postgresql://USER"),
        ("TRUSTED_BOT_IDS", "dependabot", "expected a whole number"),
        ("REPOSITORIES", "../..", "OWNER/REPO"),
        ("MODEL", "a; rm -rf /", "expected the name of a model"),
        ("GITHUB_APP_ID", "12", "both or neither"),
        ("CLAUDE_CODE_OAUTH_TOKEN", "x", "exactly one"),
        ("NIGHTSHIFT_PORT", "1", "did you mean PORT"),
        ("REGISTRIES", "https://pypi.example.org", "expected NAME=VALUE"),
        ("REGISTRIES", "pip=https://pypi.example.org", "`pypi`"),
        ("REGISTRIES", "deno=https://jsr.example.org", "deno cannot be set; expected pypi, npm"),
        ("REGISTRIES", "pypi=http://pypi.example.org/simple", "expected https://"),
        ("REGISTRY_CREDENTIALS", "pypi=user:word", "expected one in REGISTRIES"),
        ("GIT_CREDENTIALS", "own/x=token", "expected HOST/OWNER=TOKEN"),
        ("GIT_CREDENTIALS", "https://github.com/own=token", "expected HOST/OWNER=TOKEN"),
        ("NETWORK_HOSTS", "https://maven.example.org", "expected HOST or HOST:PORT"),
        ("NETWORK_PROXY", "https://proxy.example.org", "expected http://HOST:PORT"),
        ("NETWORK_PROXY", "proxy.example.org:3128", "expected http://HOST:PORT"),
        *(("OTEL_EXPORTER_OTLP_HEADERS", wrong, "expected NAME=VALUE") for wrong in ("key", "=value", "a=b,c", "a=")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "expected an address"),
        ("CA_FILE", "/nonexistent.pem", "it cannot be read"),
        ("CA_FILE", "/etc/passwd", "it holds no certificate"),
    ],
)
def test_a_mistake_says_what_was_expected(tmp_path: Path, name: str, value: str, expected: str) -> None:
    told = mistakes(tmp_path, **{name: value})

    assert any(name in line and expected in line for line in told), told


def test_secrets_are_masked_wherever_settings_are_printed(tmp_path: Path) -> None:
    printed = repr(read(tmp_path, WEBHOOK_SECRET="hush")) + str(read(tmp_path))

    assert not any(secret in printed for secret in ("ghp_secret", "sk-secret", "hush"))


def test_the_way_to_the_network_is_read(tmp_path: Path) -> None:
    """A credential with a comma is written with %2C. None of them is printed."""
    settings = read(
        tmp_path,
        REGISTRIES="pypi=https://pypi.example.org/simple/, NPM=https://npm.example.org",
        REGISTRY_CREDENTIALS="pypi=user:a%2Cword, npm=a-token",
        GIT_CREDENTIALS="GitHub.com/Own=git-token, git.corp.example=me:git-word",
        NETWORK_HOSTS="files.example.org:8443",
        NETWORK_PROXY="http://u:example-word@proxy.example.org:3128",
    )

    outside = outside_of(settings, tmp_path / "outside")

    assert [(each.ecosystem, each.url) for each in outside.registries] == [
        ("pypi", "https://pypi.example.org/simple"),
        ("npm", "https://npm.example.org"),
    ]
    assert [each.credential for each in outside.registries] == [
        f"Basic {base64.b64encode(b'user:a,word').decode()}",
        "Bearer a-token",
    ]
    assert {name: base64.b64decode(each.split()[1]) for name, each in outside.git_credentials.items()} == {
        "github.com/own": b"x-access-token:git-token",
        "git.corp.example": b"me:git-word",
    }
    assert outside.own == {Destination("files.example.org", 8443)}
    assert outside.proxy is not None
    assert (outside.proxy.host, outside.proxy.port) == ("proxy.example.org", 3128)
    for secret in ("a%2Cword", "a,word", "a-token", "git-token", "git-word", "example-word", outside.proxy.credential):
        assert secret not in repr(settings) + repr(outside)


def test_a_mistake_never_repeats_a_secret(tmp_path: Path) -> None:
    """A key in the wrong place is still a key."""
    for name in ("REGISTRY_CREDENTIALS", "GIT_CREDENTIALS", "NETWORK_PROXY", "NETWORK_HOSTS"):
        assert "ghp_1234" not in "\n".join(mistakes(tmp_path, **{name: "pypi=x, ghp_1234"}))
    assert "ghp_1234" not in "\n".join(mistakes(tmp_path, PORT="ghp_1234"))


def test_an_app_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "app.pem"
    key.write_text("-----BEGIN RSA PRIVATE KEY-----")
    key.chmod(0o644)

    told = mistakes(tmp_path, GITHUB_TOKEN="", GITHUB_APP_ID="7", GITHUB_APP_PRIVATE_KEY_FILE=str(key))

    assert any("chmod 600" in line for line in told)


def test_a_key_that_signs_nothing_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "app.pem"
    key.touch(mode=0o600)
    key.write_text("-----BEGIN RSA PRIVATE KEY-----\n")

    told = mistakes(tmp_path, GITHUB_TOKEN="", GITHUB_APP_ID="7", GITHUB_APP_PRIVATE_KEY_FILE=str(key))

    assert any("holds no RSA private key" in line for line in told)


@pytest.mark.parametrize(
    ("passphrase", "mode", "expected"),
    [
        ("", 0o644, "SIGNING_KEY_FILE: others may read"),
        ("secret", 0o600, "holds no SSH private key without a passphrase"),
    ],
)
def test_a_key_that_cannot_sign_commits_is_refused(tmp_path: Path, passphrase: str, mode: int, expected: str) -> None:
    key = make_key(tmp_path, passphrase=passphrase)
    key.chmod(mode)
    (told,) = mistakes(tmp_path, SIGNING_KEY_FILE=str(key))
    assert expected in told


def test_the_public_half_and_other_files_sign_no_commits(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    assert read(tmp_path, SIGNING_KEY_FILE=str(key)).signing_key_file == key
    public = key.with_name("signing.pub")
    public.chmod(0o600)
    for file, says in ((public, "holds no SSH private key"), (tmp_path / "none", "cannot be read")):
        (told,) = mistakes(tmp_path, SIGNING_KEY_FILE=str(file))
        assert says in told


def test_an_app_has_no_key_that_github_would_verify(tmp_path: Path) -> None:
    rsa = rsa_module.generate_private_key(public_exponent=65537, key_size=2048)
    app = tmp_path / "app.pem"
    app.touch(mode=0o600)
    app.write_bytes(rsa.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    account = {"GITHUB_TOKEN": "", "GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": str(app)}
    (told,) = mistakes(tmp_path, **account, SIGNING_KEY_FILE=str(make_key(tmp_path)))
    assert told.startswith("SIGNING_KEY_FILE: expected GITHUB_TOKEN")
    assert read(tmp_path, **account, SIGNED_BY_GITHUB="On").signed_by_github == "on"


ODD = st.text(alphabet="[]:/-#?%@.,ab09 :~\\", max_size=12)
ADDRESSES = st.sampled_from(["https://", "http://localhost", "https://a", "https://[::1]", ""])
VALUES = {
    "github_api_url": st.tuples(ADDRESSES, ODD).map("".join),
    "anthropic_base_url": st.tuples(ADDRESSES, ODD).map("".join),
    "database_url": st.tuples(st.sampled_from(["sqlite:///", "sqlite:////", ""]), ODD).map("".join),
    "nightshift_window": st.from_regex(r"[0-2]?\d:[0-5]\d-[0-2]?\d:[0-5]\d( [A-Za-z/]{0,9})?", fullmatch=True),
    "status_issue": st.from_regex(r"[a-z./-]{1,6}#[0-9]{1,4}", fullmatch=True) | ODD,
    "label": ODD,
    "model": ODD,
    "data_dir": ODD,
    "claude_bin": ODD,
    "trusted_bot_ids": st.lists(st.integers(-1, 10**20)).map(lambda ids: ",".join(map(str, ids))),
    **{
        name: st.floats(-1, 10**7).map(str) | st.sampled_from(["nan", "inf", "1e400"])
        for name in ("budget_usd", "night_budget_usd", "lease_seconds", "drain_seconds", "poll_seconds")
    },
}


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com/", "https://github.com"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("https://ghe.octo.example/api/v3/", "https://ghe.octo.example"),
        ("https://api.ghe.com.octo.example/api/v3", "https://api.ghe.com.octo.example"),
    ],
)
def test_people_look_where_the_api_belongs(api: str, web: str, tmp_path: Path) -> None:
    assert read(tmp_path, GITHUB_API_URL=api).web_url == web


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_accepted_never_raises_later(values: dict[str, str]) -> None:
    """Not where it is used for the first time: in the night."""
    try:
        settings = read_settings({**ENOUGH, **{name.upper(): value for name, value in values.items()}}, Path("/none"))
    except SettingsWrong:
        return
    path_of(settings.database)
    assert settings.web_url
    assert settings.lease + timedelta(seconds=settings.drain_seconds) >= timedelta(seconds=5)
    assert settings.poll_seconds >= 1
    LabelSet(settings.label)
    TokenAccount("x", api_url=settings.github_api_url, repositories=settings.repositories)
    if settings.nightshift_window is not None:
        settings.nightshift_window.opens(datetime(2026, 3, 29, 1, tzinfo=UTC))


def test_every_setting_is_documented_and_only_settings_are() -> None:
    """docs/configuration.md and docs/fleet.md list each setting once; .env.example names nothing else."""
    pages = "".join((ROOT / "docs" / page).read_text() for page in ("configuration.md", "fleet.md"))
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", pages, re.MULTILINE)
    documented = [name for row in rows for name in re.findall(r"[A-Z_]+", row)]
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(NAMES)
    assert set(example) <= set(NAMES)


def test_an_env_file_that_is_no_text_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LABEL=\xff")

    with pytest.raises(SettingsWrong, match="expected lines NAME=value in UTF-8"):
        read_settings({}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("/opt/node/bin", ("/opt/node/bin",)),
        ("/opt/node/bin,/home/ada/.pyenv", ("/opt/node/bin", "/home/ada/.pyenv")),
        ("/opt/node/bin:/opt/go", ("/opt/node/bin", "/opt/go")),
        ("/a/b, /c/d ,", ("/a/b", "/c/d")),
        ("none", ()),
        ("", None),
    ],
)
def test_tools_are_folders(tmp_path: Path, text: str, folders: tuple[str, ...] | None) -> None:
    """With commas between, or as PATH has them."""
    assert read(tmp_path, TOOLS=text).tools == folders


@pytest.mark.parametrize("text", [".", "~", "~/bin", "/", "bin", "/opt", "/home/", "/opt/node/bin:.", "//"])
def test_a_folder_of_many_things_is_no_folder_of_tools(tmp_path: Path, text: str) -> None:
    assert "TOOLS" in "\n".join(mistakes(tmp_path, TOOLS=text))
