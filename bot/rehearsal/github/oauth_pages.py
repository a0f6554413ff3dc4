"""Signing in with an App: the page on which a person lets it know them, and the address that gives it the token.

GitHub documents the steps in "Generating a user access token for a GitHub App". The token's address answers errors with
200, and in the form of a query unless JSON is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from bot.rehearsal.github.app_pages import POLICY, TEMPLATES, origin
from bot.rehearsal.github.app_records import App, Authorization
from bot.rehearsal.github.records import Token
from bot.rehearsal.github.world import Refused, World, not_found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

AUTHORIZE = "/login/oauth/authorize"
ACCESS_TOKEN = "/login/oauth/access_token"  # noqa: S105 - an address
CODE_SECONDS = 600
_TOKEN_SECONDS = 28_800
_REFRESH_SECONDS = 15_897_600
_HELP = "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"
_WORDS = {
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL for this application.",
    "bad_verification_code": "The code passed is incorrect or expired.",
}


class _NoToken(Exception):
    """The error code of an answer."""


@dataclass(slots=True)
class OAuthPages:
    """A WSGI application."""

    world: World
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self.world.lock:
            response = self._give_token(request) if request.path == ACCESS_TOKEN else self._authorize(request)
        return response(environ, start_response)

    def _authorize(self, request: Request) -> Response:
        try:
            return self._ask(request)
        except Refused as refusal:
            text = self.templates.get_template("missing.html").render(path=request.path, message=refusal.message)
            return Response(text, refusal.status, content_type="text/html; charset=utf-8")

    def _ask(self, request: Request) -> Response:
        """The page, or the way back: with a code, or with an error."""
        if self.world.signed_in is None:
            raise Refused(403, "Sign in to GitHub")
        asked = request.form if request.method == "POST" else request.args
        app = _find_app(self.world, asked.get("client_id", ""))
        if app is None or not app.callback_urls:
            raise not_found()
        state = {"state": asked["state"]} if "state" in asked else {}
        back = asked.get("redirect_uri") or app.callback_urls[0]
        if back not in app.callback_urls:
            return _send(app.callback_urls[0], _error("redirect_uri_mismatch") | state)
        if asked.get("code_challenge_method", "S256") != "S256":
            raise Refused(422, "The code challenge method must be S256")
        login = self.world.account(self.world.signed_in).login
        if request.method == "POST" and asked.get("answer") != "authorize":
            denied = {"error": "access_denied", "error_description": "The user has denied your application access."}
            return _send(back, denied | state)
        if request.method == "POST" or (app.id, login) in self.world.authorized:
            return _send(back, {"code": self._make_code(app, login, asked)} | state)
        return self._page(app, login, back, asked)

    def _make_code(self, app: App, login: str, asked: Mapping[str, str]) -> str:
        code = secrets.token_hex(10)
        self.world.authorized.add((app.id, login))
        self.world.authorizations[code] = Authorization(
            app=app,
            login=login,
            redirect_uri=asked.get("redirect_uri"),
            challenge=asked.get("code_challenge"),
            until=self.world.now() + timedelta(seconds=CODE_SECONDS),
        )
        return code

    def _page(self, app: App, login: str, back: str, asked: Mapping[str, str]) -> Response:
        text = self.templates.get_template("authorize_app.html").render(app=app, login=login, asked=dict(asked))
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY.format(back=origin(back))
        return response

    def _give_token(self, request: Request) -> Response:
        if request.method != "POST":
            return Response("Not Found", 404)
        asked = request.get_json() if request.is_json else request.form
        if _find_app(self.world, asked.get("client_id", "")) is None:
            return Response(json.dumps({"error": "Not Found"}), 404, content_type="application/json; charset=utf-8")
        try:
            answer = self._token_of(self._take(asked))
        except _NoToken as error:
            answer = _error(str(error)) | {"error_uri": f"{_HELP}/#{error}"}
        if "json" in request.headers.get("Accept", ""):
            return Response(json.dumps(answer), content_type="application/json; charset=utf-8")
        return Response(urlencode(answer), content_type="application/x-www-form-urlencoded; charset=utf-8")

    def _take(self, asked: Mapping[str, str]) -> Authorization:
        """A code is good once, for ten minutes, for the app and the address that it was given to. Raises _NoToken."""
        app = _find_app(self.world, asked.get("client_id", ""))
        if app is None or not app.client_secret or asked.get("client_secret") != app.client_secret:
            raise _NoToken("incorrect_client_credentials")
        found = self.world.authorizations.get(asked.get("code", ""))
        if found is None or found.app.id != app.id or found.until <= self.world.now():
            raise _NoToken("bad_verification_code")
        if asked.get("redirect_uri", found.redirect_uri) != found.redirect_uri:
            raise _NoToken("redirect_uri_mismatch")
        if found.challenge is not None and found.challenge != challenge_of(asked.get("code_verifier", "")):
            raise _NoToken("bad_verification_code")
        del self.world.authorizations[asked["code"]]
        return found

    def _token_of(self, authorization: Authorization) -> dict[str, str | int]:
        """It may do what both the person and the app may, where the app is installed, for eight hours of real time."""
        app = authorization.app
        installed = [each for each in self.world.installations.values() if each.app.id == app.id]
        token = Token(
            value=f"ghu_{secrets.token_hex(18)}",
            login=authorization.login,
            permissions=app.permissions,
            repositories=tuple(name for each in installed for name in each.repositories),
            client=app.client_id,
            expires_at=datetime.now(UTC) + timedelta(seconds=_TOKEN_SECONDS),
        )
        self.world.tokens[token.value] = token
        return {
            "access_token": token.value,
            "expires_in": _TOKEN_SECONDS,
            "refresh_token": f"ghr_{secrets.token_hex(38)}",
            "refresh_token_expires_in": _REFRESH_SECONDS,
            "token_type": "bearer",
            "scope": "",
        }


def is_oauth_page(path: str) -> bool:
    return path in {AUTHORIZE, ACCESS_TOKEN}


def challenge_of(verifier: str) -> str:
    """https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _find_app(world: World, client_id: str) -> App | None:
    return next((app for app in world.apps.values() if app.client_id == client_id), None)


def _error(code: str) -> dict[str, str | int]:
    return {"error": code, "error_description": _WORDS[code]}


def _send(back: str, query: Mapping[str, str | int]) -> Response:
    return redirect(f"{back}?{urlencode(query)}", 302)
