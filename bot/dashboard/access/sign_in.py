"""Signing in with GitHub, and out again. The browser that begins is the one that completes: its cookie has `state`."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from bot.adapters.github.sign_in import NotSignedIn
from bot.core.app_manifest import CALLBACK_PATH
from bot.core.facts import Actor
from bot.dashboard.access.answers import Link, say
from bot.dashboard.access.forms import is_own_form
from bot.dashboard.access.limits import SignInLimits, address_of
from bot.dashboard.access.who import SESSION, Access

_log = logging.getLogger(__name__)

_BEGUN = "__Host-nightshift-sign-in"
_BEGUN_LASTS = timedelta(minutes=10)
_OWN_PATH = re.compile(r"/(?![/\\])[!-~]{0,500}")
_AGAIN = Link(address="/sign-in", text="Sign in again")
_NOT_SET_UP = (
    "Elsewhere than on its own host, this dashboard is for people who sign in with GitHub. That is not set up yet.",
    "The operator sets PUBLIC_URL, GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: docs/dashboard.md says how.",
)
_DECEIVED = (
    "A delivery of GitHub looked as if it came from this host, so what looks like the operator may be anybody.",
    "Have the proxy or tunnel in front of the web server send X-Forwarded-For, then remove dashboard/behind-a-proxy "
    "from the data folder.",
)
_WHY_NOT = {
    "access_denied": "You did not let the App know who you are.",
    "redirect_uri_mismatch": f"The operator adds PUBLIC_URL with {CALLBACK_PATH} to the App's callback URLs on GitHub.",
    "incorrect_client_credentials": "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not those of the App.",
    "bad_verification_code": "GitHub's code was used already, or is too old.",
    "unverified_user_email": "GitHub asks you to verify your mail address first.",
}


def sign_in_pages(access: Access, limits: SignInLimits) -> Blueprint:
    pages = Blueprint("sign_in", __name__, template_folder="../templates")

    @pages.get("/sign-in")
    def start() -> AnyResponse:
        return _show_start(access)

    @pages.get("/sign-in/github")
    def begin() -> AnyResponse:
        return _refuse(access, limits) or _begin(access)

    @pages.get(CALLBACK_PATH)
    def complete() -> AnyResponse:
        answer = _refuse(access, limits) or _complete(access)
        _forget(answer, _BEGUN)
        return answer

    @pages.post("/sign-out")
    def end() -> AnyResponse:
        if not is_own_form(access):
            return say("Not signed out", "Load the page again, and try again.", status=HTTPStatus.FORBIDDEN)
        access.people.end(access.secret)
        answer = redirect("/", HTTPStatus.SEE_OTHER)
        _forget(answer, SESSION)
        return answer

    return pages


def _show_start(access: Access) -> AnyResponse:
    if access.is_operator():
        return redirect("/", HTTPStatus.SEE_OTHER)
    if access.is_deceived():
        return say("Sign in", *_DECEIVED)
    if access.sign_in is None or access.public_url is None:
        return say("Sign in", *_NOT_SET_UP)
    if not access.is_public():
        return say(
            "Sign in",
            f"The dashboard is at {access.public_url}.",
            link=Link(address=f"{access.public_url}/sign-in", text="Sign in there"),
        )
    wanted = request.args.get("next", "")
    query = f"?{urlencode({'next': wanted})}" if _OWN_PATH.fullmatch(wanted) else ""
    says = "You see the repositories in which you have a role. GitHub is asked who you are, and nothing else."
    return say("Sign in", says, link=Link(address=f"/sign-in/github{query}", text="Sign in with GitHub"))


def _refuse(access: Access, limits: SignInLimits) -> AnyResponse | None:
    """Why no sign-in is possible here or now; None if the present browser can sign in."""
    if access.sign_in is None or not access.is_public():
        return _show_start(access)
    if not (seconds := limits.take(address_of(request))):
        return None
    says = f"There were too many tries to sign in. Try again in {-(-seconds // 60)} min."
    answer = say("Too many tries", says, status=HTTPStatus.TOO_MANY_REQUESTS, link=_AGAIN)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _begin(access: Access) -> AnyResponse:
    assert access.sign_in is not None  # noqa: S101 - _refuse sees to it
    wanted = request.args.get("next", "")
    begun = {
        "state": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "next": wanted if _OWN_PATH.fullmatch(wanted) else "/",
    }
    answer = redirect(access.sign_in.page(begun["state"], begun["verifier"]), HTTPStatus.SEE_OTHER)
    _keep(answer, _BEGUN, access.seals.seal(_BEGUN, begun, _BEGUN_LASTS), _BEGUN_LASTS)
    return answer


def _complete(access: Access) -> AnyResponse:
    begun = access.seals.open(_BEGUN, request.cookies.get(_BEGUN, ""))
    state = request.args.get("state", "")
    if begun is None or not hmac.compare_digest(state.encode("utf-8", "replace"), begun["state"].encode()):
        says = "This is not the answer to a sign-in that this browser began in the last ten minutes."
        return say("Not signed in", says, status=HTTPStatus.FORBIDDEN, link=_AGAIN)
    try:
        with access.waiting_for_github("who signs in"):
            person = _identify(access, begun["verifier"])
    except NotSignedIn as refusal:
        _log.warning("somebody could not sign in: %s", refusal)
        says = _WHY_NOT.get(refusal.code, f"GitHub says: {refusal.code}.")
        return say("Not signed in", says, status=HTTPStatus.FORBIDDEN, link=_AGAIN)
    return _let_in(access, person, begun["next"])


def _identify(access: Access, verifier: str) -> Actor:
    """Raises NotSignedIn and GitHubFailed."""
    assert access.sign_in is not None  # noqa: S101 - _refuse sees to it
    if (error := request.args.get("error")) is not None:
        raise NotSignedIn(error)
    return access.sign_in.identify(request.args.get("code", ""), verifier)


def _let_in(access: Access, person: Actor, wanted: str) -> AnyResponse:
    """A new session, and an end of the one that this browser had. Raises CannotAsk."""
    rights = access.ask_rights(person)
    access.people.end(access.secret)
    secret = access.people.begin(person, rights, access.clock())
    _log.info("%s signed in", person.login)
    answer = redirect(wanted, HTTPStatus.SEE_OTHER)
    _keep(answer, SESSION, secret, access.people.lasts)
    return answer


def _keep(answer: AnyResponse, name: str, value: str, lasts: timedelta) -> None:
    """Lax and not strict: a link on GitHub leads to the page and not to the sign-in. Forms carry a token."""
    answer.set_cookie(name, value, max_age=lasts, path="/", secure=True, httponly=True, samesite="Lax")


def _forget(answer: AnyResponse, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")
