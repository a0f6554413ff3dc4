"""The page on loopback from which a person registers the App, and to which GitHub sends their browser back.

Its address holds a secret that only this terminal shows: no other user of the machine can have an App of theirs
registered here. What comes back has to name the state that the form sent.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from bot.core.app_manifest import PERMISSIONS, app_manifest
from bot.init.addresses import public_of

_HOST = "127.0.0.1"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action {github}"


@dataclass(slots=True, kw_only=True)
class Registration:
    """`new_app`: GitHub's page that takes the manifest. `register`: takes the code, and returns where the App is
    installed; an error's sentence is shown. `is_installed` is set once GitHub sends the browser back from there."""

    name: str
    new_app: str
    webhook: str | None
    register: Callable[[str], str]
    page: str = ""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    is_installed: threading.Event = field(default_factory=threading.Event)
    _install_page: str | None = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def register_once(self, code: str) -> str:
        """A page that is loaded again leads to the installation of the same App. Raises CannotRegister."""
        with self._one_at_a_time:
            if self._install_page is None:
                self._install_page = self.register(code)
            return self._install_page

    @property
    def manifest(self) -> str:
        public = public_of(self.webhook)
        return json.dumps(app_manifest(name=self.name, page=self.page, public=public, webhook=self.webhook))


class CannotRegister(Exception):
    """Why the App that GitHub made cannot be used; a sentence for a person."""


@contextmanager
def serve(registration: Registration) -> Iterator[None]:
    """Answers on a free port until left; `registration.page` is then the address to open."""
    path = f"/{secrets.token_urlsafe(24)}"
    server = make_server(_HOST, 0, _build(registration, path), threaded=True, request_handler=_Quiet)
    registration.page = f"http://{_HOST}:{server.server_port}{path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """A log of requests would show the code."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name for it
        """Nothing."""


def _build(registration: Registration, path: str) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["TRUSTED_HOSTS"] = [_HOST]  # not a name that somebody made point here

    @app.get(path)
    def start() -> str:
        action = f"{registration.new_app}?{urlencode({'state': registration.state})}"
        return render_template(
            "start.html", action=action, manifest=registration.manifest, permissions=PERMISSIONS, it=registration
        )

    @app.get(f"{path}/registered")
    def registered() -> AnyResponse | tuple[str, int]:
        if not hmac.compare_digest(request.args.get("state", "").encode(), registration.state.encode()):
            abort(403, "this is not the answer to the form of this page: begin again from the address in the terminal")
        try:
            return redirect(registration.register_once(request.args.get("code", "")))
        except CannotRegister as error:
            return render_template("said.html", title="The App cannot be used", says=str(error)), 502

    @app.get(f"{path}/installed")
    def installed() -> str:
        registration.is_installed.set()
        return render_template("said.html", title="Installed", says="Go back to the terminal. This page can be closed.")

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> tuple[str, int]:
        return render_template("said.html", title=error.name, says=error.description), error.code or 500

    @app.after_request
    def protect(response: Response) -> Response:
        parts = urlsplit(registration.new_app)
        response.headers["Content-Security-Policy"] = _POLICY.format(github=f"{parts.scheme}://{parts.netloc}")
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
