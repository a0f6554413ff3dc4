"""The parts of the tour through the simulation in which an App looks after itself, and after the tokens of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.registering import register_app
from tests.rehearsal.signing_in import CALLBACK, sign_in


def app_token(app_id: int, key: str) -> str:
    """A JSON web token as an app signs it."""
    now = int(datetime.now(UTC).timestamp())
    return jwt.encode({"iat": now - 60, "exp": now + 300, "iss": str(app_id)}, key, "RS256")


def see_deliveries(walk: Callable[..., Any], github: SimulatedGitHub, hook: str, *, token: str | None = None) -> None:
    github.wait_delivered()
    sent = walk("GET", f"{hook}/deliveries", token=token)[0]["id"]
    walk("POST", f"{hook}/deliveries/{sent}/attempts", token=token)
    github.wait_delivered()


def see_app(
    walk: Callable[..., Any], repository: str, github: SimulatedGitHub, session: requests.Session, key: str
) -> None:
    github.add_app(4711, slug="nightshift", key=key, callback_urls=(CALLBACK,))
    installation = github.install_app(4711, ("octo/tools",)).id
    walk("POST", f"/app-manifests/{register_app(github, session)}/conversions")
    itself = app_token(4711, key)
    for path in ("/app", "/app/installations", f"/app/installations/{installation}", f"{repository}/installation"):
        walk("GET", path, token=itself)
    github.add_webhook("http://127.0.0.1:9/", "secret", app=4711)
    see_deliveries(walk, github, "/app/hook", token=itself)
    wanted: Mapping[str, Any] = {"repositories": ["tools"], "permissions": {"checks": "write", "contents": "read"}}
    token = walk("POST", f"/app/installations/{installation}/access_tokens", wanted, token=itself)["token"]
    walk("GET", "/installation/repositories", token=token)
    run = {"name": "nightshift", "head_sha": github.branches("octo/tools")["main"], "status": "in_progress"}
    run_id = walk("POST", f"{repository}/check-runs", run, token=token)["id"]
    button = {"label": "Retry", "description": "Run it again", "identifier": "retry"}
    ended = {"conclusion": "success", "output": {"summary": "ok"}, "actions": [button]}
    walk("PATCH", f"{repository}/check-runs/{run_id}", ended, token=token)
    github.press_button("octo/tools", run_id, "Retry", by="maria")
    github.rerun_check("octo/tools", run_id, by="maria")
    for path in (f"check-runs/{run_id}", "commits/main/check-runs"):
        walk("GET", f"{repository}/{path}", token=token)
    job = github.report_check("octo/tools", "main", "test", log="1 failed").id
    for path in (f"jobs/{job}/logs", "workflows"):
        walk("GET", f"{repository}/actions/{path}")


def see_signing_in(walk: Callable[..., Any], github: SimulatedGitHub, session: requests.Session) -> None:
    app = github.world.apps[4711]
    token = sign_in(github, session, app, "maria")
    walk("GET", "/user", token=token)
    walk("DELETE", f"/applications/{app.client_id}/token", {"access_token": token}, client=app)
