"""The first step: an account on GitHub, which is a new App or a token, and the repositories that it works for."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from bot.adapters.github import AppAccount, GitHubFailed, TokenAccount
from bot.adapters.github.registration import RegisteredApp, read_registered_app
from bot.adapters.key_file import find_key_mistakes
from bot.adapters.network_settings import web_url_of
from bot.core.references import is_repository
from bot.init.addresses import GITHUB_COM, public_of, webhook_of
from bot.init.local_page import CannotRegister, Registration, serve
from bot.init.questions import Questions
from bot.init.settings_file import SettingsFile, write_key

_APP = ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY_FILE")
_KEY = "github-app.pem"
_LOOK_AGAIN = 3.0  # seconds
_KNOWN_WITHIN = 60.0  # seconds after which GitHub knows a new App everywhere
_HOUR = 3600.0  # for so long GitHub's code is good
_OPEN = """\
  open this page in a browser: {page}
  from another machine, first: ssh -L {port}:127.0.0.1:{port} USER@THIS_MACHINE"""
_TOKENS = """\
  Which token works where:
    your own account, or an organization's repositories   a fine-grained token of the bot's account, for these
        repositories: Contents, Issues and Pull requests (read and write)
    a repository to which the bot is an outside collaborator   a classic token with the scope repo: GitHub lets
        no fine-grained token reach it
    Enterprise Server, or a tenant of ghe.com                  a token made there, with --ghes"""


class NotSetUp(Exception):
    """Why this step could not be done, and what to do; a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command's options say. `repositories`: those that are named, or none."""

    settings: SettingsFile
    questions: Questions
    organization: str | None
    name: str | None
    webhook: str | None
    uses_token: bool
    given_api: str | None
    repositories: tuple[str, ...]

    @property
    def api_url(self) -> str:
        return self.given_api or self.settings.read("GITHUB_API_URL").get("GITHUB_API_URL", GITHUB_COM)

    @property
    def web_url(self) -> str:
        return web_url_of(self.api_url)

    @property
    def key_file(self) -> Path:
        return Path(self.settings.read("DATA_DIR").get("DATA_DIR", "var")) / _KEY


def set_up_account(wanted: Wanted) -> tuple[str, ...]:
    """An account that `.env` names from now on. Returns its repositories. Raises NotSetUp, NotAnswered, GitHubFailed,
    SettingsWrong and OSError."""
    names = ("GITHUB_TOKEN", "REPOSITORIES", *_APP)
    written, given = wanted.settings.read_written(*names), wanted.settings.read(*names)
    if "GITHUB_TOKEN" in given and _APP[0] in given:
        raise NotSetUp(
            f"GITHUB_TOKEN and {_APP[0]} are both set, in {wanted.settings.path} or the environment: unset one of them"
        )
    if "GITHUB_TOKEN" in written or wanted.uses_token:
        return _set_up_token(wanted, given)
    return _set_up_app(wanted, given)


def _set_up_token(wanted: Wanted, given: dict[str, str]) -> tuple[str, ...]:
    token = given.get("GITHUB_TOKEN")
    if token is None:
        click.echo(_TOKENS, err=True)
        token = wanted.questions.ask_secret("the bot's token", _something, otherwise="set GITHUB_TOKEN")
    names = wanted.repositories or _split_names(given.get("REPOSITORIES", ""))
    if not names:
        text = "repositories (OWNER/REPO, with commas between)"
        names = wanted.questions.ask(text, read_repositories, otherwise="give --repository")
    account = TokenAccount(token, api_url=wanted.api_url, repositories=names)
    me = account.me()
    wanted.settings.write({"GITHUB_TOKEN": token, "REPOSITORIES": ",".join(names), **_api(wanted)})
    click.echo(f"  @{me.login}, for {', '.join(names)}")
    return names


def _set_up_app(wanted: Wanted, given: dict[str, str]) -> tuple[str, ...]:
    """The App that `.env` names, or a new one. It is waited for until it is installed."""
    if "GITHUB_TOKEN" in given:
        raise NotSetUp("GITHUB_TOKEN is set in the environment: unset it, or give --token to use it")
    named = wanted.repositories or _split_names(given.get("REPOSITORIES", ""))
    if set(_APP) <= given.keys():
        account = _known_account(wanted, given[_APP[0]], Path(given[_APP[1]]))
        slug = account.me().login.removesuffix("[bot]")
        click.echo(f"  the App {slug}, from {wanted.settings.path}")
        return _wait_installed(wanted, _Expected(account, slug, named, threading.Event()))
    if not wanted.questions.are_allowed:
        raise NotSetUp(
            "an App is registered in a browser: run nightshift init at a terminal, or give --token and set GITHUB_TOKEN"
        )
    is_made, made, webhook = threading.Event(), list[RegisteredApp](), _ask_webhook(wanted)

    def register(code: str) -> str:
        made.append(keep_app(wanted, code, public_of(webhook)))
        is_made.set()
        return _install_page(wanted, made[0].slug)

    registration = _begin(wanted, webhook, register)
    with serve(registration):
        click.echo(_OPEN.format(page=registration.page, port=urlsplit(registration.page).port))
        if not is_made.wait(_HOUR):
            raise NotSetUp("no App was registered within an hour: run nightshift init again")
        account = _account(wanted, made[0].id, made[0].pem)
        return _wait_installed(wanted, _Expected(account, made[0].slug, named, registration.is_installed))


def _ask_webhook(wanted: Wanted) -> str | None:
    text = "public address of this machine, https://HOST (empty: none, Nightshift asks GitHub once a minute)"
    return wanted.webhook or wanted.questions.ask(text, webhook_of, otherwise="give --webhook", default="")


def _begin(wanted: Wanted, webhook: str | None, register: Callable[[str], str]) -> Registration:
    place = f"/organizations/{wanted.organization}" if wanted.organization else ""
    return Registration(
        name=wanted.name or f"nightshift-{secrets.token_hex(3)}",
        new_app=f"{wanted.web_url}{place}/settings/apps/new",
        webhook=webhook,
        register=register,
    )


def keep_app(wanted: Wanted, code: str, public: str | None) -> RegisteredApp:
    """GitHub shows its secrets once: they are kept before anything else happens. `public`: the web server's address.
    Raises CannotRegister."""
    try:
        app = read_registered_app(wanted.api_url, code)
    except GitHubFailed as error:
        raise CannotRegister(f"GitHub does not show the App's key: {error}. Delete the App, and begin again.") from None
    key = wanted.key_file
    try:
        write_key(key, app.pem)
        secret = {"WEBHOOK_SECRET": app.webhook_secret} if app.webhook_secret else {}
        client = {"GITHUB_CLIENT_ID": app.client_id, "GITHUB_CLIENT_SECRET": app.client_secret}
        place = {"PUBLIC_URL": public} if public else {}
        written = {_APP[0]: str(app.id), _APP[1]: str(key), **secret, **client, **place, **_api(wanted)}
        wanted.settings.write(written)
    except OSError as error:
        raise CannotRegister(
            f"{error.filename or key} cannot be written ({error.strerror}). On the page of the App {app.slug} make"
            f" another private key, and put {_APP[0]}={app.id} and {_APP[1]} into {wanted.settings.path}."
        ) from None
    click.echo(f"  the App {app.slug} is registered; its key is in {key}, which only you can read")
    return app


@dataclass(frozen=True, slots=True)
class _Expected:
    """`named`: the repositories on which the App has to be installed; any, if none is. `is_back`: set once GitHub sends
    the browser back."""

    account: AppAccount
    slug: str
    named: tuple[str, ...]
    is_back: threading.Event

    def are_among(self, found: tuple[str, ...]) -> bool:
        known = {each.lower() for each in found}
        return bool(found) and all(each.lower() in known for each in self.named)


def _wait_installed(wanted: Wanted, expected: _Expected) -> tuple[str, ...]:
    """Returns the repositories to work for. Raises NotSetUp."""
    began = time.monotonic()
    found = _find_installed(expected.account, began)
    if not expected.are_among(found):
        where = f" on {', '.join(expected.named)}" if expected.named else ""
        click.echo(f"  waiting until it is installed{where}: {_install_page(wanted, expected.slug)}", err=True)
    while not expected.are_among(found) and time.monotonic() < began + _HOUR:
        expected.is_back.wait(_LOOK_AGAIN)
        expected.is_back.clear()
        found = _find_installed(expected.account, began)
    if not expected.are_among(found):
        raise NotSetUp("the App was not installed within an hour: run nightshift init again")
    click.echo(f"  installed on {', '.join(found)}")
    if wanted.repositories:
        wanted.settings.write({"REPOSITORIES": ",".join(wanted.repositories)})
    return expected.named or found


def _find_installed(account: AppAccount, began: float) -> tuple[str, ...]:
    """GitHub may not know a new App everywhere for some seconds. Raises GitHubFailed."""
    try:
        return account.installed_now()
    except GitHubFailed as error:
        if error.transient or time.monotonic() < began + _KNOWN_WITHIN:
            return ()
        raise


def _known_account(wanted: Wanted, app_id: str, key: Path) -> AppAccount:
    if not app_id.isdecimal():
        raise NotSetUp(f"GITHUB_APP_ID: {app_id!r} is not an App's number")
    if mistakes := find_key_mistakes(key, None, by_github=False):
        raise NotSetUp("; ".join(mistakes))
    return _account(wanted, int(app_id), key.read_text())


def _account(wanted: Wanted, app_id: int, pem: str) -> AppAccount:
    return AppAccount(app_id, pem, api_url=wanted.api_url, repositories=())


def _install_page(wanted: Wanted, slug: str) -> str:
    return f"{wanted.web_url}/apps/{slug}/installations/new"


def _api(wanted: Wanted) -> dict[str, str]:
    return {} if wanted.api_url == GITHUB_COM else {"GITHUB_API_URL": wanted.api_url}


def _something(said: str) -> str:
    if not said:
        raise ValueError("expected a value")
    return said


def _split_names(said: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in said.split(",") if name.strip())


def read_repositories(said: str) -> tuple[str, ...]:
    """Raises ValueError."""
    names = _split_names(said)
    wrong = [name for name in names if not is_repository(name)]
    if wrong or not names:
        raise ValueError(f"expected OWNER/REPO{f', not {wrong[0]}' if wrong else ''}")
    return names
