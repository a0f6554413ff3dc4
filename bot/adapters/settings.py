"""The settings: read once from the environment and `.env`, frozen, every mistake reported together.

A name in `.env` that is no setting is refused with a "did you mean"; so is a variable that starts with NIGHTSHIFT_.
Secrets have a masked repr. `docs/configuration.md` explains each setting to people.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.adapters.env_file import EnvFileWrong, read_env_file
from bot.adapters.fleet_settings import FleetSettings, find_fleet_mistakes
from bot.adapters.key_file import find_key_mistakes
from bot.adapters.network_settings import (
    ApiAddress,
    CaFile,
    GitCredentials,
    NetworkHost,
    OwnProxyAddress,
    ProxyAddress,
    PublicAddress,
    Registries,
    WebAddress,
    are_settable,
    find_sign_in_mistakes,
    web_url_of,
    with_small_letters,
)
from bot.adapters.notify_settings import (
    DigestRepository,
    MailAddress,
    MailServer,
    TraceHeaders,
    WebhookAddress,
    find_incomplete_notifications,
)
from bot.adapters.storage_settings import ObjectStorage
from bot.adapters.store import StoreUnusable, path_of, url_of
from bot.core.expected import say_expected
from bot.core.pauses import Window, parse_window
from bot.core.references import USUAL_BRANCHES, IssueRef, is_repository, parse_issue
from bot.core.retention import Retention

_DEEP_ENOUGH = 3  # parts of a path such as /opt/go: above it many things lie


class SettingsWrong(Exception):
    """Every mistake in the settings, one to a line: the name, what was wrong and what was expected."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _repository(value: str) -> str:
    if not is_repository(value):
        raise ValueError(f"{value!r} is not OWNER/REPO")
    return value


def _ledger_address(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("expected sqlite:////PATH/TO/FILE, or postgresql://USER:PASSWORD@HOST/DATABASE")
    try:
        path_of(value)
    except StoreUnusable as error:
        raise ValueError(str(error)) from None
    return value


def _window(value: object) -> object:
    return parse_window(value) if isinstance(value, str) else value


def _issue(value: object) -> object:
    return parse_issue(value) if isinstance(value, str) else value


def _label(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", value):
        raise ValueError("expected letters, digits, '-', '_' or '.', at most 40")
    return value


def _branch_prefix(value: str) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,39}/){1,4}", value):
        raise ValueError("expected letters, digits, '-' or '_' and a slash at the end, such as `auto/` or `bots/`")
    return value


def _model(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]{1,100}", value):
        raise ValueError("expected the name of a model, as `claude --model` takes it")
    return value


def _folders(value: object) -> object:
    """Folders as PATH separates them, or by commas; `none` is none of them."""
    if not isinstance(value, str):
        return value
    return () if value.strip() == "none" else [part for part in re.split(r"[:,\s]+", value) if part]


def _folder(value: str) -> str:
    if not value.startswith("/") or len(Path(value).parts) < _DEEP_ENOUGH:
        raise ValueError(f"{value!r} is not a tools folder; expected an absolute path such as /opt/node/bin, or `none`")
    return value


Folder = Annotated[str, AfterValidator(_folder)]
Repository = Annotated[str, AfterValidator(_repository)]


class Settings(FleetSettings, ObjectStorage, BaseModel):
    """What `.env` may hold. Durations carry their unit in the name."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True, str_strip_whitespace=True
    )

    github_api_url: ApiAddress = "https://api.github.com"
    github_rate_limits: Annotated[Literal["on", "off"], BeforeValidator(str.lower)] = "on"
    github_token: SecretStr | None = None
    github_app_id: int | None = Field(default=None, gt=0)
    github_app_private_key_file: Path | None = None
    github_client_id: str | None = None
    github_client_secret: SecretStr | None = None
    signing_key_file: Path | None = None
    signed_by_github: Annotated[Literal["on", "off"], BeforeValidator(str.lower)] = "off"
    webhook_secret: SecretStr | None = None
    otel_exporter_otlp_endpoint: WebAddress | None = None
    otel_exporter_otlp_headers: TraceHeaders | None = None
    metrics_token: SecretStr | None = None
    repositories: Annotated[tuple[Repository, ...], BeforeValidator(_split)] = ()
    label: Annotated[str, AfterValidator(_label)] = "auto"
    branch_prefix: Annotated[str, AfterValidator(_branch_prefix)] = USUAL_BRANCHES.prefix
    trusted_bot_ids: Annotated[tuple[int, ...], BeforeValidator(_split)] = ()
    anthropic_api_key: SecretStr | None = None
    claude_code_oauth_token: SecretStr | None = None
    anthropic_base_url: WebAddress | None = None
    claude_bin: Path | None = None
    model: Annotated[str, AfterValidator(_model)] | None = None
    max_turns: int = Field(default=30, ge=1, le=500)
    budget_usd: float = Field(default=5.0, gt=0, le=1000)
    session_minutes: float = Field(default=60, gt=0, le=1440)
    stall_minutes: float = Field(default=10, gt=0, le=1440)
    sandbox: Literal["required", "off"] = "required"
    tools: Annotated[tuple[Folder, ...] | None, BeforeValidator(_folders)] = None
    session_disk_gb: float = Field(default=20, gt=0, le=10_000)
    session_memory_gb: float | None = Field(default=None, gt=0, le=10_000)
    session_processes: int = Field(default=2048, ge=16, le=1_000_000)

    registries: Annotated[Registries[WebAddress], AfterValidator(are_settable)] = {}
    registry_credentials: Registries[SecretStr] = {}
    git_credentials: GitCredentials = {}
    network_hosts: Annotated[tuple[NetworkHost, ...], BeforeValidator(_split)] = ()
    network_proxy: ProxyAddress | None = None
    ca_file: CaFile | None = None
    https_proxy: OwnProxyAddress | None = None
    no_proxy: str = ""

    nightshift_window: Annotated[Window | None, BeforeValidator(_window)] = None
    night_budget_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    repository_budget_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    status_issue: Annotated[IssueRef | None, BeforeValidator(_issue)] = None
    digest_repository: DigestRepository | None = None

    notify_url: WebhookAddress | None = None
    notify_secret: SecretStr | None = None
    smtp_url: MailServer | None = None
    notify_mail: Annotated[tuple[MailAddress, ...], BeforeValidator(_split)] = ()
    smtp_from: MailAddress | None = None
    data_dir: Path = Path("var")
    database_url: Annotated[str, AfterValidator(_ledger_address)] | None = Field(default=None, repr=False)  # a password
    public_url: PublicAddress | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    per_repository: int = Field(default=1, ge=1, le=64)
    poll_seconds: float = Field(default=60, ge=1, le=86400)
    lease_seconds: float = Field(default=60, ge=5, le=3600)
    drain_seconds: float = Field(default=20, ge=0, le=86400)
    keep_deliveries_days: float = Field(default=7, ge=4, le=36500)  # GitHub redelivers for three days
    keep_records_days: float = Field(default=90, ge=30, le=36500)  # a delivery may come so late by hand
    keep_events_days: float = Field(default=365, ge=1, le=36500)
    keep_tasks_days: float = Field(default=400, ge=90, le=36500)
    keep_work_days: float = Field(default=14, ge=1, le=36500)
    keep_conversations_days: float = Field(default=14, ge=1, le=36500)
    keep_evidence_days: float = Field(default=365, ge=1, le=36500)
    keep_environments_days: float = Field(default=14, ge=1, le=36500)
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = "info"
    log_format: Annotated[Literal["text", "json"], BeforeValidator(str.lower)] = "text"

    @property
    def web_url(self) -> str:
        return web_url_of(self.github_api_url)

    @property
    def database(self) -> str:
        return self.database_url or url_of(self.data_dir.absolute() / "nightshift.sqlite")

    @property
    def retention(self) -> Retention:
        names = (field.name for field in fields(Retention))
        return Retention(**{name: timedelta(days=getattr(self, f"keep_{name}_days")) for name in names})

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)


NAMES = {field.upper(): field for field in Settings.model_fields}


def read_settings(environment: Mapping[str, str], env_file: Path, *, needs_accounts: bool = True) -> Settings:
    """The settings of `env_file` (may be missing), overridden by `environment`. Unless it `needs_accounts`, they may
    name none. Raises SettingsWrong."""
    environment, (from_file, mistakes) = with_small_letters(environment), _read_lines(env_file)
    ours = [name for name in environment if name.startswith("NIGHTSHIFT_")]
    mistakes += [_unknown(name) for name in [*from_file, *ours] if name not in NAMES]
    values = {NAMES[name]: value for name, value in {**from_file, **environment}.items() if name in NAMES and value}
    mistakes += _accounts(values.keys()) if needs_accounts else []
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsWrong([*mistakes, *map(_sentence, error.errors())]) from None
    signs = settings.signed_by_github == "on"
    mistakes += find_key_mistakes(settings.github_app_private_key_file, settings.signing_key_file, by_github=signs)
    mistakes += find_incomplete_notifications(settings) + find_fleet_mistakes(settings)
    mistakes += find_sign_in_mistakes(settings.github_client_id, settings.github_client_secret)
    without = [name for name in settings.registry_credentials if name not in settings.registries]
    mistakes += [f"REGISTRY_CREDENTIALS: {name} has no address; expected one in REGISTRIES" for name in without]
    if settings.github_rate_limits == "off" and not settings.github_api_url.endswith("/api/v3"):
        mistakes.append("GITHUB_RATE_LIMITS: expected `on`, except with the GITHUB_API_URL of an Enterprise Server")
    if mistakes:
        raise SettingsWrong(mistakes)
    return settings


def read_values(environment: Mapping[str, str], env_file: Path, names: Collection[str]) -> dict[str, str]:
    """Some settings as they are written, without empty ones. `env_file` may be missing. Raises SettingsWrong."""
    given = {**_read_file(env_file), **environment}
    return {name: given[name] for name in names if given.get(name)}


def _read_lines(env_file: Path) -> tuple[dict[str, str], list[str]]:
    """What `env_file` holds, and which of its lines are wrong. Raises SettingsWrong if it cannot be read at all."""
    try:
        return read_env_file(env_file), []
    except EnvFileWrong as wrong:
        if wrong.values is None:
            raise SettingsWrong(wrong.mistakes) from None
        return wrong.values, wrong.mistakes


def _read_file(env_file: Path) -> dict[str, str]:
    try:
        return read_env_file(env_file)
    except EnvFileWrong as wrong:
        raise SettingsWrong(wrong.mistakes) from None


def _accounts(given: Collection[str]) -> list[str]:
    """One way in to GitHub and one to Claude, or what is missing by name."""
    mistakes = []
    app = [name in given for name in ("github_app_id", "github_app_private_key_file")]
    if any(app) and not all(app):
        mistakes.append("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE: expected both or neither")
    elif any(app) == ("github_token" in given):
        mistakes.append("GITHUB_TOKEN, or GITHUB_APP_ID with GITHUB_APP_PRIVATE_KEY_FILE: expected exactly one")
    if not any(app) and "repositories" not in given:
        mistakes.append("REPOSITORIES: expected OWNER/REPO, more of them with commas between")
    if ("anthropic_api_key" in given) == ("claude_code_oauth_token" in given):
        mistakes.append("ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN: expected exactly one")
    return mistakes


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.removeprefix("NIGHTSHIFT_"), NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else "see docs/configuration.md for the names"
    return f"{name}: there is no such setting; {hint}"


def _sentence(error: object) -> str:
    """One of pydantic's errors in our words: the setting as it is written in `.env`, then what was expected."""
    assert isinstance(error, dict)  # noqa: S101 - pydantic's own type for this is private
    name = str(error["loc"][0]).upper() if error["loc"] else ""
    return f"{name}: {say_expected(error)}" if name else say_expected(error)
