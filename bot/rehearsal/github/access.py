"""Who asks, and what they may do: tokens, apps, roles. Refusals are worded and numbered as GitHub's are."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from bot.rehearsal.github.app_records import App, Installation
from bot.rehearsal.github.records import Role, Token
from bot.rehearsal.github.world import Refused, Repository, World, not_found

_LEVELS = {"read": 1, "write": 2, "admin": 3}
_CLOCK_SKEW = 60
_UNAUTHORIZED = 401
_NOT_REPLICATED = "Resource not accessible by integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a route asks for: of fine-grained tokens and apps one of `permissions` at `level`, of people a role."""

    permissions: tuple[str, ...] = ("metadata",)
    level: str = "read"
    role: Role = Role.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A token's bearer, an app by its name (JWT), a client without credentials, or `client`: an app that showed its
    client secret, which lets it look after the tokens of people and do nothing else."""

    token: Token | None = None
    app: App | None = None
    client: App | None = None

    @property
    def login(self) -> str | None:
        return None if self.token is None else self.token.login

    @property
    def name(self) -> str | None:
        """Who it is, for the record of exchanges."""
        return self.login if self.app is None else self.app.slug

    @property
    def known_login(self) -> str:
        """The login. Raises the 401 that GitHub gives for a write without a token."""
        if self.login is None:
            raise Refused(401, "Requires authentication")
        return self.login


def authenticate(world: World, authorization: str | None) -> Actor:
    """Raises 401 for credentials that are not good; a client without any is let in."""
    if not authorization:
        return Actor()
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        return Actor(client=_client_of(world, value))
    if scheme.lower() not in ("token", "bearer"):
        raise Refused(401, "Bad credentials")
    if value.count(".") == 2 and not value.startswith("ghs_"):  # noqa: PLR2004 - the three parts of a JSON web token
        return Actor(app=_app_of(world, value))
    return Actor(token=good_token(world, value))


def require_token(actor: Actor, template: str) -> None:
    """An app's JSON web token is good for the app's own operations only (typeclaw/typeclaw#393). Raises 401."""
    if actor.app is not None and not (template.startswith("/app") or template.endswith("/installation")):
        raise Refused(401, "A JSON web token could not be decoded")


def good_token(world: World, value: str) -> Token:
    token = world.tokens.get(value)
    if token is None or (token.expires_at is not None and token.expires_at <= datetime.now(UTC)):
        raise Refused(401, "Bad credentials")
    if token.known_from is not None and datetime.now(UTC) < token.known_from:
        message = "Bad credentials" if world.refuses_new_tokens == _UNAUTHORIZED else _NOT_REPLICATED
        raise Refused(world.refuses_new_tokens, message)
    return token


def can_see(actor: Actor, repository: Repository) -> bool:
    return not repository.private or _reaches(actor, repository)


def role_of(actor: Actor, repository: Repository) -> Role:
    """What the token's account may do; an installation is bound by its permissions alone."""
    if actor.token is not None and actor.token.installation is not None:
        return Role.ADMIN if _reaches(actor, repository) else repository.role(None)
    return repository.role(actor.login)


def shown_role(actor: Actor, repository: Repository) -> Role:
    """An installation's token is never shown that it may push, whatever it may (semantic-release/github#182)."""
    is_app = actor.token is not None and actor.token.installation is not None
    return Role.NONE if is_app else role_of(actor, repository)


def check(actor: Actor, repository: Repository, need: Need) -> None:
    """Raises the refusal that GitHub gives if `actor` may not do what needs `need`."""
    if not can_see(actor, repository):
        raise not_found()
    if need.level == "read" and need.role <= Role.READ and not repository.private:
        return
    actor.known_login  # noqa: B018 - raises without a token
    if not _is_permitted(actor, repository, need):
        kind = "integration" if actor.token and actor.token.installation else "personal access token"
        raise Refused(403, f"Resource not accessible by {kind}")
    if role_of(actor, repository) < need.role:
        raise Refused(403, f"Must have {need.role.label} rights to Repository.")


def granted(actor: Actor) -> Mapping[str, str] | None:
    """The permissions of a fine-grained or installation token; None where scopes and roles decide alone."""
    return None if actor.token is None else actor.token.permissions


def mint(
    world: World, installation: Installation, repositories: tuple[str, ...], permissions: Mapping[str, str]
) -> Token:
    """An installation token for one hour of real time: the client compares with its own clock, not with the world's.
    It holds a JSON web token, as GitHub's do since 2026."""
    now = datetime.now(UTC)
    parts = [secrets.token_urlsafe(size) for size in (27, 90, 256)]
    token = Token(
        value=f"ghs_{installation.app.id}_{'.'.join(parts)}",
        login=installation.app.login,
        permissions=dict(permissions),
        repositories=repositories,
        installation=installation,
        expires_at=now.replace(microsecond=0) + timedelta(hours=1),
        known_from=now + timedelta(seconds=world.new_token_seconds) if world.new_token_seconds else None,
    )
    world.tokens[token.value] = token
    return token


def _reaches(actor: Actor, repository: Repository) -> bool:
    """Whether it is among what the token was made for, and its account has a role there."""
    token = actor.token
    if token is None:
        return False
    if token.repositories is not None and repository.full_name not in token.repositories:
        return False
    return token.installation is not None or repository.role(token.login) > Role.NONE


def _is_permitted(actor: Actor, repository: Repository, need: Need) -> bool:
    token = actor.token
    if token is None:
        return False
    if token.permissions is None:
        return token.scopes is not None and bool({"repo", "public_repo"} & set(token.scopes))
    if need.permissions == ("metadata",):
        return True
    held = max(_LEVELS.get(token.permissions.get(name, ""), 0) for name in need.permissions)
    return _reaches(actor, repository) and held >= _LEVELS[need.level]


def _client_of(world: World, credentials: str) -> App:
    try:
        client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
    except ValueError as error:
        raise Refused(401, "Bad credentials") from error
    found = next((app for app in world.apps.values() if app.client_id == client_id), None)
    if found is None or not secret or secret != found.client_secret:
        raise Refused(401, "Bad credentials")
    return found


def _app_of(world: World, token: str) -> App:
    """The app that signed this JSON web token, as GitHub checks it."""
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.InvalidTokenError as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    app = world.apps.get(int(issuer.removeprefix("Iv23"))) if issuer.removeprefix("Iv23").isdecimal() else None
    if app is None:
        raise Refused(401, "Integration not found")
    try:
        claims = jwt.decode(
            token, app.public_key, algorithms=["RS256"], leeway=_CLOCK_SKEW, options={"require": ["exp"]}
        )
    except jwt.ExpiredSignatureError as error:
        raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value in the future") from error
    except jwt.InvalidTokenError as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    if claims["exp"] > datetime.now(UTC).timestamp() + 600 + _CLOCK_SKEW:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    return app
